"""`hotline calendar year YEAR [FILE]`: give the official days of a year, and write them down."""

import argparse
import asyncio
import os
import tempfile
from pathlib import Path
from typing import Final

from backend.city import read_calendar
from backend.city_files import sections_by
from backend.cli.command import Command, CommandContext
from backend.cli.database import opened
from backend.operations.postgres import embedded
from backend.operations.preflight import NotPossible
from backend.store import releases
from config.textfile import read_text
from hotline.case.calendar import Calendar
from hotline.case.calendar_text import with_year
from hotline.case.day_files import read_days
from hotline.case.official_days import DayChange, UnknownYear, YearDays, changes_to, official_days

FILE_NAME: Final = "calendar.toml"
# More bytes than the days of all years take.
MAX_FILE: Final = 1 << 20
# What offices save tables in that is no UTF-8.
CHINESE: Final = "gb18030"


def arguments(part: argparse.ArgumentParser) -> None:
    """Take the year, and a file where the library does not know it."""
    part.add_argument("action", choices=("year",), help="what is to be done")
    part.add_argument("year", type=_year, help="the year, such as 2027")
    part.add_argument(
        "table", nargs="?", type=Path, help="its days: CSV (date, name, off or work) or ICS"
    )
    part.add_argument("--write", action="store_true", help="write them into calendar.toml")
    part.add_argument(
        "--provisional", action="store_true", help="they may change: the notice is not out"
    )


def _year(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 2000 <= int(text) <= 2999):
        raise argparse.ArgumentTypeError(f"{text!r} is no year such as 2027")
    return int(text)


def run(given: CommandContext) -> int:
    """Tell what the days of a year change, and write them where that is wanted."""
    options, path = given.options, given.settings.city_folder / FILE_NAME
    days, text = _days(given), read_text(path)
    zone = _city_calendar(given).zone.key
    changed = with_year(text, days, zone, provisional=options.provisional)
    asyncio.run(_tell_changes(given, days))
    if changed == text:
        given.tell("year_days.as_it_was", path=path)
    elif options.write:
        _write(path, changed)
        given.tell("year_days.written", path=path)
    else:
        given.tell("year_days.not_written", path=path)
    return 0


def _days(given: CommandContext) -> YearDays:
    options = given.options
    if options.table is None:
        try:
            return official_days(options.year)
        except UnknownYear as error:
            said = given.words("year_days.unknown_year", year=options.year, last=error.last)
            raise NotPossible(said) from error
    try:
        data = options.table.read_bytes()
    except OSError as error:
        raise NotPossible(f"{options.table}: {error.strerror}") from error
    if len(data) > MAX_FILE:
        raise NotPossible(given.words("year_days.too_large", file=options.table))
    return read_days(_text(given, data), options.year)


def _text(given: CommandContext, data: bytes) -> str:
    """Give the text of a file in UTF-8, or in what Chinese offices used before."""
    for encoding in ("utf-8-sig", CHINESE):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise NotPossible(given.words("year_days.no_text", file=given.options.table))


async def _tell_changes(given: CommandContext, days: YearDays) -> None:
    counts, release = await _counting(given)
    given.tell("year_days.against", year=days.year, release=release or FILE_NAME)
    found = changes_to(counts, days)
    for one in found:
        weekday = given.words(f"clock.weekday_{one.day.weekday()}")
        given.tell(_key(one), day=one.day.isoformat(), weekday=weekday, name=one.name)
    provisional = days.year in counts.provisional
    if days.year not in counts.years:
        given.tell("year_days.new_year", year=days.year)
    elif provisional is not given.options.provisional:
        key = "year_days.becomes_final" if provisional else "year_days.becomes_provisional"
        given.tell(key, year=days.year)
    elif not found:
        given.tell("year_days.same", year=days.year)


def _key(one: DayChange) -> str:
    kind = "off" if one.is_off else "worked"
    return f"year_days.{kind}_{'new' if one.is_new else 'gone'}"


async def _counting(given: CommandContext) -> tuple[Calendar, str]:
    """Give the calendar that counts with its release; the file's where none was published yet."""
    settings = given.settings
    if settings.database.url or (embedded(settings).data / "PG_VERSION").exists():
        try:
            async with opened(settings) as store, store.connect() as connection:
                counts = await releases.current(connection)
                if counts is not None:
                    sections = await releases.sections_of(connection, counts.release)
                    return read_calendar(sections), counts.release
        except NotPossible:
            given.tell("year_days.no_database")
    return _city_calendar(given), ""


def _city_calendar(given: CommandContext) -> Calendar:
    return read_calendar(sections_by(given.settings))


def _write(path: Path, text: str) -> None:
    """Put a text into the place of a file, whole or not at all."""
    ends = "\r\n" if b"\r\n" in path.read_bytes() else "\n"
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline=ends) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


COMMAND = Command(run, arguments)
