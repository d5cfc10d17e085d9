"""`hotline restore`: bring a backup back, or with --check restore it beside and compare."""

import argparse
import asyncio
from datetime import datetime

from backend.backup.age import other_home
from backend.backup.compare import Checker, Comparison
from backend.backup.recover import Source
from backend.backup.repository import chosen, opened_at, repository_of
from backend.backup.restore import Restorer
from backend.cli.backup_cmd import shown_by
from backend.cli.command import Command, CommandContext
from backend.operations.preflight import NotPossible, only_one
from hotline.clock import SystemClock

MAX_SHOWN = 10
DIFFERS = 1


def arguments(part: argparse.ArgumentParser) -> None:
    """Take which backup, and what to do with it."""
    part.add_argument("--from", dest="source", default="", metavar="FOLDER", help="of backups")
    part.add_argument("--backup", default="", metavar="NAME", help="one of them; else the newest")
    part.add_argument(
        "--at", default="", metavar="INSTANT", help="as it was then, such as 2026-11-26T15:30"
    )
    part.add_argument(
        "--check", action="store_true", help="restore beside, compare, change nothing"
    )
    part.add_argument("--replace", action="store_true", help="put aside what is there, and keep it")


def run(given: CommandContext) -> int:
    """Restore, 1 where a photo or recording is lost, else 0; or check, 1 where anything differs."""
    options = given.options
    at = instant(options.at)
    if options.check and at is not None:
        raise NotPossible("--at: a check is of the instant at which the backup was made")
    repository = opened_at(repository_of(given.settings, options.source))
    with repository.alone():
        source = Source(repository, *chosen(repository, options.backup, at))
        if options.check:
            return _check(given, source)
        with only_one(given.settings):
            restorer = Restorer(given.settings, source, SystemClock(), shown_by(given))
            before = asyncio.run(restorer.restore(at, replace=options.replace))
    data = given.settings.home.data_dir
    given.tell("backup.restored", name=source.name, data=data, files=source.folder / "files")
    if home := other_home(given.settings, source.manifest):
        given.tell("backup.other", home=home)
    reached = at or (source.reached.at if source.reached else source.manifest.at)
    given.tell("backup.reached", at=reached.astimezone().isoformat(" ", "seconds"))
    if before:
        given.tell("backup.put_aside", folder=data / before)
    for path in restorer.lost[:MAX_SHOWN]:
        given.tell("backup.lost", file=path)
    if len(restorer.lost) > MAX_SHOWN:
        given.tell("backup.more_lost", many=len(restorer.lost) - MAX_SHOWN)
    return DIFFERS if restorer.lost else 0


def instant(text: str) -> datetime | None:
    """The instant that somebody named, by this machine's clock where no offset is told."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise NotPossible(f"--at: {text!r} is no instant such as 2026-11-26T15:30") from None


def _check(given: CommandContext, source: Source) -> int:
    checker = Checker(given.settings, source, SystemClock(), shown_by(given))
    found = asyncio.run(checker.check())
    for one in found.differences[:MAX_SHOWN]:
        given.tell(f"backup.{one.what}", **one.values)
    if len(found.differences) > MAX_SHOWN:
        given.tell("backup.more", many=len(found.differences) - MAX_SHOWN)
    _tell(given, source.name, found)
    return DIFFERS if found.differences else 0


def _tell(given: CommandContext, name: str, found: Comparison) -> None:
    key = "backup.differs" if found.differences else "backup.same"
    given.tell(
        key, name=name, files=found.files, tables=found.tables, rows=found.rows, cases=found.cases
    )


COMMAND = Command(run, arguments)
