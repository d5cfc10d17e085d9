"""A call through the telephone room of the real exchange: queue, seats, and every way to leave."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from backend.operations import asterisk
from backend.operations.asterisk import Pbx
from config.settings import ROOT
from hotline.call import CallEventType as Mark
from hotline.room.exchange import Leg, RoomWanted
from ivr.handset.phone import Call
from ivr.pcm import RATE, read_wav
from tests.real.exchanges import Phoned, make_exchange, phoned_to
from tests.real.seats import SeatPhone, hears, open_seat, tone, wanted

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(60)]

SPOKEN = read_wav(ROOT / "config/asterisk/samples/rubbish.wav")
CALLER_HZ, SEAT_HZ = 440, 1000
CALLER = "13800138000"


@pytest.fixture(scope="module")
def exchange(open_folder: Path) -> Iterator[Pbx]:
    """Run an Asterisk of our own for this file."""
    with asterisk.running(make_exchange(open_folder)) as running:
        yield running


@pytest_asyncio.fixture
async def phoned(exchange: Pbx, tmp_path: Path) -> AsyncIterator[Phoned]:
    """Give a phone connector that keeps the exchange's room."""
    async with phoned_to(exchange, tmp_path) as phoned:
        await phoned.until(lambda: phoned.connector.watch.now is not None, 10)
        # A seat is rung for three seconds.
        phoned.connector.watch.now = replace(phoned.backend.fake.room, ring_s=3)
        yield phoned


@pytest_asyncio.fixture
async def seats(phoned: Phoned) -> AsyncIterator[list[SeatPhone]]:
    """Give two seats that are signed in and wait for calls."""
    phones = [await open_seat(name) for name in ("seat001", "seat002")]
    everybody = [wanted(one.name) for one in phones]
    await phoned.keeps(*everybody)
    for one in phones:
        assert await one.sign_in(phoned.server) == 200
    await phoned.keeps(*everybody)
    yield phones
    for one in phones:
        one.phone.close()


async def calls(phoned: Phoned, caller: str = CALLER) -> Call:
    """Ring the hotline up; gives the call when it is answered."""
    call = await phoned.caller.phone.call("12345", phoned.server, caller)
    await call.wait_answer()
    return call


def told(phoned: Phoned, since: int = 0) -> list[tuple[Mark, str]]:
    """Give what happened in the newest call, in the order of time."""
    key = list(phoned.backend.rings)[-1]
    notes = sorted((one for one in phoned.backend.notes if one.key == key), key=lambda n: n.at)
    return [(one.mark, one.value) for one in notes][since:]


async def until_told(phoned: Phoned, mark: Mark, value: str | None = None) -> None:
    await phoned.until(lambda: any(m is mark and value in (None, v) for m, v in told(phoned)), 15)


async def first_ringing(seats: list[SeatPhone]) -> tuple[SeatPhone, Call]:
    """Wait until one of the seats rings."""
    waiting = {asyncio.ensure_future(one.ringing()): one for one in seats}
    done, others = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for one in others:
        one.cancel()
    task = done.pop()
    return waiting[task], task.result()


async def test_a_caller_talks_with_a_seat_both_hear_and_all_is_told(
    phoned: Phoned, seats: list[SeatPhone]
) -> None:
    call = await calls(phoned)
    seat, talk = await first_ringing(seats)
    await until_told(phoned, Mark.SEAT_RINGING, seat.name)
    await talk.answer()
    await asyncio.gather(call.say(tone(CALLER_HZ, 1.5)), talk.say(tone(SEAT_HZ, 1.5)))
    assert hears(talk, CALLER_HZ)
    assert hears(call, SEAT_HZ)
    await call.hang_up()
    assert await talk.wait_end(5)
    await until_told(phoned, Mark.ENDED)
    await until_told(phoned, Mark.SEAT_LEFT)
    assert told(phoned)[:5] == [
        (Mark.ANSWERED, ""),
        (Mark.QUEUED, "general"),
        (Mark.SEAT_RINGING, seat.name),
        (Mark.QUEUE_LEFT, "seat"),
        (Mark.SEAT_ANSWERED, seat.name),
    ]
    assert set(told(phoned, 5)) == {(Mark.SEAT_LEFT, seat.name), (Mark.ENDED, "")}


async def in_queue(phoned: Phoned) -> list[str]:
    """Give the callers who wait, first in line first."""
    there = await phoned.connector.exchange.queues()
    return [one["CallerIDNum"] for one in there or () if one["Event"] == "QueueEntry"]


