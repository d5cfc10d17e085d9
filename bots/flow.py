"""What a flow is given for one message, and what it gives back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from backend.client import BackendClient
from bots.channel import Button, MessageIn, MessageOut
from bots.city import CityProfile
from bots.draft import Draft
from hotline.people import Actor
from hotline.report import Channel
from hotline.words import say

Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class FlowContext:
    """One message and everything a flow may look at; a flow changes nothing in it.

    `actor` is the person whose chat this is, or None for a citizen. `fetch` gives a photo's bytes.
    """

    backend: BackendClient
    city: CityProfile
    draft: Draft
    message: MessageIn
    actor: Actor | None
    language: str
    now: datetime
    fetch: Callable[[str], Awaitable[bytes]]

    @property
    def chat(self) -> tuple[Channel, str]:
        """Where the message came from: whose files its photos are."""
        return self.message.channel, self.message.address

    def say(self, key: str, **values: object) -> str:
        """Give the sentence of a key in this chat's language."""
        return say(key, self.language, **values)

    def reply(self, text: str, *rows: tuple[Button, ...], **more: str) -> MessageOut:
        """Give a message to this chat."""
        return MessageOut(self.message.address, text, rows, **more)  # type: ignore[arg-type]

    def button(self, key: str, data: str) -> Button:
        """Give a button labelled by a word key."""
        return Button(self.say(key), data)


@dataclass(frozen=True, slots=True)
class FlowResult:
    """What a flow makes of a message: the draft as it is to be kept, and the answers in order."""

    draft: Draft
    replies: tuple[MessageOut, ...] = ()
