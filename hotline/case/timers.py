"""Timers of a case: what happens by itself, when: lights that turn, and moves of the machine.

They follow from the case and its rules alone; `Case.fired` says which were done, for which instant.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Final

from hotline.case.case import Case
from hotline.case.case_clock import CaseClock
from hotline.case.clock_time import end_of
from hotline.case.clocking import light_instants
from hotline.case.light import Light
from hotline.case.limit import parse_limit
from hotline.case.workflow import Rules, TimerRule
from hotline.rights.scopes import one_of

# The names of lights among timers.
LIGHT: Final = "light."


def timers_of(case: Case, rules: Rules) -> dict[str, datetime]:
    """Give the timers of a case that are still to be done, by name; their instants may be past."""
    found = {f"{LIGHT}{light}": at for light, at in light_instants(case, rules)}
    for rule in rules.workflow.timers.values():
        at = _next(rule, case, rules) if case.stage in rule.stages else None
        if at is not None:
            found[rule.id] = at
    return found


def _next(rule: TimerRule, case: Case, rules: Rules) -> datetime | None:
    """Give for which instant a timer is to be done next; of a clock that several have, the first
    of theirs for which it was not done."""
    fired = case.fired.get(rule.id)
    begins = _begins(rule, case, rules)
    if begins is not None:
        at = _instant(begins, rule, rules)
        return None if at == fired else at
    if not rule.clock:
        return None
    own = [one for kind, one in case.clocks.items() if kind.startswith(one_of(rule.clock, ""))]
    each = (_instant(at, rule, rules) for one in own if (at := _of_clock(rule, one)) is not None)
    left = [at for at in each if at is not None and (fired is None or at > fired)]
    return min(left, default=None)


def are_of_calendar(case: Case, rules: Rules) -> bool:
    """Tell whether a calendar says when a timer of a case is due, whatever its clocks go by."""
    return any(
        rule.field or (rule.after and parse_limit(rule.after).is_working)
        for rule in rules.workflow.timers.values()
        if case.stage in rule.stages
    )


def set_anew(case: Case, given: Mapping[str, object], rules: Rules) -> dict[str, None]:
    """Give the timers that were done for a day of a field which is given anew, to be done again."""
    days = (one for one in rules.workflow.timers.values() if one.field and given.get(one.field))
    return {one.id: None for one in days if one.id in case.fired}


def light_of(timer: str) -> Light | None:
    """Give the light that a timer turns, or None."""
    name = timer.removeprefix(LIGHT)
    return Light(name) if name != timer and name in tuple(Light) else None


def _instant(at: datetime, rule: TimerRule, rules: Rules) -> datetime | None:
    if not rule.after:
        return at
    try:
        return end_of(at, parse_limit(rule.after), rules.calendar)
    except OverflowError:
        # Beyond the last year that there is; what a field holds is somebody's.
        return None


def _begins(rule: TimerRule, case: Case, rules: Rules) -> datetime | None:
    if rule.clock:
        clock = case.clocks.get(rule.clock)
        return None if clock is None else _of_clock(rule, clock)
    if rule.time:
        return case.times.get(rule.time)
    return _morning(case.fields, rule.field, rules)


def _of_clock(rule: TimerRule, clock: CaseClock) -> datetime | None:
    if clock.stopped is not None:
        return None
    return clock.warn_at if rule.at == WARNS else clock.due_at


def _morning(fields: Mapping[str, object], name: str, rules: Rules) -> datetime | None:
    """Give when work begins on the day of a field, or on the first worked day behind it."""
    try:
        day = date.fromisoformat(str(fields[name]))
        midnight = datetime.combine(day, time(), rules.calendar.zone)
        return rules.calendar.opens(midnight)
    except (KeyError, ValueError, OverflowError):
        return None


# Of a clock: the instant at which it warns; else that at which it is due.
WARNS: Final = "warn"
DUE: Final = "due"
