"""The days of a year: of the official notices, out of somebody's file, and into calendar.toml."""

import tomllib
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.case.calendar import Calendar
from hotline.case.calendar_data import calendar_faults, parse_calendar
from hotline.case.calendar_text import listed, with_year
from hotline.case.day_files import MOST_ROWS, read_days
from hotline.case.official_days import (
    UnknownYear,
    YearDays,
    changes_to,
    days_of,
    official_days,
)
from hotline.errors import Invalid
from tests.cities import FOLDER, calendar

ZONE = "Asia/Shanghai"
DEMO = (FOLDER / "calendar.toml").read_text("utf-8")
NEW_YEAR, SPRING = date(2027, 1, 1), date(2027, 2, 8)
SUNDAY = date(2027, 2, 14)
NOTICE = YearDays(2027, {NEW_YEAR: "元旦", SPRING: "春节"}, {SUNDAY: "春节"})
CSV = "日期,名称,类型\n2027-01-01,元旦,休\n2027-02-08,春节,休\n2027-02-14,春节,班\n"
ICS = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
DTSTART;VALUE=DATE:20270101
DTEND;VALUE=DATE:20270104
SUMMARY:元旦 假期
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20270208
SUMMARY:春节（休）
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20270214
SUMMARY:春节
 （补班）
END:VEVENT
END:VCALENDAR
"""


def parsed(text: str) -> Calendar:
    data = tomllib.loads(text)
    found = parse_calendar(data, ZONE)
    assert list(calendar_faults(data, found)) == []
    return found


@pytest.mark.parametrize("year", [2025, 2026])
def test_official_days_are_those_of_the_demo_city(year: int) -> None:
    days = official_days(year)
    assert changes_to(calendar(), days) == []
    assert with_year(DEMO, days, ZONE, provisional=False) == DEMO
    assert days.off[date(year, 10, 1)] == "国庆节"


@pytest.mark.parametrize("year", [1990, 2999])
def test_a_year_of_which_nothing_is_known_is_told(year: int) -> None:
    with pytest.raises(UnknownYear, match=f"not {year}"):
        official_days(year)


def test_changes_are_told_day_by_day() -> None:
    kept = replace(
        calendar(),
        holidays=frozenset({NEW_YEAR, date(2027, 2, 6), date(2027, 3, 1)}),
        workdays=frozenset({date(2027, 3, 7)}),
    )
    told = [(one.day, one.is_off, one.is_new) for one in changes_to(kept, NOTICE)]
    # A Saturday among the days off changes nothing.
    assert told == [
        (SPRING, True, True),
        (SUNDAY, False, True),
        (date(2027, 3, 1), True, False),
        (date(2027, 3, 7), False, False),
    ]


READ: dict[str, str] = {
    "with a head": CSV,
    "without one": CSV.partition("\n")[2],
    "by tabs": CSV.replace(",", "\t"),
    "by semicolons and a mark": "\ufeff" + CSV.replace(",", ";"),
    "in English": "date,name,type\n2027/1/1,x,off\n2027/2/8,x,Holiday\n2027/2/14,x,workday\n",
    "as one writes it": "2027年1月1日,元旦,放假\n20270208,春节,调休\n2027-02-14,春节,调休\n",
    "with other years and remarks": f"# 通知\n{CSV}\n\n2026-10-01,国庆节,休\n2027-01-02,元旦,休\n",
    "a calendar": ICS,
    "a calendar that says work": ICS.replace(
        "SUMMARY:春节\n （补班）", "X-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY\nSUMMARY:春节"
    ),
}


@pytest.mark.parametrize("name", READ)
def test_a_file_is_read_however_it_is_written(name: str) -> None:
    found = read_days(READ[name], 2027)
    assert (found.off.keys(), found.worked.keys()) == (NOTICE.off.keys(), NOTICE.worked.keys())


REFUSED: dict[str, tuple[str, str]] = {
    "no date": (CSV + "soon,x,休\n", "row 5: 'soon' is no date"),
    "a day that there is not": (CSV + "2027-02-30,x,休\n", "row 5: '2027-02-30' is no date"),
    "too few cells": (CSV + "2027-05-03,劳动节\n", "row 5: is not date, name, off or work"),
    "neither": (CSV + "2027-05-03,劳动节,也许\n", "row 5: '也许' is neither"),
    "both": (CSV + "2027-02-14,春节,休\n2027-02-08,春节,班\n", "is both off and worked"),
    "a weekday that is worked": (CSV + "2027-05-03,x,班\n", "row 5: 2027-05-03 is a Monday"),
    "a quote that stays open": (CSV + '2027-05-03,"x,休\n2027-05-04,x,休\n', "row"),
    "nothing": ("", "tells of no day off of 2027"),
    "another year only": (CSV.replace("2027", "2026").replace("02-14", "02-15"), "tells of no day"),
    "too many rows": ("2027-01-01,x,休\n" * (MOST_ROWS + 2), f"more than {MOST_ROWS} rows"),
    "a calendar cut short": (ICS.partition("END:VCALENDAR")[0], "ends in the middle"),
    "an event without a day": (ICS.replace("DTSTART;VALUE=DATE:20270208", "X:1"), "event 2"),
    "an event of nothing": (ICS.replace("春节（休）", "春节"), "event 2 (春节): is neither"),
    "an event of months": (ICS.replace("20270104", "20270601"), "event 1"),
    "an event that ends before": (ICS.replace("20270104", "20261201"), "event 1"),
    "no table at all": ("\x89PNG\r\n", "is no date"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_kind_1_a_file_with_a_bad_row_is_not_taken_at_all(name: str) -> None:
    text, reason = REFUSED[name]
    with pytest.raises(Invalid) as caught:
        read_days(text, 2027)
    assert reason in caught.value.reason


def test_many_bad_rows_are_told_by_the_first() -> None:
    with pytest.raises(Invalid, match=r"row 5: .*\(15 more\)"):
        read_days(CSV + "x,x,x\n" * 20, 2027)


@given(st.text(max_size=200))
def test_kind_1_no_text_does_more_than_to_be_refused(text: str) -> None:
    for told in (text, f"BEGIN:VCALENDAR\n{text}\nEND:VCALENDAR"):
        try:
            read_days(told, 2027)
        except Invalid:
            continue


def test_a_year_is_written_into_the_lists_and_all_else_stays() -> None:
    text = with_year(DEMO, NOTICE, ZONE, provisional=False)
    made = parsed(text)
    assert changes_to(made, NOTICE) == []
    assert (made.years, made.provisional) == (frozenset({2025, 2026, 2027}), frozenset())
    for line in (one for one in DEMO.splitlines() if one.startswith("#")):
        assert line in text
    assert max(map(len, text.splitlines())) <= 100
    assert with_year(text, NOTICE, ZONE, provisional=False) == text
    again = with_year(text, NOTICE, ZONE, provisional=True)
    assert parsed(again).provisional == {2027}


def test_a_year_more_is_written_behind_the_others() -> None:
    notice = YearDays(2028, {date(2028, 1, 3): "元旦"}, {date(2028, 2, 5): "春节"})
    made = parsed(with_year(DEMO, notice, ZONE, provisional=True))
    assert made.years == set(range(2025, 2029))
    assert made.provisional == {2027, 2028}
    assert made.holidays == calendar().holidays | {date(2028, 1, 3)}
    assert made.workdays == calendar().workdays | {date(2028, 2, 5)}


COMMENTED = """# 市工作日历
version = "x"
intervals = ["08:00-12:00", "14:00-18:00"]   # 冬令
years = [2026, 2027] # 两年
provisional = []
holidays = [
    # 2026, as the notice says
    "2026-10-01", # 国庆节
    '2026-10-02',
    # 2027: still to come
    2027-01-01, 2027-03-01 # without a comma
    # the end
]
# what follows the lists

