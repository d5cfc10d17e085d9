"""What seats order about their calls on the real exchange: who hears whom is told by tones."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from backend.operations import asterisk
from backend.operations.asterisk import Pbx
from hotline.clock import SystemClock
from hotline.room.exchange import OrderKind
from ivr.handset.phone import Call, open_phone
from tests.real.exchanges import Phoned, make_exchange, phoned_to
from tests.real.seats import hears
from tests.real.talks import (
    CALLER_HZ,
    NUMBER,
    SEAT_HZ,
    THIRD_HZ,
    comes_back,
    hear_each_other,
    ordered,
    over,
    talking,
)

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
