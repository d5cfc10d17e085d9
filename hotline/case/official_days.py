"""The days off and the worked weekends (调休) of a year, by its official notice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import chinese_calendar

from hotline.case.calendar import Calendar
from hotline.errors import Invalid

SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class YearDays:
    """The days of a year that are not like their weekday, each with the name of its feast.

    `off` are days off from Monday to Friday, `worked` are Saturdays and Sundays that are worked.
    """

    year: int
    off: Mapping[date, str] = field(default_factory=dict)
    worked: Mapping[date, str] = field(default_factory=dict)


class UnknownYear(Invalid):
    """The library of official notices does not hold a year (yet); `last` is the last it holds."""

    def __init__(self, year: int, first: int, last: int):
        super().__init__("year", f"the official notices of {first} to {last} are known, not {year}")
        self.last = last


def official_days(year: int) -> YearDays:
    """Give the days of the State Council's notice for a year; raises UnknownYear."""
    years = {day.year for day in chinese_calendar.holidays}
    if year not in years:
        raise UnknownYear(year, min(years), max(years))
    names = {one.value: one.chinese for one in chinese_calendar.Holiday}
    off: dict[date, str] = {}
    worked: dict[date, str] = {}
    for day in days_of(year):
        is_off, told = chinese_calendar.get_holiday_detail(day)
        if is_off and day.weekday() < SATURDAY:
            off[day] = names.get(told, told or "")
        elif not is_off and day.weekday() >= SATURDAY:
            worked[day] = names.get(told, told or "")
    return YearDays(year, off, worked)


def days_of(year: int) -> Iterable[date]:
    """Give all days of a year."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    return map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))


@dataclass(frozen=True, slots=True)
class DayChange:
    """A day that a year gets or loses, as one off or as one worked."""

    day: date
    is_off: bool
    is_new: bool
    name: str = ""


def changes_to(calendar: Calendar, days: YearDays) -> list[DayChange]:
    """Give what the days of a year change of a calendar, day by day."""
    found = []
    for is_off, had, wanted in (
        (True, calendar.holidays, days.off),
        (False, calendar.workdays, days.worked),
    ):
        # A weekend day among the days off changes nothing, and is left as it is.
        old = {day for day in had if day.year == days.year and not (is_off and day.weekday() > 4)}
        found += [DayChange(day, is_off, False) for day in old - wanted.keys()]
        found += [DayChange(day, is_off, True, wanted[day]) for day in wanted.keys() - old]
    return sorted(found, key=lambda one: (one.day, one.is_new))
