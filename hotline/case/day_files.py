"""Reading the days of a year out of somebody's file: a table (CSV) or a calendar (ICS)."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from hotline.case.official_days import SATURDAY, YearDays
from hotline.errors import Invalid

# No year has so many rows; what has is another file.
MOST_ROWS: Final = 5_000
LONGEST: Final = 31
SHOWN: Final = 5
_DATE: Final = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_COMPACT: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_SIGNS: Final = {
    True: ("off", "holiday", "rest", "休", "假"),
    False: ("work", "班"),
}
# The weekday says which it is: made free for a feast, or worked for one.
_MADE_UP: Final = "调休"
_APPLE: Final = {"WORK-HOLIDAY": True, "ALTERNATE-WORKDAY": False}
_HEADS: Final = ("date", "day", "日期")
_COLUMNS: Final = ("date", "name", "off or work")


@dataclass(slots=True)
class _Rows:
    """What was read so far, and what could not be."""

    year: int
    off: dict[date, str] = field(default_factory=dict)
    worked: dict[date, str] = field(default_factory=dict)
    bad: list[str] = field(default_factory=list)

    def add(self, where: str, day: date, name: str, *, is_off: bool) -> None:
        """Take a day; one of another year, and a weekend day that is off, is none."""
        if day.year != self.year:
            return
        if day in (self.worked if is_off else self.off):
            self.bad.append(f"{where}: {day} is both off and worked")
        elif is_off:
            if day.weekday() < SATURDAY:
                self.off[day] = name
        elif day.weekday() < SATURDAY:
            self.bad.append(f"{where}: {day} is a {day:%A}, which is worked anyway")
        else:
            self.worked[day] = name


def read_days(text: str, year: int) -> YearDays:
    """Give the days of a year that a text tells, of CSV (date, name, off or work) or of ICS.

    Days of other years are passed over. Raises Invalid that names the rows at fault: none is taken
    where one is.
    """
    rows = _Rows(year)
    if text.lstrip("\ufeff \n").upper().startswith("BEGIN:VCALENDAR"):
        _read_ics(text, rows)
    else:
        _read_csv(text, rows)
    if rows.bad:
        more = f" ({len(rows.bad) - SHOWN} more)" if len(rows.bad) > SHOWN else ""
        raise Invalid("days", "; ".join(rows.bad[:SHOWN]) + more)
    if not rows.off:
        raise Invalid("days", f"tells of no day off of {year} from Monday to Friday")
    return YearDays(year, rows.off, rows.worked)


def _read_csv(text: str, rows: _Rows) -> None:
    text = text.lstrip("\ufeff")
    mark = max(",;\t，", key=text.count)
    # A quote that nobody closes would swallow all rows behind it.
    reader = csv.reader(io.StringIO(text), delimiter=mark, strict=True)
    try:
        for number, row in enumerate(reader, 1):
            if number > MOST_ROWS:
                rows.bad.append(f"more than {MOST_ROWS} rows")
                return
            cells = [cell.strip() for cell in row]
            if any(cells) and cells[0].lower() not in _HEADS:
                _read_row(f"row {number}", cells, rows)
    except csv.Error as error:
        rows.bad.append(f"row {reader.line_num}: {error}")


def _read_row(where: str, cells: list[str], rows: _Rows) -> None:
    day = _date(cells[0])
    if cells[0].startswith("#"):
        return
    if day is None:
        rows.bad.append(f"{where}: {cells[0][:20]!r} is no date such as 2027-01-01")
        return
    if len(cells) < len(_COLUMNS):
        rows.bad.append(f"{where}: is not {', '.join(_COLUMNS)}")
        return
    is_off = _is_off(cells[2], day)
    if is_off is None:
        rows.bad.append(f"{where}: {cells[2][:20]!r} is neither off nor work")
    else:
        rows.add(where, day, cells[1], is_off=is_off)


def _read_ics(text: str, rows: _Rows) -> None:
    unfolded = re.sub(r"\n[ \t]", "", text)
    if "END:VCALENDAR" not in unfolded.upper():
        rows.bad.append("the calendar ends in the middle")
        return
    for number, event in enumerate(_events(unfolded), 1):
        if number > MOST_ROWS:
            rows.bad.append(f"more than {MOST_ROWS} events")
            return
        _read_event(f"event {number} ({event.get('SUMMARY', '')[:20]})", event, rows)


def _read_event(where: str, event: dict[str, str], rows: _Rows) -> None:
    start = _date(event.get("DTSTART", "")[:8])
    # Its end is the day behind the last one; one that says none is a day long.
    end = start + timedelta(days=1) if start else None
    if "DTEND" in event:
        end = _date(event["DTEND"][:8])
    if start is None or end is None or not 0 < (end - start).days <= LONGEST:
        rows.bad.append(f"{where}: has no day, or not one to {LONGEST} of them")
        return
    name = event.get("SUMMARY", "")
    told = f"{event.get('CATEGORIES', '')} {name}"
    for n in range((end - start).days):
        day = start + timedelta(days=n)
        if day.year != rows.year:
            continue
        is_off = _APPLE.get(event.get("X-APPLE-SPECIAL-DAY", ""), _is_off(told, day))
        if is_off is None:
            rows.bad.append(f"{where}: is neither off nor work")
            return
        rows.add(where, day, name, is_off=is_off)


def _events(text: str) -> Iterator[dict[str, str]]:
    event: dict[str, str] | None = None
    for line in text.splitlines():
        name, _, value = line.partition(":")
        name = name.partition(";")[0].strip().upper()
        if (name, value.strip().upper()) == ("BEGIN", "VEVENT"):
            event = {}
        elif (name, value.strip().upper()) == ("END", "VEVENT") and event is not None:
            yield event
            event = None
        elif event is not None:
            event.setdefault(name, value.strip())


def _date(text: str) -> date | None:
    found = _COMPACT.fullmatch(text) or _DATE.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _is_off(text: str, day: date) -> bool | None:
    """Tell whether a day is off by what is said of it; None: it says neither, or both."""
    said = text.lower()
    if _MADE_UP in said:
        return day.weekday() < SATURDAY
    found = {is_off for is_off, signs in _SIGNS.items() if any(one in said for one in signs)}
    return found.pop() if len(found) == 1 else None
