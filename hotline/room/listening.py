"""The duty chief listens to a seat's talk: which way, how far it is, and why it ended."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from hotline.wire import Meta

SeatName = Annotated[str, Meta(pattern=r"^seat[0-9]{3}$(?!\n)")]
CallKey = Annotated[str, Meta(min_length=1, max_length=200)]
ListenId = Annotated[str, Meta(min_length=1, max_length=40)]


class ListenWay(StrEnum):
    """Who hears the chief: nobody, the seat alone, or everybody. The chief hears all in each."""

    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"


class ListenEnd(StrEnum):
    """Why a listening ended, or never began.

    The chief hung up, or stopped it on the page; the call was over at the seat; the seat handed it
    on or asked somebody; the chief did not answer, or had left; nobody was there to do it.
    """

    HUNG_UP = "hung_up"
    STOPPED = "stopped"
    CALL_OVER = "call_over"
    SEAT_ORDERED = "seat_ordered"
    NO_ANSWER = "no_answer"
    LEFT = "left"
    FAILED = "failed"


# The keys by which a chief turns to another way on the telephone itself.
KEYS: Final = {"4": ListenWay.LISTEN, "5": ListenWay.WHISPER, "6": ListenWay.BARGE}


@dataclass(frozen=True, slots=True)
class ListenWanted:
    """A listening that is to be up: the chief's seat `by` at the seat in whose talk it is.

    One that is `begun` was handed out before: it is rung for once, whoever dies.
    """

    id: ListenId
    by: SeatName
    seat: SeatName
    call: CallKey
    way: ListenWay
    begun: bool = False


@dataclass(frozen=True, slots=True)
class ListenSeen:
    """A listening that rings at the chief's, or `is_on`.

    `turned` is the way that the chief has turned it to by a key since it was told last.
    """

    id: ListenId
    is_on: bool
    turned: ListenWay | None = None


@dataclass(frozen=True, slots=True)
class ListenOver:
    """A listening that is over, and why."""

    id: ListenId
    why: ListenEnd
