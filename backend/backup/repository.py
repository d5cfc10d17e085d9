"""The folder of all backups: what it holds, which are whole, and who works on it now."""

import errno
import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Final

from backend.backup import manifest
from backend.backup.files import PART, judged, write_whole
from backend.backup.manifest import Manifest
from backend.operations.preflight import NotPossible
from config.settings import Settings
from hotline.errors import Invalid
from hotline.wire import SCHEMA, Schema, encode, keep, kept, parse

MARKER: Final = "repository.json"
VERSION: Final = 1
STAMP: Final = "%Y%m%dT%H%M%SZ"
CHECKED: Final = "checked.json"
FOUND_SHOWN: Final = 20
# Two machines' clocks, or one that was set, differ by less.
AHEAD: Final = timedelta(minutes=10)
HALF_KEPT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Checked:
    """When a backup was restored beside and compared, and how many differences there were."""

    at: datetime
    differences: int = 0


CHECKED_SCHEMA: Final = Schema(Checked)


@dataclass(frozen=True, slots=True)
class Repository:
    """A folder of backups: one folder each, and beside them the media and log of all."""

    folder: Path

    @property
    def media(self) -> Path:
        """The folder of photos and recordings of all backups, by their hash."""
        return self.folder / "media"

    @property
    def logs(self) -> Path:
        """The folder of the server's logs, one folder a life of the server."""
        return self.folder / "wal"

    @property
    def mirror(self) -> Path:
        """The phone connector's spool as it was seen last."""
        return self.folder / "spool"

    def media_file(self, sha256: str) -> Path:
        """Where a photo or recording lies."""
        return media_file(self.folder, sha256)

    def names(self) -> list[str]:
        """The backups that were finished, oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(
            one.name
            for one in self.folder.iterdir()
            if is_stamp(one.name) and (one / manifest.NAME).is_file()
        )

    def path(self, name: str) -> Path:
        """The folder of a backup."""
        return self.folder / name

    def manifest(self, name: str) -> Manifest:
        """What a backup says of itself; Damaged or NotPossible where it cannot be used."""
        return manifest.read(self.path(name))

    def good(self) -> list[tuple[str, Manifest]]:
        """The backups whose manifest can be read, oldest first."""
        found = []
        for name in self.names():
            try:
                found.append((name, self.manifest(name)))
            except NotPossible:
                continue
        return found

    def newest(self, now: datetime | None = None) -> tuple[str, Manifest] | None:
        """The newest backup whose manifest can be read; only as many are read as it takes.

        With `now` those of a time to come are passed over: the clock was ahead that made them.
        """
        last = stamp(now + AHEAD) if now is not None else "Z"
        for name in reversed([one for one in self.names() if one <= last]):
            try:
                return name, self.manifest(name)
            except NotPossible:
                continue
        return None

    def checked(self, name: str) -> Checked | None:
        """When a backup was checked last, or None."""
        try:
            return kept(CHECKED_SCHEMA, parse((self.path(name) / CHECKED).read_bytes()))
        except (OSError, Invalid):
            return None

    def last_checked(self) -> tuple[str, Checked] | None:
        """The backup that was checked last, and when, or None."""
        found = [(name, one) for name in self.names() if (one := self.checked(name)) is not None]
        return max(found, key=lambda one: one[1].at, default=None)

    def set_checked(self, name: str, checked: Checked) -> None:
        """Keep that a backup was checked; not where it lies on what can only be read."""
        try:
            write_whole(self.path(name) / CHECKED, encode(keep(CHECKED_SCHEMA, checked)))
        except OSError as error:
            if not _is_closed(error):
                raise

    def drop(self, name: str) -> None:
        """Take a backup away; half of one is none, whenever this is cut short."""
        (self.path(name) / manifest.NAME).unlink(missing_ok=True)
        shutil.rmtree(self.path(name))

    def clear_parts(self, now: datetime) -> None:
        """Take away what backups that were cut short have left, and old halves of files."""
        before = (now - HALF_KEPT).timestamp()
        for place in (self.media, self.logs):
            for half in place.rglob(f"*{PART}-*"):
                # A younger one may be written right now by who does not hold the folder.
                with suppress(FileNotFoundError):
                    if half.stat().st_mtime < before:
                        half.unlink()
        for left in self.folder.glob(f"*{PART}"):
            shutil.rmtree(left, ignore_errors=True)
        for name in self.folder.iterdir():
            if is_stamp(name.name) and not (name / manifest.NAME).is_file():
                shutil.rmtree(name, ignore_errors=True)

    def _open_lock(self) -> IO[str]:
        try:
            return (self.folder / "lock").open("a")
        except OSError as error:
            if not _is_closed(error):
                raise
            return (self.folder / "lock").open()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder for one backup, restore or check; NotPossible where another has it."""
        with judged("the backup folder cannot be used"):
            lock = self._open_lock()
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise NotPossible(
                    f"another backup, restore or check works in {self.folder}"
                ) from None
            yield


