"""Deadlines in working time, as a table with weekdays in words, and the calendar's properties."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.case.calendar_data import calendar_faults, parse_calendar
from hotline.case.clock_time import end_of
from hotline.case.limit import parse_limit
from hotline.errors import Invalid
from tests.cities import calendar, read
from tests.hotline.case.minutes import add, between

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


TABLE = [
    # Monday morning, inside the day
    ("2026-11-23 09:00", "2wh", "2026-11-23 11:00"),
    # Monday over the noon break
    ("2026-11-23 11:00", "2wh", "2026-11-23 15:00"),
    # Monday evening counts from Tuesday morning
    ("2026-11-23 19:00", "1wh", "2026-11-24 09:00"),
    # Friday afternoon over the weekend
    ("2026-11-27 17:00", "2wh", "2026-11-30 09:00"),
    # one working day is eight hours
    ("2026-11-23 10:00", "1wd", "2026-11-24 10:00"),
    # five working days are a week
    ("2026-11-23 08:00", "5wd", "2026-11-27 18:00"),
    # urgent hours run through the night and the weekend
    ("2026-11-27 23:00", "2uh", "2026-11-28 01:00"),
    ("2026-11-27 23:00", "2ud", "2026-11-29 23:00"),
    # Wednesday before the National Day holiday of 2026 (1 to 7 October)
    ("2026-09-30 17:00", "2wh", "2026-10-08 09:00"),
    # Saturday 10 October 2026 is worked
    ("2026-10-09 17:00", "2wh", "2026-10-10 09:00"),
]


@pytest.mark.parametrize(("start", "limit", "end"), TABLE)
def test_a_limit_is_due(start: str, limit: str, end: str) -> None:
    assert end_of(local(start), parse_limit(limit), calendar()) == local(end)


def test_eighty_percent_of_a_limit_in_working_time() -> None:
    assert end_of(local("2026-11-23 08:00"), parse_limit("1wd"), calendar(), share=0.8) == local(
        "2026-11-23 16:24"
    )


@pytest.mark.parametrize("text", ["", "2", "wh", "2xx", "-1wh", "0wd", "1.5wh"])
def test_a_limit_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_limit(text)


instants = st.datetimes(datetime(2025, 1, 2), datetime(2027, 11, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(instants, st.integers(1, 5_000))
def test_adding_and_counting_are_each_others_reverse(start: datetime, minutes: int) -> None:
    start = start.replace(second=0, microsecond=0)
    assert between(calendar(), start, add(calendar(), start, minutes)) == minutes


@given(instants, st.integers(1, 2_000), st.integers(1, 2_000))
def test_more_minutes_are_never_due_earlier(start: datetime, one: int, more: int) -> None:
    assert add(calendar(), start, one) < add(calendar(), start, one + more)


@pytest.mark.parametrize("change", [{"years": [2025]}, {"years": []}, {"years": [2024, 2027]}])
def test_d1_a_year_the_calendar_does_not_hold_is_plain_weeks(change: dict[str, object]) -> None:
    """Fault 1: the working calendar has no such year, and every report was refused."""
    short = parse_calendar(read("calendar.toml") | change, "Asia/Shanghai")
    start = local("2026-11-27 17:30")
    assert end_of(start, parse_limit("2wh"), short) == local("2026-11-30 09:30")
    assert between(short, start, local("2026-11-30 09:30")) == 120
    assert short.is_provisional(start, start)
    assert not short.is_workday(date(2026, 10, 10))  # made up for a holiday it does not know


def test_d1_a_calendar_of_no_year_at_all_still_has_weeks() -> None:
    bare = parse_calendar({"intervals": ["08:00-12:00"]}, "Asia/Shanghai")
    assert end_of(local("2031-05-02 11:00"), parse_limit("2wh"), bare) == local("2031-05-05 09:00")


def test_d1_working_time_crosses_into_a_year_that_is_not_there() -> None:
    """The shipped calendar ends with 2027; the first of January 2028 is a Saturday."""
    assert end_of(local("2027-12-31 17:45"), parse_limit("30wm"), calendar()) == local(
        "2028-01-03 08:15"
    )


@pytest.mark.parametrize(
    ("now", "missing"),
    [
        ("2027-11-01 23:59", []),
        ("2027-11-02 00:00", [2028]),
        ("2027-12-31 23:59", [2028]),
        ("2028-06-01 00:00", [2028]),
        ("2028-12-01 00:00", [2028, 2029]),
    ],
)
def test_d1_a_year_that_runs_out_is_told_sixty_days_ahead(now: str, missing: list[int]) -> None:
    assert calendar().missing_years(local(now)) == missing


@pytest.mark.parametrize(
    ("start", "end", "provisional"),
    [
        ("2026-11-23 09:00", "2026-11-23 11:00", False),
        ("2026-12-31 17:00", "2027-01-04 09:00", True),
        ("2027-12-31 17:45", "2028-01-03 08:15", True),
        ("2025-12-31 17:45", "2026-01-05 08:15", False),
    ],
)
def test_d1_a_deadline_in_a_year_without_its_notice_is_provisional(
    start: str, end: str, provisional: bool
) -> None:
    assert calendar().is_provisional(local(start), local(end)) is provisional


def test_the_year_to_come_is_marked_provisional() -> None:
    assert calendar().provisional == frozenset({2027})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"intervals": ["12:00-08:00"]}, "ends before"),
        ({"intervals": ["08:00-12:00", "11:00-18:00"]}, "begins before"),
        ({"intervals": ["8-12"]}, "is not like"),
        ({"intervals": []}, "must be given"),
        ({"holidays": ["2026-02-30"]}, "is not a date"),
        ({"holidays": "2026-02-01"}, "must be a list"),
        ({"years": ["next"]}, "is not a year"),
        ({"provisional": [27]}, "is not a year"),
        ({"intervals": ["08:00+08:00-12:00"]}, "names no zone"),
        ({"holidays": ["2026-10-01"], "workdays": ["2026-10-01"]}, "2026-10-01 is both"),
        ({"holidays": ["2027-02-29"]}, "2027-02-29 is not a date"),
        ({"intervals": ["22:00-06:00"]}, "over midnight it is two, to 24:00 and from 00:00"),
        ({"intervals": ["08:00-08:00"]}, "08:00-08:00 has no length"),
        ({"intervals": ["00:00-00:00"]}, "00:00-00:00 has no length"),
        ({"intervals": ["08:00-24:00", "09:00-10:00"]}, "begins before"),
        ({"intervals": ["08:00-12:00", "08:00-12:00"]}, "begins before"),
        ({"intervals": ["24:00-24:00"]}, "is not like"),
        ({"intervals": ["08:00-25:00"]}, "is not like"),
        ({"intervals": ["08:00-12:00-18:00"]}, "is not like"),
        ({"years": [0]}, "0 is not a year"),
        ({"years": ["0000"]}, "0000 is not a year"),
        ({"years": [20261]}, "20261 is not a year"),
        ({"years": [-202]}, "-202 is not a year"),
        ({"years": ["２０２６"]}, "is not a year"),
        ({"years": [2026.0]}, "2026.0 is not a year"),
    ],
)
def test_a_broken_calendar_is_not_loaded(change: dict[str, object], reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        parse_calendar(read("calendar.toml") | change, "Asia/Shanghai")


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        *(("Europe/Berlin", "2027-03-28"), ("Europe/Berlin", "2027-10-31")),
        *(("America/New_York", "2027-03-14"), ("America/New_York", "2027-11-07")),
        *(("Africa/Cairo", "2027-04-30"), ("Australia/Lord_Howe", "2027-04-04")),
        ("Asia/Shanghai", "2027-03-28"),
    ],
)
def test_kind_3_working_time_counts_where_clocks_are_put_on_or_back(zone: str, day: str) -> None:
    table = {"intervals": ["00:00-06:00", "08:00-16:00"], "years": [2027], "workdays": [day]}
    kept = parse_calendar(table, zone)
    before = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=UTC) - timedelta(hours=12)
    for hours in range(36):
        start = before + timedelta(hours=hours)
        end = add(kept, start, 300)
        assert between(kept, start, end) == 300
        assert end - start >= timedelta(minutes=300)


def test_a_leap_day_is_a_day_like_others() -> None:
    table = {"intervals": ["08:00-12:00"], "years": [2028]}
    kept = parse_calendar(table, "Asia/Shanghai")
    assert add(kept, local("2028-02-28 11:00"), 120) == local("2028-02-29 09:00")
    off = parse_calendar(table | {"holidays": ["2028-02-29"]}, "Asia/Shanghai")
    assert add(off, local("2028-02-28 11:00"), 120) == local("2028-03-01 09:00")


FAULTS: dict[str, tuple[dict[str, object], str]] = {
    "a hole between years": ({"years": [2024, 2025, 2027]}, "2026 is missing"),
    "a year twice": ({"years": [2025, 2026, 2027, 2026]}, "2026 stands twice"),
    "a provisional year twice": ({"provisional": [2027, 2027]}, "2027 stands twice"),
    "provisional and not held": ({"provisional": [2028]}, "2028 is not in years"),
    "a holiday of another year": ({"holidays": ["2031-01-01"]}, "holidays: 2031-01-01 lies in"),
    "a workday of another year": ({"workdays": ["2031-01-04"]}, "workdays: 2031-01-04 lies in"),
    "a workday in the week": ({"workdays": ["2026-11-23"]}, "2026-11-23 is a Monday"),
    "a holiday twice": ({"holidays": ["2026-10-01", "2026-10-01"]}, "2026-10-01 stands twice"),
    "a year of long ago": ({"years": [1000], "provisional": []}, "1000 is no year"),
    "a year far ahead": ({"years": [9999], "provisional": []}, "9999 is no year"),
    "a year off": (
        {"years": [2026], "provisional": [], "workdays": [], "holidays": [
            date.fromordinal(n).isoformat()
            for n in range(date(2026, 1, 1).toordinal(), date(2027, 1, 1).toordinal())
        ]},
        "no day of 2026 is worked",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_calendar_with_a_fault_is_read_and_told_by_the_entry(name: str) -> None:
    """What counts goes on counting; a release with it is not published."""
    change, reason = FAULTS[name]
    data = read("calendar.toml") | change
    kept = parse_calendar(data, "Asia/Shanghai")
    found = [f"{one.field}: {one.reason}" for one in calendar_faults(data, kept)]
    assert any(reason in one for one in found), found
    assert all(one.startswith("calendar.") for one in found)
    assert add(kept, local("2026-11-23 09:00"), 60) > local("2026-11-23 09:00")


def test_the_demo_city_s_calendar_has_no_fault() -> None:
    assert list(calendar_faults(read("calendar.toml"), calendar())) == []


def test_a_day_may_be_worked_to_its_very_end() -> None:
    table = {"intervals": ["00:00-06:00", "22:00-24:00"], "years": [2026]}
    kept = parse_calendar(table, "Asia/Shanghai")
    assert kept.minutes_a_day() == 480
    assert add(kept, local("2026-11-23 23:00"), 120) == local("2026-11-24 01:00")
    assert add(kept, local("2026-11-27 22:00"), 120) == local("2026-11-28 00:00")
    whole = parse_calendar({"intervals": ["00:00-24:00"]}, "Asia/Shanghai")
    assert whole.minutes_a_day() == 24 * 60
