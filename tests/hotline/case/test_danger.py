"""The limit for making safe: it follows what the case is, and what was done, to its end and on."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from hotline.case.case import Case, Step
from hotline.case.case_clock import CaseClock
from hotline.case.clocking import light_of_case, retimed
from hotline.case.light import Light
from hotline.case.transition import transition
from hotline.people import Actor
from tests.cities import MONDAY, limits, make_actor, make_case, make_step, proved, rules
from tests.posts import Post

HOUR = timedelta(hours=1)
PHOTO = "ab" * 32


def act(
    case: Case, action: str, by: Actor | Post, at: datetime, steps: list[Step], **more: Any
) -> Case:
    """Make a move; its step is added to those of before."""
    who = by if isinstance(by, Actor) else make_actor(by)
    moved, step = transition(case, action, who, at, rules(), steps=steps, **more)
    steps.append(step)
    return moved


def sent(condition: str) -> tuple[Case, list[Step]]:
    """A case that has just come to its department."""
    case = replace(make_case("to_dispatch", department=None), condition=condition)
    steps = [make_step(case, stage="to_dispatch")]
    given = {"department": "water"}
    return act(case, "dispatch", Post.DISPATCHER, MONDAY, steps, given=given), steps


def put_right(case: Case, steps: list[Step], condition: str, at: datetime) -> Case:
    given = {"condition": condition}
    return act(case, "correct", Post.ACCEPTOR, at, steps, given=given)


def test_a_case_that_turns_out_to_be_dangerous_is_made_safe_in_time() -> None:
    case, steps = sent("2")
    assert "safe" not in case.clocks
    later = put_right(case, steps, "1", MONDAY + HOUR)
    safe = later.clocks["safe"]
    assert (safe.started, safe.due_at) == (MONDAY + HOUR, MONDAY + 2 * HOUR)
    made = act(later, "made_safe", Post.DEPARTMENT, MONDAY + HOUR, steps, media=(PHOTO,))
    assert made.clocks["safe"].stopped == MONDAY + HOUR


def test_what_turns_out_to_be_no_danger_has_no_limit_for_it() -> None:
    case, steps = sent("1")
    assert case.clocks["safe"].due_at == MONDAY + HOUR
    assert "safe" not in put_right(case, steps, "2", MONDAY).clocks


def test_what_was_made_safe_stays_so() -> None:
    case, steps = sent("1")
    made = act(case, "made_safe", Post.DEPARTMENT, MONDAY, steps, media=(PHOTO,))
    assert put_right(made, steps, "2", MONDAY).clocks["safe"] == made.clocks["safe"]


def test_a_class_says_nothing_of_it_where_nobody_can_make_it_safe() -> None:
    case = replace(make_case("to_dispatch", department=None), condition="2")
    assert "safe" not in put_right(case, [], "1", MONDAY).clocks


@pytest.mark.parametrize("safe", [False, True])
@pytest.mark.parametrize("way", [("order_rework",), ("send_again", "dispatch")])
def test_a_danger_that_nobody_removed_counts_anew_once_a_case_is_reopened(
    way: tuple[str, ...], safe: bool
) -> None:
    case, steps = sent("1")
    if safe:
        case = act(case, "made_safe", Post.DEPARTMENT, MONDAY, steps, media=(PHOTO,))
    later, end = MONDAY + 5 * HOUR, MONDAY + HOUR / 2
    case = act(
        *(case, "ask_force", Post.DUTY_CHIEF, end, steps),
        note="无主",
        given={"force_reason": "no_means"},
    )
    case = act(case, "agree_force", Post.LEADER, end, steps)
    assert (case.stage, case.clocks["safe"].stopped) == ("closed", MONDAY if safe else end)
    case = replace(case, stage="reopened")
    for action in way:
        by = Post.DISPATCHER if action == "dispatch" else Post.DUTY_CHIEF
        given: Mapping[str, str] = {"department": "water"} if action == "dispatch" else {}
        case = act(case, action, by, later, steps, note="没修好", given=given)
    assert case.stage == "handling"
    started = case.clocks["safe"].started, case.clocks["safe"].stopped
    assert started == ((MONDAY, MONDAY) if safe else (later, None))


def test_a_rework_after_a_check_goes_on_as_it_was() -> None:
    case, steps = sent("1")
    case = act(case, "report_done", Post.DEPARTMENT, MONDAY, steps, note="好了")
    case = act(case, "ask_check", Post.ACCEPTOR, MONDAY, steps, given={"collector": "collector1"})
    photos = {"media": (PHOTO,), "proofs": proved(PHOTO)}
    case = act(case, "fail_check", Post.COLLECTOR, MONDAY, steps, note="不行", **photos)
    assert case.clocks["safe"].stopped == MONDAY


@pytest.mark.parametrize(("hours", "light"), [(1, Light.GREEN), (9, Light.RED)])
def test_a_case_that_was_late_when_it_was_put_off_is_shown_so(hours: int, light: Light) -> None:
    case, steps = sent("2")
    limit = retimed(CaseClock(MONDAY, limit="8uh"), rules())
    case = replace(case, clocks={**case.clocks, "handling": limit, "stage": limit})
    asked, at = {"suspend_reason": "season", "resume_on": "2027-01-15"}, MONDAY + hours * HOUR
    case = act(case, "ask_suspend", Post.DEPARTMENT, at, steps, note="x", given=asked)
    case = act(case, "approve_suspend", Post.DISPATCHER, at, steps)
    assert (case.stage, case.clocks["handling"].due_at) == ("suspended", None)
    assert case.light is light
    # However often it is looked at, while it stands still.
    assert light_of_case(case, rules(), at + 90 * 24 * HOUR) is light
    assert act(case, "take_up", Post.DISPATCHER, at + 9 * HOUR, steps).light is light


def test_the_class_of_these_tests_is_a_danger_in_its_first_condition_alone() -> None:
    known = limits().conditions["01001"]
    assert [("safe" in one.limits) for one in known[:2]] == [True, False]