async def waits(phoned: Phoned, caller: str) -> Call:
    """Ring the hotline up, and wait behind the greeting until the call waits for a seat."""
    call = await calls(phoned, caller)
    await call.press("0")
    while caller not in await in_queue(phoned):
        assert not call.ended.is_set()
        await asyncio.sleep(0.1)
    return call


async def paused(phoned: Phoned) -> set[str]:
    there = await phoned.connector.exchange.queues()
    found = [one for one in there or () if one["Event"] == "QueueMember"]
    return {one["Name"] for one in found if one["Paused"] == "1"}


async def test_who_hangs_up_leaves_an_ended_record_wherever_it_was(
    phoned: Phoned, seats: list[SeatPhone]
) -> None:
    greeted = await calls(phoned)
    await asyncio.sleep(0.5)
    await greeted.hang_up()
    await until_told(phoned, Mark.ENDED)
    assert told(phoned) == [(Mark.ANSWERED, ""), (Mark.ENDED, "")]

    call = await waits(phoned, CALLER)
    seat, talk = await first_ringing(seats)
    await until_told(phoned, Mark.SEAT_RINGING)
    await call.hang_up()
    assert await talk.wait_end(5)
    await until_told(phoned, Mark.ENDED)
    assert (Mark.QUEUE_LEFT, "hangup") in told(phoned)
    assert (Mark.SEAT_MISSED, seat.name) in told(phoned)
    assert await paused(phoned) == set()

    await phoned.keeps(*(wanted(one.name, rung=False) for one in seats))
    call = await waits(phoned, CALLER)
    await call.hang_up()
    await until_told(phoned, Mark.ENDED)
    assert told(phoned)[1:] == [
        (Mark.KEY, "0"), (Mark.QUEUED, "general"), (Mark.QUEUE_LEFT, "hangup"), (Mark.ENDED, ""),
    ]  # fmt: skip


async def test_a_seat_that_turns_a_call_away_or_lets_it_ring_is_rung_no_more(
    phoned: Phoned, seats: list[SeatPhone]
) -> None:
    call = await waits(phoned, CALLER)
    seat, talk = await first_ringing(seats)
    # As the office will have it when it hears of them.
    phoned.backend.fake.wanted = RoomWanted(tuple(wanted(s.name, rung=False) for s in seats))
    talk.refuse(486)
    await until_told(phoned, Mark.SEAT_MISSED, f"{seat.name} refused")
    assert seat.name in await paused(phoned)
    (other,) = (one for one in seats if one is not seat)
    ring = await other.ringing()
    assert await ring.wait_end(8)
    await until_told(phoned, Mark.SEAT_MISSED, f"{other.name} no_answer")
    assert await paused(phoned) == {seat.name, other.name}
    assert seat.calls.empty()
    phoned.backend.fake.wanted = RoomWanted(tuple(wanted(s.name) for s in seats))
    seat, ring = await first_ringing(seats)
    await ring.answer()
    await until_told(phoned, Mark.SEAT_ANSWERED, seat.name)
    assert seat.name in await paused(phoned)
    await ring.hang_up()
    assert await call.wait_end(8)
    await until_told(phoned, Mark.ENDED)


async def test_a_key_tells_the_state_and_leads_back_to_the_same_place(
    phoned: Phoned, seats: list[SeatPhone]
) -> None:
    await phoned.keeps(*(wanted(one.name, rung=False) for one in seats))
    callers = ["13800000001", "13800000002", "13800000003"]
    first, second, third = [await waits(phoned, caller) for caller in callers]
    await second.press("1")
    while (await in_queue(phoned)) != [callers[0], callers[2]]:
        await asyncio.sleep(0.05)
    assert await phoned.caller.wait_prompt(second, "no_case", 10) is not None
    while len(await in_queue(phoned)) < 3:
        await asyncio.sleep(0.1)
    assert await in_queue(phoned) == callers
    for one in (first, second, third):
        await one.hang_up()


