"""The light of a clock, and that of a case by all of its clocks that count."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hotline.case.case import Case
from hotline.case.case_clock import CaseClock
from hotline.case.clocking import light_instants, light_of_case, relimited
from hotline.case.light import Light, light_at, worst
from hotline.case.timers import timers_of
from hotline.case.transition import transition
from tests.cities import MONDAY, make_actor, make_case, rules
from tests.posts import Post

DAY = timedelta(days=1)


def test_the_light_turns_at_the_instant() -> None:
    yellow, second = datetime(2026, 11, 23, 10, tzinfo=UTC), timedelta(seconds=1)
    red = yellow + timedelta(hours=1)
    assert light_at(yellow - second, yellow, red) is Light.GREEN
    assert light_at(yellow, yellow, red) is Light.YELLOW
    assert light_at(red, yellow, red) is Light.RED
    assert light_at(red, None, None) is Light.GREEN
    assert worst([Light.YELLOW, Light.RED, Light.GREEN]) is Light.RED
    assert worst([]) is Light.GREEN


def led(case: Case, action: str, post: Post, now: datetime, **given: str) -> Case:
    after, _ = transition(case, action, make_actor(post), now, rules(), given=given)
    return after


def handling() -> tuple[Case, datetime]:
    """A case that a department has, and when its time is up."""
    sent = make_case("to_dispatch")
    case = led(sent, "dispatch", Post.DISPATCHER, MONDAY, department="water")
    assert case.due is not None
    return case, case.due


def test_what_is_asked_for_late_is_as_red_as_what_it_was_asked_for() -> None:
    case, due = handling()
    asked = led(case, "send_back", Post.DEPARTMENT, due, return_reason="not_ours")
    assert (asked.stage, asked.light) == ("return_asked", Light.RED)
    assert light_instants(asked, rules()) == []


def test_what_was_asked_for_in_time_turns_with_the_clock_that_goes_on() -> None:
    case, due = handling()
    warns = case.clocks["handling"].warn_at
    asked = led(case, "send_back", Post.DEPARTMENT, MONDAY, return_reason="not_ours")
    own = asked.stage_clock
    assert own.due_at is not None
    assert own.warn_at is not None
    assert warns is not None
    assert asked.light is Light.GREEN
    turns = [(Light.YELLOW, min(warns, own.warn_at)), (Light.RED, min(due, own.due_at))]
    assert light_instants(asked, rules()) == turns
    assert {"light.yellow", "light.red"} <= set(timers_of(asked, rules()))
    # Where handling has more time than who answers, theirs is the one that counts.
    clocks = {**asked.clocks, "handling": replace(asked.clocks["handling"], due_at=due + DAY * 9)}
    assert (Light.RED, own.due_at) in light_instants(replace(asked, clocks=clocks), rules())


def test_a_clock_that_stands_still_or_is_over_lights_nothing() -> None:
    case, due = handling()
    asked = led(case, "send_back", Post.DEPARTMENT, MONDAY, return_reason="not_ours")
    over = replace(asked.clocks["handling"], stopped=MONDAY)
    done = replace(asked, clocks={"stage": CaseClock(MONDAY), "handling": over})
    assert light_instants(done, rules()) == []
    assert light_of_case(done, rules(), due) is Light.GREEN


def test_other_limits_turn_the_light_of_what_was_asked_for() -> None:
    case, due = handling()
    asked = led(case, "send_back", Post.DEPARTMENT, MONDAY, return_reason="not_ours")
    short = replace(asked.clocks["handling"], limit="1uh", due_at=MONDAY)
    late = replace(asked, clocks={**asked.clocks, "handling": short}, light=Light.RED)
    changes = relimited(late, MONDAY, rules(), {})
    assert changes["light"] is Light.GREEN
    assert changes["clocks"]["handling"]["due_at"] == due
