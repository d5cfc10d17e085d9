"""Changing the lists of a calendar.toml as somebody wrote it: comments and all else stay."""

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from hotline.case.calendar import Calendar
from hotline.case.calendar_data import calendar_faults, parse_calendar
from hotline.case.official_days import YearDays, changes_to
from hotline.errors import Invalid

WIDTH: Final = 100
_INDENT: Final = "    "
_TOKEN: Final = re.compile(r"""#[^\n]*|"([^"\n]*)"|'([^'\n]*)'|[^\s,\[\]#"']+|\]""")
_TABLE: Final = re.compile(r"^\[", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Entry:
    value: str
    start: int
    end: int


def with_year(text: str, days: YearDays, zone: str, *, provisional: bool) -> str:
    """Give the text of a calendar.toml with the days of a year, final or provisional.

    Raises Invalid where that would not be what it says: no other day may change.
    """
    year = days.year
    of_year = f"{year}-"
    changed = text
    for key, wanted in (("holidays", days.off), ("workdays", days.worked)):
        comes = [f'"{day}"' for day in sorted(wanted)]
        changed = listed(changed, key, lambda told: told.startswith(of_year), comes)
    changed = listed(changed, "years", lambda told: told == str(year), [str(year)])
    comes = [str(year)] if provisional else []
    changed = listed(changed, "provisional", lambda told: told == str(year), comes)
    _check(text, changed, days, zone, provisional=provisional)
    return changed


def _check(before: str, after: str, days: YearDays, zone: str, *, provisional: bool) -> None:
    try:
        data = tomllib.loads(after)
        made = parse_calendar(data, zone)
        old = parse_calendar(tomllib.loads(before), zone)
    except tomllib.TOMLDecodeError as error:
        raise Invalid("calendar", f"cannot be changed in its present form: {error}") from error
    kept = [
        {day for day in getattr(one, name) if day.year != days.year}
        for name in ("holidays", "workdays")
        for one in (old, made)
    ]
    as_wanted = (
        not changes_to(made, days)
        and days.year in made.years
        and (days.year in made.provisional) is provisional
        and kept[0] == kept[1]
        and kept[2] == kept[3]
        and _rest(old, days.year) == _rest(made, days.year)
    )
    if not as_wanted:
        raise Invalid("calendar", "cannot be changed in its present form: write its days by hand")
    for fault in calendar_faults(data, made):
        raise fault


def _rest(calendar: Calendar, year: int) -> object:
    return calendar.intervals, calendar.years - {year}, calendar.provisional - {year}


def listed(text: str, key: str, goes: Callable[[str], bool], comes: Sequence[str]) -> str:
    """Give a TOML text of whose list some entries go, and in whose place others come, in order."""
    found = re.search(rf"^[ \t]*{key}[ \t]*=[ \t]*\[", text, re.MULTILINE)
    if found is None:
        return _with_list(text, key, comes) if comes else text
    begin = found.end()
    entries, close = _entries(text, begin)
    if [one.value for one in entries if goes(one.value)] == [one.strip("\"'") for one in comes]:
        return text
    first = comes[0].strip("\"'") if comes else ""
    body = text[begin:close]
    if "\n" not in body:
        before = [text[one.start : one.end] for one in entries if not goes(one.value)]
        at = sum(one.value < first for one in entries if not goes(one.value))
        told = [*before[:at], *comes, *before[at:]]
        return f"{text[: found.start()]}{_rendered(key, told)}{text[close + 1 :]}"
    return f"{text[:begin]}{_changed(text, begin, close, entries, goes, comes)}{text[close:]}"


def _changed(
    text: str,
    begin: int,
    close: int,
    entries: Sequence[_Entry],
    goes: Callable[[str], bool],
    comes: Sequence[str],
) -> str:
    """Give what stands between the brackets of a list of several lines, changed."""
    first = comes[0].strip("\"'") if comes else ""
    gone = [one for one in entries if goes(one.value)]
    earlier = [one for one in entries if not goes(one.value) and one.value < first]
    at = gone[0].start if gone else _behind(text, earlier[-1].end) if earlier else begin
    parts, last = [], begin
    for one in entries:
        if goes(one.value) or one.start >= at:
            continue
        # What comes behind an entry needs its comma.
        if text[one.end : _behind(text, one.end)].strip() != ",":
            parts += [text[last : one.end], ","]
            last = one.end
    cuts = sorted(
        [(one.start, _behind(text, one.end), "") for one in gone] + [(at, at, _lines(comes))]
    )
    for start, end, new in sorted(cuts):
        parts += [text[last:start], new]
        last = max(last, end)
    parts.append(text[last:close])
    lines = "".join(parts).split("\n")
    kept = [
        line.rstrip() for n, line in enumerate(lines) if line.strip() or n in (0, len(lines) - 1)
    ]
    return "\n".join(kept)


def _lines(comes: Sequence[str]) -> str:
    return "\n" + _wrapped(comes) + "\n" + _INDENT if comes else ""


def _behind(text: str, end: int) -> int:
    """Give where an entry ends with the comma and the blanks behind it."""
    found = re.compile(r"[ \t]*,?[ \t]*").match(text, end)
    return found.end() if found else end


def _entries(text: str, at: int) -> tuple[list[_Entry], int]:
    """Give the entries of a list that begins at a place, and where it ends."""
    entries: list[_Entry] = []
    for found in _TOKEN.finditer(text, at):
        token = found[0]
        if token == "]":
            return entries, found.start()
        if not token.startswith("#"):
            value = next((one for one in found.groups() if one is not None), token)
            entries.append(_Entry(value, found.start(), found.end()))
    raise Invalid("calendar", "has a list that does not end")


def _rendered(key: str, told: Sequence[str]) -> str:
    line = f"{key} = [{', '.join(told)}]"
    return line if len(line) <= WIDTH else f"{key} = [\n{_wrapped(told)}\n]"


def _wrapped(told: Sequence[str]) -> str:
    lines = [_INDENT]
    for one in told:
        if len(lines[-1]) + len(one) + 1 > WIDTH:
            lines.append(_INDENT)
        lines[-1] += f"{one}, "
    return "\n".join(line.rstrip() for line in lines)


def _with_list(text: str, key: str, comes: Sequence[str]) -> str:
    """Give a text with one list more, before its first table."""
    table = _TABLE.search(text)
    at = table.start() if table else len(text)
    before = text[:at]
    gap = "" if not before or before.endswith("\n") else "\n"
    return f"{before}{gap}{_rendered(key, comes)}\n{text[at:]}"
