"""A seat asks somebody while its caller hears music, on the real exchange: told by tones.

Whoever of the three hangs up, at any point, the caller is somewhere.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from backend.operations import asterisk
from backend.operations.asterisk import Pbx
from hotline.call import CallEventType as Mark
from hotline.clock import SystemClock
from hotline.room.exchange import OrderKind, RoomWanted
from ivr.handset.phone import Call, open_phone
from ivr.switch.orders import NOBODY_ASKED
from tests.real.exchanges import Phoned, lines_taken, make_exchange, phoned_to
from tests.real.seats import SeatPhone, hears, open_seat, wanted
from tests.real.talks import (
    CALLER_HZ,
    NUMBER,
    SEAT_HZ,
    THIRD_HZ,
    comes_back,
    hear_each_other,
    hears_music,
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
    """A phone connector that keeps the exchange's room; nothing is left in it afterwards."""
    async with phoned_to(exchange, tmp_path) as phoned:
        await phoned.until(lambda: phoned.connector.watch.now is not None, 10)
        yield phoned
        await phoned.until(lambda: lines_taken(exchange) == 0, 15)


@pytest_asyncio.fixture
async def third(exchange: Pbx) -> AsyncIterator[asyncio.Queue[Call]]:
    """The calls that reach somebody in the telephone network."""
    _, _, port = exchange.config.trunk_contact.rpartition(":")
    phone, calls = await open_phone(SystemClock(), port=int(port)), asyncio.Queue[Call]()
    phone.on_call = calls.put
    yield calls
    phone.close()


async def asking(phoned: Phoned, third: asyncio.Queue[Call]) -> tuple[SeatPhone, Call, Call, Call]:
    """A seat that asks somebody outside who answers: the seat, its end, the caller's, theirs."""
    seat, talk, call = await talking(phoned)
    await ordered(phoned, OrderKind.CONSULT, number=NUMBER)
    other = await asyncio.wait_for(third.get(), 15)
    await other.answer()
    await hear_each_other(talk, SEAT_HZ, other, THIRD_HZ)
    return seat, talk, call, other


def marks(phoned: Phoned) -> list[Mark]:
    """What is on record of the newest call."""
    return phoned.backend.marks(list(phoned.backend.rings)[-1])


async def ended(phoned: Phoned, seat: SeatPhone) -> None:
    """Wait until the call is over on record, and the seat free of it."""
    await phoned.until(lambda: {Mark.ENDED, Mark.SEAT_LEFT} <= set(marks(phoned)), 15)
    assert marks(phoned).count(Mark.SEAT_LEFT) == 1
    seat.phone.close()


async def test_who_was_asked_is_put_together_with_the_caller_and_the_seat_leaves(
    phoned: Phoned, third: asyncio.Queue[Call]
) -> None:
    seat, talk, call, other = await asking(phoned, third)
    await phoned.until(lambda: hears_music(call), 5)
    assert not hears(call, SEAT_HZ)
    assert not hears(call, THIRD_HZ)
    assert not hears(other, CALLER_HZ)
    await ordered(phoned, OrderKind.COMPLETE)
    assert await talk.wait_end(10)
    await phoned.until(lambda: Mark.SEAT_LEFT in marks(phoned), 2)
    await hear_each_other(call, CALLER_HZ, other, THIRD_HZ)
    await over(other, call)
    await ended(phoned, seat)
    assert [one for one in marks(phoned) if one in (Mark.CONSULTED, Mark.TRANSFERRED)] == [
        Mark.CONSULTED, Mark.TRANSFERRED,
    ]  # fmt: skip


async def test_a_seat_comes_back_to_its_caller_and_asks_once_more(
    phoned: Phoned, third: asyncio.Queue[Call]
) -> None:
    seat, talk, call, other = await asking(phoned, third)
    await ordered(phoned, OrderKind.BACK)
    assert await other.wait_end(10)
    await hear_each_other(call, CALLER_HZ, talk, SEAT_HZ)
    await ordered(phoned, OrderKind.COMPLETE, failed=NOBODY_ASKED)
    await ordered(phoned, OrderKind.CONSULT, number=NUMBER)
    again = await asyncio.wait_for(third.get(), 15)
    await again.answer()
    await hear_each_other(talk, SEAT_HZ, again, THIRD_HZ)
    await again.hang_up()
    await hear_each_other(call, CALLER_HZ, talk, SEAT_HZ)
    await over(talk, call)
    await ended(phoned, seat)


