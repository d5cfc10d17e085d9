"""Who goes before whom in the real exchange, what callers hear there of it, and when."""

import asyncio
import re
from dataclasses import replace

import pytest

from backend.operations.asterisk import Pbx
from hotline.call import CallEventType as Mark
from hotline.clock import SystemClock
from hotline.room.exchange import OrderKind
from hotline.room.nuisance import NuisanceLevel
from ivr.flows.reception import APART_S
from ivr.handset.phone import Call
from ivr.pcm import RATE
from tests.real.exchanges import Phoned, manager_asks
from tests.real.seats import SeatPhone, wanted
from tests.real.talks import ordered, talking
from tests.real.test_phone_room import (
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

CALLERS = ("13800000001", "13800000002", "13800000003")
FIRST_S, EVERY_S = 5, 8
# The exchange looks at its clock once a second, and may be kept from it by a prompt, or by a busy
# machine; so may be the first, from which all are counted. Less than what lies between two.
LATE_S, EARLY_S = 4, 3


def lets_hear(phoned: Phoned, ring_s: int = 3, first_s: int = FIRST_S) -> None:
    phoned.connector.watch.now = replace(
        phoned.backend.fake.room, ring_s=ring_s, first_announce_s=first_s, announce_s=EVERY_S
    )


async def nobody_is_rung(phoned: Phoned, seats: list[SeatPhone]) -> None:
    await phoned.keeps(*(wanted(one.name, rung=False) for one in seats))


def heard_at(phoned: Phoned, call: Call, prompt: str) -> list[float]:
    """Give when a prompt was heard in a call, in seconds of its sound."""
    assert call.stream is not None
    found = phoned.caller.ear.find(call.stream.heard.samples(), prompt)
    return [one.start / RATE for one in found]


async def until_heard(phoned: Phoned, call: Call, prompt: str, times: int, within_s: float) -> None:
    until = SystemClock().monotonic() + within_s
    while len(heard_at(phoned, call, prompt)) < times:
        assert SystemClock().monotonic() < until, f"{prompt} is not heard {times} times"
        await asyncio.sleep(0.5)


async def until_waiting(phoned: Phoned, *callers: str) -> None:
    """Wait until these wait in this order: who hears how it stands is not there meanwhile."""
    async with asyncio.timeout(15):
        while await in_queue(phoned) != list(callers):
            await asyncio.sleep(0.1)


async def test_a_place_is_heard_at_once_then_after_the_first_time_and_every_while(
    phoned: Phoned, seats: list[SeatPhone]
) -> None:
    lets_hear(phoned)
    await nobody_is_rung(phoned, seats)
    await waits(phoned, CALLERS[0])
    call = await calls(phoned, CALLERS[1])
    await until_heard(phoned, call, "queue_place", 4, 45)
    at = heard_at(phoned, call, "queue_place")
    behind = [one - at[0] for one in at[:4]]
    due = (0, FIRST_S, FIRST_S + EVERY_S, FIRST_S + 2 * EVERY_S)
    off = [one - when for one, when in zip(behind, due, strict=True)]
    assert -EARLY_S <= min(off) <= max(off) <= LATE_S, off
    await until_waiting(phoned, *CALLERS[:2])
    # It is one wait, whatever was heard in it.
    assert [mark for mark, _ in told(phoned)] == [Mark.ANSWERED, Mark.QUEUED]


async def test_a_seat_that_rings_is_not_taken_away_to_tell_how_it_stands(
    phoned: Phoned, seats: list[SeatPhone]
) -> None:
    lets_hear(phoned, ring_s=8, first_s=3)
    await nobody_is_rung(phoned, seats)
    call = await calls(phoned, CALLERS[0])
    await phoned.until(lambda: (Mark.QUEUED, "general") in told(phoned), 15)
    await phoned.keeps(*(wanted(one.name) for one in seats))
    seat, ring = await first_ringing(seats)
    # The turn is over by now.
    await asyncio.sleep(4)
    assert not ring.ended.is_set()
    await ring.answer()
    await until_told(phoned, Mark.SEAT_ANSWERED, seat.name)
    await call.hang_up()


def waiting(exchange: Pbx) -> list[str]:
    """Give the callers who wait, first in line first, without asking the connector."""
    shown = manager_asks(exchange, "Action: QueueStatus\r\nQueue: queue1\r\n\r\n")
    entries = shown.split("Event: QueueEntry")[1:]
    return [found[1] for one in entries if (found := re.search(r"CallerIDNum: (\d+)", one))]


async def test_a_key_while_the_connector_is_dead_leads_back_to_the_own_place(
    phoned: Phoned, seats: list[SeatPhone]
) -> None:
    lets_hear(phoned, first_s=60)
    await nobody_is_rung(phoned, seats)
    _, second, _ = [await waits(phoned, caller) for caller in CALLERS]
    await phoned.dies()
    assert waiting(phoned.exchange) == list(CALLERS)
    await second.press("5")
    await asyncio.sleep(2)
    assert waiting(phoned.exchange) == list(CALLERS)
    assert not second.ended.is_set()
    await phoned.comes_back()


async def test_who_waits_goes_on_waiting_while_the_connector_is_dead_and_hears_the_place_again(
    phoned: Phoned, seats: list[SeatPhone]
) -> None:
    lets_hear(phoned)
    await nobody_is_rung(phoned, seats)
    await waits(phoned, CALLERS[0])
    second = await calls(phoned, CALLERS[1])
    await until_heard(phoned, second, "queue_place", 1, 15)
    await phoned.dies()
    # A turn is over meanwhile.
    await asyncio.sleep(FIRST_S + 3)
    assert waiting(phoned.exchange) == list(CALLERS[:2])
    await phoned.comes_back()
    phoned.connector.watch.now = phoned.backend.fake.room
    await until_heard(phoned, second, "queue_place", 2, 15)
    await until_waiting(phoned, *CALLERS[:2])


async def test_a_key_that_interrupts_the_place_counts(
    phoned: Phoned, seats: list[SeatPhone]
) -> None:
    await nobody_is_rung(phoned, seats)
    await waits(phoned, CALLERS[0])
    call = await calls(phoned, CALLERS[1])
    await until_heard(phoned, call, "welcome", 1, 15)
    await asyncio.sleep(0.4)
    await call.press("7")
    await until_heard(phoned, call, "you_pressed", 1, 5)
    assert not heard_at(phoned, call, "queue_place_end")
    await until_heard(phoned, call, "digit_7", 1, 5)


async def test_the_key_twice_is_at_the_office_at_once_and_the_caller_is_first(
    phoned: Phoned, seats: list[SeatPhone]
) -> None:
    lets_hear(phoned)
    await nobody_is_rung(phoned, seats)
    for caller in CALLERS[:2]:
        await waits(phoned, caller)
    third = await waits(phoned, CALLERS[2])
    await asyncio.sleep(2 * APART_S)
    pressed = SystemClock().monotonic()
    await third.press("0")
    await phoned.until(lambda: (Mark.EMERGENCY, "0") in told(phoned), 5)
    assert SystemClock().monotonic() - pressed < 1.0
    await until_waiting(phoned, CALLERS[2], *CALLERS[:2])
    assert heard_at(phoned, third, "emergency_next")


async def test_a_nuisance_waits_behind_those_who_came_later_and_one_is_turned_away(
    phoned: Phoned, seats: list[SeatPhone]
) -> None:
    lets_hear(phoned)
    await nobody_is_rung(phoned, seats)
    held = phoned.backend.fake.telephone.held
    held[CALLERS[0]] = NuisanceLevel.SLOW
    slow = await waits(phoned, CALLERS[0])
    await waits(phoned, CALLERS[1])
    assert await in_queue(phoned) == [CALLERS[1], CALLERS[0]]
    await slow.press("9")
    await until_waiting(phoned, CALLERS[1], CALLERS[0])
    held[CALLERS[2]] = NuisanceLevel.REFUSE
    refused = await calls(phoned, CALLERS[2])
    assert await refused.wait_end(10)
    assert heard_at(phoned, refused, "refused")
    await until_told(phoned, Mark.ENDED)
    assert told(phoned) == [(Mark.ANSWERED, ""), (Mark.TURNED_AWAY, "refuse"), (Mark.ENDED, "")]
    danger = await calls(phoned, CALLERS[2])
    for _ in range(2):
        await danger.press("0")
        await asyncio.sleep(0.5)
    while (await in_queue(phoned))[:1] != [CALLERS[2]]:
        await asyncio.sleep(0.1)


async def test_whom_a_seat_sends_to_a_queue_waits_there_turn_by_turn(phoned: Phoned) -> None:
    phoned.connector.watch.now = replace(
        phoned.backend.fake.room, first_announce_s=2, announce_s=3, longest_wait_s=60
    )
    seat, talk, call = await talking(phoned)
    await ordered(phoned, OrderKind.REQUEUE, queue=3)
    assert await talk.wait_end(10)
    await until_heard(phoned, call, "queue_next", 2, 30)

    async def where() -> list[str]:
        there = await phoned.connector.exchange.queues() or []
        return [str(one["Queue"]) for one in there if one["Event"] == "QueueEntry"]

    async with asyncio.timeout(15):
        while await where() != ["queue3"]:
            await asyncio.sleep(0.1)
    await call.hang_up()
    seat.phone.close()