"""


def test_comments_stay_where_they_were() -> None:
    text = with_year(COMMENTED, NOTICE, ZONE, provisional=False)
    for line in COMMENTED.splitlines():
        if "#" in line:
            assert line[line.index("#") :] in text
    order = [
        "2026-10-02",
        "2027: still",
        '"2027-01-01", "2027-02-08",',
        "without a comma",
        "the end",
    ]
    assert [text.index(one) for one in order] == sorted(text.index(one) for one in order)
    assert "2027-03-01" not in text
    assert 'workdays = ["2027-02-14"]' in text
    assert parsed(text).workdays == {SUNDAY}
    early = YearDays(2025, {date(2025, 10, 1): "x"})
    found = with_year(COMMENTED, early, ZONE, provisional=False)
    assert found.index("2025-10-01") < found.index("2026-10-01")


UNCHANGEABLE = {
    "a list that does not end": (COMMENTED.replace("]\n# what", "\n# what"), "form|end"),
    "a hole": (
        COMMENTED.replace("years = [2026, 2027]", "years = [2020, 2027]"),
        "2021 is missing",
    ),
    "a list of lists": (
        COMMENTED.replace("2027-03-01", '["2027-03-01"]'),
        "form|by hand|not a date",
    ),
    "a list in a table": (f'{COMMENTED}[x]\nworkdays = ["2027-01-01"]\n', "by hand"),
}


@pytest.mark.parametrize("name", UNCHANGEABLE)
def test_a_file_that_cannot_be_changed_is_left_as_it_is(name: str) -> None:
    text, reason = UNCHANGEABLE[name]
    with pytest.raises(Invalid, match=reason):
        with_year(text, NOTICE, ZONE, provisional=False)


days_drawn = st.lists(st.sampled_from(list(days_of(2027))), max_size=40, unique=True)


@given(days_drawn, st.booleans(), st.sampled_from([DEMO, COMMENTED]))
def test_whatever_is_written_is_read_back(drawn: list[date], provisional: bool, text: str) -> None:
    notice = YearDays(
        2027,
        {day: "" for day in drawn if day.weekday() < 5},
        {day: "" for day in drawn if day.weekday() >= 5},
    )
    made = parsed(with_year(text, notice, ZONE, provisional=provisional))
    assert changes_to(made, notice) == []
    assert (2027 in made.provisional) is provisional
    for year in (2025, 2026):
        assert {day for day in made.holidays if day.year == year} == {
            day for day in parsed(text).holidays if day.year == year
        }


def test_a_list_of_one_line_stays_one() -> None:
    text = listed("a = [1, 2]\n", "a", lambda told: told == "2", ["2", "3"])
    assert text == "a = [1, 2, 3]\n"
    assert listed("a = [1, 2]\n", "b", lambda _: True, []) == "a = [1, 2]\n"
