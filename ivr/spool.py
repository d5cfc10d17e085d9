"""What waits on disk until the backend has it: calls, marks of calls and reports, one file each."""

import errno
import hashlib
import json
import logging
import os
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from hotline.call import CallEvent, CallEventType, CallRing
from hotline.errors import Invalid
from hotline.health import SPOOL_ASIDE as ASIDE
from hotline.queue import Aside, reason_of
from hotline.wire import Schema
from ivr import spool_records
from ivr.spool_records import EVENT, PLAIN, REPORT, RING, K, LiveCall, SpokenReport

log = logging.getLogger(__name__)

LIVE, RINGS, NOTES, REPORTS = "live", "rings", "notes", "reports"
# A file that cannot be read counts as no report: its recording is adopted, where there is one.
BROKEN, WHY = ".broken", ".why"
# A sign of life is one small message, however much lies aside.
MAX_TOLD = 100
LARGEST_BYTES = 1 << 20
_NOTE = re.compile(rf"(?P<key>.+)_(?P<mark>{'|'.join(CallEventType)})_[0-9-]+")
# These errors say nothing about the file that was to be read.
NOT_THE_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EINTR)


class Spool:
    """A folder of small files that survive a kill at any instant."""

    def __init__(self, folder: Path):
        self._folder = folder
        for kind in (*ASIDE, *ASIDE.values()):
            (folder / kind).mkdir(parents=True, exist_ok=True)
            for left in (folder / kind).glob("*.part*"):
                left.unlink(missing_ok=True)

    def names(self, kind: str) -> list[str]:
        """Give the names of what waits, oldest first; what cannot be a record is set aside."""
        found = []
        with os.scandir(self._folder / kind) as entries:
            for entry in entries:
                name, _, end = entry.name.rpartition(".")
                if end != "json":
                    continue
                with suppress(FileNotFoundError):
                    is_file = entry.is_file(follow_symlinks=False)
                    found.append((entry.stat(follow_symlinks=False), name, is_file))
        found.sort(key=lambda one: (one[0].st_mtime_ns, one[1]))
        names = []
        for told, name, is_file in found:
            why = _why_no_record(name, told.st_size, is_file=is_file)
            if why:
                self._set_broken(kind, name, why)
            else:
                names.append(name)
        return names

    def keep_report(self, report: SpokenReport) -> None:
        """Keep a report; when this returns, it will reach the backend whatever happens."""
        self._put(REPORTS, report.key, spool_records.write(REPORT, report))

    def report(self, name: str) -> SpokenReport | None:
        """Give a report while it waits."""
        return self._read(REPORTS, name, REPORT)

    def has_report(self, key: str) -> bool:
        """Say whether a call's report waits here, those that were set aside included."""
        return any(self._path(kind, key).exists() for kind in (REPORTS, ASIDE[REPORTS]))

    def keep_ring(self, ring: CallRing) -> None:
        """Keep a call that the backend could not be told of."""
        self._put(RINGS, ring.key, spool_records.write(RING, ring))

    def ring(self, name: str) -> CallRing | None:
        """Give a call while it waits."""
        return self._read(RINGS, name, RING)

    def keep_note(self, note: CallEvent) -> None:
        """Keep a mark that the backend could not be told of."""
        self._put(NOTES, note_name(note), spool_records.write(EVENT, note))

    def note(self, name: str) -> CallEvent | None:
        """Give a mark while it waits."""
        return self._read(NOTES, name, EVENT)

    def drop(self, kind: str, name: str) -> None:
        """Let go of what the backend has."""
        self._path(kind, name).unlink(missing_ok=True)

    def begin_call(self, key: str, at: datetime) -> None:
        """Note that a call is up; not synced, for it only has to outlive our own process."""
        file = spool_records.write(spool_records.LIVE, LiveCall(key, at))
        self._put(LIVE, key, file, durable=False)

    def end_call(self, key: str) -> None:
        """A call is over and the backend knows."""
        self.drop(LIVE, key)

    def began(self, name: str) -> datetime | None:
        """Give when a call began that was not ended here, by an earlier process included."""
        call = self._read(LIVE, name, spool_records.LIVE)
        return call.at if call else None

    def set_aside(self, kind: str, name: str, reason: str) -> None:
        """Keep what cannot be brought out of the way of the others, with the reason."""
        self._move(self._path(kind, name), self._path(ASIDE[kind], name), reason)

    def aside(self, most: int = MAX_TOLD) -> list[Aside]:
        """Give what was set aside, oldest first, at most so many."""
        found = []
        for kind, folder in ASIDE.items():
            for path in self._aside_in(folder):
                with suppress(FileNotFoundError):
                    since = datetime.fromtimestamp(path.lstat().st_mtime, UTC)
                    found.append(Aside(kind, path.stem, _reason(path), since))
        return sorted(found, key=lambda one: one.since)[:most]

    def bring_back(self, kind: str, name: str) -> bool:
        """Let something that was set aside wait again; False where there is no such thing."""
        for path in self._aside_in(ASIDE.get(kind, "")):
            if path.stem == name:
                path.replace(self._path(kind, name))
                sync_folder(self._folder / kind)
                _why(path).unlink(missing_ok=True)
                return True
        return False

    def waiting(self, now: datetime) -> dict[str, int]:
        """Count what waits, by kind; `oldest_s` is the age of the oldest report in seconds."""
        found = {kind: sum(1 for _ in self._names(kind)) for kind in (RINGS, NOTES, REPORTS)}
        ages = [now.timestamp() - _written(path) for path in self._names(REPORTS)]
        return found | {"oldest_s": max(0, round(max(ages, default=0.0)))}

    def _aside_in(self, folder: str) -> list[Path]:
        if not folder:
            return []
        return [p for p in (self._folder / folder).iterdir() if p.suffix in (".json", BROKEN)]

    def _move(self, source: Path, target: Path, reason: str) -> None:
        """The reason first: a kill in between leaves a reason of nothing, which harms nobody."""
        with suppress(OSError):
            _why(target).write_text(json.dumps({"reason": reason}, ensure_ascii=False), "utf-8")
        with suppress(OSError):
            source.replace(target)
            sync_folder(target.parent)

    def _path(self, kind: str, name: str) -> Path:
        if PLAIN.fullmatch(name) is None:
            raise Invalid("key", f"{name[:40]!r} is not a plain name")
        return self._folder / kind / f"{name}.json"

    def _put(self, kind: str, name: str, content: bytes, *, durable: bool = True) -> None:
        path = self._path(kind, name)
        part = path.with_name(f"{path.name}.part{threading.get_ident()}")
        try:
            with part.open("wb") as file:
                file.write(content)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)  # the disk is full: leave it the room
            raise
        if durable:
            sync_folder(path.parent)

    def _names(self, kind: str) -> Iterator[Path]:
        return (self._folder / kind).glob("*.json")

    def _read(self, kind: str, name: str, schema: Schema[K]) -> K | None:
        """Give a record; one that cannot be read is set aside and holds up nobody."""
        path = self._path(kind, name)
        try:
            return spool_records.read(schema, path.read_bytes())
        except FileNotFoundError:
            return None
        except Invalid as error:
            self._set_broken(kind, name, reason_of(error))
        except OSError as error:
            if error.errno in NOT_THE_FILES:
                log.warning("a file of the spool was not read: %s", error)
            else:
                self._set_broken(kind, name, reason_of(error))
        return None

    def _set_broken(self, kind: str, name: str, reason: str) -> None:
        log.error("a file of the spool cannot be read and is set aside: %r: %s", name, reason)
        target = self._folder / ASIDE[kind] / f"{_plain(name)}{BROKEN}"
        self._move(self._folder / kind / f"{name}.json", target, reason)


