"""What is said in a talk at a seat, written down while it goes on: never confirmed by anybody."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from hotline.room.listening import CallKey
from hotline.wire import Meta, Schema

# A talk has no more: what is said later pushes the first out.
MOST_LINES: Final = 400
MOST_TEXT: Final = 500
Text = Annotated[str, Meta(max_length=MOST_TEXT)]


class Speaker(StrEnum):
    """Whose leg of a talk it is."""

    CALLER = "caller"
    SEAT = "seat"


class NotWritten(StrEnum):
    """Why something was said and is not written down: too much waited, or the recogniser failed."""

    LAGS = "lags"
    FAILED = "failed"


class Listening(StrEnum):
    """How it stands with writing a talk down; `busy` are other talks, and this one waits."""

    LISTENS = "listens"
    BUSY = "busy"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """What one side said without a pause, from `at` on for some seconds.

    Confidence is 0..1 or unknown. `lost` says why there is no text where there should be one.
    """

    speaker: Speaker
    at: datetime
    seconds: Annotated[float, Meta(ge=0, le=60)]
    text: Text = ""
    confidence: float | None = None
    lost: NotWritten | None = None


@dataclass(frozen=True, slots=True)
class TalkHeard:
    """What is new of a talk: how it stands (None: as before), and lines."""

    call: CallKey
    stands: Listening | None = None
    lines: Annotated[tuple[SpokenLine, ...], Meta(max_length=100)] = ()


@dataclass(frozen=True, slots=True)
class TalkSaid:
    """What is kept of a talk: how it stands, and its lines in order."""

    stands: Listening = Listening.OVER
    lines: tuple[SpokenLine, ...] = ()


TALK_SAID: Final = Schema(TalkSaid)


def told(known: TalkSaid, new: TalkHeard) -> TalkSaid:
    """Give a talk with what is new of it; a line that is there already stays as it is."""
    by = {(one.speaker, one.at): one for one in (*new.lines, *known.lines)}
    lines = sorted(by.values(), key=lambda one: (one.at, one.speaker))
    return replace(known, stands=new.stands or known.stands, lines=tuple(lines[-MOST_LINES:]))


def words_of(lines: Iterable[SpokenLine], speaker: Speaker = Speaker.CALLER) -> str:
    """Give everything that one side said."""
    return " ".join(one.text for one in lines if one.speaker is speaker and one.text)
