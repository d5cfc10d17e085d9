"""What a flow is given for one message, and what it gives back."""

from dataclasses import dataclass, field
from datetime import datetime

from backend.client import BackendClient
from bots.channel import Button, MessageIn, MessageOut
from bots.draft import Draft
from bots.media import MessagePhotos
from hotline.card import CaseCard
from hotline.channel import Channel
from hotline.contract import ChatOwner, OtherPost
from hotline.profile import CityProfile
from hotline.words import say


@dataclass(frozen=True, slots=True)
class FlowContext:
    """One message and everything a flow may look at; a flow changes nothing in it.

    `actor` is the person whose chat this is, or None for a citizen. `card` is the case that the
    message names by a tap or a reply, None where there is none that the person may see, and
    `other_posts` are those of theirs that they do not work in and that have to do with it.
    `without_factor` is said to who asks for their tasks.
    """

    backend: BackendClient
    city: CityProfile
    draft: Draft
    message: MessageIn
    actor: ChatOwner | None
    language: str
    now: datetime
    card: CaseCard | None = None
    photos: MessagePhotos = field(default_factory=MessagePhotos)
    other_posts: tuple[OtherPost, ...] = ()
    without_factor: bool = False

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
    """What a flow makes of a message: the draft as it is to be kept, and the answers in order.

    Where a move was made the draft is `kept` already, with the move.
    """

    draft: Draft
    replies: tuple[MessageOut, ...] = ()
    kept: bool = False
