"""Making a backup: what waits at the phone connector first, then the database, then the media.

In this order nothing falls between: a report is in the spool until the database has it, and a
photo is on disk before the database knows of it.
"""

import asyncio
import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Final

from backend.backup import basebackup, dump, manifest
from backend.backup.age import forget_failure
from backend.backup.basebackup import BASE, FAILED, DatabaseCopy
from backend.backup.dump import DUMP
from backend.backup.files import (
    MIB,
    Damaged,
    FileEntry,
    Told,
    copy_file,
    copy_medium,
    files_below,
    is_plain,
    judged,
    printable,
    require_room,
    settle,
    size_below,
    sync_folder,
    write_whole,
)
from backend.backup.manifest import Manifest
from backend.backup.repository import Repository, stamp
from backend.backup.wal import LogFolder, is_log_of
from backend.cli.progress import ProgressStep
from backend.operations.postgres import embedded
from config.settings import Settings
from hotline.clock import Clock

log = logging.getLogger(__name__)

# Where the phone connector and the exchange keep what is on its way; a report names a recording,
# so reports are copied before recordings.
SPOOLS: Final = ("spool", "asterisk/spool/recording", "asterisk/spool/note")
# Numbers that were leased may have been said since: whoever restores leases anew.
NOT_KEPT: Final = ("spool/numbers.log",)
OWN: Final = "files"
MEDIA_LIST: Final = "media.txt"
# Beside what can be counted beforehand.
SLACK: Final = 64 * MIB
Shown = Callable[[str], AbstractAsyncContextManager[ProgressStep]]
"""Given the key of its words: a block for one part of the work, whose note is shown."""


@dataclass(slots=True)
class Maker:
    """One backup being made."""

    settings: Settings
    repository: Repository
    clock: Clock
    shown: Shown
    documents: tuple[Path, ...] = ()
    left_out: list[str] = field(default_factory=list)
    prunes: bool = True

    async def make(self) -> tuple[str, Manifest]:
        """Make a backup, and let the oldest go; gives its name. Half of one leaves nothing."""
        with judged(FAILED):
            self.repository.clear_parts(self.clock.now())
            size = await self._database_size()
            await asyncio.to_thread(self._require_room, size)
            name = await self._free_name()
            folder = self.repository.path(name)
            folder.mkdir(mode=0o700)
            try:
                made = await self._take(folder, name, size)
                # Whatever was copied is on disk before anything says that it is.
                await asyncio.to_thread(settle, folder)
                await asyncio.to_thread(manifest.write, folder, made)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            if self.prunes:
                await asyncio.to_thread(prune, self.repository, self.settings.backup.keep)
        forget_failure(self.settings.home.data_dir)
        return name, made

    async def _take(self, folder: Path, name: str, size: int) -> Manifest:
        began = self.clock.now()
        async with self.shown("backup.step_spool"):
            files = await asyncio.to_thread(self._copy_own, folder)
        async with self.shown("backup.step_database") as step:
            taken = await self._copy_database(folder, name, counter(step))
            at = self.clock.now()
        async with self.shown("backup.step_media") as step:
            kept = await asyncio.to_thread(copy_media, self, counter(step))
            lines = "".join(f"{sha256} {size}\n" for sha256, size in kept.items())
            files[MEDIA_LIST] = write_whole(folder / MEDIA_LIST, lines.encode())
        return Manifest(
            version=version("city-hotline"),
            revision=taken.evidence.revision,
            server=server_version(embedded(self.settings).data) if taken.log else 0,
            began_at=began,
            at=at,
            data_dir=printable(str(self.settings.home.data_dir)),
            tables=dict(taken.evidence.tables),
            cases=dict(taken.evidence.cases),
            files=files | taken.files,
            database_bytes=size,
            media=len(kept),
            media_bytes=sum(kept.values()),
            log=taken.log,
            left_out=tuple(printable(one) for one in self.left_out),
        )

    async def _free_name(self) -> str:
        """A name that no backup has: two may begin within one second."""
        while self.repository.path(name := stamp(self.clock.now())).exists():
            await self.clock.sleep(0.1)
        return name

    async def _database_size(self) -> int:
        url = self.settings.database.url
        if url:
            return await dump.size_of(url)
        return await asyncio.to_thread(size_below, embedded(self.settings).data)

    async def _copy_database(self, folder: Path, name: str, told: Told) -> DatabaseCopy:
        """Our own server with its log, so that any instant can be reached; another's by a dump."""
        url = self.settings.database.url
        if url:
            return await dump.take_dump(url, folder, told)
        server = embedded(self.settings)
        return await basebackup.take_base(server, folder, name, self.clock, told)

    def _require_room(self, size: int) -> None:
        """Tell before it begins where the disk is too small."""
        newest = self.repository.newest()
        data = self.settings.home.data_dir
        files = newest[1].files if newest else {}
        needed = next((files[name].size for name in (BASE, DUMP) if name in files), size)
        needed += sum(size_below(data / one) for one in SPOOLS)
        for sha256, path in media_below(data):
            if not self.repository.media_file(sha256).is_file():
                needed += path.stat().st_size
        require_room(self.repository.folder, needed + SLACK)

    def _copy_own(self, folder: Path) -> dict[str, FileEntry]:
        """Copy the small things: what waits, secrets, settings and the city."""
        data, own = self.settings.home.data_dir, folder / OWN
        found: dict[str, FileEntry] = {}
        for name in (*SPOOLS, "tokens", "past.unfinished"):
            found |= self._copy_tree(data / name, own / "data" / name, folder)
        city = self.settings.city_folder
        found |= self._copy_tree(city, own / "city" / city.name, folder)
        for place, path in enumerate(self.documents):
            found |= self._copy_tree(path, own / "settings" / f"{place}-{path.name}", folder)
        return found

    def _copy_tree(self, source: Path, target: Path, folder: Path) -> dict[str, FileEntry]:
        found = {}
        data = self.settings.home.data_dir
        here = [source] if source.is_file() else [path for path, _ in files_below(source)]
        for path in here:
            if path.is_relative_to(data) and not is_wanted(path.relative_to(data)):
                continue
            at = target if path == source else target / path.relative_to(source)
            name = str(at.relative_to(folder))
            if name.encode("utf-8", "ignore").decode() != name:
                self.left_out.append(f"{path}: its name is not readable as UTF-8")
                continue
            at.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                with path.open("rb"):
                    pass
            except FileNotFoundError:
                continue  # it was brought meanwhile: the database has it
            except OSError as error:
                self.left_out.append(f"{path}: {error.strerror}")
                continue
            found[name] = copy_file(path, at)
        return found


