"""A way of messages: one Protocol and the three records that cross it; no library's type does."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from hotline.channel import Channel
from hotline.notice import Outcome
from hotline.place.point import Point


class Button(NamedTuple):
    """A button below a message: what it says and the at most 64 bytes it sends back."""

    label: str
    data: str


# Buttons as they stand below a message, row by row.
Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class MessageIn:
    """What a person sent: an album counts as one message.

    `key` is the channel's own id and is the same when the message comes again. `photos` are
    handles that only the channel can fetch. `tap` is the data of a pressed button and `tapped`
    the message it stands on. `answers` is the data of a button of the message that is replied to,
    `answers_message` that message.
    `odd` names what else was sent and cannot be used (voice, sticker, file, large ...).
    A `point` that is where they stand, and not one they chose, has an `accuracy` in metres.
    `mark` is a digest of what can be used. `edits` is the key of an earlier message that this one
    takes the stead of. `members` are an album's messages one by one. `former` is the key that an
    earlier version gave it, where that was another.
    """

    channel: Channel
    address: str
    key: str
    said_at: datetime
    language: str = ""
    name: str = ""
    text: str = ""
    photos: tuple[str, ...] = ()
    album: str = ""
    point: Point | None = None
    accuracy: float | None = None
    tap: str = ""
    tapped: str = ""
    answers: str = ""
    answers_message: str = ""
    odd: str = ""
    mark: str = ""
    edits: str = ""
    former: str = ""
    members: "tuple[MessageIn, ...]" = ()


@dataclass(frozen=True, slots=True)
class MessageOut:
    """What a person is to see.

    `photos` are stored files (SHA-256) that go ahead of the text. `replaces` is a message of ours
    that is edited in place instead. `ask_place` is the label of a button that shares the position.
    `file` is the text of a file so named that goes with it.
    """

    address: str
    text: str
    rows: Rows = ()
    photos: tuple[str, ...] = ()
    replaces: str = ""
    ask_place: str = ""
    file: str = ""
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How sending ended: sent, to be tried again (after seconds, where told), or failed for good.

    Away is what says nothing about the message: the far side cannot be reached, or lets nobody in.

    `message` is the channel's id of what the person sees now, `words` what it says. `photos_sent`
    is true when a retry must leave the photos out.
    """

    outcome: Outcome
    message: str = ""
    detail: str = ""
    retry_after: float | None = None
    photos_sent: bool = False
    words: str = ""


class MessageChannel(Protocol):
    """What a conversation and the outbox need of a way of messages.

    All three are called on the event loop and may be called for many people at once. None of them
    raises for what the network or the other side does, except `fetch`.
    """

    name: Channel

    async def send(self, message: MessageOut) -> Delivery:
        """Show a message, or edit one; the answer says whether trying again makes sense."""
        ...

    async def acknowledge(self, tap: MessageIn, toast: str, /) -> None:
        """Tell the person at once that a tap has arrived; an expired tap is no error."""
        ...

    async def fetch(self, handle: str) -> bytes:
        """Give a photo's bytes.

        Raises TooLarge or NotFound for good, Unavailable when it may be tried again.
        """
        ...
