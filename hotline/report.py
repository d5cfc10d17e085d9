"""A report: what a citizen or collector told us, and the person's contact, kept apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from hotline.channel import Channel
from hotline.errors import Invalid
from hotline.form.beside import NOTE
from hotline.place.point import Point


@dataclass(frozen=True, slots=True)
class Contact:
    """How a person is reached. `address` is a telephone number or a chat id."""

    channel: Channel
    address: str
    name: str = ""
    language: str = "zh_CN"


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report as a connector hands it in.

    `key` is the channel's own id of the message or call: the same key is taken once.
    `number` is set when the connector has said a number from its leased block already.
    `matter` is the class that the person chose themselves, where they did.
    `media` are SHA-256 hex names of files that were uploaded before.
    `said_at` is when the person spoke or wrote, which may be before it reached us.
    With `is_emergency` the caller said by a key that somebody is in danger.
    """

    channel: Channel
    key: str
    contact: Contact
    said_at: datetime
    text: str = ""
    place_text: str = ""
    point: Point | None = None
    matter: str | None = None
    language: str = "zh_CN"
    number: str | None = None
    call: str | None = None
    media: tuple[str, ...] = ()
    reporter: str | None = None
    seconds_of_speech: float | None = None
    is_emergency: bool = False


# What a person at the console may type: more is refused, with the number, and nothing is cut.
TYPED: Final[Mapping[str, int]] = {"text": 2_000, "place_text": 200, NOTE: 2_000, "name": 50}

# A case holds words of every channel, and a person may put them right: no more than these.
MAX_WORDS: Final = 10_000


def check_typed(**typed: object) -> None:
    """Raise Invalid (code too_long) for the first text that is longer than TYPED allows."""
    for name, text in typed.items():
        if name in TYPED:
            check_length(name, text, TYPED[name])


def check_length(name: str, text: object, most: int) -> None:
    """Raise Invalid (code too_long) for a text that is longer than it may be."""
    if isinstance(text, str) and len(text) > most:
        reason = f"must not be longer than {most} characters"
        raise Invalid(name, reason, code="too_long", most=most)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the connector gets back: `fresh` is false when the key was taken before."""

    case: UUID
    number: str
    fresh: bool
    stage: str
