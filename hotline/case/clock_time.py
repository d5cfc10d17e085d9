"""The instants of a clock: nothing but its limits, its pauses and a calendar make them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hotline.case.calendar import Calendar
from hotline.case.case_clock import CaseClock, Pause
from hotline.case.deadline import minutes_of
from hotline.case.limit import NATURAL, Limit, parse_limit
from hotline.errors import Invalid

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class ClockLeg:
    """A limit of a clock, and from when to when it ran: what was added begins where that ended."""

    limit: Limit
    start: datetime
    end: datetime


def limits_of(clock: CaseClock) -> tuple[Limit, ...]:
    """Give the limit of a clock and what was added to it; none where one cannot be read."""
    try:
        return tuple(parse_limit(text) for text in (clock.limit, *clock.added) if text)
    except Invalid:
        return ()


def timed(clock: CaseClock, calendar: Calendar, warn_share: float) -> CaseClock:
    """Give a clock with the instants at which it warns and is due; while it is paused, never.

    It warns when `warn_share` (0..1) of the limit that was added last is used up. A clock whose
    limits are not on record is as it was, and so are the instants of one that would end beyond the
    last year that there is: whatever was stored, nothing is raised.
    """
    limits = limits_of(clock)
    if not limits or clock.origin is None:
        return clock
    if clock.paused is not None:
        return replace(clock, warn_at=None, due_at=None, calendar=calendar.mark)
    try:
        last = legs_of(clock, calendar)[-1]
        warn_at = end_of(last.start, last.limit, calendar, clock.pauses, share=warn_share)
    except OverflowError:
        return replace(clock, calendar=calendar.mark)
    return replace(clock, warn_at=warn_at, due_at=last.end, calendar=calendar.mark)


def legs_of(clock: CaseClock, calendar: Calendar) -> tuple[ClockLeg, ...]:
    """Give the limits of a clock with their spans, in order; as if it were not paused just now.

    Raises OverflowError for one that would end beyond the last year that there is.
    """
    at = clock.origin
    pauses = apart(clock.pauses)
    legs = []
    for limit in limits_of(clock):
        if at is not None:
            legs.append(ClockLeg(limit, at, _end(at, limit, calendar, pauses, 1.0)))
            at = legs[-1].end
    return tuple(legs)


def apart(pauses: Iterable[Pause]) -> tuple[Span, ...]:
    """Give the spans in which a clock stood still, in order, none of which meets the next."""
    found: list[Span] = []
    for start, end in sorted((_instant(one.start), _instant(one.end)) for one in pauses):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def end_of(
    start: datetime,
    limit: Limit,
    calendar: Calendar,
    pauses: Iterable[Pause] = (),
    *,
    share: float = 1.0,
) -> datetime:
    """Give the instant at which `share` (0..1) of a limit is used up, pauses left out.

    A limit that is used up as a pause begins is due then. Raises OverflowError for what would end
    beyond the last year that there is.
    """
    return _end(start, limit, calendar, apart(pauses), share)


def _end(
    start: datetime, limit: Limit, calendar: Calendar, pauses: Sequence[Span], share: float
) -> datetime:
    at, left = _instant(start), _length(limit, calendar, share)
    working = limit.is_working
    for begins, ends in pauses:
        if ends <= at:
            continue
        begins = max(begins, at)
        # Not all of the time before the pause need be worked, but no more than that can be.
        if begins - at >= left:
            due = calendar.after(at, left) if working else at + left
            if due <= begins:
                return due
        left -= calendar.worked(at, begins) if working else begins - at
        at = ends
    return calendar.after(at, left) if working else at + left


def _length(limit: Limit, calendar: Calendar, share: float) -> timedelta:
    if limit.is_working:
        return timedelta(minutes=round(minutes_of(limit, calendar) * share))
    return NATURAL[limit.unit] * limit.amount * share


def _instant(at: datetime) -> datetime:
    """Give an instant in UTC, where time goes on evenly; one without a zone is in it already."""
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
