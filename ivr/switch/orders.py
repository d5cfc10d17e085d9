"""Does with a call what its seat ordered: hands it on, lets it wait again, joins a third to it.

Or the seat asks somebody first, while the caller hears music, and then puts the two together.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from hotline.room.exchange import OrderFailed, OrderKind, RoomOrder
from ivr.manager import DIALABLE, Exchange, Message, call_key
from ivr.switch.called import SENT, interface_of, queue_of, seat_at
from ivr.switch.seen import legs_in

RING_S: Final = 30.0
NOT_UP: Final = OrderFailed.NOT_UP.value
NOT_KNOWN: Final = OrderFailed.NOT_KNOWN.value
# Of an order's id in the names of conferences.
TAIL: Final = 12
NOBODY_ASKED: Final = OrderFailed.NOBODY_ASKED.value
# Where the dialplan has a seat that asks somebody, or who comes back to a caller.
ASKS, BACK, JOINED, JOINED_CALLER = "asks", "back", "joined", "joined-caller"
HANDED_ON, THIRD, DIAL_OUT = "handed-on", "third", "dial-out"
# What a queue leaves with a caller: who answered.
QUEUE: Final = "Queue"
AT_SEAT: Final = "MEMBERINTERFACE"


@dataclass(frozen=True, slots=True)
class CallLines:
    """The two lines of a call at a seat, as the exchange calls them.

    `asked` is the line of whom the seat talks with instead, `is_asking` from when it rings there;
    `room` is the conference in which the caller hears music until then.
    """

    caller: str
    seat: str
    asked: str = ""
    is_asking: bool = False
    room: str = ""


class RoomOrders:
    """Does orders, each once; the caller is never let go where something fails.

    `stays` is told of a seat that keeps its call though its queue will say that it has left it;
    no number is dialled that `knows` does not, but a citizen's at the office's order. `begins` is
    told of a call that a seat places.
    """

    def __init__(
        self,
        exchange: Exchange,
        own_number: str,
        stays: Callable[[str], None],
        knows: Callable[[str], bool],
        begins: Callable[[str], None] = lambda _call: None,
    ):
        self._exchange = exchange
        self._own_number = own_number
        self._stays = stays
        self._knows = knows
        self._begins = begins

    async def do(self, order: RoomOrder, channels: Iterable[Message]) -> str:
        """Do one; gives why it was not done ("": it was)."""
        if order.kind is OrderKind.DIAL:
            return await self._dial(order)
        if order.kind is OrderKind.MOVE:
            return await self._move(order, channels)
        lines = lines_of(order, channels)
        if lines is None:
            return NOT_UP
        if order.number and not self._knows(order.number):
            return NOT_KNOWN
        match order.kind:
            case OrderKind.TRANSFER:
                return await self._hand_on(order, lines)
            case OrderKind.REQUEUE:
                return await self._requeue(order, lines)
            case OrderKind.JOIN:
                return await self._join(order, lines)
            case OrderKind.CONSULT:
                return await self._ask(order, lines)
            case OrderKind.COMPLETE:
                return await self._complete(lines)
            case OrderKind.BACK:
                return await self._back(lines)
        raise AssertionError(order.kind)

    async def _dial(self, order: RoomOrder) -> str:
        """Ring a seat, and when it has answered the citizen, who sees the hotline's number."""
        if DIALABLE.fullmatch(order.number) is None:
            return NOT_KNOWN
        self._begins(order.call)
        return await self._exchange.do(
            "Originate", Channel=interface_of(order.seat), Context=DIAL_OUT, Exten="s",
            Priority="1", Timeout=str(int(RING_S * 1000)), CallerID=f"<{self._own_number}>",
            Async="true", ChannelId=order.call, Variable=f"DIALLED_TO={order.number}",
        )  # fmt: skip

    async def _hand_on(self, order: RoomOrder, lines: CallLines) -> str:
        failed = await self._set(lines.caller, HANDED_TO=order.number)
        return failed or await self._leave(lines, HANDED_ON, "1")

    async def _requeue(self, order: RoomOrder, lines: CallLines) -> str:
        """Let the caller wait again, before all others: they have waited."""
        queue = queue_of(order.queue)
        failed = await self._set(lines.caller, **{"QUEUE": queue, "PLACE": "1", SENT: queue})
        return failed or await self._leave(lines, "hotline", "queue")

    async def _move(self, order: RoomOrder, channels: Iterable[Message]) -> str:
        """Lead a caller who waits to another queue; one who talks by now stays where they are."""
        there = list(channels)
        talks = any(leg.call == order.call and leg.talking for leg in legs_in(there))
        caller = next(
            (
                str(one.get("Channel", ""))
                for one in there
                if call_key(str(one.get("Uniqueid", ""))) == order.call
                and one.get("Application") == QUEUE
            ),
            "",
        )
        if talks or not caller:
            return NOT_UP
        queue = queue_of(order.queue)
        failed = await self._set(caller, **{"QUEUE": queue, "PLACE": "1", SENT: queue})
        return failed or await self._redirect((caller, "hotline", "s", "queue"))

    async def _ask(self, order: RoomOrder, lines: CallLines) -> str:
        """Let the caller hear music, and the seat ring somebody."""
        queue = queue_of(order.queue) if order.queue else ""
        failed = await self._set(lines.caller, PLACE="1") or await self._set(
            lines.seat, HELD=lines.caller, ASKED=order.number, ASKED_IN=queue
        )
        if failed:
            return failed
        room = room_of(order)
        self._stays(order.seat)
        return await self._redirect(
            (lines.caller, JOINED_CALLER, room, "1"), (lines.seat, ASKS, room, "1")
        )

    async def _complete(self, lines: CallLines) -> str:
        """Put the caller and whom the seat asked together, without the seat."""
        if not lines.asked:
            return NOBODY_ASKED
        other = seat_at(lines.asked)
        at = interface_of(other) if other else ""
        if failed := await self._set(lines.caller, **{AT_SEAT: at}):
            return failed
        self._stays(other)
        return await self._redirect(
            (lines.asked, BACK, lines.room, "1"), (lines.seat, "let-go", "s", "1")
        )

    async def _back(self, lines: CallLines) -> str:
        if not lines.is_asking:
            return NOBODY_ASKED
        return await self._redirect((lines.seat, BACK, lines.room, "1"))

    async def _join(self, order: RoomOrder, lines: CallLines) -> str:
        """Put both into a conference, and ring the third into it."""
        room = room_of(order)
        self._stays(order.seat)
        if failed := await self._set(lines.caller, PLACE="1"):
            return failed
        failed = await self._redirect(
            (lines.caller, JOINED_CALLER, room, "1"), (lines.seat, JOINED, room, "1")
        )
        if failed:
            return failed
        return await self._exchange.do(
            "Originate", Channel=f"PJSIP/{order.number}@trunk", Context=THIRD, Exten=room,
            Priority="1", Timeout=str(int(RING_S * 1000)), CallerID=f"<{self._own_number}>",
            Async="true", ChannelId=third_of(order),
        )  # fmt: skip

    async def _set(self, channel: str, **values: str) -> str:
        for name, value in values.items():
            failed = await self._exchange.do("Setvar", Channel=channel, Variable=name, Value=value)
            if failed:
                return failed
        return ""

    async def _leave(self, lines: CallLines, context: str, priority: str) -> str:
        """Lead the caller elsewhere; the seat's line ends, also where it is in nobody's queue."""
        caller = (lines.caller, context, "s", priority)
        if not lines.is_asking:
            return await self._redirect(caller)
        return await self._redirect(caller, (lines.seat, "let-go", "s", "1"))

    async def _redirect(
        self, first: tuple[str, str, str, str], second: tuple[str, str, str, str] | None = None
    ) -> str:
        """Lead a line to a context, an extension and a priority, and another one with it."""
        fields = dict(zip(("Channel", "Context", "Exten", "Priority"), first, strict=True))
        if second is not None:
            names = ("ExtraChannel", "ExtraContext", "ExtraExten", "ExtraPriority")
            fields |= dict(zip(names, second, strict=True))
        return await self._exchange.do("Redirect", **fields)


