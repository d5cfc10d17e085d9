"""Open cases are brought to another release by an act of its own, told before it is done."""

from datetime import datetime, timedelta

from sqlalchemy import select

from backend.desks import casework, renewing
from backend.desks.context import AppContext
from backend.store import cases
from backend.store.jobs import JobRow
from hotline.case.case import Case
from hotline.case.renewal import RENEW
from hotline.release import Sections
from tests.backend.api.conftest import actor, make_case
from tests.backend.desks.test_publishing import changed, opened, publish, slower


async def load(office: AppContext, number: str) -> Case:
    async with office.store.connect() as connection:
        return await cases.load(connection, number)


async def due_of(office: AppContext, case: Case) -> list[datetime]:
    """When the timers of a case are due."""
    async with office.store.connect() as connection:
        rows = await connection.execute(
            select(JobRow.due).where(JobRow.case_id == case.id, JobRow.queue == "timers")
        )
        return sorted(rows.scalars())


async def brought(office: AppContext) -> int:
    """How many cases one run brings to the release that counts."""
    done = 0
    async for sofar in renewing.renew(office.store, office.clock, office.city, "新时限"):
        done = sofar
    return done


async def test_an_open_case_goes_by_new_limits_once_somebody_says_so(
    office: AppContext, sections: Sections
) -> None:
    before = (await opened(office, sections)).context
    number, ended = await make_case(before), await make_case(before, key="2")
    why = {"decline_reason": "out_of_scope"}
    await casework.act(before, ended, "decline", actor(before, "acceptor1"), key="d", given=why)
    old = await load(before, number)
    await publish(before, slower(sections))
    now = (await opened(before, slower(sections))).context
    assert (await load(now, number)).clocks == old.clocks  # a release alone moves no open case
    told = await renewing.preview(now.store, now.clock, now.city)
    assert (told.cases, told.earlier, told.later, told.left) == (1, 0, 0, {})
    assert await load(now, number) == old
    assert await brought(now) == 1
    new = await load(now, number)
    assert (new.release, new.stage, new.version) == (now.city.release, old.stage, old.version + 1)
    assert old.stage_clock.due_at is not None
    assert new.stage_clock.due_at == old.stage_clock.due_at + timedelta(minutes=15)
    assert new.stage_clock.started == old.stage_clock.started
    assert new.stage_clock.due_at in await due_of(now, new)
    assert old.stage_clock.due_at not in await due_of(now, new)
    async with now.store.connect() as connection:
        last = (await cases.steps_of(connection, new.id))[-1]
    assert (last.action, last.note) == (RENEW, "新时限")
    assert await brought(now) == 0
    assert (await load(now, ended)).release == old.release


async def test_a_case_in_a_stage_that_is_gone_stays_with_its_own_release(
    office: AppContext, sections: Sections
) -> None:
    before = (await opened(office, sections)).context
    number = await make_case(before)
    gone = changed(sections, "workflow", '"reported"', '"taken_in"')
    gone = {**gone, **changed(gone, "limits", "[stages.reported]", "[stages.taken_in]")}
    await publish(before, gone)
    now = (await opened(before, gone)).context
    told = await renewing.preview(now.store, now.clock, now.city)
    assert (told.cases, told.left) == (0, {"reported": 1})
    assert await brought(now) == 0
    assert (await load(now, number)).stage == "reported"
