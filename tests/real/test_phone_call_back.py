"""Being rung back through the real exchange: asked for in the queue, rung, and led to the place."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from backend.operations.asterisk import Pbx
from hotline.call import CallEventType as Mark
from hotline.clock import SystemClock
from hotline.notice import CallEnd
from hotline.room.call_back import CALL_BACK
from hotline.room.exchange import CallBackOrder, NotReached, RoomWanted, SeatWanted
from hotline.room.plan import CallBackRule
from ivr.handset.phone import Call, SipPhone, open_phone
from tests.real.exchanges import Phoned
from tests.real.seats import SeatPhone, hears, tone, wanted
from tests.real.test_phone_room import (
    CALLER,
    CALLER_HZ,
    SEAT_HZ,
    calls,
    exchange,
    first_ringing,
    in_queue,
    phoned,
    seats,
    told,
    until_told,
    waits,
)

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(90)]
__all__ = ["exchange", "phoned", "seats"]

CLOCK = SystemClock()
CITIZEN = "13900139000"
FAX_HZ = 2100
Citizen = tuple[SipPhone, asyncio.Queue[Call]]


@pytest_asyncio.fixture
async def citizen(exchange: Pbx) -> AsyncIterator[Citizen]:
    """Give the telephone that the trunk leads to, and the calls that come in on it."""
    port = int(exchange.config.trunk_contact.rpartition(":")[2])
    phone = await open_phone(CLOCK, port=port)
    rung: asyncio.Queue[Call] = asyncio.Queue()
    phone.on_call = rung.put
    yield phone, rung
    phone.close()


def order(since: datetime | None = None, turn: int = 1) -> CallBackOrder:
    """Somebody to be rung back."""
    leg = f"{CALL_BACK}{turn:032x}-{int(CLOCK.now().timestamp())}-1"
    return CallBackOrder(leg, CITIZEN, "zh_CN", since)


async def rings_back(phoned: Phoned, one: CallBackOrder, *there: SeatWanted) -> None:
    """Let somebody be rung back by one look at the room."""
    phoned.backend.fake.wanted = RoomWanted(there, call_backs=(one,))
    await phoned.connector.keeper.look()
    phoned.backend.fake.wanted = RoomWanted(there)


async def rung(citizen: Citizen) -> Call:
    """Wait until the citizen's telephone rings."""
    async with asyncio.timeout(20):
        return await citizen[1].get()


def not_reached(phoned: Phoned) -> list[NotReached]:
    """Give what the office was told of who was not reached."""
    return [one for seen in phoned.backend.fake.rooms for one in seen.not_reached]


async def until_heard(phoned: Phoned, call: Call, prompt: str) -> None:
    """Wait until a prompt was heard in a call."""
    ear, stream = phoned.caller.ear, call.stream
    assert stream is not None
    async with asyncio.timeout(30):
        while not ear.find(stream.heard.samples(), prompt):
            await asyncio.sleep(0.3)


async def test_who_waits_for_long_gives_up_the_line_and_keeps_the_place(
    phoned: Phoned, seats: list[SeatPhone]
) -> None:
    rule = CallBackRule(offer_wait_s=1)
    phoned.connector.watch.now = replace(
        phoned.backend.fake.room, call_back=rule, first_announce_s=3
    )
    await phoned.keeps(*(wanted(one.name, rung=False) for one in seats))
    at = CLOCK.now()
    call = await calls(phoned)
    await until_heard(phoned, call, "menu_call_back")
    await call.press("3")
    await until_heard(phoned, call, "call_back_number")
    await call.press("1")
    await call.press("#")
    await until_heard(phoned, call, "call_back_kept")
    assert await call.wait_end(15)
    [asked] = phoned.backend.fake.telephone.call_backs
    assert (asked.number, asked.queue) == (CALLER, 1)
    assert timedelta(0) < asked.since - at < timedelta(seconds=15)


