"""Working time by table is what one counts minute by minute, and what walking day by day gave."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.case.calendar import MAX_YEARS_KEPT, MIDNIGHT, Calendar
from hotline.case.calendar_data import parse_calendar
from hotline.case.clock_time import end_of
from hotline.case.limit import Limit
from tests.cities import calendar, limits
from tests.hotline.case.minutes import add, between
from tests.hotline.case.minutes import by_minutes as counted_by_minutes

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC")
Span = tuple[datetime, datetime]
# Sundays on which clocks are put on or back in one of the zones.
TURNS = (
    date(2026, 3, 8),
    date(2026, 3, 29),
    date(2026, 4, 5),
    date(2026, 10, 25),
    date(2027, 3, 28),
)
HELD = (2025, 2026, 2027)
# Both lie around the years that a calendar holds.
FIRST, LAST = datetime(2023, 12, 1), datetime(2029, 12, 31)  # noqa: DTZ001


def by_minutes(kept: Calendar, start: datetime, minutes: int) -> datetime:
    """Give when so many minutes were worked, looking at each."""
    return counted_by_minutes((), kept, start, minutes, working=True)


def apart(spans: list[Span]) -> Iterator[Span]:
    """Give the spans of a day, none of which reaches into the next: clocks may be put on."""
    last = FIRST.replace(tzinfo=UTC)
    for opens, closes in spans:
        yield max(opens, last), closes
        last = max(last, closes)


def by_days(kept: Calendar, start: datetime, minutes: int) -> datetime:
    """Give when so many minutes were worked, walking day by day: what the table took over from."""
    left, day = timedelta(minutes=minutes), start.astimezone(kept.zone).date()
    while True:
        for opens, closes in apart(kept.spans(day)):
            begin = max(start, opens)
            if begin >= closes:
                continue
            if left <= closes - begin:
                return begin + left
            left -= closes - begin
        day += timedelta(days=1)


def counted_by_days(kept: Calendar, start: datetime, end: datetime) -> int:
    """Give the whole minutes worked between two instants, walking day by day."""
    total, day = timedelta(), start.astimezone(kept.zone).date()
    while day <= end.astimezone(kept.zone).date():
        for opens, closes in apart(kept.spans(day)):
            total += max(timedelta(), min(closes, end) - max(opens, start))
        day += timedelta(days=1)
    return int(total.total_seconds() // 60)


@st.composite
def calendars(draw: st.DrawFn, earliest: int = 0) -> Calendar:
    """A calendar whose day has one to four intervals from an hour on, some of which meet."""
    marks = st.lists(st.integers(earliest * 60, 24 * 60 - 1), min_size=2, max_size=8, unique=True)
    clock = [time(mark // 60, mark % 60) for mark in sorted(draw(marks))]
    spans = list(zip(clock[::2], clock[1::2], strict=False))
    if draw(st.booleans()):
        spans[-1] = (spans[-1][0], MIDNIGHT)
    if len(spans) > 1 and draw(st.booleans()):
        spans[1] = (spans[0][1], spans[1][1])
    days = st.dates(date(HELD[0], 1, 1), date(HELD[-1], 12, 31))
    picked = draw(st.lists(days, max_size=30, unique=True))
    # Holidays are longest where they matter: a week on end, often over the end of a year.
    turns = st.sets(st.sampled_from(TURNS))
    week = draw(st.sampled_from([date(2025, 12, 29), date(2026, 12, 28), date(2026, 10, 1)]))
    holidays = {day for day in picked if day.weekday() < 5}
    holidays |= {week + timedelta(days=n) for n in range(draw(st.integers(0, 9)))}
    return Calendar(
        version="drawn",
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        intervals=tuple(spans),
        years=frozenset(draw(st.sets(st.sampled_from(HELD)))),
        holidays=frozenset(holidays),
        workdays=frozenset(
            {*draw(turns), *(day for day in picked if day.weekday() >= 5)} - holidays
        ),
    )


# How long a walk takes is no fault: it is what the table took over from.
unhurried = settings(deadline=None, max_examples=60)
instants = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
whole_minutes = instants.map(lambda at: at.replace(second=0, microsecond=0))


# Clocks are put on and back before four: who works then is looked at below.
@unhurried
@given(calendars(earliest=4), whole_minutes, st.integers(1, 1_500))
def test_a_limit_ends_where_one_counts_minute_by_minute(
    kept: Calendar, start: datetime, minutes: int
) -> None:
    if counted_by_days(kept, start, start + timedelta(days=14)) < minutes:
        minutes = 1 + minutes % 50
    end = add(kept, start, minutes)
    assert end == by_minutes(kept, start, minutes)
    assert between(kept, start, end) == minutes


@unhurried
@given(calendars(), instants, st.integers(0, 2 * 365 * 480), st.sampled_from([1, 60, 5_000]))
def test_a_limit_ends_where_one_walks_day_by_day(
    kept: Calendar, start: datetime, minutes: int, size: int
) -> None:
    """Inside and outside of working time, with seconds, over years, from nothing to two years."""
    minutes = minutes * size // 5_000
    a_day = kept.minutes_a_day()
    minutes = min(minutes, 2 * 365 * a_day)
    assert add(kept, start, minutes) == by_days(kept, start, minutes)


@unhurried
@given(calendars(), instants, instants)
def test_minutes_between_are_those_that_one_walks_over(
    kept: Calendar, one: datetime, other: datetime
) -> None:
    assert between(kept, one, other) == counted_by_days(kept, one, other)


@pytest.mark.parametrize("weeks", [0, 1, 12, pytest.param(104, marks=pytest.mark.slow)])
def test_weeks_of_minutes_up_to_two_years(weeks: int) -> None:
    start = datetime(2025, 11, 25, 1, 30, tzinfo=UTC)
    minutes = weeks * 5 * 480 + 1
    assert add(calendar(), start, minutes) == by_minutes(calendar(), start, minutes)


def starts() -> Iterator[datetime]:
    """Instants all over a day, a week and the years around the demo city's calendar."""
    at = datetime(2025, 12, 20, 0, 0, 7, 21, tzinfo=UTC)
    while at < datetime(2028, 2, 1, tzinfo=UTC):
        yield at
        at += timedelta(days=3, hours=7, minutes=13, seconds=5)


