"""The clocks of a case by another calendar: those that run by it, from when they were counted."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from hotline.case.calendar import Calendar
from hotline.case.case import Case, Step, apply
from hotline.case.case_clock import Pause
from hotline.case.clock_time import limits_of, timed
from hotline.case.rederiving import rederived
from hotline.case.transition import first_step, transition
from hotline.case.workflow import Rules
from hotline.ids import new_id
from hotline.people import SYSTEM
from hotline.rights.posts import MACHINE
from tests.cities import MONDAY, calendar, limits, make_actor, make_case, rules
from tests.hotline.case.test_walks import walk
from tests.posts import Post

SHARE = limits().yellow_share
# 供水井盖 in its second condition has four working hours.
GIVEN: dict[str, Any] = {"matter": "01001", "condition": "2"}
DISPATCHER = make_actor(Post.DISPATCHER)


def with_holiday(*days: date) -> Calendar:
    """The demo city's calendar with more days off, under another version."""
    return replace(calendar(), version="with-holiday", holidays=calendar().holidays | set(days))


def handled(start: datetime, rules: Rules = rules()) -> tuple[Case, list[Step]]:  # noqa: B008
    """A case that was dispatched at an instant, four working hours from its end."""
    begun = make_case(stage=rules.workflow.start, condition="2")
    steps = [first_step(begun, SYSTEM, start, rules, ())]
    case = apply(None, steps[0])
    for action, post, given in (
        ("file", Post.ACCEPTOR, {"urgency": "normal", "cell": case.cell} | GIVEN),
        ("dispatch", Post.DISPATCHER, {"department": "water"}),
    ):
        move = rules.workflow.find(action, case.stage)
        assert move is not None
        named = {name: given[name] for name in (*move.needs, *move.takes) if name in given}
        case, step = transition(
            case, action, make_actor(post), start, rules, given=named, steps=steps
        )
        steps.append(step)
    return case, steps


def moved(case: Case, steps: list[Step], action: str, post: Post, at: datetime) -> Case:
    """A case one move on, with everything that a move may need beside the form."""
    after, step = transition(
        *(case, action, make_actor(post), at, rules()),
        note="x",
        media=("ab" * 32,),
        given={"collector": "collector1"} if action == "ask_check" else {},
        steps=steps,
    )
    steps.append(step)
    return after


def applied(case: Case, changes: Any) -> Case:
    """The case with some changes, as a step of its own makes them."""
    step = Step(
        *(new_id(MONDAY), case.id, case.version + 1, "calendar", MONDAY, "system", MACHINE),
        changes=changes,
    )
    return apply(case, step)


def test_a_new_holiday_leads_every_clock_that_runs_over_it_to_the_day_after() -> None:
    case, _ = handled(MONDAY + timedelta(hours=8))  # 17:00, so that three hours are left
    tuesday = with_holiday(date(2026, 11, 24))
    after = applied(case, rederived(case, tuesday, SHARE))
    for kind in ("stage", "handling"):
        clock, before = after.clocks[kind], case.clocks[kind]
        assert before.due_at is not None
        assert clock.due_at == before.due_at + timedelta(days=1)
        assert (clock.calendar, clock.started) == (tuesday.mark, before.started)
        assert clock.warn_at is not None
        assert clock.warn_at < clock.due_at


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_the_calendar_that_a_case_was_counted_by_changes_nothing(seed: int) -> None:
    assert rederived(walk(seed)[0], calendar(), SHARE) == {}


def test_a_case_that_was_counted_anew_is_not_counted_once_more() -> None:
    case, _ = handled(MONDAY + timedelta(hours=8))
    tuesday = with_holiday(date(2026, 11, 24))
    after = applied(case, rederived(case, tuesday, SHARE))
    assert rederived(after, tuesday, SHARE) == {}
    assert rederived(after, calendar(), SHARE)["clocks"]["stage"]["due_at"] == (
        case.stage_clock.due_at
    )


def test_only_the_version_changes_where_no_new_day_lies_within() -> None:
    case, _ = handled(MONDAY)
    later = with_holiday(date(2026, 12, 1))
    assert rederived(case, later, SHARE)["clocks"] == {
        kind: {"calendar": later.mark} for kind in ("stage", "handling")
    }


def test_a_clock_that_was_kept_is_counted_from_where_it_began() -> None:
    """Rework does not give a department more time, nor does a calendar that comes meanwhile."""
    case, steps = handled(MONDAY + timedelta(hours=8))
    began = case.stage_clock.started
    at = MONDAY + timedelta(hours=24)
    for action, post in (
        *(("report_done", Post.DEPARTMENT), ("ask_check", Post.ACCEPTOR)),
        ("fail_check", Post.COLLECTOR),
    ):
        case = moved(case, steps, action, post, at)
    assert case.stage_clock.started == at
    assert case.stage_clock.origin == case.clocks["handling"].origin == began
    assert rederived(case, calendar(), SHARE) == {}
    anew = rederived(case, with_holiday(date(2026, 11, 24)), SHARE)["clocks"]
    assert anew["stage"] == anew["handling"]
    assert case.due is not None
    assert anew["stage"]["due_at"] == case.due + timedelta(days=1)


