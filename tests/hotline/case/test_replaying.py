"""Every due time is what the history of its case and the calendars make of it, and nothing else."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.case.calendar import Calendar
from hotline.case.case import Case, Step, apply
from hotline.case.case_clock import CaseClock, Pause
from hotline.case.clock_time import apart, timed
from hotline.case.clocking import led_to
from hotline.case.rederiving import rederived
from hotline.case.replaying import (
    ClockStep,
    Counting,
    calendars_by_mark,
    replayed,
    stored_otherwise,
)
from hotline.case.transition import record_system_step
from hotline.case.workflow import Rules
from hotline.people import SYSTEM
from tests.cities import MONDAY, calendar, limits, make_case, rules
from tests.hotline.case.minutes import due_by_minutes
from tests.hotline.case.test_walks import walk
from tests.hotline.case.test_working_time import unhurried

SHARE = limits().yellow_share
OTHER = replace(calendar(), version="other", holidays=calendar().holidays | {date(2026, 11, 24)})
HOUR = timedelta(hours=1)


def by(*calendars: Calendar) -> Counting:
    return Counting(calendars_by_mark(calendars), lambda _: SHARE)


def clock_steps(steps: list[Step]) -> list[ClockStep]:
    return [
        ClockStep(one.seq, one.changes.get("clocks", {}), one.changes.get("release"))
        for one in steps
    ]


@pytest.mark.parametrize("seed", range(60))
def test_clocks_of_any_walk_are_what_its_steps_make_of_them(seed: int) -> None:
    case, steps = walk(seed)
    found = replayed(clock_steps(steps), by(calendar()))
    assert (found.differences, found.unknown) == ((), 0)
    assert found.clocks == case.clocks
    assert found.counted >= 1
    assert stored_otherwise(case.clocks, found.clocks) == []


def pausing(seed: int) -> Rules:
    """The demo city's rules, but that stages hold up clocks, or let them run on, at random."""
    dice, used = Random(seed), rules()
    kinds = ("handling", "whole")
    stages = {
        name: replace(
            stage,
            pauses=tuple(kind for kind in kinds if dice.random() < 0.4),
            runs=tuple(kind for kind in kinds if dice.random() < 0.4),
        )
        if not stage.end
        else stage
        for name, stage in used.workflow.stages.items()
    }
    return replace(used, workflow=replace(used.workflow, stages=stages))


@pytest.mark.parametrize("seed", range(80))
def test_clocks_that_moves_pause_and_resume_are_what_their_steps_make_of_them(seed: int) -> None:
    case, steps = walk(seed, pausing(seed), 30)
    found = replayed(clock_steps(steps), by(calendar()))
    assert (found.differences, found.unknown) == ((), 0)
    assert found.clocks == case.clocks
    for clock in case.clocks.values():
        if clock.stopped is None and clock.paused is None and clock.limit:
            assert clock.pauses == apart(clock.pauses)
            plain = replace(
                clock,
                counted_from=minute(clock.origin or MONDAY),
                pauses=tuple(
                    replace(one, start=minute(one.start), end=minute(one.end))
                    for one in clock.pauses
                ),
            )
            assert timed(plain, calendar(), SHARE).due_at == due_by_minutes(plain, calendar())


def test_a_clock_that_was_extended_while_it_stood_goes_on_with_all_its_time() -> None:
    """It stands while the extension is asked for; then the case goes back to where it lay."""
    ran = timed(CaseClock(MONDAY, limit="4wh"), calendar(), SHARE)
    stopped = replace(ran, stopped=MONDAY + HOUR, added=("1wd",))
    case = replace(make_case("checking"), clocks={"handling": stopped})
    led = led_to("handling", case, MONDAY + 2 * HOUR, rules(), {}, stopped)
    whole = timed(replace(stopped, stopped=None), calendar(), SHARE)
    assert whole.due_at != ran.due_at
    for kind in ("stage", "handling"):
        assert led["clocks"][kind]["due_at"] == whole.due_at


def minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


class Lived:
    """A case to whose one clock things happen, each by a step."""

    def __init__(self, limit: str):
        self.case: Case = replace(make_case("handling"), clocks={})
        self.steps: list[Step] = []
        self.now, self.calendar = MONDAY, calendar()
        self.set({"started": MONDAY, "limit": limit})

    @property
    def clock(self) -> CaseClock:
        return self.case.clocks["whole"]

    def set(self, patch: dict[str, Any]) -> None:
        after = timed(replace(self.case.clocks.get("whole", CaseClock()), **patch), *self.by)
        found = {name: getattr(after, name) for name in ("warn_at", "due_at", "calendar")}
        self.add({"clocks": {"whole": {**patch, **found}}})

    def add(self, changes: Any) -> None:
        self.case, step = record_system_step(self.case, "x", SYSTEM, self.now, changes)
        self.steps.append(step)
        self.now += HOUR * 5

    @property
    def by(self) -> tuple[Calendar, float]:
        return self.calendar, SHARE

    def happen(self, what: str) -> None:
        clock = self.clock
        if what == "calendar":
            self.calendar = OTHER if self.calendar is not OTHER else calendar()
            self.add(rederived(self.case, *self.by))
        elif what == "pause" and clock.paused is None:
            self.set({"paused": self.now})
        elif what == "resume" and clock.paused is not None:
            pause = Pause(clock.paused, self.now, "suspended")
            self.set({"paused": None, "pauses": (*clock.pauses, pause)})
        elif what == "stop":
            self.add({"clocks": {"whole": {"stopped": self.now}}})
        elif what == "gone":
            self.add({"clocks": {"whole": None}})
            self.set({"started": self.now, "limit": "2wd"})
        elif what[0].isdigit():
            self.set({"added": (*clock.added, what)})


