"""`hotline backup`: database, media, spool and secrets into one folder, while all of it works."""

import argparse
import asyncio
from pathlib import Path

from backend.backup.make import Maker, Shown
from backend.backup.manifest import Manifest
from backend.backup.repository import Repository, made, opened_at, repository_of
from backend.cli.command import Command, CommandContext
from backend.cli.database import opened
from backend.cli.progress import Progress
from backend.operations.postgres import embedded
from backend.operations.preflight import NotPossible
from hotline.clock import SystemClock

MIB = 1 << 20


def arguments(part: argparse.ArgumentParser) -> None:
    """Take the folder, and whether only to list."""
    part.add_argument("--to", default="", metavar="FOLDER", help="the folder of backups")
    part.add_argument("--list", action="store_true", help="list the backups there are")


def run(given: CommandContext) -> int:
    """Make a backup and tell what is in it."""
    repository = repository_of(given.settings, given.options.to)
    if given.options.list:
        if repository.folder.exists():
            _list(given, opened_at(repository))
        else:
            given.tell("backup.none", folder=repository.folder)
        return 0
    own = given.settings.database.url
    if not own and not (embedded(given.settings).data / "PG_VERSION").is_file():
        raise NotPossible(f"there is no hotline in {given.settings.home.data_dir} yet")
    made(repository)
    with repository.alone():
        name, manifest = asyncio.run(_make(given, repository))
    _tell(given, repository.path(name), manifest)
    return 0


def shown_by(given: CommandContext) -> Shown:
    """Show the parts of the work at the terminal."""
    progress = Progress(SystemClock())
    return lambda key: progress.step(given.words(key))


async def _make(given: CommandContext, repository: Repository) -> tuple[str, Manifest]:
    async with opened(given.settings):
        maker = Maker(
            given.settings,
            repository,
            SystemClock(),
            shown_by(given),
            tuple(given.files),
        )
        return await maker.make()


def _tell(given: CommandContext, folder: Path, manifest: Manifest) -> None:
    size = sum(one.size for one in manifest.files.values()) / MIB
    given.tell(
        "backup.made",
        folder=folder,
        cases=manifest.tables.get("cases", 0),
        rows=sum(manifest.tables.values()),
        media=manifest.media,
        size=f"{size:.1f}",
        media_size=f"{manifest.media_bytes / MIB:.1f}",
    )
    for one in manifest.left_out:
        given.tell("backup.left_out", file=one)


def _list(given: CommandContext, repository: Repository) -> None:
    now = SystemClock().now()
    for name, manifest in repository.good():
        checked = repository.checked(name)
        key = "backup.listed" if checked is None else "backup.listed_checked"
        key = "backup.listed_wrong" if checked and checked.differences else key
        hours = (now - manifest.at).total_seconds() / 3600
        cases = manifest.tables.get("cases", 0)
        given.tell(key, name=name, hours=f"{hours:.1f}", cases=cases, media=manifest.media)
    if not repository.names():
        given.tell("backup.none", folder=repository.folder)


COMMAND = Command(run, arguments)
