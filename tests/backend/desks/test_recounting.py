"""Another working calendar moves the clocks of open cases, each once, and nothing else."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import text

from backend.desks import casework, publishing, recounting, timers
from backend.desks.context import AppContext
from backend.desks.queues import CALENDAR
from backend.desks.recounting import recount_behind, recount_due
from backend.store import cases
from backend.store.session import Transaction
from hotline.case import rederiving
from hotline.case.case import Case, replay
from hotline.case.case_clock import Pause
from hotline.case.clock_time import timed
from hotline.case.light import Light
from hotline.case.timers import timers_of
from hotline.case.transition import record_system_step
from hotline.clock import FixedClock
from hotline.people import SYSTEM
from hotline.release import Section
from tests.backend.api.conftest import actor, make_case
from tests.backend.desks.test_casework import open_case, walk
from tests.backend.desks.test_publishing import (
    ME,
    changed,
    follower_of,
    opened,
    publish,
    renamed,
    slower,
)
from tests.cities import MONDAY


def with_day_off(sections: Mapping[str, Section]) -> dict[str, Section]:
    """The calendar with this very Monday off."""
    return changed(sections, "calendar", '"2026-10-07",', '"2026-10-07", "2026-11-23",')


async def count_all(office: AppContext) -> None:
    while await recount_due(office):
        pass


async def load(office: AppContext, number: str) -> Case:
    async with office.store.connect() as connection:
        case = await cases.load(connection, number)
        assert replay(await cases.steps_of(connection, case.id)) == case
    return case


async def waiting(office: AppContext, queue: str) -> dict[str, str]:
    asked = text("SELECT ref, due::text FROM job WHERE queue = :queue AND state = 'waiting'")
    async with office.store.connect() as connection:
        return {row[0]: row[1] for row in await connection.execute(asked, {"queue": queue})}


async def test_open_clocks_move_with_the_calendar(
    office: AppContext, clock: FixedClock, sections: Mapping[str, Section]
) -> None:
    running = await opened(office, sections)
    follower = follower_of(running)
    number, ended = await make_case(running.context, "1"), await make_case(running.context, "2")
    acceptor = actor(running.context, "acceptor1")
    await casework.act(
        running.context,
        ended,
        "decline",
        acceptor,
        key="2",
        note="x",
        given={"decline_reason": "out_of_scope"},
    )
    before = await load(office, number)
    clock.move(timedelta(minutes=40))
    while await timers.work_due(running.context):
        pass
    assert (await load(office, number)).light is Light.RED
    await publish(office, with_day_off(sections))
    # A worker that has not read the new calendar leaves its jobs to be done later.
    assert await recount_due(running.context) == 1
    assert (await load(office, number)).stage_clock == before.stage_clock
    assert len(await waiting(office, CALENDAR.name)) == 1
    await follower.look()
    clock.move(timedelta(seconds=2))
    assert await recount_due(follower.source.now) == 1
    after = await load(office, number)
    assert before.stage_clock.due_at is not None
    assert after.stage_clock.due_at == before.stage_clock.due_at + timedelta(days=1) - timedelta(
        hours=1
    )
    assert after.light is Light.GREEN
    assert await waiting(office, CALENDAR.name) == {}
    assert len(await waiting(office, "timers")) == 2
    assert (await load(office, ended)).version == 2


async def test_a_release_that_leaves_the_calendar_alone_moves_nothing(
    office: AppContext, sections: Mapping[str, Section]
) -> None:
    running = await opened(office, sections)
    number = await make_case(running.context, "1")
    await publish(office, slower(sections))
    assert await waiting(office, CALENDAR.name) == {}
    assert (await load(office, number)).version == 1


async def test_another_zone_moves_the_clocks_as_a_calendar_does(
    office: AppContext, clock: FixedClock, sections: Mapping[str, Section]
) -> None:
    running = await opened(office, sections)
    follower = follower_of(running)
    number = await make_case(running.context, "1")
    before = (await load(office, number)).stage_clock
    await publish(office, changed(sections, "city", '"Asia/Shanghai"', '"Asia/Karachi"'))
    await follower.look()
    clock.move(timedelta(seconds=2))
    await count_all(follower.source.now)
    after = (await load(office, number)).stage_clock
    # It is six o'clock there, and work begins at eight.
    assert (before.due_at, after.due_at) == tuple(
        MONDAY + timedelta(minutes=wait) for wait in (30, 150)
    )
    assert after.calendar == follower.source.now.city.calendar.mark


async def test_words_of_the_city_and_of_the_calendar_move_nothing(
    office: AppContext, sections: Mapping[str, Section]
) -> None:
    running = await opened(office, sections)
    await make_case(running.context, "1")
    await publish(office, renamed(sections))
    await publish(office, changed(renamed(sections), "calendar", "# Working time", "# The time"))
    assert await waiting(office, CALENDAR.name) == {}


async def test_a_late_process_s_clocks_are_found_and_counted_anew(
    office: AppContext, clock: FixedClock, sections: Mapping[str, Section]
) -> None:
    """Its version of the calendar is that of the new one; its days are not."""
    running = await opened(office, sections)
    early, late = follower_of(running), running.context
    first, ended = await make_case(late, "1"), await make_case(late, "2")
    urgent = await make_case(late, "4")
    await publish(office, with_day_off(sections))
    await early.look()
    now = early.source.now
    clock.move(timedelta(seconds=2))
    await count_all(now)
    assert await recount_behind(now) == 0
    # All jobs are done; then comes who has not read the new calendar.
    second, third = await make_case(late, "3"), await make_case(late, "5")
    given: dict[str, object] = {"collector": "collector01"}
    acceptor = actor(late, "acceptor1")
    await casework.act(late, urgent, "ask_verify", acceptor, key="1", given=given)
    await casework.act(
        late,
        ended,
        "decline",
        acceptor,
        key="2",
        note="x",
        given={"decline_reason": "out_of_scope"},
    )
    assert await recount_behind(late) == 0, "a late one makes no jobs"
    assert await recount_behind(now) == 2
    # What runs by day and night is as it is.
    assert (await waiting(office, CALENDAR.name)).keys() == {second, third}
    assert await recount_behind(now) == 0
    clock.move(timedelta(seconds=2))
    await count_all(now)
    for number in (first, second, third):
        assert (await load(office, number)).stage_clock.calendar == now.city.calendar.mark
    assert await recount_behind(now) == 0


async def test_taking_a_calendar_back_moves_the_clocks_back(
    office: AppContext, clock: FixedClock, sections: Mapping[str, Section]
) -> None:
    running = await opened(office, sections)
    follower = follower_of(running)
    number = await make_case(running.context, "1")
    before = await load(office, number)
    await publish(office, with_day_off(sections))
    await publishing.roll_back(office.store, office.clock, None, lambda *_: None, ME)
    # Both changes are done by one job: the newer one asks for it anew.
    assert len(await waiting(office, CALENDAR.name)) == 1
    await follower.look()
    clock.move(timedelta(seconds=2))
    await count_all(follower.source.now)
    assert (await load(office, number)).stage_clock.due_at == before.stage_clock.due_at


async def change_clock(office: AppContext, number: str, **patch: object) -> None:
    """Change the stage's clock of a case, as a step of it does."""

    async def work(transaction: Transaction) -> None:
        case = await cases.load(transaction.connection, number, lock=True)
        changes: dict[str, object] = {"clocks": {"stage": patch}}
        after, step = record_system_step(case, "x", SYSTEM, transaction.now, changes)
        cases.add_step(transaction, case, after, step, office.city.rules(case.release))

    await office.store.transaction(office.clock.now, work)


