"""What seats order about their calls on the real exchange: who hears whom is told by tones."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from backend.operations import asterisk
from backend.operations.asterisk import Pbx
from hotline.clock import SystemClock
from hotline.room.exchange import OrderFailed, OrderKind, RoomOrder
from ivr.handset.phone import Call, open_phone
from tests.real.exchanges import Phoned, lines_taken, make_exchange, phoned_to
from tests.real.seats import SeatPhone, hears
from tests.real.talks import (
    CALLER_HZ,
    NUMBER,
    SEAT_HZ,
    THIRD_HZ,
    came_of,
    comes_back,
    hear_each_other,
    order_of,
    ordered,
    over,
    talking,
)

# What the exchange plays to who hears it ring.
RING_HZ = 450

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(120)]


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


async def test_a_caller_who_is_handed_on_talks_with_the_third_and_the_seat_is_let_go(
    phoned: Phoned, third: asyncio.Queue[Call]
) -> None:
    seat, talk, call = await talking(phoned)
    await ordered(phoned, OrderKind.TRANSFER, number=NUMBER)
    other = await asyncio.wait_for(third.get(), 15)
    other.ring()
    assert await talk.wait_end(10)
    order = order_of(phoned)
    await phoned.until(lambda: phoned.backend.fake.rooms[-1].rings == (order,), 5)
    await other.answer()
    await came_of(phoned, order)
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
    await came_of(phoned, order_of(phoned), OrderFailed.BUSY)
    await comes_back(phoned, seat, call)


async def joining(
    phoned: Phoned, third: asyncio.Queue[Call]
) -> tuple[SeatPhone, Call, Call, Call, str]:
    """A third who is asked to join and rings: seat, its end, the caller's, theirs, order."""
    seat, talk, call = await talking(phoned)
    await ordered(phoned, OrderKind.JOIN, number=NUMBER)
    other = await asyncio.wait_for(third.get(), 15)
    other.ring()
    order = order_of(phoned)
    await hear_each_other(call, CALLER_HZ, talk, SEAT_HZ)
    assert phoned.backend.fake.rooms[-1].rings == (order,)
    return seat, talk, call, other, order


async def test_a_seat_that_leaves_while_the_third_rings_leaves_the_caller_to_them(
    phoned: Phoned, third: asyncio.Queue[Call]
) -> None:
    seat, talk, call, other, order = await joining(phoned, third)
    await talk.hang_up()
    await phoned.until(lambda: hears(call, RING_HZ), 5)
    await other.answer()
    await came_of(phoned, order)
    await hear_each_other(call, CALLER_HZ, other, THIRD_HZ)
    assert not hears(call, RING_HZ)
    await over(other, call)
    seat.phone.close()


async def test_a_third_who_turns_away_when_the_seat_has_left_gives_the_caller_back(
    phoned: Phoned, third: asyncio.Queue[Call]
) -> None:
    seat, talk, call, other, order = await joining(phoned, third)
    await talk.hang_up()
    await phoned.until(lambda: hears(call, RING_HZ), 5)
    other.refuse(486)
    await came_of(phoned, order, OrderFailed.BUSY)
    await comes_back(phoned, seat, call)


@pytest.mark.parametrize("seat_first", [False, True])
async def test_a_third_who_answers_when_everybody_has_gone_is_let_go_at_once(
    phoned: Phoned, exchange: Pbx, third: asyncio.Queue[Call], seat_first: bool
) -> None:
    seat, talk, call, other, order = await joining(phoned, third)
    if seat_first:
        await talk.hang_up()
        await phoned.until(lambda: hears(call, RING_HZ), 5)
    await call.hang_up()
    assert seat_first or await talk.wait_end(10)
    await phoned.until(lambda: lines_taken(exchange) == 1, 10)
    await other.answer()
    assert await other.wait_end(3)
    await phoned.until(lambda: lines_taken(exchange) == 0, 10)
    assert order
    seat.phone.close()


async def test_a_third_who_does_not_join_leaves_the_seat_with_its_caller(
    phoned: Phoned, third: asyncio.Queue[Call]
) -> None:
    seat, talk, call, other, order = await joining(phoned, third)
    other.refuse(486)
    await came_of(phoned, order, OrderFailed.BUSY)
    await hear_each_other(call, CALLER_HZ, talk, SEAT_HZ)
    await over(call, talk)
    seat.phone.close()


async def test_what_rings_when_the_connector_dies_is_told_by_the_next_one(
    phoned: Phoned, third: asyncio.Queue[Call]
) -> None:
    seat, talk, call, other, order = await joining(phoned, third)
    key = list(phoned.backend.rings)[-1]
    await phoned.dies()
    await other.answer()
    await hear_each_other(talk, SEAT_HZ, other, THIRD_HZ)
    begun = RoomOrder(order, OrderKind.JOIN, key, "seat001", NUMBER)
    phoned.backend.fake.wanted = replace(phoned.backend.fake.wanted, begun=(begun,))
    before = len(phoned.backend.fake.rooms)
    await phoned.comes_back()
    rooms = phoned.backend.fake.rooms
    await phoned.until(lambda: any(order in one.rings for one in rooms[before:]), 10)
    phoned.backend.fake.wanted = replace(phoned.backend.fake.wanted, begun=())
    await came_of(phoned, order)
    await over(call)
    await over(talk, other)
    seat.phone.close()


async def test_a_caller_who_goes_back_to_a_queue_is_rung_from_there(phoned: Phoned) -> None:
    seat, talk, call = await talking(phoned)
    await ordered(phoned, OrderKind.REQUEUE, queue=3)
    assert await talk.wait_end(10)
    await comes_back(phoned, seat, call)


async def test_the_keys_that_a_seat_presses_reach_whoever_it_talks_with(
    phoned: Phoned, third: asyncio.Queue[Call]
) -> None:
    seat, talk, call = await talking(phoned)
    await talk.press("5")
    await talk.press_info("7")
    await phoned.until(lambda: keys(call) == "57", 5)
    await ordered(phoned, OrderKind.CONSULT, number=NUMBER)
    other = await asyncio.wait_for(third.get(), 15)
    await other.answer()
    await hear_each_other(talk, SEAT_HZ, other, THIRD_HZ)
    await talk.press("3")
    await phoned.until(lambda: keys(other) == "3", 5)
    await ordered(phoned, OrderKind.BACK)
    await hear_each_other(call, CALLER_HZ, talk, SEAT_HZ)
    await talk.press("9")
    await phoned.until(lambda: keys(call) == "579", 5)
    await over(call, talk)
    seat.phone.close()


def keys(call: Call) -> str:
    """Give the keys that were heard in a call."""
    assert call.stream is not None
    return call.stream.heard.keys