def lines_of(order: RoomOrder, channels: Iterable[Message]) -> CallLines | None:
    """Give the lines of an order's call, or None where it is not at the seat any more."""
    told = {str(one.get("Channel", "")): one for one in channels}
    caller = seat = ""
    for name, one in told.items():
        if call_key(str(one.get("Uniqueid", ""))) == order.call:
            caller = name
        elif seat_at(name) == order.seat:
            seat = name if call_key(str(one.get("Linkedid", ""))) == order.call else seat
    if not caller or not seat:
        return None
    is_asking = told[seat].get("Context") == ASKS
    bridge = told[seat].get("BridgeId", "")
    others = (name for name, one in told.items() if bridge and one.get("BridgeId") == bridge)
    asked = next((name for name in others if name not in (seat, caller)), "")
    room = str(told[caller].get("Exten", ""))
    return CallLines(caller, seat, asked if is_asking else "", is_asking, room)


def room_of(order: RoomOrder) -> str:
    """Give the name of an order's conference: a new one each time.

    Who comes out of the last one last would take all others of it along.
    """
    return f"{order.call}-{order.id[-TAIL:]}"


def third_of(order: RoomOrder) -> str:
    """Give the name of the line of whom an order asks to join; the dialplan knows it as well."""
    return f"{THIRD}-{room_of(order)}"