def test_all_limits_of_the_demo_city_are_due_when_they_were() -> None:
    rows = [row for several in limits().conditions.values() for row in several]
    told = [row.limits for row in rows] + [one.limits for row in rows for one in row.variants]
    of_rows = (one for each in told for one in each.values())
    known: set[Limit] = {*limits().stages.values(), *of_rows}
    assert len(known) > 5
    share = limits().yellow_share
    for limit in known:
        size = {"wd": calendar().minutes_a_day(), "wh": 60}.get(limit.unit, 1) * limit.amount
        for start in starts():
            ends = [end_of(start, limit, calendar(), share=part) for part in (1.0, share)]
            if limit.is_working:
                walked = [by_days(calendar(), start, round(size * part)) for part in (1.0, share)]
                assert ends == walked


def test_an_hour_that_clocks_leave_out_counts_no_minute_twice() -> None:
    """In Berlin the hour from two is not there: what it would hold is the hour from three."""
    table = {"intervals": ["02:00-02:45", "03:00-04:00"], "years": [2027], "workdays": []}
    kept = parse_calendar(table | {"workdays": ["2027-03-28"]}, "Europe/Berlin")
    opens = datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    assert between(kept, opens, opens + timedelta(hours=1)) == 60
    assert add(kept, opens, 60) == opens + timedelta(hours=1)


def test_what_starts_at_a_wall_clock_is_counted_by_instants() -> None:
    kept = parse_calendar({"intervals": ["00:00-12:00"], "workdays": ["2027-03-28"]}, "UTC")
    berlin = ZoneInfo("Europe/Berlin")
    kept = replace(kept, zone=berlin, years=frozenset({2027}))
    start = datetime(2027, 3, 28, 1, 30, tzinfo=berlin)
    assert add(kept, start, 120) == datetime(2027, 3, 28, 4, 30, tzinfo=berlin)
    assert between(kept, start, datetime(2027, 3, 28, 4, 30, tzinfo=berlin)) == 120


def test_a_calendar_is_the_same_whatever_was_asked_of_it() -> None:
    fresh = replace(calendar())
    asked = replace(calendar())
    add(asked, datetime(2031, 1, 1, tzinfo=UTC), 100_000)
    assert asked == fresh
    assert hash(asked) == hash(fresh)
    assert repr(asked) == repr(fresh)


def test_a_senseless_limit_does_not_fill_the_memory() -> None:
    kept = replace(calendar(), intervals=((time(8), time(8, 1)),))
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert add(kept, start, 70 * 240) > start + timedelta(days=60 * 365)
    assert len(kept._table) <= MAX_YEARS_KEPT
    with pytest.raises(OverflowError):
        add(kept, datetime(9990, 1, 1, tzinfo=UTC), 1_000_000)
