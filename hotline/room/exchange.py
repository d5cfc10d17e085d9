"""What the phone connector tells the office of the exchange, and is told to make of it.

The exchange is looked at as a whole, again and again: the next look puts right what was missed.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from hotline.notice import CallEnd
from hotline.room.bulletin import BulletinTold
from hotline.room.listening import CallKey, ListenOver, ListenSeen, ListenWanted, SeatName
from hotline.wire import Meta

NoSeat = Annotated[str, Meta(pattern=r"^(seat[0-9]{3})?$(?!\n)")]
OrderId = Annotated[str, Meta(min_length=1, max_length=40)]


@dataclass(frozen=True, slots=True)
class Leg:
    """A call at a seat, by the call's key; it rings until it is `talking`."""

    call: CallKey
    seat: SeatName
    talking: bool


class OrderKind(StrEnum):
    """What a seat wants done with its call.

    The caller goes to a number, or back into a queue; or somebody at a number joins the two. Or the
    caller hears music while the seat asks somebody (consult); then those two are put together and
    the seat leaves (complete), or the caller is back at the seat (back). Or a seat in no call rings
    the citizen of a case: its own telephone first, then theirs (dial). The duty chief leads a
    caller who waits to another queue (move).
    """

    TRANSFER = "transfer"
    REQUEUE = "requeue"
    JOIN = "join"
    CONSULT = "consult"
    COMPLETE = "complete"
    BACK = "back"
    DIAL = "dial"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class RoomOrder:
    """What is to be done with a call, once: who is given it and dies has it done never, not twice.

    `number` is whom the exchange dials, `queue` where the caller waits again, first in line. Who
    is moved is at no `seat`.
    """

    id: OrderId
    kind: OrderKind
    call: CallKey
    seat: NoSeat
    number: Annotated[str, Meta(max_length=20)] = ""
    queue: int = 0


class OrderFailed(StrEnum):
    """Why an order came to nothing; the exchange's own words stand where it is none of these."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    NOT_UP = "not_up"
    NOT_KNOWN = "not_known"
    NOBODY_ASKED = "nobody_asked"


@dataclass(frozen=True, slots=True)
class OrderDone:
    """What became of an order; `failed` says why it was not done ("": it was).

    Who is rung by one has answered when it is done.
    """

    id: OrderId
    failed: Annotated[str, Meta(max_length=200)] = ""


@dataclass(frozen=True, slots=True)
class InLine:
    """Somebody who waits on the line, in which queue, since when in all, and before whom."""

    call: CallKey
    queue: int
    priority: int
    since: datetime

    @property
    def rank(self) -> tuple[int, int, datetime]:
        """What goes first is less."""
        return (0, -self.priority, self.since)


@dataclass(frozen=True, slots=True)
class NotReached:
    """A call-back that reached nobody: the key of its call, and why.

    Who has answered and pressed nothing may be a machine.
    """

    leg: CallKey
    end: CallEnd


@dataclass(frozen=True, slots=True)
class RoomSeen:
    """The exchange at an instant, by the connector's clock: calls that are up, which are at seats,
    the seats whose telephones are there, what became of orders, which ring somebody now, who waits
    on the line, which call-backs reached nobody, how far listenings are, and which are over."""

    at: datetime
    calls: tuple[CallKey, ...] = ()
    legs: tuple[Leg, ...] = ()
    registered: tuple[SeatName, ...] = ()
    done: tuple[OrderDone, ...] = ()
    rings: tuple[OrderId, ...] = ()
    waiting: tuple[InLine, ...] = ()
    not_reached: tuple[NotReached, ...] = ()
    listens: tuple[ListenSeen, ...] = ()
    listened: tuple[ListenOver, ...] = ()


@dataclass(frozen=True, slots=True)
class SeatWanted:
    """A seat that is to be there: whether calls may ring it, from which of the exchange's queues.

    `secret` is the SIP digest of its password (MD5 of name:realm:password), by which its telephone
    signs in; that is a `browser`, or else one on the desk. `shown` is what the seat is called.
    Who is `away` has said that they take no calls, and is nobody to wait for.
    """

    name: SeatName
    rung: bool
    queues: tuple[int, ...]
    secret: str
    shown: str = ""
    browser: bool = True
    away: bool = False


@dataclass(frozen=True, slots=True)
class CallBackOrder:
    """Somebody to be rung back now, once: who is given it and dies has rung them never, not twice.

    `leg` is the key of the call. Whoever presses a key waits then in the line by `since`, or at its
    end where that is None.
    """

    leg: CallKey
    number: Annotated[str, Meta(max_length=20)]
    language: Annotated[str, Meta(max_length=20)]
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class RoomWanted:
    """The seats that are to be there (the exchange has no others), what is to be done now, what
    callers are to hear, whom to ring back now, and the listenings that are to be up: no others.

    `begun` are orders that were handed out before and whose end nobody has told: they ring still,
    or who did them has died.
    """

    seats: tuple[SeatWanted, ...] = ()
    orders: tuple[RoomOrder, ...] = ()
    bulletin: BulletinTold | None = None
    begun: tuple[RoomOrder, ...] = ()
    call_backs: tuple[CallBackOrder, ...] = ()
    listens: tuple[ListenWanted, ...] = ()
