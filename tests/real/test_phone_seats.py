"""Seats at the real exchange: made in its memory as the office wants them, and gone with it."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from backend.operations import asterisk
from backend.operations.asterisk import Pbx
from tests.real.exchanges import Phoned, make_exchange, phoned_to
from tests.real.seats import CLOCK, SeatPhone, open_seat, wanted

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(300)]

# Who is no seat is a stranger, or the trunk where it comes from there.
UNKNOWN = (401, 404)


@pytest.fixture(scope="module")
def exchange(open_folder: Path) -> Iterator[Pbx]:
    """Run an Asterisk of our own for this file."""
    with asterisk.running(make_exchange(open_folder)) as running:
        yield running


@pytest_asyncio.fixture
async def phoned(exchange: Pbx, tmp_path: Path) -> AsyncIterator[Phoned]:
    """Give a phone connector that keeps the exchange's room."""
    async with phoned_to(exchange, tmp_path) as phoned:
        yield phoned


@pytest_asyncio.fixture
async def seat() -> AsyncIterator[SeatPhone]:
    """Give a telephone for a seat."""
    seat = await open_seat("seat001")
    yield seat
    seat.phone.close()


async def sits(phoned: Phoned) -> dict[tuple[str, str], bool]:
    """Give who sits in which queue, and whether they are paused."""
    exchange = phoned.connector.exchange
    told = await exchange.queues()
    assert told is not None
    return {
        (one["Queue"], one["Name"]): one["Paused"] == "1"
        for one in told
        if one["Event"] == "QueueMember"
    }


async def test_a_seat_signs_in_by_the_password_it_was_given_and_by_no_other(
    phoned: Phoned, seat: SeatPhone
) -> None:
    assert await seat.sign_in(phoned.server) in UNKNOWN
    await phoned.keeps(wanted("seat001"))
    assert await seat.sign_in(phoned.server, "another") == 401
    assert await seat.sign_in(phoned.server) == 200
    await phoned.keeps(wanted("seat001"))
    assert phoned.backend.fake.rooms[-1].registered == ("seat001",)
    await phoned.keeps(wanted("seat001", password="newer"))
    assert await seat.sign_in(phoned.server) == 401
    assert await seat.sign_in(phoned.server, "newer") == 200


async def test_a_seat_sits_in_its_queues_rung_or_not_and_leaves_with_its_wish(
    phoned: Phoned, seat: SeatPhone
) -> None:
    await phoned.keeps(wanted("seat001", 1, 3), wanted("seat002", 2, rung=False))
    assert await sits(phoned) == {
        ("queue1", "seat001"): False, ("queue3", "seat001"): False, ("queue2", "seat002"): True,
    }  # fmt: skip
    await phoned.keeps(wanted("seat001", 3, 4, rung=False), wanted("seat002", 2))
    assert await sits(phoned) == {
        ("queue3", "seat001"): True, ("queue4", "seat001"): True, ("queue2", "seat002"): False,
    }  # fmt: skip
    await phoned.keeps()
    assert await sits(phoned) == {}
    assert await seat.sign_in(phoned.server) in UNKNOWN


async def test_an_exchange_that_starts_anew_gets_its_seats_within_seconds(
    phoned: Phoned, exchange: Pbx, seat: SeatPhone
) -> None:
    await phoned.keeps(wanted("seat001"))
    assert await seat.sign_in(phoned.server) == 200
    exchange.process.send_signal(signal.SIGKILL)
    exchange.process.wait()
    again = await asyncio.to_thread(asterisk.start, exchange.config)
    exchange.process, exchange.systemname = again.process, again.systemname
    began = CLOCK.monotonic()
    while await seat.sign_in(phoned.server) != 200:
        assert CLOCK.monotonic() - began < 5
        await asyncio.sleep(0.2)
    assert await sits(phoned) == {("queue1", "seat001"): False}
    log = (exchange.config.run_dir / "log" / "messages").read_text("utf-8")
    assert "geheim" not in log