async def test_who_is_rung_back_is_first_in_line_and_talks_with_a_seat(
    phoned: Phoned, seats: list[SeatPhone], citizen: Citizen
) -> None:
    resting = [wanted(one.name, rung=False) for one in seats]
    await phoned.keeps(*resting)
    since = CLOCK.now() - timedelta(minutes=3)
    waiting = [await waits(phoned, caller) for caller in ("13800000001", "13800000002")]
    one = order(since)
    await rings_back(phoned, one, *resting)
    call = await rung(citizen)
    assert call.caller == "12345"
    await call.answer()
    await asyncio.sleep(1)
    await call.press("5")
    async with asyncio.timeout(15):
        while await in_queue(phoned) != [CITIZEN, "13800000001", "13800000002"]:
            await asyncio.sleep(0.1)
    await phoned.keeps(*(wanted(one.name) for one in seats[:1]))
    talk = await seats[0].ringing()
    await talk.answer()
    await until_told(phoned, Mark.SEAT_ANSWERED, seats[0].name)
    await asyncio.gather(call.say(tone(CALLER_HZ, 1.5)), talk.say(tone(SEAT_HZ, 1.5)))
    assert hears(talk, CALLER_HZ)
    assert hears(call, SEAT_HZ)
    ring = phoned.backend.rings[one.leg]
    assert (ring.key, ring.caller) == (one.leg, CITIZEN)
    await talk.hang_up()
    await until_heard(phoned, call, "goodbye")
    for other in waiting:
        await other.hang_up()
    await call.wait_end(10)
    assert not not_reached(phoned)


@pytest.mark.parametrize(
    ("status", "end"),
    [(486, CallEnd.BUSY), (404, CallEnd.UNREACHABLE), (503, CallEnd.LINE_AWAY)],
)
async def test_who_is_engaged_or_not_there_is_told_as_what_they_are(
    phoned: Phoned, seats: list[SeatPhone], citizen: Citizen, status: int, end: CallEnd
) -> None:
    one = order()
    await rings_back(phoned, one)
    (await rung(citizen)).refuse(status)
    await phoned.until(lambda: bool(not_reached(phoned)), 20)
    assert not_reached(phoned) == [NotReached(one.leg, end)]
    await asyncio.sleep(6)
    assert len(not_reached(phoned)) == 1
    assert citizen[1].empty()


async def test_a_fax_presses_no_key_and_no_seat_rings_for_it(
    phoned: Phoned, seats: list[SeatPhone], citizen: Citizen
) -> None:
    everybody = [wanted(one.name) for one in seats]
    one = order(CLOCK.now())
    await rings_back(phoned, one, *everybody)
    call = await rung(citizen)
    await call.answer()
    whistle = asyncio.ensure_future(call.say(tone(FAX_HZ, 30)))
    await phoned.until(lambda: bool(not_reached(phoned)), 60)
    assert not_reached(phoned) == [NotReached(one.leg, CallEnd.ANSWERED)]
    assert all(seat.calls.empty() for seat in seats)
    whistle.cancel()
    assert await call.wait_end(15)


async def test_a_connector_that_dies_while_it_rings_is_not_missed(
    phoned: Phoned, seats: list[SeatPhone], citizen: Citizen
) -> None:
    everybody = [wanted(one.name) for one in seats]
    one = order(CLOCK.now())
    await rings_back(phoned, one, *everybody)
    call = await rung(citizen)
    call.ring()
    await phoned.dies()
    await phoned.comes_back()
    await phoned.until(lambda: phoned.connector.watch.now is not None, 10)
    await phoned.keeps(*everybody)
    assert one.leg in phoned.backend.fake.rooms[-1].calls
    assert citizen[1].empty()
    await call.answer()
    await asyncio.sleep(1)
    await call.press("1")
    seat, talk = await first_ringing(seats)
    await talk.answer()
    await until_told(phoned, Mark.SEAT_ANSWERED, seat.name)
    assert list(phoned.backend.rings) == [one.leg]
    assert (Mark.QUEUED, "general") in told(phoned)
    await call.hang_up()
