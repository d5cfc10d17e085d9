"""Calls that a seat talks in on the real exchange, and what the seat orders about them."""

import asyncio

import numpy as np

from hotline.call import CallEventType as Mark
from hotline.room.exchange import OrderDone, OrderKind, RoomOrder, RoomWanted
from ivr.handset.phone import Call
from ivr.pcm import RATE
from tests.real.exchanges import Phoned
from tests.real.seats import SeatPhone, hears, open_seat, tone, wanted

CALLER_HZ, SEAT_HZ, THIRD_HZ = 440, 1000, 1600
NUMBER = "057487000001"
LOUD = 300


async def talking(phoned: Phoned) -> tuple[SeatPhone, Call, Call]:
    """A seat that talks with a caller: the seat, its end and the caller's."""
    seat = await open_seat("seat001")
    await phoned.keeps(wanted(seat.name))
    assert await seat.sign_in(phoned.server) == 200
    await phoned.keeps(wanted(seat.name, 1, 3))
    call = await phoned.caller.phone.call("12345", phoned.server, "13800138000")
    await call.wait_answer()
    talk = await seat.ringing()
    await talk.answer()
    key = list(phoned.backend.rings)[-1]
    marks = phoned.backend.marks
    await phoned.until(lambda: Mark.SEAT_ANSWERED in marks(key), 15)
    return seat, talk, call


async def ordered(
    phoned: Phoned, kind: OrderKind, *others: str, failed: str = "", **more: object
) -> None:
    """Let the office order something about the newest call, once; wait until it is done, or rings.

    `others` are seats besides the first that are there, and rung.
    """
    key = list(phoned.backend.rings)[-1]
    fake = phoned.backend.fake
    ident = f"o{len(fake.rooms)}"
    order = RoomOrder(ident, kind, key, "seat001", **more)  # type: ignore[arg-type]
    seats = (wanted("seat001", 1, 3, rung=False), *(wanted(name, 3) for name in others))
    fake.wanted = RoomWanted(seats, (order,))
    while not await phoned.connector.keeper.look():
        await asyncio.sleep(0.1)
    fake.wanted = RoomWanted(seats)
    done = OrderDone(ident, failed)
    await phoned.until(
        lambda: any(done in seen.done or ident in seen.rings for seen in fake.rooms), 10
    )


def order_of(phoned: Phoned) -> str:
    """Give the last order that began to ring somebody."""
    return next(seen.rings[-1] for seen in reversed(phoned.backend.fake.rooms) if seen.rings)


async def came_of(phoned: Phoned, order: str, failed: str = "") -> None:
    """Wait until an order that rang is told as done, or as failed for a reason."""
    rooms = phoned.backend.fake.rooms
    await phoned.until(lambda: any(OrderDone(order, failed) in seen.done for seen in rooms), 5)
    ends = [one for seen in rooms for one in seen.done if one.id == order]
    assert ends == [OrderDone(order, failed)]


async def hear_each_other(one: Call, one_hz: int, other: Call, other_hz: int) -> None:
    """Let two say their tones at once, and find each at the other's ear."""
    await asyncio.gather(one.say(tone(one_hz, 2.0)), other.say(tone(other_hz, 2.0)))
    assert hears(one, other_hz)
    assert hears(other, one_hz)


def hears_music(call: Call) -> bool:
    """Tell whether something else than silence was heard of a call last."""
    assert call.stream is not None
    return bool(np.abs(call.stream.heard.samples()[-2 * RATE :]).max() > LOUD)


async def over(call: Call, *others: Call) -> None:
    """Hang up; the others' calls end with it."""
    await call.hang_up()
    for other in others:
        assert await other.wait_end(10)


async def comes_back(phoned: Phoned, seat: SeatPhone, call: Call) -> None:
    """Let a caller who waits again reach the seat once more, and hear it."""
    phoned.backend.fake.wanted = RoomWanted((wanted(seat.name, 1, 3),))
    again = await seat.ringing(30)
    await again.answer()
    await hear_each_other(call, CALLER_HZ, again, SEAT_HZ)
    await over(call, again)
    seat.phone.close()


async def rated(call: Call, seconds: int = 30) -> bool:
    """Let a caller whose seat has hung up press the best grade until they are let go.

    False where the call still goes on after so many seconds.
    """
    for _ in range(seconds):
        await call.press("1")
        if await call.wait_end(1):
            return True
    return False
