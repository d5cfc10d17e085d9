"""The working calendar of a city: which minutes count."""

import hashlib
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

WARN_AHEAD_DAYS = 60
# The end of a span is the one of the day: a working day may go to 24:00.
MIDNIGHT: Final = time()
DAY_ENDS: Final = 24 * 60
MARK_DIGITS: Final = 8
# More years than a limit of sense reaches over; a senseless one must not fill the memory.
MAX_YEARS_KEPT: Final = 64
# Ten years of hours last 88 where a working day has four.
MAX_YEARS_AHEAD: Final = 200


@dataclass(frozen=True, slots=True)
class WorkingYear:
    """The working spans of a year, in order, with the working time before each and after them all.

    `before` is one longer than the spans: its last is the working time of the whole year.
    """

    opens: tuple[datetime, ...]
    closes: tuple[datetime, ...]
    before: tuple[timedelta, ...]

    @property
    def total(self) -> timedelta:
        """The working time of the year."""
        return self.before[-1]

    def until(self, at: datetime) -> timedelta:
        """Give the working time of the year before an instant."""
        here = bisect_right(self.closes, at)
        worked = self.before[here]
        if here < len(self.opens) and at > self.opens[here]:
            worked += at - self.opens[here]
        return worked

    def opens_from(self, at: datetime) -> datetime | None:
        """Give the first working instant of the year from an instant on; None: not here."""
        here = bisect_right(self.closes, at)
        return max(at, self.opens[here]) if here < len(self.opens) else None

    def find(self, at: datetime, left: timedelta) -> datetime | None:
        """Give the instant at which so much working time has passed since `at`; None: not here."""
        here = bisect_right(self.closes, at)
        wanted = self.until(at) + left
        if here == len(self.opens) or wanted > self.total:
            return None
        # Of two spans that meet there, what ends with the first is due then, and not at the next.
        found = bisect_left(self.before, wanted, here + 1) - 1
        return self.opens[found] + (wanted - self.before[found])


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working time of a city.

    `intervals` are the parts of a working day in local time, of which the last may end with the
    day, at `MIDNIGHT`; `holidays` are days off besides
    weekends, `workdays` are weekend days that are worked (调休). Years in `provisional` await
    the official notice. A year outside `years` has plain weeks, Monday to Friday: a report is
    taken whatever the calendar holds, and its deadlines are provisional.
    """

    version: str
    zone: ZoneInfo
    intervals: tuple[tuple[time, time], ...]
    years: frozenset[int]
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    provisional: frozenset[int] = field(default=frozenset())
    # The version and a sum of what counts: a clock keeps by which calendar it was counted, and a
    # version may be left as it was while a day of it changes, or the zone that it lies in.
    mark: str = field(init=False, repr=False, compare=False)
    # Made when a year is first asked for: nothing but what the rest says.
    _table: dict[int, WorkingYear] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Find its mark."""
        days = (sorted(one) for one in (self.years, self.holidays, self.workdays))
        counts = repr((self.zone.key, self.intervals, *days))
        summed = hashlib.sha256(counts.encode()).hexdigest()[:MARK_DIGITS]
        object.__setattr__(self, "mark", f"{self.version}#{summed}")

    @property
    def marks(self) -> tuple[str, str]:
        """What a clock may say that runs by it; those of 0.1.0 say its version alone."""
        return self.mark, self.version

    def is_workday(self, day: date) -> bool:
        """Tell whether people work on that day; Monday to Friday in a year it does not hold."""
        in_week = day.weekday() < 5
        if day.year not in self.years:
            return in_week
        return day in self.workdays or (in_week and day not in self.holidays)

    def is_provisional(self, start: datetime, end: datetime) -> bool:
        """Tell whether working time between two instants may yet change with a year's notice."""
        first, last = (at.astimezone(self.zone).year for at in (start, end))
        return any(
            year not in self.years or year in self.provisional for year in range(first, last + 1)
        )

    def missing_years(self, now: datetime, *, ahead_days: int = WARN_AHEAD_DAYS) -> list[int]:
        """Give the years from now to `ahead_days` days later that the calendar does not hold."""
        today = now.astimezone(self.zone).date()
        last = today + timedelta(days=ahead_days)
        return [year for year in range(today.year, last.year + 1) if year not in self.years]

    def unsettled_years(self, now: datetime, *, ahead_days: int = WARN_AHEAD_DAYS) -> list[int]:
        """Give the years from now to `ahead_days` days later whose notice has not come."""
        today = now.astimezone(self.zone).date()
        last = today + timedelta(days=ahead_days)
        return [year for year in range(today.year, last.year + 1) if year in self.provisional]

    def minutes_a_day(self) -> int:
        """Give the working minutes of one working day."""
        return sum(_minutes(start, end) for start, end in self.intervals)

    def spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """Give the working spans of a day as instants in UTC; none on a day off.

        Clocks of a zone may be put on or back within a span, which its local times do not show.
        """
        if not self.is_workday(day):
            return []
        return [
            (self._instant(day, start), self._instant(_ended(day, end), end))
            for start, end in self.intervals
        ]

    def _instant(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)

    def after(self, start: datetime, left: timedelta) -> datetime:
        """Give the instant at which so much working time has passed since `start`.

        Raises OverflowError for one that lies centuries ahead.
        """
        at = start.astimezone(UTC)
        first = year = start.astimezone(self.zone).year
        while (found := self._year(year).find(at, left)) is None:
            left -= self._year(year).total - self._year(year).until(at)
            year += 1
            if year > min(first + MAX_YEARS_AHEAD, MAXYEAR - 1):
                raise OverflowError(f"{left} of working time from {start} on end too late")
        return found.astimezone(start.tzinfo)

    def opens(self, at: datetime) -> datetime:
        """Give the first instant from `at` on that is working time."""
        begun = at.astimezone(UTC)
        year = at.astimezone(self.zone).year
        while (found := self._year(year).opens_from(begun)) is None:
            year += 1
        return found.astimezone(at.tzinfo)

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """Give the working time from `start` to `end`; none when `end` is earlier."""
        since, until = start.astimezone(UTC), end.astimezone(UTC)
        if until <= since:
            return timedelta()
        first, last = since.astimezone(self.zone).year, until.astimezone(self.zone).year
        whole = sum((self._year(year).total for year in range(first, last)), timedelta())
        return whole + self._year(last).until(until) - self._year(first).until(since)

    def _year(self, year: int) -> WorkingYear:
        """Give the table of a year, made where nobody has asked for it yet."""
        found = self._table.get(year)
        if found is None:
            if len(self._table) >= MAX_YEARS_KEPT:
                self._table.clear()
            found = self._table[year] = _working_year(self, year)
        return found


def _working_year(calendar: Calendar, year: int) -> WorkingYear:
    """Give the table of a year: every span of its days, none of which counts a minute twice."""
    opens: list[datetime] = []
    closes: list[datetime] = []
    before = [timedelta()]
    day = date(year, 1, 1)
    while day.year == year:
        for start, end in calendar.spans(day):
            # An hour that clocks leave out counts as the one behind it, which may be worked too.
            begins = max(start, closes[-1]) if closes else start
            if begins < end:
                opens.append(begins)
                closes.append(end)
                before.append(before[-1] + (end - begins))
        day += timedelta(days=1)
    return WorkingYear(tuple(opens), tuple(closes), tuple(before))


def _ended(day: date, end: time) -> date:
    """Give the day on which a span of a day ends: with 24:00 it is the next one."""
    return day + timedelta(days=1) if end == MIDNIGHT else day


def _minutes(start: time, end: time) -> int:
    ends = DAY_ENDS if end == MIDNIGHT else end.hour * 60 + end.minute
    return ends - (start.hour * 60 + start.minute)
