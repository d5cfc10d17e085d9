"""Does with a call what its seat ordered: hands it on, lets it wait again, joins a third to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hotline.room.exchange import OrderKind, RoomOrder
from ivr.manager import Exchange, Message, call_key
from ivr.switch.called import queue_of, seat_at

RING_S: Final = 30.0
NOT_UP: Final = "the call is not at the seat any more"


@dataclass(frozen=True, slots=True)
class CallLines:
    """The two lines of a call at a seat, as the exchange calls them."""

    caller: str
    seat: str


class RoomOrders:
    """Does orders, each once; the caller is never let go where something fails."""

    def __init__(self, exchange: Exchange, own_number: str):
        self._exchange = exchange
        self._own_number = own_number

    async def do(self, order: RoomOrder, channels: Iterable[Message]) -> str:
        """Do one; gives why it was not done ("": it was)."""
        lines = lines_of(order, channels)
        if lines is None:
            return NOT_UP
        match order.kind:
            case OrderKind.TRANSFER:
                return await self._hand_on(order, lines)
            case OrderKind.REQUEUE:
                return await self._requeue(order, lines)
            case OrderKind.JOIN:
                return await self._join(order, lines)
            case _:
                return f"{order.kind} is not done yet"

    async def _hand_on(self, order: RoomOrder, lines: CallLines) -> str:
        failed = await self._set(lines.caller, HANDED_TO=order.number)
        return failed or await self._redirect(lines.caller, "handed-on", "s", "1")

    async def _requeue(self, order: RoomOrder, lines: CallLines) -> str:
        """Let the caller wait again, before all others: they have waited."""
        failed = await self._set(lines.caller, QUEUE=queue_of(order.queue), PLACE="1")
        return failed or await self._redirect(lines.caller, "hotline", "s", "queue")

    async def _join(self, order: RoomOrder, lines: CallLines) -> str:
        """Put both into a conference of the call's name, and ring the third into it."""
        room = order.call
        failed = await self._exchange.do(
            "Redirect", Channel=lines.caller, Context="joined-caller", Exten=room, Priority="1",
            ExtraChannel=lines.seat, ExtraContext="joined", ExtraExten=room, ExtraPriority="1",
        )  # fmt: skip
        if failed:
            return failed
        return await self._exchange.do(
            "Originate", Channel=f"PJSIP/{order.number}@trunk", Context="joined", Exten=room,
            Priority="1", Timeout=str(int(RING_S * 1000)), CallerID=f"<{self._own_number}>",
            Async="true",
        )  # fmt: skip

    async def _set(self, channel: str, **values: str) -> str:
        for name, value in values.items():
            failed = await self._exchange.do("Setvar", Channel=channel, Variable=name, Value=value)
            if failed:
                return failed
        return ""

    async def _redirect(self, channel: str, context: str, exten: str, priority: str) -> str:
        return await self._exchange.do(
            "Redirect", Channel=channel, Context=context, Exten=exten, Priority=priority
        )


def lines_of(order: RoomOrder, channels: Iterable[Message]) -> CallLines | None:
    """Give the lines of an order's call, or None where it is not at the seat any more."""
    caller = seat = ""
    for one in channels:
        name = str(one.get("Channel", ""))
        if call_key(str(one.get("Uniqueid", ""))) == order.call:
            caller = name
        elif seat_at(name) == order.seat:
            seat = name if call_key(str(one.get("Linkedid", ""))) == order.call else seat
    return CallLines(caller, seat) if caller and seat else None
