"""The instants of a clock: nothing but its limits, its pauses and a calendar make them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from hotline.case.calendar import Calendar
from hotline.case.case_clock import CaseClock, Pause
from hotline.case.deadline import minutes_of
from hotline.case.limit import Limit, parse_limit
from hotline.errors import Invalid


def limits_of(clock: CaseClock) -> tuple[Limit, ...]:
    """Give the limit of a clock and what was added to it; none where one cannot be read."""
    try:
        return tuple(parse_limit(text) for text in (clock.limit, *clock.added) if text)
    except Invalid:
        return ()


def timed(clock: CaseClock, calendar: Calendar, warn_share: float) -> CaseClock:
    """Give a clock with the instants at which it warns and is due; while it is paused, never.

    It warns when `warn_share` (0..1) of the limit that was added last is used up.
    """
    limits, at = limits_of(clock), clock.origin
    if not limits or at is None:
        return clock
    if clock.paused is not None:
        return replace(clock, warn_at=None, due_at=None, calendar=calendar.mark)
    for one in limits[:-1]:
        at = end_of(at, one, calendar, clock.pauses)
    return replace(
        clock,
        warn_at=end_of(at, limits[-1], calendar, clock.pauses, share=warn_share),
        due_at=end_of(at, limits[-1], calendar, clock.pauses),
        calendar=calendar.mark,
    )


def end_of(
    start: datetime,
    limit: Limit,
    calendar: Calendar,
    pauses: Iterable[Pause] = (),
    *,
    share: float = 1.0,
) -> datetime:
    """Give the instant at which `share` (0..1) of a limit is used up, pauses left out."""
    minutes = minutes_of(limit, calendar) * share
    at, left = start, timedelta(minutes=round(minutes) if limit.is_working else minutes)
    for pause in pauses:
        if pause.end <= at:
            continue
        begins = max(pause.start, at)
        passed = calendar.worked(at, begins) if limit.is_working else begins - at
        if passed >= left:
            break
        left -= passed
        at = pause.end
    return calendar.after(at, left) if limit.is_working else at + left