def media_file(folder: Path, sha256: str) -> Path:
    """Where a photo or recording lies below a data folder, or below a folder of backups."""
    return folder / "media" / sha256[:2] / sha256[2:4] / sha256


def _is_closed(error: OSError) -> bool:
    """Whether a disk or folder can only be read: backups may be brought on such a one."""
    return error.errno in (errno.EROFS, errno.EACCES)


def repository_of(settings: Settings, folder: str = "") -> Repository:
    """The folder of backups of these settings, or another one; nothing is made or looked at."""
    return Repository(Path(folder).absolute() if folder else settings.backup_folder)


def made(repository: Repository) -> Repository:
    """The folder, made where it is not there; NotPossible where it is somebody else's."""
    folder = repository.folder
    with judged("the backup folder cannot be made"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (folder / MARKER).is_file():
            if any(one.name != "lock" for one in folder.iterdir()):
                raise NotPossible(f"{folder} holds other things: name an empty folder for backups")
            folder.chmod(0o700)
            write_whole(folder / MARKER, json.dumps({SCHEMA: VERSION}).encode())
        for inside in (repository.media, repository.logs, repository.mirror):
            inside.mkdir(exist_ok=True, mode=0o700)
    return opened_at(repository)


def opened_at(repository: Repository) -> Repository:
    """The folder as it is there; NotPossible where it is none, or a later version's."""
    folder = repository.folder
    try:
        told = json.loads((folder / MARKER).read_bytes())
        version = int(told[SCHEMA])
    except OSError:
        raise NotPossible(f"{folder} is no folder of backups: it has no {MARKER}") from None
    except (ValueError, LookupError, TypeError):
        raise NotPossible(f"{folder / MARKER} is damaged") from None
    if version > VERSION:
        raise NotPossible(f"{folder} was written by a later version of hotline")
    return repository


def chosen(repository: Repository, name: str, at: datetime | None) -> tuple[str, Manifest]:
    """The backup of a name, else the newest that is not younger than an instant."""
    if name:
        if name not in repository.names():
            shown = ", ".join(repository.names()[-FOUND_SHOWN:]) or "none"
            raise NotPossible(f"there is no backup {name} in {repository.folder}: {shown}")
        found = repository.manifest(name)
        if at is not None and at < found.at:
            raise NotPossible(
                f"{name} is of {found.at.isoformat()}, later than --at; leave --backup away for an "
                "older one"
            )
        return name, found
    if not repository.names():
        raise NotPossible(f"there is no backup in {repository.folder}")
    newest = repository.names()[-1]
    if at is None:
        return newest, repository.manifest(newest)
    older = [one for one in repository.good() if one[1].at <= at]
    if not older:
        raise NotPossible(f"no backup in {repository.folder} is as old as {at.isoformat()}")
    return older[-1]


def stamp(at: datetime) -> str:
    """The name of a backup that begins at an instant."""
    return at.astimezone(UTC).strftime(STAMP)


def instant_of(name: str) -> datetime:
    """The instant at which a backup of a name began; ValueError where it is no such name."""
    return datetime.strptime(name, STAMP).replace(tzinfo=UTC)


def is_stamp(name: str) -> bool:
    """Whether a name is one of a backup."""
    try:
        instant_of(name)
    except ValueError:
        return False
    return True
