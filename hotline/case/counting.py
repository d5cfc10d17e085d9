"""How the time of a clock was counted: day by day, what counted, what was skipped, and why."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from hotline.case.calendar import Calendar
from hotline.case.case_clock import CaseClock, Pause
from hotline.case.clock_time import ClockLeg, apart, instants_of, legs_of, limits_of, minutes_of
from hotline.case.limit import Limit, TimeUnit

MINUTE: Final = timedelta(minutes=1)
# As many days of its beginning and of its end are told one by one: all of two weeks.
DAYS_SHOWN: Final = 7
# Of a clock that would take longer no days are told: what is stored may be anything.
MOST_DAYS: Final = 40_000


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
    """A day of a clock. What counted, what was skipped and the pauses, together, are all of it."""

    day: date
    kind: DayKind
    counted: tuple[Stretch, ...]
    skipped: tuple[Stretch, ...]
    paused: tuple[Pause, ...] = ()

    @property
    def minutes(self) -> int:
        """The minutes that counted."""
        return sum(one.minutes for one in self.counted)


@dataclass(frozen=True, slots=True)
class DaysBetween:
    """The days between the first and the last, which are not told one by one."""

    working: int
    off: int
    paused: int
    minutes: int


@dataclass(frozen=True, slots=True)
class CountedClock:
    """A clock as it was counted, from when it began to the instant at which its time was used up.

    Of one that is paused it ends there: `due_at` and `warn_at` are None, and `left` is what is to
    come of its limits. `minutes` are those of its limits, `counted` all stretches that counted of
    them, `pauses` those that held it up. `first` are its days in order; where there are too many,
    `between` says how many were left out before the `last`.
    """

    start: datetime
    limits: tuple[Limit, ...]
    minutes: int
    warn_at: datetime | None
    due_at: datetime | None
    counted: tuple[Stretch, ...]
    pauses: tuple[Pause, ...]
    left: tuple[Limit, ...] = ()
    legs: tuple[ClockLeg, ...] = ()
    first: tuple[CountedDay, ...] = ()
    between: DaysBetween | None = None
    last: tuple[CountedDay, ...] = ()


def count(
    clock: CaseClock, calendar: Calendar, warn_share: float, *, shown: int = DAYS_SHOWN
) -> CountedClock | None:
    """Tell how a clock is counted; it warns at `warn_share` (0..1) of what was added last.

    None where its limits are not on record, or end beyond the last year that there is. Of more than
    twice `shown` days only the first and the last are told one by one.
    """
    limits, start = limits_of(clock), clock.origin
    instants = instants_of(clock, limits, calendar, warn_share)
    if start is None or instants is None:
        return None
    try:
        legs = legs_of(clock, calendar)
    except OverflowError:
        return None
    end = legs[-1].end
    if clock.paused is not None:
        end = min(max(clock.paused.astimezone(UTC), legs[0].start), end)
    if (end - legs[0].start).days > MOST_DAYS:
        return None
    pauses = tuple(_within(apart(clock.pauses), legs[0].start, end))
    counted = _Counter(tuple(_spans(legs, pauses, calendar, end)), legs, pauses, calendar, end)
    whole = CountedClock(
        start=start,
        limits=limits,
        minutes=sum(minutes_of(one, calendar) for one in limits),
        warn_at=instants[0],
        due_at=instants[1],
        counted=counted.spans,
        pauses=pauses,
        left=tuple(_left(legs, pauses, calendar, end)) if clock.paused is not None else (),
        legs=legs,
    )
    return counted.told(whole, shown)


def kind_of(day: date, calendar: Calendar) -> DayKind:
    """Give why a day counts in working time, or why not."""
    in_week = day.weekday() < 5
    if calendar.is_workday(day):
        return DayKind.WORKDAY if in_week else DayKind.WORKED_WEEKEND
    return DayKind.HOLIDAY if in_week else DayKind.WEEKEND


def _within(pauses: Sequence[Pause], start: datetime, end: datetime) -> Iterator[Pause]:
    """Give what lies of some pauses between two instants."""
    for one in pauses:
        begins, ends = max(one.start, start), min(one.end, end)
        if begins < ends:
            yield Pause(begins, ends, one.stage)


def _spans(
    legs: Sequence[ClockLeg], pauses: Sequence[Pause], calendar: Calendar, end: datetime
) -> Iterator[Stretch]:
    """Give all that counted, day by day, with its minutes."""
    gone, last = timedelta(), legs[0].start
    for opens, closes in _open(legs, pauses, calendar, end):
        # An hour that clocks leave out counts as the one behind it: no minute counts twice.
        opens = max(opens, last)
        if opens < closes:
            before, gone, last = gone, gone + (closes - opens), closes
            yield Stretch(opens, closes, gone // MINUTE - before // MINUTE)


def _open(
    legs: Sequence[ClockLeg], pauses: Sequence[Pause], calendar: Calendar, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Give the parts of days that may count: of each limit those between the pauses."""
    begins = [legs[0].start, *(one.end for one in pauses)]
    runs = list(zip(begins, [*(one.start for one in pauses), end], strict=True))
    at = 0
    for leg in legs:
        while at < len(runs) and runs[at][0] < min(leg.end, end):
            start, stop = max(runs[at][0], leg.start), min(runs[at][1], leg.end)
            if start < stop:
                yield from _hours(start, stop, leg.limit, calendar)
            if runs[at][1] > leg.end:
                break
            at += 1


