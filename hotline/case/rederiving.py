"""The clocks of a case anew, by another calendar than the one that they were counted by."""

from collections.abc import Mapping
from typing import Any

from hotline.case.calendar import Calendar
from hotline.case.case import Case
from hotline.case.clock_time import instants_of, limits_of


def rederived(case: Case, calendar: Calendar, warn_share: float) -> Mapping[str, Any]:
    """Give the changes by which the clocks of a case run by a calendar; none where they do.

    Clocks that have stopped, that run by day and night, or whose limits are not on record, are as
    they were. One that is paused stays due never, and knows that it goes on by this calendar. The
    light of the case is turned by who makes a step of it, for that needs an instant.
    """
    clocks: dict[str, dict[str, Any]] = {}
    for kind, clock in case.clocks.items():
        limits = limits_of(clock)
        if clock.stopped is not None or not any(one.is_working for one in limits):
            continue
        found = instants_of(clock, limits, calendar, warn_share)
        if found is None:
            continue
        patch: dict[str, Any] = {}
        if found[0] != clock.warn_at:
            patch["warn_at"] = found[0]
        if found[1] != clock.due_at:
            patch["due_at"] = found[1]
        # One of 0.1.0 says the version alone: that is no news by itself.
        if clock.calendar != calendar.mark and (patch or clock.calendar != calendar.version):
            patch["calendar"] = calendar.mark
        if patch:
            clocks[kind] = patch
    return {"clocks": clocks} if clocks else {}
