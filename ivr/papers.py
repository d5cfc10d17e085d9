"""The files of the spool: records as JSON, read also where another version has written them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hotline.call import CallEvent, CallEventType, CallRing
from hotline.words import LANGUAGES

Paper = dict[str, object]
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,199}")
"""What a call's key, and so the name of a file, may look like."""


class Broken(ValueError):
    """A file that holds no record; says why."""


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


def paper_of_ring(ring: CallRing) -> Paper:
    """Give the file of a call."""
    return {
        "key": ring.key, "caller": ring.caller, "at": ring.at.isoformat(),
        "caller_name": ring.caller_name, "line": ring.line,
    }  # fmt: skip


def ring_of(paper: object) -> CallRing:
    """Give the call of a file; Broken where it is none."""
    told = _table(paper)
    return CallRing(
        key=_key(told), caller=_text(told, "caller", ""), at=_instant(told, "at"),
        caller_name=_text(told, "caller_name", ""), line=_text(told, "line", ""),
    )  # fmt: skip


def paper_of_note(note: CallEvent) -> Paper:
    """Give the file of a mark."""
    return {
        "key": note.key, "mark": str(note.mark), "at": note.at.isoformat(), "value": note.value,
    }  # fmt: skip


def note_of(paper: object) -> CallEvent:
    """Give the mark of a file; Broken where it is none."""
    told = _table(paper)
    try:
        mark = CallEventType(_text(told, "mark"))
    except ValueError as error:
        raise Broken(f"mark: {error}") from error
    return CallEvent(_key(told), mark, _instant(told, "at"), _text(told, "value", ""))


def paper_of_report(report: SpokenReport) -> Paper:
    """Give the file of a report."""
    return {
        "key": report.key, "caller": report.caller, "language": report.language,
        "said_at": report.said_at.isoformat(), "number": report.number,
        "recording": report.recording, "seconds_of_speech": report.seconds_of_speech,
        "text": report.text,
    }  # fmt: skip


def report_of(paper: object) -> SpokenReport:
    """Give the report of a file; Broken where it is none."""
    told = _table(paper)
    return SpokenReport(
        key=_key(told),
        caller=_text(told, "caller", ""),
        language=_text(told, "language", LANGUAGES[0]),
        said_at=_instant(told, "said_at"),
        number=_text(told, "number", "") or None,
        recording=_text(told, "recording", ""),
        seconds_of_speech=_seconds(told, "seconds_of_speech"),
        text=_text(told, "text", ""),
    )


def instant_of(paper: object, name: str) -> datetime:
    """Give an instant of a file; Broken where there is none."""
    return _instant(_table(paper), name)


def _table(paper: object) -> Mapping[str, Any]:
    if not isinstance(paper, dict):
        raise Broken("holds no record")
    return paper


def _text(told: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """A text; what another version did not write yet is the default, where there is one."""
    value = told.get(name)
    if value is None:
        value = default
    if value is None or isinstance(value, dict | list):
        raise Broken(f"{name}: is missing or no text")
    text = str(value)
    if text != text.encode("utf-8", "replace").decode():
        raise Broken(f"{name}: holds half a sign, which nobody can send")
    return text


def _instant(told: Mapping[str, Any], name: str) -> datetime:
    try:
        when = datetime.fromisoformat(_text(told, name))
    except ValueError as error:
        raise Broken(f"{name}: {error}") from error
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)


def _seconds(told: Mapping[str, Any], name: str) -> float:
    try:
        return float(_text(told, name, "0"))
    except ValueError as error:
        raise Broken(f"{name}: {error}") from error


def _key(told: Mapping[str, Any]) -> str:
    key = _text(told, "key")
    if PLAIN.fullmatch(key) is None:
        raise Broken(f"key is {key[:40]!r}, not a plain name")
    return key