def _why_no_record(name: str, size: int, *, is_file: bool) -> str:
    """Give why something in the folder cannot be a record that was kept; empty where it can."""
    if not is_file:
        return "it is no file"
    if size > LARGEST_BYTES:
        return f"it is too large for a record: {size} bytes"
    return "" if PLAIN.fullmatch(name) else "its name is none that a record has"


def _plain(name: str) -> str:
    """Give a name by which something can lie aside, be shown and be brought back."""
    if PLAIN.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return f"odd-{digest}"


def sync_folder(folder: Path) -> None:
    """Make a rename last: the folder itself is written too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def note_name(note: CallEvent) -> str:
    """Give the file name of a mark: the same mark at the same time is one."""
    return f"{note.key}_{note.mark}_{int(note.at.timestamp() * 1000)}"


def call_of_note(name: str) -> str:
    """Give the key of the call that a mark is of, by its file name; empty where it names none."""
    found = _NOTE.fullmatch(name)
    return found["key"] if found else ""


def ended_calls(names: Iterable[str]) -> set[str]:
    """Give the calls whose end is among some marks, by their file names."""
    told = map(_NOTE.fullmatch, names)
    return {found["key"] for found in told if found and found["mark"] == CallEventType.ENDED}


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _why(path: Path) -> Path:
    return path.with_suffix(WHY)


def _reason(path: Path) -> str:
    """Why something was set aside; empty where an earlier version did it without a word."""
    try:
        return str(json.loads(_why(path).read_text("utf-8"))["reason"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
