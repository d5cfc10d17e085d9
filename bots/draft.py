"""The state of a conversation: one row of plain data in the backend, nothing in memory."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bots.channel import Button, MessageOut

KEYS_KEPT = 60
ALBUMS_KEPT = 6


@dataclass(frozen=True, slots=True)
class ReportDraft:
    """A report that is being put together.

    `key` is the first message's and becomes the report's. `rev` counts up with every card, so that
    a button of an older card is known. `awaits` says what the next words are: place, words or "".
    """

    key: str
    said_at: str
    rev: int = 0
    text: str = ""
    place_text: str = ""
    point: tuple[float, float] | None = None
    hint: tuple[float, float] | None = None
    photos: tuple[str, ...] = ()
    albums: tuple[str, ...] = ()
    matter: str = ""
    matter_name: str = ""
    awaits: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """A move on a case that still needs something; `card` is the message with the case's card.

    `stage` is the case's when the move was begun: as long as it is the same, a new light or a
    correction in between does not matter.
    """

    number: str
    version: int
    stage: str
    action: str
    card: str = ""
    need: str = ""
    note: str = ""
    photos: tuple[str, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlbumHome:
    """Where late members of an album belong: a case, and as what kind of file."""

    album: str
    number: str
    kind: str
    until: str


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything that is kept of a chat between two messages.

    `loose` are a collector's or department's photos that no task has claimed yet. `seen` are the
    keys of messages that were taken; `unsent` is the answer to the last of them.
    """

    language: str = ""
    report: ReportDraft | None = None
    work: Work | None = None
    loose: tuple[str, ...] = ()
    loose_album: str = ""
    loose_until: str = ""
    albums: tuple[AlbumHome, ...] = ()
    seen: tuple[str, ...] = ()
    unsent: tuple[MessageOut, ...] = ()

    def took(self, key: str, replies: tuple[MessageOut, ...]) -> "Draft":
        """Give the draft after a message was taken and answered so."""
        return replace(self, seen=(*self.seen, key)[-KEYS_KEPT:], unsent=replies)

    def housed(self, homes: tuple[AlbumHome, ...]) -> "Draft":
        """Give the draft with more albums whose late members have a home."""
        return replace(self, albums=(*self.albums, *homes)[-ALBUMS_KEPT:])

    def home(self, album: str) -> AlbumHome | None:
        """Give where an album's late members belong, or None."""
        found = [home for home in self.albums if home.album == album]
        return found[-1] if album and found else None


def to_row(draft: Draft) -> dict[str, Any]:
    """Give a draft as plain data."""
    return asdict(draft)


def from_row(row: Mapping[str, Any] | None) -> Draft:
    """Give the draft of a row; no row, or one of another make, is an empty draft."""
    if not row:
        return Draft()
    try:
        return _read(row)
    except (KeyError, TypeError, IndexError):
        return Draft(language=str(row.get("language", "")))


def _read(row: Mapping[str, Any]) -> Draft:
    return Draft(
        language=row["language"],
        report=_report(row["report"]),
        work=_work(row["work"]),
        loose=tuple(row["loose"]),
        loose_album=row["loose_album"],
        loose_until=row["loose_until"],
        albums=tuple(AlbumHome(**home) for home in row["albums"]),
        seen=tuple(row["seen"]),
        unsent=tuple(_message(message) for message in row["unsent"]),
    )


def _report(row: Mapping[str, Any] | None) -> ReportDraft | None:
    if row is None:
        return None
    lists = {name: tuple(row[name]) for name in ("photos", "albums")}
    points = {name: _pair(row[name]) for name in ("point", "hint")}
    return ReportDraft(**{**row, **lists, **points})


def _work(row: Mapping[str, Any] | None) -> Work | None:
    return None if row is None else Work(**{**row, "photos": tuple(row["photos"])})


def _pair(value: list[float] | None) -> tuple[float, float] | None:
    return None if value is None else (float(value[0]), float(value[1]))


def _message(row: Mapping[str, Any]) -> MessageOut:
    rows = tuple(tuple(Button(*button) for button in line) for line in row["rows"])
    return MessageOut(**{**row, "rows": rows, "photos": tuple(row["photos"])})
