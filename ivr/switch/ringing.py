"""Which orders ring somebody, until the exchange shows that they answered or did not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from hotline.clock import Clock
from hotline.room.exchange import OrderFailed, OrderKind, RoomOrder
from ivr.line import CHANNEL_UP
from ivr.manager import Message, call_key
from ivr.switch.called import seat_at
from ivr.switch.orders import ASKS, HANDED_ON, third_of

# What is begun is not seen at once: its lines are on their way.
BEGINS_S: Final = 1.0
# What rings is looked at so often.
RINGS_EVERY_S: Final = 1.0
RUNG: Final = (OrderKind.TRANSFER, OrderKind.JOIN, OrderKind.CONSULT, OrderKind.DIAL)
ANSWERED: Final = "ANSWER"
_FAILED: Final = {
    "BUSY": OrderFailed.BUSY,
    "CHANUNAVAIL": OrderFailed.UNREACHABLE,
    "CONGESTION": OrderFailed.UNREACHABLE,
}
DIAL_END, SEAT_ANSWERS = "DialEnd", "AgentConnect"


@dataclass(slots=True)
class _Rung:
    """An order that rings: since when, and what the exchange told of it ("": nothing yet)."""

    order: RoomOrder
    since: float
    told: str = ""


class RingingOrders:
    """Knows what rings; of what was begun by a connector that died, the lines that are up tell."""

    names = (DIAL_END, SEAT_ANSWERS)

    def __init__(self, clock: Clock):
        self._clock = clock
        self._rung: dict[str, _Rung] = {}

    @property
    def there(self) -> tuple[str, ...]:
        """The orders that ring."""
        return tuple(self._rung)

    def begins(self, order: RoomOrder) -> None:
        """Take that an order rings somebody from now on, where nobody has told so before."""
        self._rung.setdefault(order.id, _Rung(order, self._clock.monotonic()))

    def take(self, event: Message) -> bool:
        """Take what came of a line that was rung; tells whether it changes an order."""
        if event.get("Event") != DIAL_END:
            return bool(self._rung)
        third = str(event.get("DestUniqueid", ""))
        call = call_key(str(event.get("DestLinkedid", "")))
        status = str(event.get("DialStatus", ""))
        changed = [one for one in self._rung.values() if _is_of(one.order, third, call)]
        for one in changed:
            one.told = status
        return bool(changed)

    def settle(self, channels: Sequence[Message]) -> list[tuple[RoomOrder, str]]:
        """Give what has come to its end, and why it was not done ("": they answered)."""
        over = []
        for one in list(self._rung.values()):
            answered = self._came_of(one, channels)
            if answered is not None:
                del self._rung[one.order.id]
                failed = _FAILED.get(one.told, OrderFailed.NO_ANSWER)
                over.append((one.order, "" if answered else failed.value))
        return over

    def _came_of(self, one: _Rung, channels: Sequence[Message]) -> bool | None:
        """Tell whether who is rung has answered; None while it rings."""
        if one.told:
            return one.told == ANSWERED
        if self._clock.monotonic() - one.since < BEGINS_S:
            return None
        if one.order.kind is OrderKind.JOIN:
            return _third_is_up(one.order, channels)
        if one.order.kind is OrderKind.DIAL:
            return _is_dialled(one.order, channels)
        return _is_put_through(one.order, channels)


def _is_of(order: RoomOrder, third: str, call: str) -> bool:
    if order.kind is OrderKind.JOIN:
        return third == third_of(order)
    return bool(order.number) and call == order.call


def _is_dialled(order: RoomOrder, channels: Iterable[Message]) -> bool | None:
    """The seat's line is with the citizen; None while it is there and one of the two rings."""
    for one in channels:
        if call_key(str(one.get("Uniqueid", ""))) == order.call:
            return True if one.get("BridgeId") else None
    return False


def _third_is_up(order: RoomOrder, channels: Iterable[Message]) -> bool | None:
    for one in channels:
        if one.get("Uniqueid") == third_of(order):
            return True if one.get("ChannelState") == CHANNEL_UP else None
    return False


def _is_put_through(order: RoomOrder, channels: Iterable[Message]) -> bool | None:
    """The line that rings somebody (a caller's, or a seat's that asks) is with them, or waits."""
    context = ASKS if order.kind is OrderKind.CONSULT else HANDED_ON
    for one in channels:
        if _rings(order, one) and one.get("Context") == context:
            return True if one.get("BridgeId") else None
    return False


def _rings(order: RoomOrder, line: Message) -> bool:
    seat = seat_at(str(line.get("Channel", "")))
    if order.kind is OrderKind.CONSULT:
        return seat == order.seat and call_key(str(line.get("Linkedid", ""))) == order.call
    return not seat and call_key(str(line.get("Uniqueid", ""))) == order.call
