"""Timers follow from a case and its rules, once for each instant."""

import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotline.case.case import Case
from hotline.case.case_clock import CaseClock
from hotline.case.timers import timers_of
from hotline.case.transition import transition
from hotline.case.workflow import Rules
from hotline.case.workflow_data import parse_workflow
from hotline.errors import Invalid
from hotline.people import machine_for
from tests.cities import MONDAY, form, make_actor, make_case, read, rules
from tests.hotline.case.minutes import add
from tests.posts import Post

NUDGE = {
    "action": "nudge",
    "from": ["handling"],
    "permission": "system",
    "effects": [{"do": "count", "count": "nudge_count"}],
    "aside": True,
}
TIMER = {"id": "nudged", "clock": "handling", "stages": ["handling"], "action": "nudge"}


def with_timer(**changed: Any) -> Rules:
    """The demo's rules with a move of the machine's, and a timer that makes it."""
    data = copy.deepcopy(read("workflow.toml"))
    data["action"].append({"id": "nudge", "name": "提醒"})
    data["count"].append({"id": "nudge_count", "name": "提醒"})
    data["move"].append(NUDGE)
    data["timer"] = [*data.get("timer", []), {**TIMER, **changed}]
    return replace(rules(), workflow=parse_workflow(data, form()))


def dispatched(used: Rules) -> Case:
    given = {"department": "water"}
    dispatcher = make_actor(Post.DISPATCHER)
    case, _ = transition(
        make_case("to_dispatch"), "dispatch", dispatcher, MONDAY, used, given=given
    )
    return case


def test_a_timer_is_done_once_for_each_instant_of_its_clock() -> None:
    used = with_timer()
    case = dispatched(used)
    due = case.clocks["handling"].due_at
    assert due is not None
    assert timers_of(case, used)["nudged"] == due
    machine = machine_for("system")
    nudged, step = transition(case, "nudge", machine, due, used, fired={"nudged": due})
    assert nudged.counts["nudge_count"] == 1
    assert step.changes["fired"] == {"nudged": due}
    assert "nudged" not in timers_of(nudged, used)
    handling = replace(nudged.clocks["handling"], due_at=due + timedelta(hours=1))
    later = replace(nudged, clocks={**nudged.clocks, "handling": handling})
    assert timers_of(later, used)["nudged"] == due + timedelta(hours=1)


def test_nobody_but_the_machine_makes_its_moves() -> None:
    used = with_timer()
    case = dispatched(used)
    for post in Post:
        with pytest.raises(Exception, match="may not nudge"):
            transition(case, "nudge", make_actor(post), MONDAY, used)


def test_a_timer_may_wait_behind_its_clock_and_goes_with_its_stage() -> None:
    used = with_timer(after="1wd", at="warn")
    case = dispatched(used)
    warn = case.clocks["handling"].warn_at
    assert warn is not None
    assert timers_of(case, used)["nudged"] == add(used.calendar, warn, 480)
    assert "nudged" not in timers_of(replace(case, stage="to_check"), used)
    paused = replace(case.clocks["handling"], warn_at=None, due_at=None, paused=MONDAY)
    assert "nudged" not in timers_of(replace(case, clocks={"handling": paused}), used)


def test_kind_1_a_timer_beyond_the_last_year_is_none() -> None:
    """A day of a field is whatever somebody typed."""
    used = with_timer(after="1wd", at="warn")
    case = dispatched(used)
    for at in (datetime(9998, 12, 31, 9, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)):
        late = replace(case.clocks["handling"], warn_at=at)
        assert "nudged" not in timers_of(replace(case, clocks={"handling": late}), used)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"clock": ""}, "goes by"),
        ({"time": "filed_at"}, "goes by"),
        ({"at": "noon"}, "goes by"),
        ({"stages": ["to_check"]}, "not possible"),
        ({"action": "report_done"}, "needs 'note'"),
        ({"action": "accept"}, "machine is nobody"),
        ({"after": "0uh"}, "more than nothing"),
        ({"clock": "", "field": "text"}, "no field with a day"),
        ({"clock": "", "time": "lunch"}, "not a time"),
        ({"id": "light.yellow"}, "like a light"),
        ({"colour": "red"}, "nothing that a timer has"),
    ],
)
def test_a_timer_that_cannot_be_done_is_refused_by_its_name(
    changed: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Invalid, match=reason) as refused:
        with_timer(**changed)
    assert refused.value.field.startswith("workflow.timer.")


def test_a_day_whose_morning_was_done_is_done_again_once_it_is_given_anew() -> None:
    used = rules()
    day = {"resume_on": "2026-11-28"}
    case = replace(make_case("suspended"), fields=day)
    morning = timers_of(case, used)["season"]
    machine = machine_for("system")
    resumed, _ = transition(case, "resume_due", machine, morning, used, fired={"season": morning})
    assert resumed.fired == {"season": morning}
    why = {"suspend_reason": "season", **day}
    department = make_actor(Post.DEPARTMENT)
    asked, step = transition(
        resumed, "ask_suspend", department, morning, used, given=why, note="下雪了"
    )
    assert step.changes["fired"] == {"season": None}
    again, _ = transition(asked, "approve_suspend", make_actor(Post.DISPATCHER), morning, used)
    assert timers_of(again, used)["season"] == morning


def test_a_clock_that_several_have_is_timed_for_each_of_them_in_turn() -> None:
    used = rules()
    early, late = MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=2)

    def case(fired: datetime | None, **ends: datetime | None) -> dict[str, datetime]:
        """The timers of a case with which some assist until an instant; None: they are done."""
        clocks = {}
        for org, end in ends.items():
            over = None if end else MONDAY
            clocks[f"assisting:{org}"] = CaseClock(MONDAY, due_at=end or early, stopped=over)
        done = {"assisting_late": fired} if fired else {}
        return timers_of(replace(make_case("handling"), clocks=clocks, fired=done), used)

    assert case(None, gas=late, water=early)["assisting_late"] == early
    assert case(early, gas=late, water=early)["assisting_late"] == late
    assert case(None, gas=late, water=None)["assisting_late"] == late
    assert "assisting_late" not in case(late, gas=late, water=early)
    # Who is done by then makes nobody wait once more for what is past.
    assert "assisting_late" not in case(late, gas=None, water=early)
    assert "assisting_late" not in case(None, gas=None)