# How a clock that was due at half past nine stands, and whether a calendar says anything of it.
STANDS: dict[str, tuple[dict[str, object], bool]] = {
    "it was extended": ({"added": ("1wd",)}, True),
    "its added time is worked": ({"limit": "30um", "added": ("1wd",)}, True),
    "it stood still": ({"pauses": (Pause(MONDAY, MONDAY + timedelta(days=2)),)}, True),
    "it stands still": ({"paused": MONDAY, "warn_at": None, "due_at": None}, True),
    "all of it runs by night": ({"limit": "30um", "added": ("2uh",)}, False),
    "it stands still by night": ({"limit": "30um", "paused": MONDAY, "due_at": None}, False),
    "it has stopped": ({"stopped": MONDAY, "added": ("1wd",)}, False),
    "it cannot be read": ({"added": ("1wd", "soon")}, False),
    "nothing was added": ({"added": ("1wd", "0wd")}, False),
    "it ends too late": ({"limit": "9999999wd"}, True),
}


@pytest.mark.parametrize("name", STANDS)
async def test_clocks_that_were_extended_or_paused_are_counted_by_the_new_calendar(
    office: AppContext, clock: FixedClock, sections: Mapping[str, Section], name: str
) -> None:
    patch, moves = STANDS[name]
    running = await opened(office, sections)
    follower = follower_of(running)
    number = await make_case(running.context, "1")
    share = running.context.city.limits.yellow_share
    await change_clock(running.context, number, **patch)
    before = (await load(office, number)).stage_clock
    await publish(office, with_day_off(sections))
    await follower.look()
    now = follower.source.now
    clock.move(timedelta(seconds=2))
    await count_all(now)
    after = await load(office, number)
    assert (after.stage_clock.calendar == now.city.calendar.mark) is moves
    if moves:
        assert after.stage_clock == timed(before, now.city.calendar, share)
    else:
        assert after.stage_clock == before
    waits = [at for at in (after.stage_clock.warn_at, after.stage_clock.due_at) if at]
    assert len(await waiting(office, "timers")) == len(waits)
    # Whatever it holds, nobody is asked to count it for ever.
    assert await recount_behind(now) == 0


