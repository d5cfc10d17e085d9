"""The clocks of a case anew, by another calendar than the one that they were counted by."""

from collections.abc import Mapping
from typing import Any

from hotline.case.calendar import Calendar
from hotline.case.case import Case
from hotline.case.case_clock import CaseClock
from hotline.case.deadline import due
from hotline.case.limit import Limit, parse_limit
from hotline.errors import Invalid


def limit_of(clock: CaseClock) -> Limit | None:
    """Give the limit of a clock; None where none is on record, or none that can be read."""
    try:
        return parse_limit(clock.limit) if clock.limit else None
    except Invalid:
        return None


def rederived(case: Case, calendar: Calendar, warn_share: float) -> Mapping[str, Any]:
    """Give the changes by which the clocks of a case run by a calendar; none where they do.

    Clocks that stand still, that run by day and night, or whose limit is not on record, are as they
    were. The light of the case is turned by who makes a step of it, for that needs an instant.
    """
    clocks: dict[str, dict[str, Any]] = {}
    for kind, clock in case.clocks.items():
        limit, start = limit_of(clock), clock.origin
        if limit is None or start is None or not limit.is_working or clock.stopped is not None:
            continue
        anew = {
            "warn_at": due(start, limit, calendar, share=warn_share),
            "due_at": due(start, limit, calendar),
            "calendar": calendar.mark,
        }
        patch = {name: value for name, value in anew.items() if getattr(clock, name) != value}
        if patch.keys() == {"calendar"} and clock.calendar == calendar.version:
            continue
        if patch:
            clocks[kind] = patch
    return {"clocks": clocks} if clocks else {}
