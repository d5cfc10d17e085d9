"""How long a stage may take, and when it is due."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hotline.case.calendar import Calendar
from hotline.errors import Invalid


class TimeUnit(StrEnum):
    """Units of limits: urgent ones run on natural time, working ones inside working time."""

    URGENT_MINUTE = "um"
    URGENT_HOUR = "uh"
    URGENT_DAY = "ud"
    WORKING_MINUTE = "wm"
    WORKING_HOUR = "wh"
    WORKING_DAY = "wd"


_NATURAL = {
    TimeUnit.URGENT_MINUTE: timedelta(minutes=1),
    TimeUnit.URGENT_HOUR: timedelta(hours=1),
    TimeUnit.URGENT_DAY: timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount of time in a unit. `ours` is true where no standard or city gave the figure."""

    amount: int
    unit: TimeUnit
    ours: bool = False

    @property
    def is_working(self) -> bool:
        """Tell whether it runs in working time only."""
        return self.unit not in _NATURAL

    @property
    def text(self) -> str:
        """As limits are written, such as 4wh."""
        return f"{self.amount}{self.unit}"


def parse_limit(text: str, *, ours: bool = False) -> Limit:
    """Give the limit of a text such as `2uh`, `4wh`, `5wd` or `30um`."""
    try:
        limit = Limit(int(text[:-2]), TimeUnit(text[-2:]), ours)
    except ValueError as error:
        raise Invalid("limit", f"{text!r} is not a limit such as 2uh, 4wh or 5wd") from error
    if limit.amount <= 0:
        raise Invalid("limit", f"{text!r} must be more than nothing")
    return limit


def due(start: datetime, limit: Limit, calendar: Calendar, *, share: float = 1.0) -> datetime:
    """Give the instant at which `share` (0..1) of a limit that began at `start` is used up."""
    if not limit.is_working:
        return start + _NATURAL[limit.unit] * limit.amount * share
    return calendar.add(start, round(minutes_of(limit, calendar) * share))


def minutes_of(limit: Limit, calendar: Calendar) -> int:
    """Give the minutes of a limit: of working time where it runs in it, else of natural time."""
    if not limit.is_working:
        return limit.amount * (_NATURAL[limit.unit] // timedelta(minutes=1))
    return limit.amount * _working_minutes(limit.unit, calendar)


def _working_minutes(unit: TimeUnit, calendar: Calendar) -> int:
    match unit:
        case TimeUnit.WORKING_DAY:
            return calendar.minutes_a_day()
        case TimeUnit.WORKING_HOUR:
            return 60
        case _:
            return 1
