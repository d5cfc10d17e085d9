"""A seat rings the citizen of a case over the real exchange: its own telephone, then theirs."""

import asyncio

import pytest

from hotline.call import CallEventType as Mark
from hotline.call import CallRing
from hotline.room.exchange import Leg, OrderDone, OrderFailed, OrderKind, RoomOrder, RoomWanted
from ivr.handset.phone import Call
from tests.real.exchanges import CLOCK, Phoned
from tests.real.seats import SeatPhone, open_seat, wanted
from tests.real.talks import CALLER_HZ, SEAT_HZ, hear_each_other
from tests.real.test_phone_exchange import Citizen, citizen
from tests.real.test_phone_room import exchange, phoned

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(120)]
__all__ = ["citizen", "exchange", "phoned"]

NUMBER = "13800138000"


async def dialled(phoned: Phoned, turn: int) -> tuple[SeatPhone, Call, str]:
    """A seat whose telephone rings since it ordered to ring a citizen: seat, its line, the call."""
    seat = await open_seat("seat001")
    await phoned.keeps(wanted(seat.name))
    assert await seat.sign_in(phoned.server) == 200
    await phoned.keeps(wanted(seat.name))
    key = f"dial-{int(CLOCK.now().timestamp())}-{turn}"
    await phoned.backend.fake.ring(CallRing(key, NUMBER, CLOCK.now()))
    order = RoomOrder(f"o{turn}", OrderKind.DIAL, key, seat.name, NUMBER)
    fake = phoned.backend.fake
    fake.wanted = RoomWanted((wanted(seat.name, rung=False),), (order,))
    while not await phoned.connector.keeper.look():
        await asyncio.sleep(0.1)
    fake.wanted = RoomWanted((wanted(seat.name, rung=False),))
    line = await seat.ringing()
    assert line.caller == phoned.config.own_number, "no seat is shown the citizen's number"
    return seat, line, key


async def came_of(phoned: Phoned, turn: int, failed: str) -> None:
    rooms = phoned.backend.fake.rooms
    told = OrderDone(f"o{turn}", failed)
    await phoned.until(lambda: any(told in seen.done for seen in rooms), 45)


async def test_both_talk_and_the_call_ends_with_either(phoned: Phoned, citizen: Citizen) -> None:
    seat, line, key = await dialled(phoned, 1)
    await line.answer()
    call = await asyncio.wait_for(citizen[1].get(), 15)
    assert call.caller == phoned.config.own_number
    await call.answer()
    await came_of(phoned, 1, "")
    await hear_each_other(call, CALLER_HZ, line, SEAT_HZ)
    rooms = phoned.backend.fake.rooms
    await phoned.until(lambda: Leg(key, seat.name, talking=True) in rooms[-1].legs, 10)
    await call.hang_up()
    assert await line.wait_end(10)
    marks = phoned.backend.marks
    await phoned.until(lambda: Mark.ENDED in marks(key), 15)
    assert Mark.ANSWERED in marks(key)
    seat.phone.close()


async def test_who_is_engaged_is_told_of(phoned: Phoned, citizen: Citizen) -> None:
    seat, line, key = await dialled(phoned, 2)
    await line.answer()
    call = await asyncio.wait_for(citizen[1].get(), 15)
    call.refuse(486)
    await came_of(phoned, 2, OrderFailed.BUSY)
    assert await line.wait_end(10)
    await phoned.until(lambda: Mark.ENDED in phoned.backend.marks(key), 15)
    seat.phone.close()


async def test_nobody_is_rung_where_the_seat_does_not_answer(
    phoned: Phoned, citizen: Citizen
) -> None:
    seat, line, _ = await dialled(phoned, 3)
    line.refuse(486)
    await came_of(phoned, 3, OrderFailed.NO_ANSWER)
    await asyncio.sleep(1)
    assert citizen[1].empty()
    seat.phone.close()
