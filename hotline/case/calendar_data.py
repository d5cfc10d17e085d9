"""Reading the working calendar of a city, and what is wrong with it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, time
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from hotline.case.calendar import MIDNIGHT, Calendar
from hotline.errors import Invalid

# Years in which cities have working calendars; what lies beyond is a slip of the pen.
FIRST_YEAR: Final = 1949
LAST_YEAR: Final = 2999
_YEAR: Final = re.compile(r"[0-9]{4}")
_DAY_END: Final = "24:00"
SATURDAY: Final = 5
_LISTS: Final = ("years", "provisional", "holidays", "workdays")


def parse_calendar(data: Mapping[str, object], zone: str) -> Calendar:
    """Give the calendar of a city's calendar.toml, already read into a dict.

    Raises Invalid that names the entry at fault, where nobody could count by it.
    """
    intervals = tuple(_interval(text) for text in _texts(data, "intervals"))
    starts = [start for start, _ in intervals]
    if not intervals or starts != sorted(starts):
        raise Invalid("calendar.intervals", "must be given, earliest first")
    for (_, end), (start, _) in pairwise(intervals):
        if start < end or end == MIDNIGHT:
            said = f"{start} begins before {end} ends"
            raise Invalid("calendar.intervals", said)
    holidays, workdays = (
        frozenset(_day(key, text) for text in _texts(data, key, needed=False))
        for key in ("holidays", "workdays")
    )
    for day in sorted(holidays & workdays):
        raise Invalid("calendar", f"{day} is both in holidays and in workdays")
    return Calendar(
        version=str(data.get("version", "")),
        zone=ZoneInfo(zone),
        intervals=intervals,
        years=_years(data, "years"),
        holidays=holidays,
        workdays=workdays,
        provisional=_years(data, "provisional"),
    )


def calendar_faults(data: Mapping[str, object], calendar: Calendar) -> Iterator[Invalid]:
    """Give what is wrong with a calendar that can be read, each by its entry: it is not published.

    What counts already goes on counting, though: no city stands still for it.
    """
    for key in _LISTS:
        for text in _twice(_texts(data, key, needed=False)):
            yield Invalid(f"calendar.{key}", f"{text} stands twice")
    yield from _faults_of_years(calendar)
    for key, days in (("holidays", calendar.holidays), ("workdays", calendar.workdays)):
        for day in sorted(days):
            if day.year not in calendar.years:
                yield Invalid(f"calendar.{key}", f"{day} lies in a year that is not in years")
    for day in sorted(calendar.workdays):
        if day.weekday() < SATURDAY:
            said = f"{day} is a {day:%A}, which is worked anyway"
            yield Invalid("calendar.workdays", said)


def _faults_of_years(calendar: Calendar) -> Iterator[Invalid]:
    for year in sorted(calendar.years | calendar.provisional):
        if not FIRST_YEAR <= year <= LAST_YEAR:
            yield Invalid("calendar.years", f"{year:04} is no year of a working calendar")
            return
    for before, after in pairwise(sorted(calendar.years)):
        if after != before + 1:
            yield Invalid("calendar.years", f"{before + 1} is missing between {before} and {after}")
    for year in sorted(calendar.provisional - calendar.years):
        yield Invalid("calendar.provisional", f"{year} is not in years")
    for year in sorted(calendar.years):
        first = date(year, 1, 1).toordinal()
        days = map(date.fromordinal, range(first, date(year + 1, 1, 1).toordinal()))
        if not any(map(calendar.is_workday, days)):
            yield Invalid("calendar.holidays", f"no day of {year} is worked")


def _twice(texts: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    found = []
    for text in texts:
        if text in seen:
            found.append(text)
        seen.add(text)
    return found


def _years(data: Mapping[str, object], key: str) -> frozenset[int]:
    texts = _texts(data, key, needed=False)
    for text in texts:
        if not _YEAR.fullmatch(text) or not int(text):
            raise Invalid(f"calendar.{key}", f"{text} is not a year such as 2027")
    return frozenset(int(text) for text in texts)


def _texts(data: Mapping[str, object], key: str, *, needed: bool = True) -> list[str]:
    value = data.get(key, None if needed else [])
    if not isinstance(value, list):
        raise Invalid(f"calendar.{key}", "must be a list")
    return [str(item) for item in value]


def _day(key: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"calendar.{key}", f"{text} is not a date") from error


def _interval(text: str) -> tuple[time, time]:
    start_text, _, end_text = text.partition("-")
    ends_day = end_text == _DAY_END
    try:
        # What looks like a second end would be read as a zone.
        end_text = end_text.replace("-", "?")
        start = time.fromisoformat(start_text)
        end = MIDNIGHT if ends_day else time.fromisoformat(end_text)
    except ValueError as error:
        raise Invalid("calendar.intervals", f"{text} is not like 08:00-12:00") from error
    if start.tzinfo or end.tzinfo:
        raise Invalid("calendar.intervals", f"{text} is in the city's own time and names no zone")
    if start == end and not ends_day:
        raise Invalid("calendar.intervals", f"{text} has no length")
    if start > end and not ends_day:
        said = f"{text} ends before it begins; over midnight it is two, to 24:00 and from 00:00"
        raise Invalid("calendar.intervals", said)
    return start, end