events = st.lists(
    st.sampled_from(["pause", "resume", "calendar", "1wd", "4wh", "2uh", "stop", "gone"]),
    max_size=12,
)


@unhurried
@given(st.sampled_from(["4wh", "5wd", "2uh"]), events)
def test_whatever_happens_to_a_clock_its_history_tells_its_instants(
    limit: str, happened: list[str]
) -> None:
    lived = Lived(limit)
    for one in happened:
        lived.happen(one)
    found = replayed(clock_steps(lived.steps), by(calendar(), OTHER))
    assert (found.differences, found.unknown) == ((), 0)
    assert found.clocks == lived.case.clocks


@pytest.mark.parametrize("name", ["warn_at", "due_at"])
@pytest.mark.parametrize("at", [0, 1, 3])
def test_an_instant_that_no_history_gives_is_told_with_its_step(name: str, at: int) -> None:
    lived = Lived("5wd")
    for one in ("4wh", "pause", "resume"):
        lived.happen(one)
    steps = clock_steps(lived.steps)
    patch = dict(steps[at].clocks["whole"] or {})
    wrong = patch[name] + timedelta(minutes=1)
    steps[at] = replace(steps[at], clocks={"whole": {**patch, name: wrong}})
    (found,) = replayed(steps, by(calendar())).differences
    assert (found.kind, found.name, found.seq) == ("whole", name, steps[at].seq)
    assert (found.stored, found.counted) == (wrong, patch[name])


def test_a_paused_clock_that_is_due_is_a_difference() -> None:
    lived = Lived("5wd")
    lived.set({"paused": MONDAY})
    steps = clock_steps(lived.steps)
    patch = {**(steps[1].clocks["whole"] or {}), "due_at": MONDAY}
    found = replayed([steps[0], replace(steps[1], clocks={"whole": patch})], by(calendar()))
    assert [(one.name, one.stored, one.counted) for one in found.differences] == [
        ("due_at", MONDAY, None)
    ]


def test_what_stands_in_a_case_and_no_step_has_set_is_told() -> None:
    lived = Lived("5wd")
    lived.happen("4wh")
    found = replayed(clock_steps(lived.steps), by(calendar()))
    kind, clock = "whole", lived.clock
    assert clock.due_at is not None
    stored = {kind: replace(clock, due_at=clock.due_at + HOUR), "more": clock}
    told = {(one.kind, one.name) for one in stored_otherwise(stored, found.clocks)}
    assert (kind, "due_at") in told
    assert ("more", "started") in told
    assert {name for other, name in told if other == kind} == {"due_at"}


def test_a_clock_is_counted_by_the_calendar_whose_mark_it_has() -> None:
    lived = Lived("5wd")
    lived.happen("calendar")
    steps = clock_steps(lived.steps)
    assert replayed(steps, by(calendar(), OTHER)).differences == ()
    alone = replayed(steps, by(calendar()))
    assert (alone.counted, alone.unknown) == (1, 1)
    swapped = Counting({calendar().mark: OTHER, OTHER.mark: calendar()}, lambda _: SHARE)
    assert len(replayed(steps, swapped).differences) == 4


def test_a_version_alone_is_a_mark_where_one_calendar_has_it() -> None:
    twin = replace(OTHER, version=calendar().version)
    assert calendars_by_mark([calendar(), OTHER])[calendar().version] is calendar()
    both = calendars_by_mark([calendar(), twin])
    assert calendar().version not in both
    assert both.keys() == {calendar().mark, twin.mark}


def test_nothing_is_told_of_clocks_of_which_nothing_is_on_record() -> None:
    bare = {"started": MONDAY, "due_at": MONDAY, "warn_at": MONDAY}
    odd = [ClockStep(1, {"a": bare, "b": {**bare, "limit": "soon"}, "c": {"stopped": MONDAY}})]
    found = replayed(odd, by(calendar()))
    assert (found.counted, found.unknown, found.differences) == (0, 2, ())
    known = {"limit": "4wh", "started": MONDAY, "calendar": calendar().mark}
    no_release = Counting(calendars_by_mark([calendar()]), lambda _: None)
    assert replayed([ClockStep(1, {"a": known})], no_release).unknown == 1


def test_patches_make_the_clocks_that_steps_make() -> None:
    case = make_case("handling")
    step = {"clocks": {"stage": {"due_at": MONDAY}, "x": {}, "y": None}}
    after, made = record_system_step(case, "x", SYSTEM, MONDAY, step)
    first = ClockStep(1, {"stage": {"started": MONDAY}})
    found = replayed([first, *clock_steps([made])], by())
    assert found.clocks == apply(case, made).clocks == after.clocks
