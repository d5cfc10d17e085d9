"""What a seat is shown of its talk as it is written down, and what the caller's words suggest."""

from dataclasses import dataclass
from typing import Final

from backend.desks import chat, talks
from backend.desks.context import AppContext
from hotline.card import ClassSeen, PlaceSeen
from hotline.clock import iso
from hotline.people import Actor
from hotline.room.spoken import Listening, NotWritten, Speaker, TalkSaid, words_of
from hotline.wire import Instant

# Fewer characters say nothing of a matter.
LEAST: Final = 4


@dataclass(frozen=True, slots=True)
class ShownLine:
    """What one side said, or why that is not written down."""

    speaker: Speaker
    at: Instant
    seconds: float
    text: str
    confidence: float | None
    lost: NotWritten | None


@dataclass(frozen=True, slots=True)
class Suggested:
    """What the caller's words say so far, to be taken by a person: the likeliest classes with the
    words that speak for each, the place, how urgent it is, and whether it is the city's to handle.
    """

    classes: tuple[ClassSeen, ...]
    place: PlaceSeen | None
    urgency: str
    in_scope: bool


@dataclass(frozen=True, slots=True)
class ShownTalk:
    """A talk as it is written down; `stands` is null where nobody listens to it."""

    stands: Listening | None
    lines: tuple[ShownLine, ...]
    suggested: Suggested | None


async def shown(office: AppContext, key: str, actor: Actor) -> ShownTalk:
    """Give what is written down of a call to who has it, and what its caller's words suggest."""
    said = await talks.said(office, key, actor)
    if said is None:
        return ShownTalk(None, (), None)
    lines = (
        ShownLine(one.speaker, iso(one.at), one.seconds, one.text, one.confidence, one.lost)
        for one in said.lines
    )
    return ShownTalk(said.stands, tuple(lines), await _suggested(office, said))


async def _suggested(office: AppContext, said: TalkSaid) -> Suggested | None:
    words = words_of(said.lines)
    if len(words) < LEAST:
        return None
    seen = await chat.understand(office, words, None)
    if not seen.classes and seen.place is None:
        return None
    return Suggested(seen.classes, seen.place, seen.urgency, seen.in_scope)
