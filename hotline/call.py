"""A telephone call on record."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from hotline.brief import CaseBrief
from hotline.wire import Meta


class CallEventType(StrEnum):
    """What happened in a call, one row each."""

    RING = "ring"
    ANSWERED = "answered"
    STATUS_TOLD = "status_told"
    LANGUAGE = "language"
    RECORDED = "recorded"
    NUMBER_SAID = "number_said"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class CallRing:
    """A call that rings. `key` is the PBX's own id of it and is taken once."""

    key: str
    caller: str
    at: datetime
    caller_name: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class CallKnown:
    """What is known of the caller when the phone is picked up."""

    call: UUID
    language: str
    newest: CaseBrief | None


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something that happened in a call; `value` depends on the mark."""

    key: str
    mark: CallEventType
    at: datetime
    value: str = ""


@dataclass(frozen=True, slots=True)
class TranscriptTask:
    """A recording that nobody has written down yet, and the release by whose names it is heard."""

    number: str
    sha256: str
    language: str
    release: str = ""


@dataclass(frozen=True, slots=True)
class NewTranscript:
    """What an engine heard; `text` is empty when it heard nothing it could write down.

    `raw` is the engine's own text before names were snapped. Confidence is 0..1 or unknown.
    """

    number: str
    sha256: Annotated[str, Meta(max_length=64)]
    engine: str
    text: str
    raw: str = ""
    confidence: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class FailedTranscript:
    """A recording that could not be written down this time, and why."""

    number: str
    sha256: str
    reason: str


def seconds_between(start: datetime | None, end: datetime | None) -> int | None:
    """Give the whole seconds of a call that has ended."""
    return None if start is None or end is None else max(0, round((end - start).total_seconds()))
