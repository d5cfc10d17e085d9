"""A telephone call on record."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from hotline.brief import CaseBrief
from hotline.ids import named_id
from hotline.room.nuisance import NuisanceLevel
from hotline.wire import Meta

# The exchange's own ids tell the second in which a call came: name-second-turn.
_SECOND: Final = re.compile(r"-([0-9]{9,10})-[0-9]+\Z")
_FIRST, _LAST = 946_684_800, 4_102_444_800  # the years 2000 to 2099


def call_id(key: str) -> UUID:
    """Give the id of a call, the same however often it is told; its time is what its key tells.

    A key that tells none has the beginning of Unix time.
    """
    told = _SECOND.search(key)
    second = int(told[1]) if told else 0
    at = datetime.fromtimestamp(second if _FIRST <= second < _LAST else 0, UTC)
    return named_id(at, key)


class CallEventType(StrEnum):
    """What happened in a call, one row each.

    The value of an event says more: the key that was pressed, the skill that is waited for, why the
    queue was left (a key, seat, hangup, timeout), the seat, behind it why it was missed, to whom a
    call was transferred or who joined it, which bulletin was heard, whose case was joined, whom to
    ring back, what was answered behind the call, and the SHA-256 of what was said to that.
    """

    RING = "ring"
    ANSWERED = "answered"
    STATUS_TOLD = "status_told"
    LANGUAGE = "language"
    RECORDED = "recorded"
    NUMBER_SAID = "number_said"
    KEY = "key"
    QUEUED = "queued"
    QUEUE_LEFT = "queue_left"
    SEAT_RINGING = "seat_ringing"
    SEAT_MISSED = "seat_missed"
    SEAT_ANSWERED = "seat_answered"
    SEAT_LEFT = "seat_left"
    HELD = "held"
    UNHELD = "unheld"
    TRANSFERRED = "transferred"
    JOINED = "joined"
    EMERGENCY = "emergency"
    STATUS_REFUSED = "status_refused"
    TURNED_AWAY = "turned_away"
    BULLETIN = "bulletin"
    CASE_JOINED = "case_joined"
    CONSULTED = "consulted"
    CALL_BACK = "call_back"
    DIALLED = "dialled"
    SURVEY_ASKED = "survey_asked"
    SURVEYED = "surveyed"
    SURVEY_SAID = "survey_said"
    ENDED = "ended"


DIALLED: Final = "dial-"
"""How the key of a call begins that a seat has placed: it is the id of the seat's own line."""
OF_SURVEYS: Final = frozenset(
    {CallEventType.SURVEY_ASKED, CallEventType.SURVEYED, CallEventType.SURVEY_SAID}
)
"""What is said of the call itself: who handles its case never reads it."""


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
    """What is known of the caller when the phone is picked up, and what is held against them."""

    call: UUID
    language: str
    newest: CaseBrief | None
    nuisance: NuisanceLevel | None = None


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