async def test_a_seat_that_is_back_gives_its_caller_to_a_queue_or_to_somebody_outside(
    phoned: Phoned, third: asyncio.Queue[Call]
) -> None:
    seat, talk, call, _ = await asking(phoned, third)
    await ordered(phoned, OrderKind.BACK)
    await hear_each_other(call, CALLER_HZ, talk, SEAT_HZ)
    await ordered(phoned, OrderKind.REQUEUE, queue=3)
    assert await talk.wait_end(10)
    phoned.backend.fake.wanted = RoomWanted((wanted(seat.name, 1, 3),))
    again = await seat.ringing(30)
    await again.answer()
    await hear_each_other(call, CALLER_HZ, again, SEAT_HZ)
    await ordered(phoned, OrderKind.CONSULT, number=NUMBER)
    asked = await asyncio.wait_for(third.get(), 15)
    await asked.answer()
    await ordered(phoned, OrderKind.TRANSFER, number=NUMBER)
    assert await again.wait_end(10)
    assert await asked.wait_end(10)
    other = await asyncio.wait_for(third.get(), 15)
    await other.answer()
    await hear_each_other(call, CALLER_HZ, other, THIRD_HZ)
    await over(call, other)
    seat.phone.close()


async def test_who_is_asked_and_busy_or_given_up_leaves_the_seat_with_its_caller(
    phoned: Phoned, third: asyncio.Queue[Call]
) -> None:
    seat, talk, call = await talking(phoned)
    await ordered(phoned, OrderKind.CONSULT, number=NUMBER)
    (await asyncio.wait_for(third.get(), 15)).refuse(486)
    await hear_each_other(call, CALLER_HZ, talk, SEAT_HZ)
    await ordered(phoned, OrderKind.CONSULT, number=NUMBER)
    ringing = await asyncio.wait_for(third.get(), 15)
    ringing.ring()
    await ordered(phoned, OrderKind.BACK)
    assert await ringing.wait_end(10)
    await hear_each_other(call, CALLER_HZ, talk, SEAT_HZ)
    await over(call, talk)
    await ended(phoned, seat)


async def test_a_seat_that_hangs_up_while_it_asks_gives_the_caller_back_to_the_queue(
    phoned: Phoned, third: asyncio.Queue[Call]
) -> None:
    seat, talk, call, other = await asking(phoned, third)
    await talk.hang_up()
    assert await other.wait_end(10)
    await phoned.until(lambda: Mark.SEAT_LEFT in marks(phoned), 5)
    await comes_back(phoned, seat, call)


async def test_a_caller_who_hangs_up_meanwhile_leaves_the_two_to_each_other(
    phoned: Phoned, third: asyncio.Queue[Call]
) -> None:
    seat, talk, call, other = await asking(phoned, third)
    await call.hang_up()
    await phoned.until(lambda: Mark.ENDED in marks(phoned), 10)
    await hear_each_other(talk, SEAT_HZ, other, THIRD_HZ)
    await other.hang_up()
    assert await talk.wait_end(10)
    await ended(phoned, seat)


async def test_another_seat_is_asked_by_its_skill_and_takes_the_caller_over(
    phoned: Phoned,
) -> None:
    seat, talk, call = await talking(phoned)
    chief = await open_seat("seat002")
    await phoned.keeps(wanted(seat.name, rung=False), wanted(chief.name, 3))
    assert await chief.sign_in(phoned.server) == 200
    await ordered(phoned, OrderKind.CONSULT, "seat002", queue=3)
    asked = await chief.ringing()
    await asked.answer()
    await hear_each_other(talk, SEAT_HZ, asked, THIRD_HZ)
    assert not hears(call, THIRD_HZ)
    await ordered(phoned, OrderKind.COMPLETE, "seat002")
    assert await talk.wait_end(10)
    await hear_each_other(call, CALLER_HZ, asked, THIRD_HZ)

    def told() -> list[str]:
        notes = sorted(phoned.backend.notes, key=lambda one: one.at)
        marks = (Mark.SEAT_ANSWERED, Mark.SEAT_LEFT)
        return [one.value for one in notes if one.mark in marks]

    # The word that the first seat has left may come behind the sound of the two who talk.
    await phoned.until(lambda: told() == ["seat001", "seat002", "seat001"], 10)
    await over(call, asked)
    await phoned.until(lambda: marks(phoned).count(Mark.SEAT_LEFT) == 2, 15)
    assert marks(phoned).count(Mark.QUEUED) == marks(phoned).count(Mark.QUEUE_LEFT) == 1
    seat.phone.close()
    chief.phone.close()