def test_a_stage_that_was_taken_back_is_counted_from_where_it_began() -> None:
    """There is no clock but the stage's to tell when that was, and it may be taken back twice."""
    case, steps = handled(MONDAY)
    began = steps[1].at
    for minutes in (5, 10):
        case = moved(case, steps, "recall", Post.DISPATCHER, MONDAY + timedelta(minutes=minutes))
        assert case.stage_clock.counted_from == began
        assert rederived(case, calendar(), SHARE) == {}
        given = {"department": "gas"}
        at = MONDAY + timedelta(minutes=minutes + 1)
        case, step = transition(case, "dispatch", DISPATCHER, at, rules(), given=given, steps=steps)
        steps.append(step)
    assert case.stage_clock.counted_from is None


def test_a_clock_that_stands_still_or_runs_by_night_is_as_it_was() -> None:
    other = with_holiday(date(2026, 11, 24))
    case, steps = handled(MONDAY + timedelta(hours=8))
    stopped = moved(case, steps, "report_done", Post.DEPARTMENT, MONDAY + timedelta(hours=9))
    assert set(rederived(stopped, other, SHARE)["clocks"]) == {"stage"}
    urgent = moved(stopped, steps, "ask_check", Post.ACCEPTOR, MONDAY + timedelta(hours=9))
    assert urgent.stage_clock.limit == "2uh"
    assert rederived(urgent, other, SHARE) == {}


@pytest.mark.parametrize("limit", [None, "", "soon", "4xx"])
def test_a_clock_without_a_limit_that_can_be_read_is_as_it_was(limit: str | None) -> None:
    case = make_case("handling", stage_due=MONDAY, due=MONDAY)
    patch = {"limit": limit, "started": MONDAY}
    case = applied(case, {"clocks": {"stage": patch}})
    assert limits_of(case.stage_clock) == ()
    assert rederived(case, with_holiday(), SHARE) == {}


TUESDAY_OFF = with_holiday(date(2026, 11, 24))
PAUSE = Pause(MONDAY + timedelta(hours=26), MONDAY + timedelta(hours=50), "handling")


def changed(case: Case, **patch: Any) -> Case:
    """A case whose clocks are changed, and their instants found anew."""
    clocks = {kind: replace(clock, **patch) for kind, clock in case.clocks.items()}
    return replace(
        case, clocks={kind: timed(one, calendar(), SHARE) for kind, one in clocks.items()}
    )


def test_a_clock_that_was_extended_and_stood_still_is_counted_whole() -> None:
    """From 17:00 on: an hour on Monday, three on Wednesday; a day more; Wednesday stood still."""
    case = changed(handled(MONDAY + timedelta(hours=8))[0], added=("1wd",), pauses=(PAUSE,))
    assert rederived(case, calendar(), SHARE) == {}
    after = applied(case, rederived(case, TUESDAY_OFF, SHARE))
    for kind in ("stage", "handling"):
        assert after.clocks[kind] == timed(case.clocks[kind], TUESDAY_OFF, SHARE)
        assert case.clocks[kind].due_at != after.clocks[kind].due_at
    assert rederived(after, TUESDAY_OFF, SHARE) == {}


def test_a_clock_that_stands_still_keeps_due_never_and_takes_the_mark() -> None:
    case = changed(handled(MONDAY)[0], paused=MONDAY + timedelta(hours=1))
    patch = {"calendar": TUESDAY_OFF.mark}
    assert rederived(case, TUESDAY_OFF, SHARE) == {"clocks": {"stage": patch, "handling": patch}}
    after = applied(case, rederived(case, TUESDAY_OFF, SHARE))
    assert (after.stage_clock.due_at, after.due) == (None, None)
    assert rederived(after, TUESDAY_OFF, SHARE) == {}


def test_a_clock_by_day_and_night_goes_by_the_calendar_once_a_working_day_was_added() -> None:
    case = changed(handled(MONDAY)[0], limit="2uh")
    assert rederived(case, TUESDAY_OFF, SHARE) == {}
    longer = changed(case, added=("1wd",))
    anew = rederived(longer, TUESDAY_OFF, SHARE)["clocks"]
    assert longer.due is not None
    # Its eight hours run from eleven on Monday to eleven on Wednesday.
    assert anew["handling"]["due_at"] == longer.due + timedelta(days=1)


@pytest.mark.parametrize("kind", ["whole", "safe", "urge", "assisting:gas"])
def test_clocks_of_every_kind_are_counted_anew_and_stopped_ones_are_not(kind: str) -> None:
    case = handled(MONDAY + timedelta(hours=8))[0]
    clock = case.clocks["handling"]
    other = {kind: replace(clock, added=("1wd",)), "gone": replace(clock, stopped=MONDAY)}
    case = replace(case, clocks={one: timed(it, calendar(), SHARE) for one, it in other.items()})
    anew = rederived(case, TUESDAY_OFF, SHARE)["clocks"]
    assert anew.keys() == {kind}
    before = case.clocks[kind].due_at
    assert before is not None
    assert anew[kind]["due_at"] == before + timedelta(days=1)


@pytest.mark.parametrize("added", [("soon",), ("0wd",), ("1wd", "")])
def test_what_was_added_and_cannot_be_read_changes_nothing(added: tuple[str, ...]) -> None:
    case = handled(MONDAY)[0]
    clock = replace(case.stage_clock, added=added)
    anew = rederived(replace(case, clocks={"stage": clock}), TUESDAY_OFF, SHARE)
    assert bool(anew) is (added[-1] == "")
