"""How the time of a clock was counted: day by day, what counted, what was skipped, and why."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from hotline.case.calendar import Calendar
from hotline.case.deadline import due, minutes_of
from hotline.case.limit import Limit

MINUTE: Final = timedelta(minutes=1)
# As many days of its beginning and of its end are told one by one: all of two weeks.
DAYS_SHOWN: Final = 7


class DayKind(StrEnum):
    """Why a day counts or does not; of one that is worked, what is skipped is outside the hours."""

    WORKDAY = "workday"
    WORKED_WEEKEND = "worked_weekend"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    NATURAL = "natural"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a day from `start` to `end`, and the whole minutes that it added to those before.

    So the minutes of all stretches that counted are those of the whole, whatever their seconds.
    """

    start: datetime
    end: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class CountedDay:
    """A day of a clock. What counted and what was skipped, together, are all of it, in order."""

    day: date
    kind: DayKind
    counted: tuple[Stretch, ...]
    skipped: tuple[Stretch, ...]

    @property
    def minutes(self) -> int:
        """The minutes that counted."""
        return sum(one.minutes for one in self.counted)


@dataclass(frozen=True, slots=True)
class DaysBetween:
    """The days between the first and the last, which are not told one by one."""

    working: int
    off: int
    minutes: int


@dataclass(frozen=True, slots=True)
class CountedClock:
    """A clock as it was counted, from when it began to the instant at which its limit was used up.

    `first` are its days in order; where there are too many, `between` says how many were left out
    before the `last`.
    """

    start: datetime
    limit: Limit
    minutes: int
    warn_at: datetime
    due_at: datetime
    first: tuple[CountedDay, ...]
    between: DaysBetween | None = None
    last: tuple[CountedDay, ...] = ()


def count(
    start: datetime, limit: Limit, calendar: Calendar, warn_share: float, *, shown: int = DAYS_SHOWN
) -> CountedClock:
    """Tell how a limit that began at `start` is counted; it warns at `warn_share` (0..1) of it.

    Of more than twice `shown` days only the first and the last are told one by one.
    """
    end = due(start, limit, calendar)
    first, last = (at.astimezone(calendar.zone).date() for at in (start, end))
    whole = CountedClock(
        start=start,
        limit=limit,
        minutes=minutes_of(limit, calendar),
        warn_at=due(start, limit, calendar, share=warn_share),
        due_at=end,
        first=(),
    )
    counted = _Counter(start, end, limit, calendar)
    if (last - first).days < 2 * shown:
        return replace(whole, first=tuple(counted.days(first, last)))
    head = tuple(counted.days(first, first + timedelta(days=shown - 1)))
    tail = tuple(counted.days(last - timedelta(days=shown - 1), last))
    told = sum(day.minutes for day in (*head, *tail))
    days = [first + timedelta(days=n) for n in range(shown, (last - first).days + 1 - shown)]
    working = sum(not limit.is_working or calendar.is_workday(day) for day in days)
    between = DaysBetween(working, len(days) - working, whole.minutes - told)
    return replace(whole, first=head, between=between, last=tail)


def kind_of(day: date, calendar: Calendar) -> DayKind:
    """Give why a day counts in working time, or why not."""
    in_week = day.weekday() < 5
    if calendar.is_workday(day):
        return DayKind.WORKDAY if in_week else DayKind.WORKED_WEEKEND
    return DayKind.HOLIDAY if in_week else DayKind.WEEKEND


@dataclass(frozen=True, slots=True)
class _Counter:
    """Counts the days of one clock."""

    start: datetime
    end: datetime
    limit: Limit
    calendar: Calendar

    def days(self, first: date, last: date) -> Iterator[CountedDay]:
        """Give the days from one to another, both included."""
        day = first
        while day <= last:
            yield self._day(day)
            day += timedelta(days=1)

    def _day(self, day: date) -> CountedDay:
        working = self.limit.is_working
        begins, ends = (self._midnight(one) for one in (day, day + timedelta(days=1)))
        begins, ends = max(begins, self._utc(self.start)), min(ends, self._utc(self.end))
        counted: list[Stretch] = []
        skipped: list[Stretch] = []
        at = begins
        for opens, closes in self.calendar.spans(day) if working else [(begins, ends)]:
            opens, closes = max(opens, at), min(closes, ends)
            if opens >= closes:
                continue
            if at < opens:
                skipped.append(_skipped(at, opens))
            counted.append(Stretch(opens, closes, self._until(closes) - self._until(opens)))
            at = closes
        if at < ends:
            skipped.append(_skipped(at, ends))
        kind = kind_of(day, self.calendar) if working else DayKind.NATURAL
        return CountedDay(day, kind, tuple(counted), tuple(skipped))

    def _until(self, at: datetime) -> int:
        """Give the whole minutes that were counted before an instant."""
        if self.limit.is_working:
            return self.calendar.between(self.start, at)
        return (at - self._utc(self.start)) // MINUTE

    def _midnight(self, day: date) -> datetime:
        return self._utc(datetime.combine(day, time(), self.calendar.zone))

    @staticmethod
    def _utc(at: datetime) -> datetime:
        return at.astimezone(UTC)


def _skipped(start: datetime, end: datetime) -> Stretch:
    return Stretch(start, end, (end - start) // MINUTE)