async def test_a_key_leads_from_the_queue_to_a_spoken_report(
    phoned: Phoned, seats: list[SeatPhone]
) -> None:
    await phoned.keeps(*(wanted(one.name, rung=False) for one in seats))
    call = await waits(phoned, CALLER)
    await call.press("2")
    assert await phoned.caller.wait_prompt(call, "beep", 20) is not None
    await call.say(SPOKEN)
    await asyncio.sleep(0.5)
    await call.press("#")
    assert await call.wait_end(30)
    assert call.stream is not None
    (number,) = set(phoned.caller.ear.numbers(call.stream.heard.samples()))
    await phoned.until(lambda: number in phoned.backend.attached)
    await until_told(phoned, Mark.ENDED)
    assert (Mark.QUEUE_LEFT, "key") in told(phoned)


async def test_who_has_waited_for_too_long_is_asked_for_the_words(
    phoned: Phoned, seats: list[SeatPhone]
) -> None:
    phoned.connector.watch.now = replace(phoned.backend.fake.room, longest_wait_s=2)
    await phoned.keeps(*(wanted(one.name, rung=False) for one in seats))
    call = await waits(phoned, CALLER)
    assert await phoned.caller.wait_prompt(call, "room_busy", 10) is not None
    assert await phoned.caller.wait_prompt(call, "beep", 20) is not None
    await call.hang_up()
    await until_told(phoned, Mark.ENDED)
    assert (Mark.QUEUE_LEFT, "timeout") in told(phoned)


async def test_a_connector_that_dies_loses_no_call_and_sees_the_room_when_it_is_back(
    phoned: Phoned, seats: list[SeatPhone]
) -> None:
    talking = await calls(phoned, "13800000001")
    seat, talk = await first_ringing(seats)
    await talk.answer()
    await until_told(phoned, Mark.SEAT_ANSWERED)
    await phoned.keeps(*(wanted(one.name, rung=False) for one in seats))
    waiting = await waits(phoned, "13800000002")
    await phoned.dies()
    await asyncio.gather(talking.say(tone(CALLER_HZ, 1)), talk.say(tone(SEAT_HZ, 1)))
    assert hears(talk, CALLER_HZ)
    assert hears(talking, SEAT_HZ)
    assert not waiting.ended.is_set()
    seen = len(phoned.backend.fake.rooms)
    phoned.backend.fake.wanted = RoomWanted(tuple(wanted(one.name) for one in seats))
    await phoned.comes_back()
    (other,) = (one for one in seats if one is not seat)
    ring = await other.ringing(5)
    await ring.answer()
    key = next(iter(phoned.backend.rings))
    assert phoned.backend.fake.rooms[seen].legs == (Leg(key, seat.name, talking=True),)
    assert len(phoned.backend.fake.rooms[seen].calls) == 2
    for one in (talking, waiting):
        await one.hang_up()
    await until_told(phoned, Mark.ENDED)
    await phoned.until(lambda: Mark.ENDED in phoned.backend.marks(key), 10)


async def test_a_seat_whose_page_is_closed_in_a_talk_leaves_the_caller_to_the_next(
    phoned: Phoned, seats: list[SeatPhone]
) -> None:
    call = await waits(phoned, CALLER)
    seat, talk = await first_ringing(seats)
    await talk.answer()
    await until_told(phoned, Mark.SEAT_ANSWERED, seat.name)
    await asyncio.gather(talk.hang_up(), seat.sign_in(phoned.server, seconds=0))
    (other,) = (one for one in seats if one is not seat)
    ring = await other.ringing()
    await ring.answer()
    await until_told(phoned, Mark.SEAT_ANSWERED, other.name)
    await ring.hang_up()
    assert await phoned.caller.wait_prompt(call, "goodbye", 10) is not None
    assert await call.wait_end(5)
    await until_told(phoned, Mark.ENDED)


async def test_who_waits_hears_where_they_stand_and_a_music(
    phoned: Phoned, seats: list[SeatPhone]
) -> None:
    await phoned.keeps(*(wanted(one.name, rung=False) for one in seats))
    await waits(phoned, "13800000001")
    call = await calls(phoned, "13800000002")
    assert call.stream is not None
    assert await phoned.caller.wait_prompt(call, "queue_place_end", 20) is not None
    said = len(call.stream.heard.samples())
    while len(call.stream.heard.samples(said)) < 2 * RATE:
        await asyncio.sleep(0.1)
    sound = call.stream.heard.samples()
    prompts = ("welcome", "queue_place", "count_2", "queue_place_end")
    starts = [phoned.caller.ear.find(sound, prompt)[0].start for prompt in prompts]
    assert starts == sorted(starts)
    assert np.abs(sound[-RATE:]).max() > 500
