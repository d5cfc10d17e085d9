"""What comes in that nobody would send on purpose: odd names, keys of every kind, lost power."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from backend.operations import asterisk
from backend.operations.asterisk import Pbx
from hotline.call import CallEventType as Mark
from hotline.clock import SystemClock
from hotline.room.exchange import OrderKind
from ivr.handset.phone import Call, open_phone
from ivr.pcm import Samples
from ivr.switch import doors
from tests.real.exchanges import Phoned, make_exchange, phoned_to
from tests.real.seats import SeatPhone, hears, open_seat, tone, wanted
from tests.real.talks import (
    CALLER_HZ,
    NUMBER,
    SEAT_HZ,
    hear_each_other,
    ordered,
    over,
    talking,
)

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(120)]
CALLER = "13800138000"
# The two pitches of the key 1.
ONE_HZ = (697, 1209)


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


async def paused_seat(phoned: Phoned) -> SeatPhone:
    """A seat that is there and not rung: callers wait."""
    seat = await open_seat("seat001")
    await phoned.keeps(wanted(seat.name, rung=False))
    assert await seat.sign_in(phoned.server) == 200
    await phoned.keeps(wanted(seat.name, rung=False))
    return seat


def newest(phoned: Phoned) -> list[Mark]:
    return phoned.backend.marks(list(phoned.backend.rings)[-1])


def both_pitches() -> Samples:
    """Give the sound of the key 1 as a telephone makes it that has no other way."""
    at = np.arange(int(0.3 * 8000)) / 8000
    low, high = (6000 * np.sin(2 * np.pi * hz * at) for hz in ONE_HZ)
    sound: Samples = (low + high).astype(np.int16)
    return sound


async def by_event(call: Call) -> None:
    await call.press("1")


async def by_info(call: Call) -> None:
    await call.press_info("1")


async def by_sound(call: Call) -> None:
    await call.say(both_pitches())


@pytest.mark.parametrize("where", ["greeting", "queue"])
@pytest.mark.parametrize(
    ("press", "events"),
    [(by_event, True), (by_info, True), (by_sound, False)],
    ids=["event", "info", "sound"],
)
async def test_a_key_counts_however_it_comes_in_the_greeting_and_in_the_queue(
    phoned: Phoned, press: Callable[[Call], Awaitable[None]], events: bool, where: str
) -> None:
    seat = await paused_seat(phoned)
    phone = phoned.caller.phone
    call = await phone.call("12345", phoned.server, CALLER, events=events)
    await call.wait_answer()
    if where == "queue":
        await phoned.until(lambda: Mark.QUEUED in newest(phoned), 20)
    else:
        await asyncio.sleep(1)
    await press(call)
    await phoned.until(lambda: Mark.KEY in newest(phoned), 30)
    await call.hang_up()
    await phoned.until(lambda: Mark.ENDED in newest(phoned), 10)
    keys = [one.value for one in phoned.backend.notes if one.mark is Mark.KEY]
    assert keys == ["1"]
    seat.phone.close()


@pytest.mark.parametrize(
    "name",
    ['"; drop\\\\ <sip:x@y>', "李" * 100, "a" * 300, "${SHELL(id)}", "x%0d%0aAction: Originate"],
    ids=["quotes", "bytes", "long", "dialplan", "lines"],
)
async def test_an_odd_name_reaches_the_seat_and_the_record_as_a_name(
    phoned: Phoned, name: str
) -> None:
    seat = await open_seat("seat001")
    await phoned.keeps(wanted(seat.name))
    assert await seat.sign_in(phoned.server) == 200
    await phoned.keeps(wanted(seat.name))
    call = await phoned.caller.phone.call("12345", phoned.server, CALLER, name=name)
    await call.wait_answer()
    talk = await seat.ringing()
    await talk.answer()
    await hear_each_other(call, CALLER_HZ, talk, SEAT_HZ)
    assert talk.caller == CALLER
    ring = list(phoned.backend.rings.values())[-1]
    assert (ring.caller, ring.caller_name.isprintable()) == (CALLER, True)
    await over(call, talk)
    seat.phone.close()


async def test_who_hangs_up_at_any_moment_before_a_person_has_an_ended_record(
    phoned: Phoned,
) -> None:
    seat = await paused_seat(phoned)

    async def patient(turn: int) -> None:
        """Hang up half a second later than the one before; every second one presses a key."""
        call = await phoned.caller.phone.call("12345", phoned.server, f"1380000{turn:04d}")
        await call.wait_answer()
        if turn % 2:
            await call.press("1")
        await asyncio.sleep(0.5 * turn)
        assert not call.ended.is_set()
        await call.hang_up()

    await asyncio.gather(*(patient(turn) for turn in range(20)))
    keys = list(phoned.backend.rings)
    assert len(keys) == 20
    await phoned.until(
        lambda: all(phoned.backend.marks(key).count(Mark.ENDED) == 1 for key in keys), 15
    )
    for key in keys:
        marks = phoned.backend.marks(key)
        assert marks.count(Mark.QUEUED) == marks.count(Mark.QUEUE_LEFT), marks
    seat.phone.close()


@pytest.mark.parametrize("who", ["seat", "caller"])
async def test_a_telephone_that_hands_on_by_itself_is_refused_and_the_talk_goes_on(
    phoned: Phoned, who: str
) -> None:
    seat, talk, call = await talking(phoned)
    end = talk if who == "seat" else call
    for target in ("nobody@nowhere.invalid", f"{NUMBER}@{phoned.server[0]}", "s@127.0.0.1"):
        end.sequence += 1
        refer = end.phone.request(end, "REFER", end.sequence)
        refer.headers.append(("Refer-To", f"<sip:{target}>"))
        answer = await end.phone.exchange(refer, end.peer)
        assert answer is not None
        assert answer.status == 603
    await hear_each_other(call, CALLER_HZ, talk, SEAT_HZ)
    await over(call, talk)
    seat.phone.close()


async def test_of_two_seats_that_answer_one_call_one_has_it(phoned: Phoned) -> None:
    phoned.connector.watch.now = replace(phoned.backend.fake.room, ring_s=3)
    seats = [await open_seat(name) for name in ("seat001", "seat002")]
    everybody = [wanted(one.name) for one in seats]
    await phoned.keeps(*everybody)
    for one in seats:
        assert await one.sign_in(phoned.server) == 200
    await phoned.keeps(*everybody)
    call = await phoned.caller.phone.call("12345", phoned.server, CALLER)
    await call.wait_answer()
    rings = [asyncio.ensure_future(one.ringing(30)) for one in seats]
    await asyncio.wait(rings, return_when=asyncio.FIRST_COMPLETED)
    late = next(one.result() for one in rings if one.done())
    # The first answers in the moment in which it is given up, and the second at once.
    await late.wait_end(2.97)
    await late.answer()
    if not late.ended.is_set():
        await late.wait_end(1)
    if late.ended.is_set():
        (other,) = (one for one in rings if not one.done())
        await (await other).answer()
    await phoned.until(lambda: Mark.SEAT_ANSWERED in newest(phoned), 15)
    await asyncio.sleep(1)
    talks = [one.result() for one in rings if one.done()]
    up = [talk for talk in talks if not talk.ended.is_set()]
    assert len(up) == 1
    assert newest(phoned).count(Mark.SEAT_ANSWERED) == 1
    await hear_each_other(call, CALLER_HZ, up[0], SEAT_HZ)
    for ring in rings:
        ring.cancel()
    await over(call, up[0])
    for seat in seats:
        seat.phone.close()


async def test_a_caller_who_hangs_up_while_they_are_handed_on_is_gone_everywhere(
    exchange: Pbx, phoned: Phoned
) -> None:
    _, _, port = exchange.config.trunk_contact.rpartition(":")
    outside, third = await open_phone(SystemClock(), port=int(port)), asyncio.Queue[Call]()
    outside.on_call = third.put
    seat, talk, call = await talking(phoned)
    await ordered(phoned, OrderKind.TRANSFER, number=NUMBER)
    other = await asyncio.wait_for(third.get(), 15)
    other.ring()
    await call.hang_up()
    assert await other.wait_end(10)
    assert await talk.wait_end(10)
    await phoned.until(lambda: Mark.ENDED in newest(phoned), 10)
    seat.phone.close()
    outside.close()


async def test_a_telephone_that_loses_its_power_in_a_talk_gives_the_caller_back(
    phoned: Phoned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "SILENT_S", 6)
    monkeypatch.setattr(doors, "ASKED_S", 2)
    seat, talk, call = await talking(phoned)
    other = await open_seat("seat002")
    await phoned.keeps(wanted(seat.name, rung=False), wanted(other.name))
    assert await other.sign_in(phoned.server) == 200
    speaking = asyncio.ensure_future(call.say(tone(CALLER_HZ, 3)))
    await phoned.until(lambda: hears(talk, CALLER_HZ), 5)
    seat.phone.close()
    again = await other.ringing(20)
    await speaking
    assert Mark.SEAT_LEFT in newest(phoned)
    await again.answer()
    await hear_each_other(call, CALLER_HZ, again, SEAT_HZ)
    await over(call, again)
    other.phone.close()