def _hours(
    begins: datetime, ends: datetime, limit: Limit, calendar: Calendar
) -> Iterator[tuple[datetime, datetime]]:
    """Give the parts of a span that count, cut at midnight."""
    day, last = (at.astimezone(calendar.zone).date() for at in (begins, ends))
    while day <= last:
        whole = midnight(day, calendar), midnight(day + timedelta(days=1), calendar)
        for opens, closes in calendar.spans(day) if limit.is_working else [whole]:
            if max(opens, begins) < min(closes, ends):
                yield max(opens, begins), min(closes, ends)
        day += timedelta(days=1)


def midnight(day: date, calendar: Calendar) -> datetime:
    """Give the instant at which a day begins in the city."""
    return datetime.combine(day, time(), calendar.zone).astimezone(UTC)


def _left(
    legs: Sequence[ClockLeg], pauses: Sequence[Pause], calendar: Calendar, end: datetime
) -> Iterator[Limit]:
    """Give what is to come of some limits at an instant: of the one that runs, in minutes."""
    for leg in legs:
        if leg.start >= end:
            yield leg.limit
        elif leg.end > end:
            runs = _spans([leg], pauses, calendar, end)
            gone = sum((one.end - one.start for one in runs), timedelta())
            working = leg.limit.is_working
            unit = TimeUnit.WORKING_MINUTE if working else TimeUnit.URGENT_MINUTE
            minutes = minutes_of(leg.limit, calendar) - gone // MINUTE
            yield Limit(minutes, unit)


@dataclass(frozen=True, slots=True)
class _Counter:
    """Tells the days of one clock."""

    spans: tuple[Stretch, ...]
    legs: tuple[ClockLeg, ...]
    pauses: tuple[Pause, ...]
    calendar: Calendar
    end: datetime
    by_day: dict[date, list[Stretch]] = field(default_factory=dict)

    def told(self, whole: CountedClock, shown: int) -> CountedClock:
        """Give a clock with its days."""
        for one in self.spans:
            self.by_day.setdefault(self._day_of(one.start), []).append(one)
        first, last = self._day_of(self.legs[0].start), self._day_of(self.end)
        if (last - first).days < 2 * shown:
            return replace(whole, first=tuple(self._days(first, last)))
        head = tuple(self._days(first, first + timedelta(days=shown - 1)))
        tail = tuple(self._days(last - timedelta(days=shown - 1), last))
        between = self._between(first + timedelta(days=shown), last - timedelta(days=shown))
        told = sum(day.minutes for day in (*head, *tail))
        minutes = sum(one.minutes for one in self.spans) - told
        return replace(whole, first=head, between=replace(between, minutes=minutes), last=tail)

    def _between(self, first: date, last: date) -> DaysBetween:
        """Give how many days are not told; of a paused one no minute counted, by day or night."""
        many = (last - first).days + 1
        days = (first + timedelta(days=n) for n in range(many))
        empty = [day for day in days if day not in self.by_day]
        paused = sum(any(self._paused(*self._bounds(day))) for day in empty)
        return DaysBetween(many - len(empty), len(empty) - paused, paused, 0)

    def _days(self, first: date, last: date) -> Iterator[CountedDay]:
        day = first
        while day <= last:
            yield self._told(day)
            day += timedelta(days=1)

    def _told(self, day: date) -> CountedDay:
        begins, ends = self._bounds(day)
        counted = tuple(self.by_day.get(day, ()))
        paused = tuple(self._paused(begins, ends))
        known = [(one.start, one.end) for one in counted] + [(one.start, one.end) for one in paused]
        skipped, at = [], begins
        for start, end in sorted(known):
            if at < start:
                skipped.append(_skipped(at, start))
            at = max(at, end)
        if at < ends:
            skipped.append(_skipped(at, ends))
        kind = self._kind(day, begins, ends, counts=bool(counted))
        return CountedDay(day, kind, counted, tuple(skipped), paused)

    def _bounds(self, day: date) -> tuple[datetime, datetime]:
        begins = max(midnight(day, self.calendar), self.legs[0].start)
        return begins, min(midnight(day + timedelta(days=1), self.calendar), self.end)

    def _paused(self, begins: datetime, ends: datetime) -> Iterator[Pause]:
        here = bisect_right(self.pauses, begins, key=lambda one: one.end)
        beyond = bisect_left(self.pauses, ends, key=lambda one: one.start)
        return _within(self.pauses[here:beyond], begins, ends)

    def _kind(self, day: date, begins: datetime, ends: datetime, *, counts: bool) -> DayKind:
        # What counts on a day off does so by a limit of all days that ends beside a working one.
        if counts and not self.calendar.is_workday(day):
            return DayKind.NATURAL
        here = [one for one in self.legs if one.start < ends and one.end > begins] or self.legs
        if any(one.limit.is_working for one in here):
            return kind_of(day, self.calendar)
        return DayKind.NATURAL

    def _day_of(self, at: datetime) -> date:
        return at.astimezone(self.calendar.zone).date()


def _skipped(start: datetime, end: datetime) -> Stretch:
    return Stretch(start, end, (end - start) // MINUTE)
