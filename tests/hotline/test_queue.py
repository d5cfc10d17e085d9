"""Lanes: what fails, fails for itself; nothing is taken up while the other side is away."""

import asyncio
from collections import deque
from datetime import timedelta

import pytest

from hotline.clock import FixedClock
from hotline.errors import Failed, Invalid, Unanswered, Unavailable
from hotline.queue import MAX_AWAY_S, Lanes, Patience, Tries
from tests.cities import MONDAY

PATIENCE = Patience(waits=(1, 5), longest_s=10)


async def test_no_lane_is_free_while_the_other_side_is_away() -> None:
    """Else notices are leased that nobody begins, and lie still until their lease ends."""

    async def away() -> None:
        raise Unavailable("gone")

    async def well() -> None:
        return

    clock = FixedClock(MONDAY)
    lanes = Lanes(clock, PATIENCE, 3)
    assert lanes.start("1", away)
    await lanes.settle()
    assert lanes.free == 0
    assert not lanes.start("2", well)
    clock.move(timedelta(seconds=MAX_AWAY_S))
    assert lanes.free == 3
    assert lanes.start("2", well)
    await lanes.settle()
    assert lanes.away is None


async def well() -> None:
    """Do what ends well at once."""


async def hang() -> None:
    """Do what never ends."""
    await asyncio.Event().wait()


async def test_work_that_hangs_lets_go_of_its_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotline.queue.LANE_S", 0.0)
    done, waiting = list[str](), deque(["bad1", "bad2", "good"])

    async def good() -> None:
        done.append("good")

    def fill() -> None:
        while waiting and lanes.free > 0:
            name = waiting.popleft()
            lanes.start(name, good if name == "good" else hang)

    lanes = Lanes(FixedClock(MONDAY), PATIENCE, 1, slow=2, freed=fill)
    fill()
    async with asyncio.timeout(5):
        while not done:
            await asyncio.sleep(0)
    await lanes.stop()


async def test_items_that_are_tried_again_leave_lanes_to_the_others() -> None:
    async def fails() -> None:
        raise Failed("broken")

    clock = FixedClock(MONDAY)
    lanes = Lanes(clock, PATIENCE, 4, slow=1)
    old = [f"old{turn}" for turn in range(4)]
    assert all(lanes.start(name, fails) for name in old)
    await lanes.settle()
    clock.move(timedelta(seconds=PATIENCE.waits[0]))
    assert sum(lanes.start(name, hang) for name in old) == 2
    assert lanes.start("new1", well)
    assert lanes.start("new2", well)
    await lanes.stop()


@pytest.mark.parametrize("error", [Unanswered("slow"), TimeoutError()])
async def test_nothing_is_set_aside_while_nobody_gets_an_answer(error: Exception) -> None:
    """A far side that is slow, or goes away in the middle, says nothing about an item."""

    async def unanswered() -> None:
        raise error

    clock, aside = FixedClock(MONDAY), list[str]()
    lanes = Lanes(clock, PATIENCE, 2)
    for _ in range(5 * len(PATIENCE.waits)):
        assert lanes.start("1", unanswered, aside.append)
        assert lanes.start("2", unanswered, aside.append)
        await lanes.settle()
        clock.move(timedelta(seconds=max(PATIENCE.waits)))
    assert aside == []
    assert lanes.start("3", well)
    await lanes.settle()
    assert lanes.start("1", well), "what was not its fault makes it wait no longer"
    await lanes.settle()


async def test_an_item_that_never_gets_an_answer_while_others_do_is_set_aside() -> None:
    async def unanswered() -> None:
        raise Unanswered("no answer in time")

    clock, aside = FixedClock(MONDAY), list[str]()
    lanes = Lanes(clock, PATIENCE, 2)
    for turn in range(2 + len(PATIENCE.waits)):
        lanes.start("bad", unanswered, aside.append)
        lanes.start(f"good{turn}", well)
        await lanes.settle()
        clock.move(timedelta(seconds=max(PATIENCE.waits)))
    assert aside == ["no answer in time"]


async def test_a_refusal_is_the_items_own_whoever_else_is_served() -> None:
    async def refused() -> None:
        raise Invalid("text", "no")

    aside = list[str]()
    lanes = Lanes(FixedClock(MONDAY), PATIENCE, 1)
    assert lanes.start("1", refused, aside.append)
    await lanes.settle()
    assert aside == ["text: no"]


def test_an_answer_that_failed_counts_always() -> None:
    tries = Tries(FixedClock(MONDAY), PATIENCE)
    for _ in range(1 + len(PATIENCE.waits)):
        tries.begin("1")
    assert tries.is_spent("1")
