"""Makes of what the exchange tells of its queues and seats what happened in calls."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from hotline.call import DIALLED, CallEvent, CallEventType
from hotline.clock import Clock
from hotline.room.exchange import Leg, OrderKind, RoomOrder
from hotline.room.plan import NO_ROOM, RoomPlan
from hotline.room.seat import NO_ANSWER, REFUSED
from ivr.manager import call_key
from ivr.switch.called import number_of, queue_of, seat_at, seat_in

# Why a seat did not take a call; who rings out is told from who turns away by the time it took.
ALMOST_MS: Final = 500
# What was told of a seat is newer than what is seen of it, for so long; the office has heard of it
# by then.
SETTLED_S: Final = 1.5
# What is expected of a wait moves towards the last one by one part in so many.
FOLLOWS: Final = 4
BY_SEAT, BY_HANGUP = "seat", "hangup"
ZOMBIE: Final = "<ZOMBIE>"
Message = Mapping[str, Any]


class RoomEvents:
    """Takes events of the exchange as they come; a seat that is busy since is remembered.

    `note` keeps what happened, `ended` is told the key of a call that is over, and when.
    """

    def __init__(
        self,
        note: Callable[[CallEvent], None],
        ended: Callable[[str, datetime], None],
        plan: Callable[[], RoomPlan | None],
        clock: Clock,
    ):
        self._note = note
        self._ended = ended
        self._plan = plan
        self._clock = clock
        self._ringing: dict[str, str] = {}
        # For which call each seat was rung as the queue told, until it told what came of it.
        self._called: dict[str, str] = {}
        self._talking: dict[str, str] = {}
        self._told_at: dict[str, float] = {}
        # Seats that keep their call though their queue will say that they have left it; and which
        # call each has left already.
        self._staying: set[str] = set()
        self._gone: dict[str, str] = {}
        self._asked: dict[str, str] = {}
        # When a call left its queue: why is told behind it.
        self._left_at: dict[str, datetime] = {}
        # Who waits in which queue, since when in all; and how long callers have waited of late.
        self._waits: dict[str, tuple[str, datetime]] = {}
        self._waited: dict[int, float] = {}
        self._takers: dict[str, Callable[[Message, str, datetime], None]] = {
            "QueueCallerJoin": self._joins,
            # Told of who hung up, and of who is to hear how it stands as well.
            "QueueCallerAbandon": self._leaves_queue,
            "QueueCallerLeave": self._leaves_queue,
            "AgentCalled": self._rings,
            "AgentRingNoAnswer": self._misses,
            "AgentConnect": self._answers,
            "AgentComplete": self._leaves,
            "AgentDump": self._leaves,
            "Hold": self._holds,
            "Unhold": self._holds,
            "BlindTransfer": self._transfers,
            "AttendedTransfer": self._transfers,
            "Hangup": self._hangs_up,
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The events that are wanted."""
        return tuple(self._takers)

    def since(self, seat: str) -> float:
        """Give for how many seconds nothing has been told of a seat."""
        told = self._told_at.get(seat)
        return float("inf") if told is None else self._clock.monotonic() - told

    def legs(self, seen: Iterable[Leg]) -> tuple[Leg, ...]:
        """Give which calls are at seats: as seen, but as told of a seat that something was told of.

        A line lingers for a moment, or is gone before it is told: the office heard what was told.
        """
        legs = {leg.seat: leg for leg in seen if self.since(leg.seat) >= SETTLED_S}
        self._take_up(legs)
        for seat in self._told_at:
            if self.since(seat) < SETTLED_S:
                if seat in self._talking:
                    legs[seat] = Leg(self._talking[seat], seat, talking=True)
                elif seat in self._ringing:
                    legs[seat] = Leg(self._ringing[seat], seat, talking=False)
        return tuple(legs.values())

    def expected(self, queue: int) -> float:
        """Give how many seconds callers of a queue have waited of late for a seat; 0: unknown."""
        return self._waited.get(queue, 0.0)

    def _take_up(self, legs: Mapping[str, Leg]) -> None:
        """Remember of seats what is seen of them: nobody told where the exchange has died."""
        for known, talking in ((self._talking, True), (self._ringing, False)):
            for seat in [one for one in known if self.since(one) >= SETTLED_S]:
                del known[seat]
            known |= {one.seat: one.call for one in legs.values() if one.talking is talking}

    def stays(self, seat: str) -> None:
        """A seat keeps its call outside of the queue: the queue then says that it has left it."""
        if seat in self._talking:
            self._staying.add(seat)

    def ordered(self, order: RoomOrder) -> None:
        """Tell of an order that was done (who was rung answered) what the exchange does not."""
        at = self._clock.now()
        whom = order.number or queue_of(order.queue)
        match order.kind:
            case OrderKind.TRANSFER:
                self._tell(order.call, CallEventType.TRANSFERRED, at, order.number)
            case OrderKind.JOIN:
                self._tell(order.call, CallEventType.JOINED, at, order.number)
            case OrderKind.CONSULT:
                self._asked[order.call] = whom
                self._tell(order.call, CallEventType.CONSULTED, at, whom)
            case OrderKind.DIAL:
                self._tell(order.call, CallEventType.ANSWERED, at)
            case OrderKind.COMPLETE:
                asked = self._asked.pop(order.call, "")
                self._tell(order.call, CallEventType.TRANSFERRED, at, asked)

    def take(self, event: Message) -> None:
        """Take one event."""
        taker = self._takers.get(str(event.get("Event", "")))
        if taker is not None:
            taker(event, _key_of(event), self._time(event))

    def _time(self, event: Message) -> datetime:
        try:
            return datetime.fromtimestamp(float(event.get("Timestamp", "")), UTC)
        except (ValueError, OverflowError, OSError):
            return self._clock.now()

    def _tell(self, key: str, mark: CallEventType, at: datetime, value: str = "") -> None:
        if key:
            self._note(CallEvent(key, mark, at, value))

    def _of_seat(self, event: Message) -> str:
        seat = seat_in(str(event.get("Interface") or event.get("MemberName") or ""))
        if seat:
            self._told_at[seat] = self._clock.monotonic()
        return seat

    def _joins(self, event: Message, key: str, at: datetime) -> None:
        if _is_of_seat(event):
            return
        name = str(event.get("Queue", ""))
        waits = self._waits.get(key)
        self._left_at.pop(key, None)
        if waits is not None and waits[0] == name:
            return  # back from hearing how it stands
        self._waits[key] = (name, waits[1] if waits else at)
        skills = (self._plan() or NO_ROOM).skills
        found = next((one.id for one in skills if one.queue == number_of(name)), name)
        self._tell(key, CallEventType.QUEUED, at, found)

    def left(self, key: str, why: str) -> None:
        """Take that a call is in no queue any more; the seat that rang for it rings no more."""
        at = self._left_at.pop(key, None) or self._clock.now()
        self._waits.pop(key, None)
        self._tell(key, CallEventType.QUEUE_LEFT, at, why)
        self._rings_no_more(key, at)

    def _rings_no_more(self, key: str, at: datetime) -> None:
        for seat in [one for one, call in self._ringing.items() if call == key]:
            del self._ringing[seat]
            self._tell(key, CallEventType.SEAT_MISSED, at, seat)

    def _leaves_queue(self, event: Message, key: str, at: datetime) -> None:
        if not _is_of_seat(event):
            self._left_at[key] = at
        elif event.get("Event") == "QueueCallerAbandon":
            self._rings_no_more(key, at)

    def _rings(self, event: Message, key: str, at: datetime) -> None:
        if not (seat := self._of_seat(event)):
            return
        if self._called.pop(seat, None) == key == self._ringing.pop(seat, None):
            # It has turned the call away to another number, which the queue does not tell of.
            self._tell(key, CallEventType.SEAT_MISSED, at, f"{seat} {REFUSED}")
            return
        self._talking.pop(seat, None)
        self._ringing[seat] = self._called[seat] = key
        self._tell(key, CallEventType.SEAT_RINGING, at, seat)

    def _misses(self, event: Message, key: str, at: datetime) -> None:
        if seat := self._of_seat(event):
            self._ringing.pop(seat, None)
            self._called.pop(seat, None)
            whole = (self._plan() or NO_ROOM).ring_s * 1000 - ALMOST_MS
            rang = _number(event.get("RingTime", ""))
            why = NO_ANSWER if rang >= whole else REFUSED
            self._tell(key, CallEventType.SEAT_MISSED, at, f"{seat} {why}")

    def _answers(self, event: Message, key: str, at: datetime) -> None:
        if seat := self._of_seat(event):
            self._ringing.pop(seat, None)
            self._called.pop(seat, None)
            self._staying.discard(seat)
            self._gone.pop(seat, None)
            self._talking[seat] = key
            if not _is_of_seat(event):
                self._has_waited(key, at)
                self._tell(key, CallEventType.QUEUE_LEFT, self._left_at.pop(key, at), BY_SEAT)
            self._tell(key, CallEventType.SEAT_ANSWERED, at, seat)

    def _has_waited(self, key: str, at: datetime) -> None:
        """Let what is expected follow how long the last callers waited."""
        name, since = self._waits.pop(key, ("", at))
        queue, seconds = number_of(name), (at - since).total_seconds()
        known = self._waited.get(queue, seconds)
        self._waited[queue] = known + (seconds - known) / FOLLOWS

    def _leaves(self, event: Message, key: str, at: datetime) -> None:
        """Where the caller hung up, the exchange may tell of the seat alone."""
        seat = self._of_seat(event)
        talked = self._talking.get(seat, "")
        key = key or talked or call_key(str(event.get("DestLinkedid", "")))
        if seat in self._staying:
            self._staying.discard(seat)
        elif seat and self._gone.get(seat) != key:
            self._seat_left(seat, key, at)

    def _seat_left(self, seat: str, key: str, at: datetime) -> None:
        self._talking.pop(seat, None)
        self._staying.discard(seat)
        self._gone[seat] = key
        self._tell(key, CallEventType.SEAT_LEFT, at, seat)

    def _holds(self, event: Message, _key: str, at: datetime) -> None:
        seat = seat_at(str(event.get("Channel", "")))
        held = event.get("Event") == "Hold"
        mark = CallEventType.HELD if held else CallEventType.UNHELD
        if seat:
            self._tell(call_key(str(event.get("Linkedid", ""))), mark, at, seat)

    def _transfers(self, event: Message, _key: str, at: datetime) -> None:
        ident = event.get("TransfererLinkedid") or event.get("OrigTransfererLinkedid") or ""
        target = event.get("Extension") or event.get("TransferTargetCallerIDNum") or ""
        self._tell(call_key(str(ident)), CallEventType.TRANSFERRED, at, str(target))

    def _hangs_up(self, event: Message, key: str, at: datetime) -> None:
        """A caller's line ends their call; a seat that is in no queue leaves its call by its own.

        A line that was led elsewhere leaves an empty one of the same name behind, which ends too.
        """
        name = str(event.get("Channel", ""))
        seat = seat_at(name)
        if not seat:
            if key in self._waits or key in self._left_at:
                self.left(key, BY_HANGUP)
            self._ended(key, at)
            return
        if ZOMBIE not in name and self._talking.get(seat) == key:
            self._told_at[seat] = self._clock.monotonic()
            self._seat_left(seat, key, at)
        if key.startswith(DIALLED):  # it is the seat's own line that is the call
            self._ended(key, at)


def _is_of_seat(event: Message) -> bool:
    """Tell whether it is a seat that waits in a queue, to ask another one."""
    return bool(seat_at(str(event.get("Channel", ""))))


def _key_of(event: Message) -> str:
    """Give the call that an event is of: a seat is in the call that its line belongs to."""
    name = "Linkedid" if _is_of_seat(event) else "Uniqueid"
    return call_key(str(event.get(name, "")))


def _number(text: object) -> int:
    return int(str(text)) if str(text).isdigit() else 0
