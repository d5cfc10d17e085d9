"""The line to the exchange's manager is cut in the middle of an order: the caller is somewhere."""

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
from tests.real.relay import Relay, relay_to
from tests.real.seats import wanted
from tests.real.talks import (
    CALLER_HZ,
    NUMBER,
    SEAT_HZ,
    THIRD_HZ,
    hear_each_other,
    ordered,
    over,
    talking,
)

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(120)]
REDIRECT = b"Action: Redirect"


@pytest.fixture(scope="module")
def exchange(open_folder: Path) -> Iterator[Pbx]:
    """An Asterisk of our own for this file."""
    with asterisk.running(make_exchange(open_folder)) as running:
        yield running


@pytest_asyncio.fixture
async def relay(exchange: Pbx) -> AsyncIterator[Relay]:
    """The line to its manager."""
    async with relay_to(exchange.config.ami_port) as relay:
        yield relay


@pytest_asyncio.fixture
async def phoned(exchange: Pbx, relay: Relay, tmp_path: Path) -> AsyncIterator[Phoned]:
    """A phone connector that keeps the exchange's room over that line."""
    async with phoned_to(exchange, tmp_path, ami_port=relay.own_port) as phoned:
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


async def cut_short(phoned: Phoned, relay: Relay, kind: OrderKind, *, before: bool) -> None:
    """Order something, and cut the line at its last step; wait until there is another line."""
    key, fake = list(phoned.backend.rings)[-1], phoned.backend.fake
    turn = phoned.connector.exchange.turn
    relay.cut_at(REDIRECT, before=before)
    seats = (wanted("seat001", 1, 3, rung=False),)
    fake.wanted = RoomWanted(seats, (RoomOrder("cut", kind, key, "seat001", NUMBER),))
    await phoned.connector.keeper.look()
    fake.wanted = RoomWanted(seats)
    await phoned.until(lambda: phoned.connector.exchange.turn > turn, 15)
    await phoned.until(
        lambda: any(
            "cut" in (*seen.rings, *(done.id for done in seen.done)) for seen in fake.rooms
        ),
        15,
    )
    assert relay.cuts == 1


@pytest.mark.parametrize("kind", [OrderKind.TRANSFER, OrderKind.CONSULT])
async def test_an_order_that_does_not_arrive_leaves_the_two_in_their_talk(
    phoned: Phoned, relay: Relay, kind: OrderKind
) -> None:
    seat, talk, call = await talking(phoned)
    await cut_short(phoned, relay, kind, before=True)
    await hear_each_other(call, CALLER_HZ, talk, SEAT_HZ)
    await over(talk, call)
    key = list(phoned.backend.rings)[-1]
    await phoned.until(lambda: Mark.ENDED in phoned.backend.marks(key), 15)
    assert phoned.backend.marks(key).count(Mark.SEAT_LEFT) == 1
    seat.phone.close()


async def test_an_order_whose_answer_is_lost_is_done_once_and_the_seat_comes_back(
    phoned: Phoned, relay: Relay, third: asyncio.Queue[Call]
) -> None:
    seat, talk, call = await talking(phoned)
    await cut_short(phoned, relay, OrderKind.CONSULT, before=False)
    other = await asyncio.wait_for(third.get(), 15)
    await other.answer()
    await hear_each_other(talk, SEAT_HZ, other, THIRD_HZ)
    await ordered(phoned, OrderKind.BACK)
    assert await other.wait_end(10)
    await hear_each_other(call, CALLER_HZ, talk, SEAT_HZ)
    assert third.empty()
    await over(talk, call)
    seat.phone.close()
