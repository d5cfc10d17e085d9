"""How long a stage may take, and when it is due."""

from datetime import datetime, timedelta

from hotline.case.calendar import Calendar
from hotline.case.limit import NATURAL, Limit, TimeUnit


def due(start: datetime, limit: Limit, calendar: Calendar, *, share: float = 1.0) -> datetime:
    """Give the instant at which `share` (0..1) of a limit that began at `start` is used up."""
    if not limit.is_working:
        return start + NATURAL[limit.unit] * limit.amount * share
    return calendar.add(start, round(minutes_of(limit, calendar) * share))


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