async def test_a_late_process_s_paused_and_extended_clocks_are_found(
    office: AppContext, clock: FixedClock, sections: Mapping[str, Section]
) -> None:
    running = await opened(office, sections)
    early, late = follower_of(running), running.context
    await publish(office, with_day_off(sections))
    await early.look()
    clock.move(timedelta(seconds=2))
    await count_all(early.source.now)
    wanted = set()
    for turn, (patch, moves) in enumerate(STANDS.values()):
        number = await make_case(late, str(turn))
        await change_clock(late, number, **patch)
        wanted |= {number} if moves else set()
    assert await recount_behind(early.source.now) == len(wanted)
    assert (await waiting(office, CALENDAR.name)).keys() == wanted
    await count_all(early.source.now)
    assert await recount_behind(early.source.now) == 0


async def test_a_paused_clock_keeps_its_light_as_the_calendar_changes(
    office: AppContext, clock: FixedClock, sections: Mapping[str, Section]
) -> None:
    running = await opened(office, sections)
    follower = follower_of(running)
    number = await make_case(running.context, "1")
    clock.move(timedelta(minutes=40))
    while await timers.work_due(running.context):
        pass
    await change_clock(running.context, number, paused=MONDAY, warn_at=None, due_at=None)
    await publish(office, with_day_off(sections))
    await follower.look()
    clock.move(timedelta(seconds=2))
    await count_all(follower.source.now)
    after = await load(office, number)
    assert after.stage_clock.calendar == follower.source.now.city.calendar.mark
    assert after.light is Light.RED
    assert await waiting(office, "timers") == {}


async def test_a_case_that_cannot_be_counted_holds_up_no_other(
    office: AppContext,
    clock: FixedClock,
    sections: Mapping[str, Section],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = await opened(office, sections)
    follower = follower_of(running)
    numbers = [await make_case(running.context, str(turn)) for turn in range(3)]
    await publish(office, with_day_off(sections))
    await follower.look()
    bad = numbers[1]
    good = rederiving.rederived

    def breaks(case: Case, *given: object) -> Mapping[str, object]:
        if case.number == bad:
            raise ValueError(bad)
        return good(case, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(recounting, "rederived", breaks)
    while await recount_due(follower.source.now):
        clock.move(timedelta(minutes=5))
    moved = [(await load(office, number)).version for number in numbers]
    assert moved == [2, 1, 2]


async def test_a_case_is_counted_anew_as_often_as_the_calendar_changes(
    office: AppContext, clock: FixedClock, sections: Mapping[str, Section]
) -> None:
    running = await opened(office, sections)
    follower = follower_of(running)
    number = await make_case(running.context, "1")
    before = await load(office, number)

    async def follow() -> None:
        await follower.look()
        clock.move(timedelta(seconds=2))
        while await recount_due(follower.source.now):
            pass
        assert await waiting(office, CALENDAR.name) == {}

    await publish(office, with_day_off(sections))
    await follow()
    assert (await load(office, number)).stage_clock.due_at != before.stage_clock.due_at
    await publishing.roll_back(office.store, office.clock, None, lambda *_: None, ME)
    await follow()
    assert (await load(office, number)).stage_clock.due_at == before.stage_clock.due_at


async def test_what_waits_for_working_days_follows_the_calendar_though_its_clock_does_not(
    office: AppContext, clock: FixedClock, sections: Mapping[str, Section]
) -> None:
    running = await opened(office, sections)
    follower = follower_of(running)
    number = await open_case(running.context)
    before = await walk(running.context, number, "file", "dispatch")
    assert before.clocks["handling"].limit == "2uh"
    rules = running.context.city.rules
    first = timers_of(before, rules(before.release))["long_late"]

    async def follow() -> dict[str, str]:
        await follower.look()
        clock.move(timedelta(seconds=2))
        await count_all(follower.source.now)
        return await waiting(office, "timers")

    await publish(office, with_day_off(sections))
    there = await follow()
    case, now = await load(office, number), follower.source.now
    assert case.clocks["handling"] == before.clocks["handling"]
    later = timers_of(case, now.city.rules(case.release))
    assert later["long_late"] > first
    # What lies ahead has one job each, of its own instant.
    assert there.keys() == {f"{number}/{name}@{at.timestamp():.6f}" for name, at in later.items()}
    # A day off that is dropped again makes it due earlier.
    await publishing.roll_back(office.store, office.clock, None, lambda *_: None, ME)
    back = await follow()
    assert f"{number}/long_late@{first.timestamp():.6f}" in back
    assert len(back) == len(there)
