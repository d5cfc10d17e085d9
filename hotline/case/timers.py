"""Timers of a case: what happens by itself, when: lights that turn, and moves of the machine.

They follow from the case and its rules alone; `Case.fired` says which were done, for which instant.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Final

from hotline.case.case import Case
from hotline.case.clock_time import end_of
from hotline.case.clocking import light_instants
from hotline.case.light import Light
from hotline.case.limit import parse_limit
from hotline.case.workflow import Rules, TimerRule

# The names of lights among timers.
LIGHT: Final = "light."


def timers_of(case: Case, rules: Rules) -> dict[str, datetime]:
    """Give the timers of a case that are still to be done, by name; their instants may be past."""
    found = {f"{LIGHT}{light}": at for light, at in light_instants(case, rules)}
    for rule in rules.workflow.timers.values():
        at = _instant(rule, case, rules) if case.stage in rule.stages else None
        if at is not None and case.fired.get(rule.id) != at:
            found[rule.id] = at
    return found


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


def _instant(rule: TimerRule, case: Case, rules: Rules) -> datetime | None:
    at = _begins(rule, case, rules)
    if at is None or not rule.after:
        return at
    try:
        return end_of(at, parse_limit(rule.after), rules.calendar)
    except OverflowError:
        # Beyond the last year that there is; what a field holds is somebody's.
        return None


def _begins(rule: TimerRule, case: Case, rules: Rules) -> datetime | None:
    if rule.clock:
        clock = case.clocks.get(rule.clock)
        if clock is None or clock.stopped is not None:
            return None
        return clock.warn_at if rule.at == WARNS else clock.due_at
    if rule.time:
        return case.times.get(rule.time)
    return _morning(case.fields, rule.field, rules)


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
