"""Words that have to reach somebody: a row in the outbox until a connector has delivered them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from hotline.channel import Channel

# Among a notice's values: that it comes as its case's card, to answer on.
AS_CARD: Final = "as_card"
# What is spoken of its fields, besides its message: names of prompts, with a space between them.
SPOKEN: Final = "spoken"


class NoticeState(StrEnum):
    """Where a notice stands; `failed` is final and shown to the duty chief."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one person by one channel.

    `key` survives retries and is unique. `template` is the word key of the message;
    `values` are its placeholders. `person` is None for a citizen, `case` for what is about none.
    """

    id: UUID
    key: str
    case: UUID | None
    channel: Channel
    address: str
    template: str
    language: str
    not_before: datetime
    person: str | None = None
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoticeTask:
    """A notice leased to a connector, with what the connector needs to word it now.

    `number` and `stage` are empty where it is about no case.
    """

    id: UUID
    key: str
    channel: Channel
    address: str
    template: str
    language: str
    number: str
    stage: str
    attempt: int
    values: dict[str, str] = field(default_factory=dict)
    person: str | None = None


def values_of(kept: object) -> dict[str, str]:
    """Give the values of a notice's words; what is none is left out, and its place stays empty."""
    if not isinstance(kept, Mapping):
        return {}
    return {str(name): str(value) for name, value in kept.items() if value is not None}


class Outcome(StrEnum):
    """How an attempt ended; `away` says nothing about the notice and counts as no try."""

    SENT = "sent"
    RETRY = "retry"
    AWAY = "away"
    FAILED = "failed"


class CallEnd(StrEnum):
    """What became of a call to a citizen, or why none was made; a reason that people are shown."""

    ANSWERED = "answered"
    HUNG_UP = "hung_up"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    LINE_AWAY = "line_away"
    UNTOLD = "untold"
    NO_WORDS = "no_words"
    NOT_DIALABLE = "not_dialable"
    MAY_NOT_RING = "may_not_ring"
    DAY_LIMIT = "day_limit"
    DO_NOT_CALL = "do_not_call"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Settled:
    """A connector's answer for a leased notice; `retry_after` in seconds, as the channel says.

    `words` are those that were sent, where it sends words.
    """

    id: UUID
    outcome: Outcome
    detail: str = ""
    retry_after: float | None = None
    message: str = ""
    words: str = ""
