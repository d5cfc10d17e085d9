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
from tests.backend.desks.test_casework import open_case, walk
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


async def test_a_case_that_is_led_back_to_a_stage_that_is_gone_stays_with_its_own_release(
    office: AppContext, sections: Sections
) -> None:
    before = (await opened(office, sections)).context
    numbers = [await open_case(before, key=key) for key in "12"]
    for number in numbers:
        await walk(before, number, "file", "dispatch")
    asked, sent = numbers
    await walk(before, asked, "send_back")
    # What was handling is called otherwise: nobody could lead the one that was asked about back.
    gone = changed(sections, "workflow", '"handling"', '"in_hand"')
    await publish(before, gone)
    now = (await opened(before, gone)).context
    told = await renewing.preview(now.store, now.clock, now.city)
    assert (told.cases, told.left) == (0, {"return_asked": 1, "handling": 1})
    assert await brought(now) == 0
    case = await load(now, asked)
    assert (case.stage, case.release) == ("return_asked", before.city.release)
    back = actor(now, "dispatcher1")
    case = await casework.act(now, asked, "refuse_return", back, key="no", note="就是贵单位的")
    assert case.stage == "handling"
    assert (await load(now, sent)).stage == "handling"


async def test_a_case_that_is_led_back_to_a_stage_that_is_there_is_brought(
    office: AppContext, sections: Sections
) -> None:
    before = (await opened(office, sections)).context
    number = await open_case(before)
    await walk(before, number, "file", "dispatch", "send_back")
    await publish(before, slower(sections))
    now = (await opened(before, slower(sections))).context
    assert (await renewing.preview(now.store, now.clock, now.city)).cases == 1
    assert await brought(now) == 1
    dispatcher = actor(now, "dispatcher1")
    case = await casework.act(now, number, "refuse_return", dispatcher, key="no", note="是的")
    assert (case.stage, case.release) == ("handling", now.city.release)


async def test_a_case_whose_condition_is_gone_stays_with_its_own_release(
    office: AppContext, sections: Sections
) -> None:
    """By limits that lack it its clocks would stand, and anything would prove its closing."""
    before = (await opened(office, sections)).context
    number = await open_case(before)
    await walk(before, number, "file", "dispatch")
    case = await load(before, number)
    named = f'class = "{case.matter}"\nkey = "{case.condition}"'
    gone = changed(sections, "limits", named, f'class = "{case.matter}"\nkey = "gone"')
    await publish(before, gone)
    now = (await opened(before, gone)).context
    told = await renewing.preview(now.store, now.clock, now.city)
    assert (told.cases, told.left) == (0, {"handling": 1})
    assert await brought(now) == 0
