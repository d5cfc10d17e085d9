"""What seats order about their calls on the real exchange: who hears whom is told by tones."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from backend.operations import asterisk
from backend.operations.asterisk import Pbx
from hotline.call import CallEventType as Mark
from hotline.clock import SystemClock
from hotline.room.exchange import OrderKind, RoomOrder, RoomWanted
from ivr.handset.phone import Call, open_phone
from tests.real.exchanges import Phoned, make_exchange, phoned_to
from tests.real.seats import SeatPhone, hears, open_seat, tone, wanted

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(120)]
CALLER_HZ, SEAT_HZ, THIRD_HZ = 440, 1000, 1600
NUMBER = "057487000001"


@pytest.fixture(scope="module")
def exchange(open_folder: Path) -> Iterator[Pbx]:
    """An Asterisk of our own for this file."""
    with asterisk.running(make_exchange(open_folder)) as running:
        yield running


@pytest_asyncio.fixture
async def phoned(exchange: Pbx, tmp_path: Path) -> AsyncIterator[Phoned]:
    """A phone connector that keeps the exchange's room."""
    async with phoned_to(exchange, tmp_path) as phoned:
        await phoned.until(lambda: phoned.connector.watch.now is not None, 10)
        yield phoned


@pytest_asyncio.fixture
async def third(exchange: Pbx) -> AsyncIterator[asyncio.Queue[Call]]:
    """The calls that reach somebody in the telephone network."""
    _, _, port = exchange.config.trunk_contact.rpartition(":")
    phone, calls = await open_phone(SystemClock(), port=int(port)), asyncio.Queue[Call]()
    phone.on_call = calls.put
    yield calls
    phone.close()


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


async def ordered(phoned: Phoned, kind: OrderKind, **more: object) -> None:
    """Let the office hand out an order about the newest call, once; wait for its end."""
    key = list(phoned.backend.rings)[-1]
    order = RoomOrder("o1", kind, key, "seat001", **more)  # type: ignore[arg-type]
    fake = phoned.backend.fake
    fake.wanted = RoomWanted((wanted("seat001", 1, 3, rung=False),), (order,))
    while not await phoned.connector.keeper.look():
        await asyncio.sleep(0.1)
    fake.wanted = RoomWanted((wanted("seat001", 1, 3, rung=False),))
    await phoned.until(lambda: any(seen.done for seen in fake.rooms), 10)
    (done,) = next(seen.done for seen in fake.rooms if seen.done)
    assert done.failed == ""


async def hear_each_other(one: Call, one_hz: int, other: Call, other_hz: int) -> None:
    """Let two say their tones at once, and find each at the other's ear."""
    await asyncio.gather(one.say(tone(one_hz, 2.0)), other.say(tone(other_hz, 2.0)))
    assert hears(one, other_hz)
    assert hears(other, one_hz)


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


async def test_a_caller_who_is_handed_on_talks_with_the_third_and_the_seat_is_let_go(
    phoned: Phoned, third: asyncio.Queue[Call]
) -> None:
    seat, talk, call = await talking(phoned)
    await ordered(phoned, OrderKind.TRANSFER, number=NUMBER)
    other = await asyncio.wait_for(third.get(), 15)
    await other.answer()
    assert await talk.wait_end(10)
    await hear_each_other(call, CALLER_HZ, other, THIRD_HZ)
    await over(call, other)
    seat.phone.close()


async def test_three_in_a_call_hear_each_other_and_two_talk_on_without_the_seat(
    phoned: Phoned, third: asyncio.Queue[Call]
) -> None:
    seat, talk, call = await talking(phoned)
    await ordered(phoned, OrderKind.JOIN, number=NUMBER)
    other = await asyncio.wait_for(third.get(), 15)
    await other.answer()
    await hear_each_other(call, CALLER_HZ, talk, SEAT_HZ)
    assert hears(other, CALLER_HZ)
    assert hears(other, SEAT_HZ)
    await hear_each_other(talk, SEAT_HZ, other, THIRD_HZ)
    await talk.hang_up()
    await hear_each_other(call, CALLER_HZ, other, THIRD_HZ)
    await over(other, call)
    seat.phone.close()


async def test_a_third_who_does_not_answer_gives_the_caller_back_to_the_queue(
    phoned: Phoned, third: asyncio.Queue[Call]
) -> None:
    seat, talk, call = await talking(phoned)
    await ordered(phoned, OrderKind.TRANSFER, number=NUMBER)
    other = await asyncio.wait_for(third.get(), 15)
    other.refuse(486)
    assert await talk.wait_end(10)
    await comes_back(phoned, seat, call)


async def test_a_caller_who_goes_back_to_a_queue_is_rung_from_there(phoned: Phoned) -> None:
    seat, talk, call = await talking(phoned)
    await ordered(phoned, OrderKind.REQUEUE, queue=3)
    assert await talk.wait_end(10)
    await comes_back(phoned, seat, call)
