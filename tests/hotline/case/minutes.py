"""The reference of all clocks: time is counted minute by minute, by a look at wall and calendar."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from hotline.case.calendar import MIDNIGHT, Calendar
from hotline.case.case_clock import CaseClock, Pause
from hotline.case.limit import Limit, TimeUnit, parse_limit

MINUTE = timedelta(minutes=1)
HOUR, DAY = 60, 24 * 60


def works(kept: Calendar, at: datetime) -> bool:
    """Tell whether a minute is worked: nothing but a look at the wall and at the calendar."""
    local = at.astimezone(kept.zone)
    day, in_week = local.date(), local.weekday() < 5
    if day.year in kept.years:
        in_week = (in_week and day not in kept.holidays) or day in kept.workdays
    clock = local.time()
    return in_week and any(
        start <= clock and (clock < end or end == MIDNIGHT) for start, end in kept.intervals
    )


Look = Callable[[Calendar, datetime], bool]


def by_minutes(
    pauses: Iterable[Pause],
    kept: Calendar,
    start: datetime,
    minutes: int,
    *,
    working: bool,
    look: Look = works,
) -> datetime:
    """Give when so many minutes were counted, looking at each; one in a pause is none."""
    at, still = start, list(pauses)
    while minutes:
        stands = any(one.start <= at < one.end for one in still)
        minutes -= not stands and (not working or look(kept, at))
        at += MINUTE
    return at


def size_of(limit: Limit, kept: Calendar) -> int:
    """Give the minutes of a limit."""
    a_day = sum(
        (end.hour * HOUR + end.minute or DAY) - (start.hour * HOUR + start.minute)
        for start, end in kept.intervals
    )
    sizes = {"m": 1, "h": HOUR, "d": a_day if limit.is_working else DAY}
    return limit.amount * sizes[limit.unit[1]]


def due_by_minutes(clock: CaseClock, kept: Calendar, look: Look = works) -> datetime:
    """Give when a clock is due by the reference: its limit, and what was added behind it."""
    at, texts = clock.counted_from or clock.started, (clock.limit, *clock.added)
    assert at is not None
    at = at.astimezone(UTC)
    for text in texts:
        assert text is not None
        limit = parse_limit(text)
        assert limit.unit in TimeUnit
        size = size_of(limit, kept)
        at = by_minutes(clock.pauses, kept, at, size, working=limit.is_working, look=look)
    return at


def add(kept: Calendar, start: datetime, minutes: int) -> datetime:
    """Give when so many minutes of working time have passed, as the calendar counts."""
    return kept.after(start, timedelta(minutes=minutes))


def between(kept: Calendar, start: datetime, end: datetime) -> int:
    """Give the whole minutes of working time between two instants, as the calendar counts."""
    return kept.worked(start, end) // MINUTE
