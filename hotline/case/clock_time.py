"""The instants of a clock: nothing but its limits, its pauses and a calendar make them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hotline.case.calendar import Calendar
from hotline.case.case_clock import CaseClock, Pause
from hotline.case.limit import NATURAL, Limit, TimeUnit, parse_limit
from hotline.errors import Invalid


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
    instants = instants_of(clock, limits_of(clock), calendar, warn_share)
    if instants is None:
        return clock
    return replace(clock, warn_at=instants[0], due_at=instants[1], calendar=calendar.mark)


def instants_of(
    clock: CaseClock, limits: Sequence[Limit], calendar: Calendar, warn_share: float
) -> tuple[datetime | None, datetime | None] | None:
    """Give when a clock of some limits warns and is due, as `timed`; None: it is not counted."""
    if not limits or clock.origin is None:
        return None
    if clock.paused is not None:
        return None, None
    try:
        pauses = apart(clock.pauses)
        last = _legs(clock.origin, limits, calendar, pauses)[-1]
        return _end(last.start, last.limit, calendar, pauses, warn_share), last.end
    except OverflowError:
        return clock.warn_at, clock.due_at


def legs_of(clock: CaseClock, calendar: Calendar) -> tuple[ClockLeg, ...]:
    """Give the limits of a clock with their spans, in order; as if it were not paused just now.

    Raises OverflowError for one that would end beyond the last year that there is.
    """
    if clock.origin is None:
        return ()
    return tuple(_legs(clock.origin, limits_of(clock), calendar, apart(clock.pauses)))


def _legs(
    at: datetime, limits: Iterable[Limit], calendar: Calendar, pauses: Sequence[Pause]
) -> list[ClockLeg]:
    legs = []
    for limit in limits:
        legs.append(ClockLeg(limit, _instant(at), _end(at, limit, calendar, pauses, 1.0)))
        at = legs[-1].end
    return legs


def apart(pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """Give the spans in which a clock stood still, in order, none of which lies in another."""
    found: list[Pause] = []
    ordered = sorted((_instant(one.start), _instant(one.end), one.stage) for one in pauses)
    for start, end, stage in ordered:
        begins = max(start, found[-1].end) if found else start
        if begins < end:
            found.append(Pause(begins, end, stage))
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
    start: datetime, limit: Limit, calendar: Calendar, pauses: Sequence[Pause], share: float
) -> datetime:
    at, left = _instant(start), _length(limit, calendar, share)
    working = limit.is_working
    for one in pauses:
        if one.end <= at:
            continue
        begins = max(one.start, at)
        # Not all of the time before the pause need be worked, but no more than that can be.
        if begins - at >= left:
            due = calendar.after(at, left) if working else at + left
            if due <= begins:
                return due
        left -= calendar.worked(at, begins) if working else begins - at
        at = one.end
    return calendar.after(at, left) if working else at + left


def minutes_of(limit: Limit, calendar: Calendar) -> int:
    """Give the minutes of a limit: of working time where it runs in it, else of natural time."""
    if not limit.is_working:
        return limit.amount * (NATURAL[limit.unit] // timedelta(minutes=1))
    return limit.amount * _working_minutes(limit.unit, calendar)


def _working_minutes(unit: TimeUnit, calendar: Calendar) -> int:
    match unit:
        case TimeUnit.WORKING_DAY:
            return calendar.minutes_a_day()
        case TimeUnit.WORKING_HOUR:
            return 60
        case _:
            return 1


def _length(limit: Limit, calendar: Calendar, share: float) -> timedelta:
    if limit.is_working:
        return timedelta(minutes=round(minutes_of(limit, calendar) * share))
    return NATURAL[limit.unit] * limit.amount * share


def _instant(at: datetime) -> datetime:
    """Give an instant in UTC, where time goes on evenly; one without a zone is in it already."""
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
