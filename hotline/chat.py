"""A chat as its connector opens it for one message: what is kept of it, whose it is, its photos."""

from dataclasses import dataclass

from hotline.card import CaseCard
from hotline.media import Attachment
from hotline.people import Actor


@dataclass(frozen=True, slots=True)
class PhotoTaken:
    """What became of a photo that came with a message: stored, or refused with an error's code."""

    file: Attachment | None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class ChatOpened:
    """Everything of a chat that a message needs.

    `draft` is the plain data that was kept, whichever version wrote it. `actor` is whom the chat
    belongs to, None for a citizen. `card` is the case that the message names; None where it names
    none, or none that the actor may see. `photos` stand in the order in which they came.
    """

    draft: dict[str, object] | None
    actor: Actor | None
    card: CaseCard | None
    photos: tuple[PhotoTaken, ...] = ()
