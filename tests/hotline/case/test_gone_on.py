"""Clocks of a case that was merged and taken apart again: they go on where they stopped."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from hotline.case.case import Case, Step
from hotline.case.case_clock import CaseClock, Pause
from hotline.case.clocking import retimed
from hotline.case.guards import Running
from hotline.case.light import Light
from hotline.case.transition import transition
from tests.cities import MONDAY, make_actor, make_case, make_step, rules
from tests.posts import Post

HOUR = timedelta(hours=1)


def act(case: Case, steps: list[Step], action: str, now: datetime, **given: str) -> Case:
    """Make a move of an acceptor or of the dispatcher."""
    post = Post.DISPATCHER if action == "dispatch" else Post.ACCEPTOR
    after, step = transition(
        case, action, make_actor(post), now, rules(), given=given, steps=tuple(steps)
    )
    steps.append(step)
    return after


@pytest.mark.parametrize("kind", ["safe", "urge", "assisting:gas", "whole"])
def test_a_clock_that_ended_with_a_merge_goes_on_once_it_is_taken_apart(kind: str) -> None:
    clock = retimed(CaseClock(MONDAY, limit="4uh"), rules())
    assert clock.due_at is not None
    case = make_case("to_dispatch", department=None)
    case = replace(case, clocks={**case.clocks, kind: clock})
    steps = [make_step(case, stage="to_dispatch", stage_due=MONDAY)]
    merged = act(case, steps, "merge", MONDAY + HOUR, leader="00000026")
    assert merged.clocks[kind].stopped == MONDAY + HOUR
    apart = act(merged, steps, "take_apart", MONDAY + 3 * HOUR)
    went_on = apart.clocks[kind]
    assert went_on.stopped is None
    assert went_on.pauses == (Pause(MONDAY + HOUR, MONDAY + 3 * HOUR, "merged"),)
    assert went_on.due_at == clock.due_at + 2 * HOUR
    sent = act(apart, steps, "dispatch", MONDAY + 3 * HOUR, department="water")
    assert Running(kind).holds(sent, make_actor(Post.DISPATCHER), MONDAY)


def test_a_clock_that_had_stopped_before_stays_so() -> None:
    case = make_case("to_dispatch", department=None)
    safe = replace(retimed(CaseClock(MONDAY, limit="4uh"), rules()), stopped=MONDAY)
    case = replace(case, clocks={**case.clocks, "safe": safe}, times={"safe_at": MONDAY})
    steps = [make_step(case, stage="to_dispatch", stage_due=MONDAY)]
    merged = act(case, steps, "merge", MONDAY + HOUR, leader="00000026")
    apart = act(merged, steps, "take_apart", MONDAY + 3 * HOUR)
    assert apart.clocks["safe"] == safe
    sent = act(apart, steps, "dispatch", MONDAY + 3 * HOUR, department="water")
    assert sent.clocks["safe"] == safe


def test_a_stage_goes_on_with_the_time_that_it_had_left() -> None:
    """What lay merged for days was nobody's to verify."""
    case = make_case("reported")
    steps = [make_step(case, stage="reported")]
    verifying = act(case, steps, "ask_verify", MONDAY, collector="collector1")
    due = verifying.stage_clock.due_at
    assert due is not None
    merged = act(verifying, steps, "merge", MONDAY + HOUR, leader="00000026")
    apart = act(merged, steps, "take_apart", MONDAY + 200 * HOUR)
    assert apart.stage_clock.due_at == due + 199 * HOUR
    assert apart.light is Light.GREEN
