"""Trying the way of a call without a telephone: conditions and keys in, what is heard out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from hotline.brief import CaseBrief
from hotline.room.nuisance import NuisanceLevel
from hotline.room.plan import Id, RoomPlan
from hotline.wire import Meta

# What a caller does beside pressing keys, and what comes of waiting.
NOTHING: Final = "nothing"
WORDS: Final = "words"
PERSON: Final = "person"
TOO_LONG: Final = "too_long"
# The caller says nothing till the time is over, speaks after the tone; a seat answers and hangs up
# at the end of the talk, or the longest wait is over.
Pressed = Annotated[str, Meta(pattern=r"^([0-9*#]|nothing|words|person|too_long)$(?!\n)")]


@dataclass(frozen=True, slots=True)
class TrialQueue:
    """A skill's queue as the call finds it: the seats signed in there, and who waits before.

    `wait_s` is for how many seconds callers have waited of late.
    """

    skill: Id
    seats: Annotated[int, Meta(ge=0, le=999)] = 1
    before: Annotated[int, Meta(ge=0, le=999)] = 0
    wait_s: Annotated[int, Meta(ge=0, le=3600)] = 0


@dataclass(frozen=True, slots=True)
class TrialBulletin:
    """What is on air meanwhile: its words, and the known case's number or ""."""

    text: Annotated[str, Meta(max_length=1000)] = ""
    text_en: Annotated[str, Meta(max_length=1000)] = ""
    case: Annotated[str, Meta(max_length=20)] = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """A call that is tried: the plan, the conditions it comes under, and what the caller does.

    `language` is remembered for the number; `cases` are the caller's own open ones, newest first;
    `overloaded` says that callers have waited for too long for a while.
    """

    plan: RoomPlan
    at: datetime
    language: str = ""
    withheld: bool = False
    queues: tuple[TrialQueue, ...] = ()
    nuisance: NuisanceLevel | None = None
    cases: tuple[CaseBrief, ...] = ()
    bulletin: TrialBulletin | None = None
    overloaded: bool = False
    pressed: tuple[Pressed, ...] = ()


class TrialEnd(StrEnum):
    """Where the call is when all has been pressed.

    It asks for keys, waits in a queue, or for the words after the tone; or it is over.
    """

    ASKS = "asks"
    QUEUE = "queue"
    REPORT = "report"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class TrialSaid:
    """One prompt that was played: its id ("" for a bulletin), its text, and its sound.

    `sound` is "" for words that the city has typed: they are spoken when they are wanted.
    `by_queue` says how it stands for who waits. `pressed` is what the caller did
    meanwhile or right after.
    """

    prompt: str
    language: str
    text: str
    sound: str = ""
    by_queue: bool = False
    pressed: str = ""


@dataclass(frozen=True, slots=True)
class TrialMark:
    """Something that goes on record with the call: the mark (an event's type) and its value."""

    mark: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class TrialHeard:
    """What the caller has heard, what is on record, and where the call is now.

    `keys` are those that count there; `skill` is whose queue the caller waits in ("": none), at
    `place`, and for how many seconds at most. `number` is a report's that was promised.
    """

    said: tuple[TrialSaid, ...]
    ends: TrialEnd
    keys: str = ""
    skill: str = ""
    place: int = 0
    longest_s: int = 0
    marks: tuple[TrialMark, ...] = ()
    number: str = ""
