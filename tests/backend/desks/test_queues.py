"""Queues of the office: what fails waits, is set aside with its reason, and holds up nothing."""

import asyncio
from datetime import timedelta

import pytest

from backend.desks import queues
from backend.desks.context import AppContext
from backend.desks.queues import TRANSCRIPTS, UNTOLD, Queue, work_off
from backend.store import attempts
from hotline.clock import FixedClock
from hotline.errors import Refused, Unavailable
from hotline.queue import Patience

QUEUE = Queue("errands", Patience(waits=(5, 30), longest_s=0.2))


async def aside(office: AppContext) -> list[tuple[str, str]]:
    async with office.store.connect() as connection:
        return [(one.ref, one.reason) for one in await attempts.listed(connection)]


@pytest.mark.parametrize("error", [RuntimeError("broken"), Refused("no"), TimeoutError("late")])
async def test_the_next_item_is_worked_on_whatever_one_does(
    office: AppContext, error: Exception
) -> None:
    done: list[str] = []

    async def work(item: str) -> None:
        if item == "bad":
            raise error
        done.append(item)

    assert await work_off(office, QUEUE, ["bad", "good"], str, work) == 2
    assert done == ["good"]


async def test_an_item_that_hangs_is_left_after_its_time(office: AppContext) -> None:
    done: list[str] = []

    async def work(item: str) -> None:
        if item == "bad":
            await asyncio.Event().wait()
        done.append(item)

    await work_off(office, QUEUE, ["bad", "good"], str, work)
    assert done == ["good"]


async def test_an_item_is_set_aside_after_its_tries_with_its_reason(
    office: AppContext, clock: FixedClock
) -> None:
    async def work(_: str) -> None:
        raise RuntimeError("the mast is gone")

    for _ in QUEUE.patience.waits:
        await work_off(office, QUEUE, ["bad"], str, work)
        assert await aside(office) == []
        clock.move(timedelta(seconds=60))
    await work_off(office, QUEUE, ["bad"], str, work)
    assert await aside(office) == [("bad", "RuntimeError: the mast is gone")]


async def test_what_is_refused_for_good_is_set_aside_at_once(office: AppContext) -> None:
    async def work(_: str) -> None:
        raise Refused("the rules do not allow it")

    await work_off(office, QUEUE, ["bad"], str, work)
    assert await aside(office) == [("bad", "the rules do not allow it")]


async def test_a_lost_database_counts_for_nothing(office: AppContext) -> None:
    async def work(_: str) -> None:
        raise Unavailable("away")

    for _ in range(5):
        with pytest.raises(Unavailable):
            await work_off(office, QUEUE, ["good"], str, work)
    assert await aside(office) == []


async def test_tries_that_end_their_process_count_too(office: AppContext) -> None:
    """A try is on record before the work, so what kills every process is given up all the same."""
    begun = [await queues.begin(office, TRANSCRIPTS, "1/a") for _ in range(6)]
    assert begun == [True, True, True, True, False, False]
    assert await aside(office) == [("1/a", UNTOLD)]
