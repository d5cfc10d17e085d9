"""The duty chief listens, whispers and barges on the real exchange: told by tones at each end."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio

from backend.operations import asterisk
from backend.operations.asterisk import Pbx
from hotline.clock import SystemClock
from hotline.room.exchange import OrderKind, RoomOrder, RoomWanted
from hotline.room.listening import ListenEnd, ListenWanted, ListenWay
from ivr.handset.phone import Call, open_phone
from tests.real.exchanges import Phoned, lines_taken, make_exchange, phoned_to
from tests.real.seats import SeatPhone, hears, open_seat, tone, wanted
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
CHIEF_HZ, OTHER_HZ = 2200, 2800
LISTEN, WHISPER, BARGE = ListenWay


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


@dataclass(slots=True)
class Heard:
    """A seat that talks with a caller, and a chief whose telephone listens."""

    phoned: Phoned
    seat: SeatPhone
    talk: Call
    call: Call
    chief: SeatPhone
    ear: Call
    ident: str

    async def wants(self, *listens: ListenWanted) -> None:
        """Let the office want these listenings, and be looked at."""
        fake = self.phoned.backend.fake
        seats = (wanted("seat001", 1, 3, rung=False), wanted("seat002", 9, rung=False))
        fake.wanted = RoomWanted(seats, listens=listens)
        while not await self.phoned.connector.keeper.look():
            await asyncio.sleep(0.1)

    def one(self, way: ListenWay, *, begun: bool = True) -> ListenWanted:
        """The listening as the office has it."""
        key = list(self.phoned.backend.rings)[-1]
        return ListenWanted(self.ident, "seat002", "seat001", key, way, begun)

    async def turn(self, way: ListenWay) -> None:
        """Let the office turn it to another way."""
        await self.wants(self.one(way))
        await asyncio.sleep(0.5)

    async def all_say(self) -> dict[str, set[int]]:
        """Let all say their tones at once; gives which each of them hears."""
        ends = {"caller": self.call, "seat": self.talk, "chief": self.ear}
        pitches = {"caller": CALLER_HZ, "seat": SEAT_HZ, "chief": CHIEF_HZ}
        await asyncio.gather(*(one.say(tone(pitches[name], 2.5)) for name, one in ends.items()))
        return {
            name: {hz for hz in pitches.values() if hears(one, hz)} for name, one in ends.items()
        }

    async def is_over(self, why: ListenEnd) -> None:
        """Wait until the office is told that it is over, once, and why."""
        rooms = self.phoned.backend.fake.rooms
        await self.phoned.until(lambda: any(seen.listened for seen in rooms), 10)
        told = next(seen.listened for seen in rooms if seen.listened)
        assert [(one.id, one.why) for one in told] == [(self.ident, why)]
        await self.wants()


async def listening(phoned: Phoned, way: ListenWay) -> Heard:
    """A talk that a chief listens to in a way."""
    seat, talk, call = await talking(phoned)
    chief = await open_seat("seat002")
    heard = Heard(phoned, seat, talk, call, chief, call, f"l{len(phoned.backend.fake.rooms)}")
    await heard.wants()
    assert await chief.sign_in(phoned.server) == 200
    await heard.wants(heard.one(way, begun=False))
    heard.ear = await chief.ringing()
    await heard.ear.answer()
    await heard.wants(heard.one(way))
    rooms = phoned.backend.fake.rooms
    await phoned.until(lambda: any(one.is_on for one in rooms[-1].listens), 10)
    await asyncio.sleep(0.5)
    return heard


EXPECTED = {
    LISTEN: {"caller": {SEAT_HZ}, "seat": {CALLER_HZ}},
    WHISPER: {"caller": {SEAT_HZ}, "seat": {CALLER_HZ, CHIEF_HZ}},
    BARGE: {"caller": {SEAT_HZ, CHIEF_HZ}, "seat": {CALLER_HZ, CHIEF_HZ}},
}


async def hears_as(heard: Heard, way: ListenWay) -> None:
    """Find at each end the tones of a way; the chief hears both in each."""
    assert await heard.all_say() == EXPECTED[way] | {"chief": {CALLER_HZ, SEAT_HZ}}, way


async def done(heard: Heard) -> None:
    """End the talk, and with it the listening."""
    await over(heard.talk, heard.call)
    assert await heard.ear.wait_end(10)
    heard.seat.phone.close()
    heard.chief.phone.close()


@pytest.mark.parametrize("way", list(ListenWay))
async def test_each_way_is_heard_by_whom_it_is_meant_for_and_ends_with_the_call(
    phoned: Phoned, way: ListenWay
) -> None:
    heard = await listening(phoned, way)
    await hears_as(heard, way)
    await done(heard)
    await heard.is_over(ListenEnd.CALL_OVER)


async def test_the_page_turns_it_and_so_do_the_telephones_keys(phoned: Phoned) -> None:
    heard = await listening(phoned, LISTEN)
    for way in (WHISPER, BARGE, LISTEN):
        await heard.turn(way)
        await hears_as(heard, way)
    rooms = phoned.backend.fake.rooms
    for key, way in (("5", WHISPER), ("6", BARGE), ("4", LISTEN)):
        await heard.ear.press(key)
        await phoned.until(lambda way=way: any(  # type: ignore[misc]
            one.turned is way for seen in rooms for one in seen.listens), 10)  # fmt: skip
        await heard.wants(heard.one(way))
        await hears_as(heard, way)
    await done(heard)


async def test_who_hangs_up_leaves_the_talk_as_it_is_and_the_office_stops_it_likewise(
    phoned: Phoned,
) -> None:
    heard = await listening(phoned, BARGE)
    await heard.ear.hang_up()
    await heard.is_over(ListenEnd.HUNG_UP)
    await hear_each_other(heard.call, CALLER_HZ, heard.talk, SEAT_HZ)
    heard.ident, before = "again", len(phoned.backend.fake.rooms)
    await heard.wants(heard.one(LISTEN, begun=False))
    heard.ear = await heard.chief.ringing()
    await heard.ear.answer()
    await heard.wants(heard.one(LISTEN))
    await heard.wants()
    assert await heard.ear.wait_end(5)
    await hear_each_other(heard.call, CALLER_HZ, heard.talk, SEAT_HZ)
    await heard.wants()
    told = [one for seen in phoned.backend.fake.rooms[before:] for one in seen.listened]
    assert [(one.id, one.why) for one in told] == [("again", ListenEnd.STOPPED)]
    await done(heard)


async def test_a_seat_that_asks_somebody_meanwhile_is_not_listened_to_any_more(
    phoned: Phoned, third: asyncio.Queue[Call]
) -> None:
    """The office ends it with the order: whom the seat asks talks with the seat alone."""
    heard = await listening(phoned, BARGE)
    await ordered(phoned, OrderKind.CONSULT, number=NUMBER)
    assert await heard.ear.wait_end(5)
    other = await asyncio.wait_for(third.get(), 15)
    await other.answer()
    await hear_each_other(heard.talk, SEAT_HZ, other, THIRD_HZ)
    await over(other)
    await hear_each_other(heard.call, CALLER_HZ, heard.talk, SEAT_HZ)
    await heard.wants()
    await done(heard)


async def test_a_seat_that_hands_its_caller_on_takes_nobody_along_who_listened(
    phoned: Phoned, third: asyncio.Queue[Call]
) -> None:
    heard = await listening(phoned, WHISPER)
    fake, key = phoned.backend.fake, list(phoned.backend.rings)[-1]
    order = RoomOrder("t1", OrderKind.TRANSFER, key, "seat001", number=NUMBER)
    fake.wanted = replace(fake.wanted, orders=(order,), listens=(heard.one(WHISPER),))
    while not await phoned.connector.keeper.look():
        await asyncio.sleep(0.1)
    fake.wanted = replace(fake.wanted, orders=())
    other = await asyncio.wait_for(third.get(), 15)
    await other.answer()
    assert await heard.talk.wait_end(10)
    assert await heard.ear.wait_end(10)
    await heard.is_over(ListenEnd.CALL_OVER)
    await hear_each_other(heard.call, CALLER_HZ, other, THIRD_HZ)
    await over(other, heard.call)
    heard.seat.phone.close()
    heard.chief.phone.close()


async def test_of_two_talks_the_chief_hears_the_one_whose_line_is_meant(phoned: Phoned) -> None:
    """Asterisk takes a name for the beginning of all that begin so."""
    heard = await listening(phoned, LISTEN)
    other = await open_seat("seat003")
    fake = phoned.backend.fake
    seats = (*fake.wanted.seats, wanted("seat003", 1))
    fake.wanted = RoomWanted(seats, listens=fake.wanted.listens)
    await phoned.connector.keeper.look()
    assert await other.sign_in(phoned.server) == 200
    await phoned.connector.keeper.look()
    call = await phoned.caller.phone.call("12345", phoned.server, "13900139000")
    await call.wait_answer()
    talk = await other.ringing(30)
    await talk.answer()
    await asyncio.gather(
        call.say(tone(OTHER_HZ, 3.0)), talk.say(tone(THIRD_HZ, 3.0)),
        heard.call.say(tone(CALLER_HZ, 3.0)), heard.talk.say(tone(SEAT_HZ, 3.0)),
    )  # fmt: skip
    found = {hz for hz in (CALLER_HZ, SEAT_HZ, THIRD_HZ, OTHER_HZ) if hears(heard.ear, hz)}
    assert found == {CALLER_HZ, SEAT_HZ}
    await over(talk, call)
    other.phone.close()
    await done(heard)
