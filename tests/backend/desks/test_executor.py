"""Jobs that are leased: what fails waits, dies with its reason, and holds up nothing behind it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from backend.desks import executor
from backend.desks.context import AppContext
from backend.desks.executor import work_leased
from backend.desks.queues import UNDERSTANDING, UNTOLD
from backend.store import jobs
from backend.store.jobs import Job, job_row
from backend.store.session import Transaction
from hotline.clock import FixedClock
from hotline.errors import Refused, Unavailable
from hotline.queue import Patience
from tests.cities import MONDAY

QUEUE = replace(
    UNDERSTANDING, name="errands", patience=Patience(waits=(5, 30), longest_s=0.2), lease_s=15.0
)


async def errands(office: AppContext, *refs: str) -> None:
    """Leave things to be done, in this order."""
    async with office.store.append(MONDAY) as writes:
        for turn, ref in enumerate(refs):
            due = MONDAY - timedelta(seconds=len(refs) - turn)
            writes.add("job", job_row(QUEUE.name, ref, due, MONDAY, {}))


async def end(office: AppContext, job: Job) -> None:
    async def work(transaction: Transaction) -> None:
        if await jobs.is_held(transaction.connection, job):
            transaction.end_job(job.queue, job.ref)

    await office.store.transaction(office.clock.now, work)


async def nothing(_transaction: Transaction, _job: Job) -> None:
    return


async def work_off(office: AppContext, work: Callable[[str], Awaitable[None]]) -> int:
    async def one(job: Job) -> None:
        await work(job.ref)
        await end(office, job)

    return await work_leased(office, QUEUE, one, nothing, 10)


async def letters(office: AppContext) -> list[tuple[str, str]]:
    async with office.store.connect() as connection:
        return [(one.ref, one.reason) for one, _ in await jobs.dead(connection, 9)]


async def hang() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("error", [RuntimeError("broken"), Refused("no"), None])
async def test_the_next_job_is_done_whatever_one_does(
    office: AppContext, error: Exception | None
) -> None:
    await errands(office, "bad", "good")
    done: list[str] = []

    async def work(ref: str) -> None:
        if ref == "bad" and error is None:
            await hang()
        if ref == "bad" and error is not None:
            raise error
        done.append(ref)

    assert await work_off(office, work) == 2
    assert done == ["good"]


async def test_a_job_is_a_dead_letter_after_its_tries_with_its_reason(
    office: AppContext, clock: FixedClock
) -> None:
    await errands(office, "bad")

    async def work(_: str) -> None:
        raise RuntimeError("the mast is gone")

    for wait in QUEUE.patience.waits:
        assert await work_off(office, work) == 1
        assert await letters(office) == []
        assert await work_off(office, work) == 0
        clock.move(timedelta(seconds=wait))
    await work_off(office, work)
    assert await letters(office) == [("bad", "RuntimeError: the mast is gone")]


async def test_what_is_refused_for_good_dies_at_once(office: AppContext) -> None:
    await errands(office, "bad")

    async def work(_: str) -> None:
        raise Refused("the rules do not allow it")

    await work_off(office, work)
    assert await letters(office) == [("bad", "the rules do not allow it")]


async def test_a_lost_database_kills_no_job(office: AppContext, clock: FixedClock) -> None:
    await errands(office, "good")

    async def work(_: str) -> None:
        raise Unavailable("away")

    for _ in range(2):
        with pytest.raises(Unavailable):
            await work_off(office, work)
        clock.move(timedelta(seconds=QUEUE.lease_s))
    assert await letters(office) == []


async def test_a_worker_that_is_killed_leaves_its_jobs_when_its_lease_has_run_out(
    office: AppContext, clock: FixedClock
) -> None:
    """A try is counted before the work, so what kills each worker dies itself."""
    await errands(office, "killer")
    for turn in range(3):
        (job,) = await executor.lease(office, QUEUE, 10, holder=f"worker{turn}")
        assert await executor.lease(office, QUEUE, 10) == []
        clock.move(timedelta(seconds=QUEUE.lease_s))
    assert job.tries == 3
    asked: list[str] = []

    async def work(ref: str) -> None:
        asked.append(ref)

    assert await work_off(office, work) == 1
    assert (asked, await letters(office)) == ([], [("killer", UNTOLD)])


async def test_who_is_killed_has_tried_the_one_job_that_it_worked_on(office: AppContext) -> None:
    """A worker that leased several let those that it never began die with it after some kills."""
    await errands(office, "1", "2")
    begun = asyncio.Event()

    async def work(_: str) -> None:
        begun.set()
        await hang()

    dying = asyncio.create_task(work_off(office, work))
    await begun.wait()
    async with office.store.connect() as connection:
        assert await jobs.leased(connection, QUEUE.name, "1") is not None
        assert await jobs.leased(connection, QUEUE.name, "2") is None
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)


async def test_who_has_lost_a_lease_ends_nothing(office: AppContext, clock: FixedClock) -> None:
    await errands(office, "1")
    (late,) = await executor.lease(office, QUEUE, 10, holder="late")
    clock.move(timedelta(seconds=QUEUE.lease_s))
    (now,) = await executor.lease(office, QUEUE, 10, holder="quick")
    await end(office, late)
    assert not await executor.failed(office, QUEUE, late, Refused("no"))
    async with office.store.connect() as connection:
        assert await jobs.leased(connection, QUEUE.name, "1") == now
    await end(office, now)
    async with office.store.connect() as connection:
        assert await jobs.leased(connection, QUEUE.name, "1") is None


async def test_a_lease_that_is_put_off_does_not_run_out(
    office: AppContext, clock: FixedClock
) -> None:
    await errands(office, "1")
    await executor.lease(office, QUEUE, 10)
    for _ in range(3):
        clock.move(timedelta(seconds=QUEUE.lease_s - 1))
        assert await executor.lease(office, QUEUE, 10, holder="other") == []
        await executor.extend(office, QUEUE, office.holder, ["1"])
        await executor.extend(office, QUEUE, "other", ["1"])
    clock.move(timedelta(seconds=QUEUE.lease_s))
    # What has run out is not got back by who comes too late.
    await executor.extend(office, QUEUE, office.holder, ["1"])
    assert len(await executor.lease(office, QUEUE, 10, holder="other")) == 1


async def test_a_lease_of_a_wrong_clock_is_none(
    office: AppContext, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "QUEUES", (QUEUE,))
    await errands(office, "1")
    clock.move(timedelta(days=366))
    await executor.lease(office, QUEUE, 10)
    clock.move(timedelta(days=-366))
    assert await executor.lease(office, QUEUE, 10) == []
    await executor.right_clocks(office)
    assert len(await executor.lease(office, QUEUE, 10)) == 1
    await executor.right_clocks(office)
    assert await executor.lease(office, QUEUE, 10) == []


async def test_many_holders_lease_each_job_once(office: AppContext) -> None:
    refs = [f"{turn:02d}" for turn in range(30)]
    await errands(office, *refs)
    several = await asyncio.gather(
        *(executor.lease(office, QUEUE, 5, holder=str(turn)) for turn in range(8))
    )
    found = [one.ref for leased in several for one in leased]
    assert len(found) == len(set(found))
    found += [one.ref for one in await executor.lease(office, QUEUE, 30)]
    assert sorted(found) == refs
