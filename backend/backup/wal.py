"""The server's log (WAL) as it is kept beside the backups: it leads to any instant behind one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from backend.backup.files import (
    Damaged,
    Told,
    copy_file,
    entry_of,
    unzip_file,
    write_whole,
    zip_file,
)
from backend.backup.manifest import LogStart
from backend.backup.repository import Repository, instant_of, is_stamp
from hotline.errors import Invalid
from hotline.wire import Schema, encode, keep, kept, parse

ZIPPED: Final = ".gz"
BEGUN: Final = ".partial"
SEAL: Final = ".sha256"
NAME_SIGNS: Final = 24
SEGMENTS: Final = 256
"""Segments of 16 MiB in one 4 GiB of the log, after which the names count on."""
SEGMENT: Final = 16 << 20
"""Bytes of a segment."""
BROKEN_OFF: Final = ".until-"
ASIDE: Final = ".aside-"
LIFE: Final = re.compile(
    rf"(?P<system>[0-9]+)-(?P<timeline>[0-9]{{1,9}})({re.escape(BROKEN_OFF)}(?P<until>.+))?"
)
"""The name of a log's folder."""
NEVER: Final = datetime.max.replace(tzinfo=UTC)
# A name says no fractions.
A_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Reached:
    """How far the log is kept: everything that had been done by an instant, and where that is."""

    at: datetime
    lsn: str


REACHED: Final = Schema(Reached)


@dataclass(frozen=True, slots=True)
class LogFolder:
    """The log of one life of the server, a file a segment; the last one is still being written."""

    folder: Path

    @property
    def reached(self) -> Reached | None:
        """How far it is kept, or None."""
        try:
            return kept(REACHED, parse((self.folder / "reached.json").read_bytes()))
        except (OSError, Invalid):
            return None

    def set_reached(self, reached: Reached) -> None:
        """Keep how far it is kept."""
        write_whole(self.folder / "reached.json", encode(keep(REACHED, reached)))

    def segments(self) -> dict[str, Path]:
        """The file of each segment by its name, in order.

        What is being zipped is there twice; the plain file counts until the other is sealed. They
        are looked for in the order in which a segment gets them, so that none is missed that is
        finished or zipped meanwhile.
        """
        found: dict[str, Path] = {}
        for ending in (BEGUN, "", ZIPPED):
            for path in self.folder.glob(f"00*{ending}"):
                name = path.name.removesuffix(ending) if ending else path.name
                is_plain = name in found and found[name].name == name
                if len(name) == NAME_SIGNS and not is_plain:
                    found[name] = path
        return dict(sorted(found.items()))

    def seal(self) -> int:
        """Zip and hash what is finished; gives how many segments were."""
        done = [path for name, path in self.segments().items() if path.name == name]
        for path in done:
            zipped = path.with_name(path.name + ZIPPED)
            entry = zip_file(path, zipped)
            write_whole(path.with_name(path.name + SEAL), entry.sha256.encode())
            path.unlink()
        return len(done)

    def set_aside(self, stamp: str) -> list[Path]:
        """Move away what is begun and has a wrong size: PostgreSQL's receiver refuses to go on."""
        wrong = [
            path
            for path in self.segments().values()
            if path.suffix == BEGUN and path.stat().st_size not in (0, SEGMENT)
        ]
        for path in wrong:
            path.rename(f"{path}{ASIDE}{stamp}")
        return wrong

    def forget_before(self, first: str) -> None:
        """Throw away the segments before one."""
        for name, path in self.segments().items():
            if name[8:] < first[8:]:
                path.unlink(missing_ok=True)
                path.with_name(name + SEAL).unlink(missing_ok=True)
        for path in self.folder.glob(f"00*{BEGUN}{ASIDE}*"):
            if path.name[8:NAME_SIGNS] < first[8:]:
                path.unlink(missing_ok=True)

    def verify(self, first: str, told: Told = lambda _: None) -> Iterator[str]:
        """Read every finished segment from one on; gives what is wrong with each that is."""
        before = 0
        for name, path in self.segments().items():
            if name < first:
                continue
            number = int(name[8:16], 16) * SEGMENTS + int(name[16:], 16)
            if before and number != before + 1:
                yield f"{self.folder}: segments before {name} are missing"
            before = number
            if path.suffix != ZIPPED:
                continue
            try:
                seal = path.with_name(name + SEAL).read_text("ascii").strip()
            except (OSError, UnicodeDecodeError):
                yield f"{path.with_name(name + SEAL)} is missing or damaged"
                continue
            if entry_of(path, told).sha256 != seal:
                yield f"{path} is damaged: it is not what was written"


def life_of(name: str) -> tuple[str, int] | None:
    """System and timeline of a log by its folder's name; None where it is no such name."""
    found = LIFE.fullmatch(name)
    if found is None or (found["until"] and not is_stamp(found["until"])):
        return None
    return found["system"], int(found["timeline"])


def log_folder(repository: Repository, system: str, timeline: int) -> LogFolder:
    """The log of a life of a server, which is written on now."""
    return LogFolder(repository.logs / f"{system}-{timeline}")


def log_behind(repository: Repository, log: LogStart, at: datetime) -> LogFolder | None:
    """The log that goes on where a backup of an instant ends, or None where none was kept.

    Two lives may have the same timeline: the log of a backup is the first that was put aside after
    it was made, else the one that is written on.
    """
    ends = {}
    for folder in repository.logs.iterdir():
        if is_log_of(folder, log):
            until = folder.name.partition(BROKEN_OFF)[2]
            ends[folder] = instant_of(until) + A_SECOND if until else NEVER
    for folder in sorted(ends, key=lambda one: ends[one]):
        if ends[folder] > at and log.last in (found := LogFolder(folder)).segments():
            return found
    return None


def is_log_of(folder: Path, log: LogStart) -> bool:
    """Whether a folder has log of the life in which a backup was made, gaps or not."""
    return life_of(folder.name) == (log.system, log.timeline)


def lay_out(folder: LogFolder, first: str, target: Path, told: Told = lambda _: None) -> None:
    """Lay the segments from one on into a server's folder; Damaged names what is not whole."""
    for wrong in folder.verify(first, told):
        raise Damaged(wrong)
    for name, path in folder.segments().items():
        if name >= first:
            _lay_segment(folder, path, target / name)


def _lay_segment(folder: LogFolder, path: Path, target: Path) -> None:
    try:
        _unpack(path, target)
    except FileNotFoundError:
        # It was finished, or zipped, by who follows the log, since we have seen it.
        later = folder.segments().get(target.name)
        if later is None or later == path:
            raise
        _lay_segment(folder, later, target)


def _unpack(path: Path, target: Path) -> None:
    if path.suffix == ZIPPED:
        unzip_file(path, target)
    else:
        copy_file(path, target)


def place_of(lsn: str) -> int:
    """A place in the log as a number that can be compared."""
    high, _, low = lsn.partition("/")
    return (int(high, 16) << 32) + int(low, 16)