def server_version(data: Path) -> int:
    """The main version of the server that made a data folder."""
    return int((data / "PG_VERSION").read_text("ascii"))


def is_wanted(path: Path) -> bool:
    """Whether a file below the data folder is kept: half a file and leased numbers are not."""
    return str(path) not in NOT_KEPT and ".part" not in path.name


def media_below(data: Path) -> Iterator[tuple[str, Path]]:
    """Each photo and recording of a data folder by its hash."""
    for path in _named_like_media(data):
        if is_plain(path):
            yield path.name, path


def _named_like_media(data: Path) -> Iterator[Path]:
    for path in sorted((data / "media").glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*")):
        if len(path.name) == 64:
            yield path


def copy_media(maker: Maker, told: Callable[[int], None]) -> dict[str, int]:
    """Copy what the backups do not have yet; gives the bytes of each that is needed, by hash."""
    kept = {}
    for path in _named_like_media(maker.settings.home.data_dir):
        try:
            kept[path.name] = keep_medium(maker.repository, path.name, path, told)
        except Damaged as error:
            # One that the disk has spoiled must not keep the others from being backed up.
            maker.left_out.append(str(error))
    return kept


def keep_medium(
    repository: Repository, sha256: str, path: Path, told: Callable[[int], None] = lambda _: None
) -> int:
    """Copy one file where the backups do not have it; Damaged where it is not what it was."""
    target = repository.media_file(sha256)
    if is_plain(path) and is_plain(target) and target.stat().st_size == path.stat().st_size:
        return target.stat().st_size
    return bring_medium(repository, sha256, path, told)


def bring_medium(
    repository: Repository, sha256: str, path: Path, told: Callable[[int], None] = lambda _: None
) -> int:
    """Copy one file; Damaged where it is not what it was, and what the backups have stays."""
    target = repository.media_file(sha256)
    if target.is_dir():
        raise Damaged(f"{target} is a folder")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    entry = copy_medium(path, target, told)
    for inside in (target.parent, target.parent.parent, repository.media):
        sync_folder(inside)
    return entry.size


def prune(repository: Repository, keep: int) -> None:
    """Let the oldest backups go, and the log and media that none needs any more."""
    good = repository.good()
    # The newest of each day too, so that many of one day push no older days out.
    days = {one.began_at.date(): name for name, one in good}
    wanted = {*(name for name, _ in good[-keep:]), *list(days.values())[-keep:]}
    stay = [(name, one) for name, one in good if name in wanted]
    goes = {name for name, _ in good} - wanted
    for name in repository.names():
        if stay and (name in goes or name < stay[0][0]):
            repository.drop(name)
    oldest = min((one.began_at.timestamp() for _, one in stay), default=0.0)
    prune_media(repository, [name for name, _ in stay], oldest)
    for folder in repository.logs.iterdir():
        firsts = [one.log.first for _, one in stay if one.log and is_log_of(folder, one.log)]
        if firsts:
            LogFolder(folder).forget_before(min(firsts))
        elif folder.stat().st_mtime < oldest:
            shutil.rmtree(folder)


def prune_media(repository: Repository, names: list[str], oldest: float) -> None:
    """Let go what no backup of some names needs, older than an instant in seconds."""
    try:
        needed = {sha256 for name in names for sha256, _ in media_list(repository, name)}
    except (OSError, Damaged) as error:
        # What that backup needs is not known, so nothing may go; the new backup is good.
        log.warning("no media are let go: the list of a backup cannot be read: %s", error)
        return
    for sha256, path in media_below(repository.folder):
        if sha256 not in needed and path.stat().st_mtime < oldest:
            path.unlink()


def media_list(repository: Repository, name: str) -> Iterator[tuple[str, int]]:
    """Hash and bytes of each photo and recording that a backup needs."""
    path = repository.path(name) / MEDIA_LIST
    try:
        with path.open(encoding="ascii") as lines:
            for line in lines:
                sha256, size = line.split()
                yield sha256, int(size)
    except ValueError as error:
        raise Damaged(f"{path} is damaged: {error}") from error


def counter(step: ProgressStep) -> Callable[[int], None]:
    """Show the bytes that were done behind a step."""
    done = 0

    def told(size: int) -> None:
        nonlocal done
        done += size
        step.note = f"{done / MIB:.1f} MiB"

    return told
