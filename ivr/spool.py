"""What waits on disk until the backend has it: calls, marks of calls and reports, one file each."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hotline.call import CallMark, CallNote, CallRing

LIVE, RINGS, NOTES, REPORTS, STUCK = "live", "rings", "notes", "reports", "stuck"
KINDS = (LIVE, RINGS, NOTES, REPORTS, STUCK)

Paper = dict[str, object]


@dataclass(frozen=True, slots=True)
class SpokenReport:
    """A report that was spoken on the phone.

    `number` is what the caller has been told, or None where no number was left to tell;
    `recording` is the wav on disk, empty where there is none; `text` is set where the report
    was typed at the keyboard.
    """

    key: str
    caller: str
    language: str
    said_at: datetime
    number: str | None
    recording: str = ""
    seconds_of_speech: float = 0.0
    text: str = ""


class Spool:
    """A folder of small files that survive a kill at any instant."""

    def __init__(self, folder: Path):
        self._folder = folder
        for kind in KINDS:
            (folder / kind).mkdir(parents=True, exist_ok=True)
            for left in (folder / kind).glob("*.part*"):
                left.unlink(missing_ok=True)

    def keep_report(self, report: SpokenReport) -> None:
        """Keep a report; when this returns, it will reach the backend whatever happens."""
        self._put(REPORTS, report.key, _report_paper(report))

    def reports(self) -> list[SpokenReport]:
        """Give the reports that wait, oldest first."""
        return [_report(paper) for _, paper in self._papers(REPORTS)]

    def report(self, key: str) -> SpokenReport | None:
        """Give the report of a call while it waits."""
        with suppress(FileNotFoundError):
            return _report(json.loads(self._path(REPORTS, key).read_text("utf-8")))
        return None

    def has_report(self, key: str) -> bool:
        """Say whether a call's report waits here, stuck ones included."""
        return any(self._path(kind, key).exists() for kind in (REPORTS, STUCK))

    def drop_report(self, key: str) -> None:
        """The backend has it."""
        self._drop(REPORTS, key)

    def set_report_aside(self, key: str) -> None:
        """Keep a report that the backend refuses out of the way, for a person to look at."""
        with suppress(FileNotFoundError):
            self._path(REPORTS, key).replace(self._path(STUCK, key))
            sync_folder(self._folder / STUCK)

    def stuck(self) -> int:
        """Count the reports that the backend has refused."""
        return sum(1 for _ in self._names(STUCK))

    def keep_ring(self, ring: CallRing) -> None:
        """Keep a call that the backend could not be told of."""
        paper: Paper = {
            "key": ring.key, "caller": ring.caller, "at": ring.at.isoformat(),
            "caller_name": ring.caller_name, "line": ring.line,
        }  # fmt: skip
        self._put(RINGS, ring.key, paper)

    def rings(self) -> list[CallRing]:
        """Give the calls that wait, oldest first."""
        return [_ring(paper) for _, paper in self._papers(RINGS)]

    def has_ring(self, key: str) -> bool:
        """Say whether a call still waits to be put on record."""
        return self._path(RINGS, key).exists()

    def drop_ring(self, key: str) -> None:
        """The backend has it."""
        self._drop(RINGS, key)

    def keep_note(self, note: CallNote) -> None:
        """Keep a mark that the backend could not be told of."""
        paper: Paper = {
            "key": note.key, "mark": str(note.mark), "at": note.at.isoformat(), "value": note.value,
        }  # fmt: skip
        self._put(NOTES, note_name(note), paper)

    def notes(self) -> list[CallNote]:
        """Give the marks that wait, oldest first."""
        return [_note(paper) for _, paper in self._papers(NOTES)]

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
        return {name: _when(paper["at"]) for name, paper in self._papers(LIVE)}

    def _path(self, kind: str, name: str) -> Path:
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

    def _papers(self, kind: str) -> list[tuple[str, Paper]]:
        found = []
        for path in self._names(kind):
            with suppress(FileNotFoundError):
                found.append((path.stat().st_mtime_ns, path.name.removesuffix(".json"), path))
        papers = []
        for _, name, path in sorted(found):
            with suppress(FileNotFoundError):
                papers.append((name, json.loads(path.read_text("utf-8"))))
        return papers


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


def _when(value: object) -> datetime:
    return datetime.fromisoformat(str(value))


def _ring(paper: Paper) -> CallRing:
    return CallRing(
        key=str(paper["key"]), caller=str(paper["caller"]), at=_when(paper["at"]),
        caller_name=str(paper["caller_name"]), line=str(paper["line"]),
    )  # fmt: skip


def _note(paper: Paper) -> CallNote:
    mark = CallMark(str(paper["mark"]))
    return CallNote(str(paper["key"]), mark, _when(paper["at"]), str(paper["value"]))


def _report_paper(report: SpokenReport) -> Paper:
    return {
        "key": report.key, "caller": report.caller, "language": report.language,
        "said_at": report.said_at.isoformat(), "number": report.number,
        "recording": report.recording, "seconds_of_speech": report.seconds_of_speech,
        "text": report.text,
    }  # fmt: skip


def _report(paper: Paper) -> SpokenReport:
    return SpokenReport(
        key=str(paper["key"]), caller=str(paper["caller"]), language=str(paper["language"]),
        said_at=_when(paper["said_at"]),
        number=None if paper["number"] is None else str(paper["number"]),
        recording=str(paper["recording"]),
        seconds_of_speech=float(str(paper["seconds_of_speech"])), text=str(paper["text"]),
    )  # fmt: skip
