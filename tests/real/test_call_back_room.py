"""Call-backs on the real switch: places are kept, nobody overtakes, nothing is done twice."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from itertools import zip_longest

import pytest

from hotline.clock import SystemClock
from ivr.handset.phone import SipPhone
from tests.bench.ground import Ground, ground
from tests.bench.room import BenchRoom, manned
from tests.real.ringing_back import (
    STATES,
    Citizens,
    asks,
    calls,
    citizens,
    engaged,
    prepare,
    served,
    trunk_port,
    waits,
    watch_flights,
)
from tests.sizes import FULL

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(900 if FULL else 240)]
CLOCK = SystemClock()
ASK, WAIT = (30, 20) if FULL else (4, 3)
STORM = 500 if FULL else 12
SEATS = 6 if FULL else 2
# Two seats ring for a second or two, each for somebody: who goes before is rung no later than that.
AT_ONCE_S = 1.0
# Between two who come.
BETWEEN_S = 1.2
ENGAGED, FAX, STORMY, WITHHELD, ABROAD, PLUS = (
    "13800009901", "13800009902", "13800009903", "anonymous", "004930901820", "+4930901820",
)  # fmt: skip


@asynccontextmanager
async def room() -> AsyncIterator[tuple[Ground, Citizens]]:
    """Run a telephone room, and the citizens' telephones behind its trunk."""
    port = trunk_port()
    async with citizens(port) as there, ground(partial(prepare, port=port)) as here:
        here.start_room()
        yield here, there


def numbers(first: int, many: int) -> list[str]:
    """Give so many citizens' numbers."""
    return [f"1380000{first + turn:04d}" for turn in range(many)]


async def until(here: Ground, *states: str, seconds: float = 240) -> Counter[str]:
    """Wait until every call-back stands in one of some ways."""
    async with asyncio.timeout(seconds):
        while True:
            told = await asyncio.to_thread(here.ask, STATES)
            found = Counter(one.split(" ")[0] for one in told.split(",") if one)
            if found and set(found) <= set(states):
                return found
            await asyncio.sleep(0.5)


async def _places_are_kept(here: Ground, there: Citizens, seats: BenchRoom) -> None:
    """Nobody overtakes, and nobody is rung for no seat."""
    most, begun = list[int](), list[asyncio.Task[None]]()
    looking = asyncio.create_task(watch_flights(here, most))
    back, line = numbers(1000, ASK), numbers(2000, WAIT)
    async with engaged(here, seats, there.own):
        # One after the other, who asks and who waits: each has a place of their own.
        for asking, waiting in zip_longest(back, line):
            if asking:
                begun.append(asyncio.create_task(asks(here, there.own, asking)))
                await asyncio.sleep(BETWEEN_S)
            if waiting:
                begun.append(asyncio.create_task(waits(here, there.own, waiting)))
                await asyncio.sleep(BETWEEN_S)
        await here.until(lambda: here.ask(STATES).count("waiting") == ASK, "who asks")
    assert await until(here, "met") == {"met": ASK}
    await asyncio.gather(*begun)
    looking.cancel()
    found = served(here)
    assert sorted(one.caller for one in found) == sorted([*back, *line])
    assert {one.times for one in found} == {1}
    assert 0 < max(most) <= SEATS
    assert (there.most, sorted(there.rung)) == (1, sorted(back))
    for later in (one for one in found if one.is_back):
        before = [one for one in found if one.since < later.since]
        assert all(one.rung <= later.rung + AT_ONCE_S for one in before), later


async def _bad_numbers_and_a_storm(here: Ground, there: Citizens, seats: BenchRoom) -> None:
    """Who is engaged, a fax, withheld or abroad comes to a known end, and a storm to one row."""
    there.engaged.add(ENGAGED)
    there.machines.add(FAX)
    async with engaged(here, seats, there.own):
        await asyncio.gather(*(asks(here, there.own, one) for one in (ENGAGED, FAX)))
        await asyncio.gather(*(asks(here, there.own, one, 8) for one in (WITHHELD, ABROAD)))
        many = asyncio.Semaphore(8)
        await asyncio.gather(*(_missed(here, there.own, many) for _ in range(STORM)))
        await here.until(lambda: _calls_of(here) == STORM, "every call of the storm")
    told = dict(one.split(" ", 1) for one in here.ask(BY_NUMBER).split(","))
    assert set(told) - set(numbers(1000, ASK)) == {ENGAGED, FAX, STORMY, PLUS}
    assert told[PLUS] == "not_rung may_not_ring"
    async with asyncio.timeout(120):
        while not _tried(here, ENGAGED, "busy") or not _tried(here, FAX, "answered"):
            await asyncio.sleep(0.5)
    await until(here, "waiting", "met", "not_rung")
    assert Counter(there.rung) == {ENGAGED: 1, FAX: 1, STORMY: 1}
    assert there.most == 1


BY_NUMBER = """
SELECT coalesce(string_agg(concat_ws(' ', t.address, b.state, b.reason), ','), '')
 FROM call_back b JOIN contact t ON t.id = b.contact_id
"""
CALLS = """
SELECT coalesce(sum(calls), 0) FROM call_back b JOIN contact t ON t.id = b.contact_id
 WHERE t.address = '13800009903'
"""


def _calls_of(here: Ground) -> int:
    return int(here.ask(CALLS))


def _tried(here: Ground, number: str, reason: str) -> bool:
    return f"{number} waiting {reason}" in here.ask(BY_NUMBER)


async def _missed(here: Ground, phone: SipPhone, many: asyncio.Semaphore) -> None:
    """Call and hang up; beyond the lines of one caller, hear that all are busy."""
    async with many:
        call = await calls(here, phone, STORMY)
        await call.wait_end(1.5)
        await call.hang_up()


async def _killed_parts(here: Ground, there: Citizens, seats: BenchRoom) -> None:
    """Nobody is forgotten, and nobody is met twice."""
    there.slow_s = 3
    back, met = numbers(3000, ASK), here.ask(BY_NUMBER).count(" met")
    async with engaged(here, seats, there.own):
        await asyncio.gather(*(asks(here, there.own, caller) for caller in back))
    async with asyncio.timeout(60):
        while not there.rung:
            await asyncio.sleep(0.1)
    for name, again in (
        ("ivr", lambda: here.start("ivr", "-m", "ivr", port=here.settings.phone.agi_port)),
        ("backend", here.start_backend),
        ("worker", lambda: here.launch("worker", "-m", "backend", "worker")),
    ):
        here.children.pop(name).send_signal(signal.SIGKILL)
        await asyncio.sleep(1)
        await asyncio.to_thread(again)
        await asyncio.sleep(3)
    async with asyncio.timeout(180):
        while here.ask(BY_NUMBER).count(" met") < met + ASK:
            await asyncio.sleep(0.5)
    found = Counter(one.caller for one in served(here) for _ in range(one.times))
    assert {one: found[one] for one in back} == dict.fromkeys(back, 1)
    assert there.most == 1


# A room takes long to come up: every run has time for one.
PARTS = (_places_are_kept, _bad_numbers_and_a_storm, _killed_parts)


@pytest.mark.parametrize("part", PARTS if FULL else PARTS[:1])
async def test_call_backs_on_the_real_switch(
    part: Callable[[Ground, Citizens, BenchRoom], Awaitable[None]],
) -> None:
    async with room() as (here, there), manned(here, SEATS, patient=1) as seats:
        await part(here, there, seats)
