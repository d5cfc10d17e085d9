"""The duty chief leads a caller who waits to another queue, on the real exchange."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from backend.operations import asterisk
from backend.operations.asterisk import Pbx
from hotline.call import CallEventType as Mark
from hotline.room.exchange import OrderDone, OrderKind, RoomOrder, RoomWanted
from tests.real.exchanges import Phoned, lines_taken, make_exchange, phoned_to
from tests.real.seats import open_seat, wanted
from tests.real.talks import CALLER_HZ, SEAT_HZ, hear_each_other, over

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def exchange(open_folder: Path) -> Iterator[Pbx]:
    """An Asterisk of our own for this file."""
    with asterisk.running(make_exchange(open_folder)) as running:
        yield running


@pytest_asyncio.fixture
async def phoned(exchange: Pbx, tmp_path: Path) -> AsyncIterator[Phoned]:
    """A phone connector that keeps the exchange's room; nothing is left in it afterwards."""
    async with phoned_to(exchange, tmp_path) as phoned:
        await phoned.until(lambda: phoned.connector.watch.now is not None, 10)
        yield phoned
        await phoned.until(lambda: lines_taken(exchange) == 0, 15)


async def test_a_caller_who_waits_is_rung_for_where_the_chief_leads_them(phoned: Phoned) -> None:
    first, other = await open_seat("seat001"), await open_seat("seat002")
    away = wanted("seat001", 1, rung=False)
    seats = (away, wanted("seat002", 3))
    await phoned.keeps(*seats)
    for one in (first, other):
        assert await one.sign_in(phoned.server) == 200
    await phoned.keeps(*seats)
    call = await phoned.caller.phone.call("12345", phoned.server, "13800138000")
    await call.wait_answer()
    key = list(phoned.backend.rings)[-1]
    await phoned.until(lambda: Mark.QUEUED in phoned.backend.marks(key), 20)
    fake, order = phoned.backend.fake, RoomOrder("m1", OrderKind.MOVE, key, "", queue=3)
    fake.wanted = RoomWanted(seats, (order,))
    while not await phoned.connector.keeper.look():
        await asyncio.sleep(0.1)
    fake.wanted = RoomWanted(seats)
    talk = await other.ringing(15)
    await talk.answer()
    await hear_each_other(call, CALLER_HZ, talk, SEAT_HZ)
    assert any(OrderDone("m1") in seen.done for seen in fake.rooms)
    assert phoned.backend.marks(key).count(Mark.QUEUED) == 2
    # Who talks by now is not taken out of it.
    fake.wanted = RoomWanted(seats, (RoomOrder("m2", OrderKind.MOVE, key, "", queue=1),))
    await phoned.connector.keeper.look()
    fake.wanted = RoomWanted(seats)
    await phoned.connector.keeper.look()
    assert any(one.id == "m2" and one.failed for seen in fake.rooms for one in seen.done)
    await hear_each_other(call, CALLER_HZ, talk, SEAT_HZ)
    await over(talk, call)
    first.phone.close()
    other.phone.close()
