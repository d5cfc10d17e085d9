"""What waits on disk until the backend has it: calls, marks of calls and reports, one file each."""

import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from hotline.call import CallNote, CallRing
from hotline.errors import Invalid
from hotline.health import SPOOL_ASIDE as ASIDE
from hotline.queue import Aside, reason_of
from ivr.papers import (
    PLAIN,
    Broken,
    Paper,
    SpokenReport,
    instant_of,
    note_of,
    paper_of_note,
    paper_of_report,
    paper_of_ring,
    report_of,
    ring_of,
)

log = logging.getLogger(__name__)
T = TypeVar("T")

LIVE, RINGS, NOTES, REPORTS = "live", "rings", "notes", "reports"
# A file that cannot be read counts as no report: its recording is adopted, where there is one.
BROKEN, WHY = ".broken", ".why"
# A sign of life is one small message, however much lies aside.
MOST_TOLD = 100


class Spool:
    """A folder of small files that survive a kill at any instant."""

    def __init__(self, folder: Path):
        self._folder = folder
        for kind in (*ASIDE, *ASIDE.values()):
            (folder / kind).mkdir(parents=True, exist_ok=True)
            for left in (folder / kind).glob("*.part*"):
                left.unlink(missing_ok=True)

    def keep_report(self, report: SpokenReport) -> None:
        """Keep a report; when this returns, it will reach the backend whatever happens."""
        self._put(REPORTS, report.key, paper_of_report(report))

    def reports(self) -> list[SpokenReport]:
        """Give the reports that wait, oldest first."""
        return [report for _, report in self._records(REPORTS, report_of)]

    def report(self, key: str) -> SpokenReport | None:
        """Give the report of a call while it waits."""
        with suppress(FileNotFoundError, Broken, ValueError):
            return report_of(json.loads(self._path(REPORTS, key).read_text("utf-8")))
        return None

    def has_report(self, key: str) -> bool:
        """Say whether a call's report waits here, those that were set aside included."""
        return any(self._path(kind, key).exists() for kind in (REPORTS, ASIDE[REPORTS]))

    def drop_report(self, key: str) -> None:
        """The backend has it."""
        self._drop(REPORTS, key)

    def keep_ring(self, ring: CallRing) -> None:
        """Keep a call that the backend could not be told of."""
        self._put(RINGS, ring.key, paper_of_ring(ring))

    def rings(self) -> list[CallRing]:
        """Give the calls that wait, oldest first."""
        return [ring for _, ring in self._records(RINGS, ring_of)]

    def has_ring(self, key: str) -> bool:
        """Say whether a call still waits to be put on record."""
        return self._path(RINGS, key).exists()

    def drop_ring(self, key: str) -> None:
        """The backend has it."""
        self._drop(RINGS, key)

    def keep_note(self, note: CallNote) -> None:
        """Keep a mark that the backend could not be told of."""
        self._put(NOTES, note_name(note), paper_of_note(note))

    def notes(self) -> list[CallNote]:
        """Give the marks that wait, oldest first."""
        return [note for _, note in self._records(NOTES, note_of)]

    def drop_note(self, note: CallNote) -> None:
        """The backend has it."""
        self._drop(NOTES, note_name(note))

    def begin_call(self, key: str, at: datetime) -> None:
        """Note that a call is up; not synced, for it only has to outlive our own process."""
        self._put(LIVE, key, {"key": key, "at": at.isoformat()}, durable=False)

    def end_call(self, key: str) -> None:
        """A call is over and the backend knows."""
        self._drop(LIVE, key)

    def live_calls(self) -> dict[str, datetime]:
        """Give the calls that began and were not ended here, by an earlier process included."""
        return dict(self._records(LIVE, lambda paper: instant_of(paper, "at")))

    def set_aside(self, kind: str, name: str, reason: str) -> None:
        """Keep what cannot be brought out of the way of the others, with the reason."""
        self._move(self._path(kind, name), self._path(ASIDE[kind], name), reason)

    def aside(self, most: int = MOST_TOLD) -> list[Aside]:
        """Give what was set aside, oldest first, at most so many."""
        found = []
        for kind, folder in ASIDE.items():
            for path in self._aside_in(folder):
                with suppress(FileNotFoundError):
                    since = datetime.fromtimestamp(path.stat().st_mtime, UTC)
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

    def _put(self, kind: str, name: str, paper: Paper, *, durable: bool = True) -> None:
        path = self._path(kind, name)
        part = path.with_name(f"{path.name}.part{threading.get_ident()}")
        with part.open("w", encoding="utf-8") as file:
            json.dump(paper, file, ensure_ascii=False)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
        if durable:
            sync_folder(path.parent)

    def _drop(self, kind: str, name: str) -> None:
        self._path(kind, name).unlink(missing_ok=True)

    def _names(self, kind: str) -> Iterator[Path]:
        return (self._folder / kind).glob("*.json")

    def _records(self, kind: str, read: Callable[[object], T]) -> list[tuple[str, T]]:
        """Give what can be read, oldest first; the rest is set aside and holds up nobody."""
        found = []
        for path in self._names(kind):
            with suppress(FileNotFoundError):
                found.append((path.stat().st_mtime_ns, path))
        records = []
        for _, path in sorted(found):
            try:
                records.append((path.stem, read(json.loads(path.read_text("utf-8")))))
            except (ValueError, RecursionError, IsADirectoryError) as error:
                log.exception("a file of the spool cannot be read and is set aside: %s", path.name)
                target = self._folder / ASIDE[kind] / f"{path.stem}{BROKEN}"
                self._move(path, target, reason_of(error))
            except OSError as error:
                # It says nothing about the file: there is no handle left, or no such file any more.
                log.warning("a file of the spool was not read: %s", error)
        return records


def sync_folder(folder: Path) -> None:
    """Make a rename last: the folder itself is written too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def note_name(note: CallNote) -> str:
    """Give the file name of a mark: the same mark at the same time is one."""
    return f"{note.key}_{note.mark}_{int(note.at.timestamp() * 1000)}"


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
