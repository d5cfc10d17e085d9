"""A worker whose clock is far off the database's does nothing by it, and says so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from backend.desks import executor
from backend.desks.context import AppContext, ContextSource
from backend.desks.queues import UNDERSTANDING
from backend.health import Base, Ground, Records, judge_clock
from backend.jobs.own_clock import OwnClock
from backend.jobs.runner import Worker
from backend.store import beats, cases, jobs
from config.settings import Settings
from hotline.clock import SystemClock
from hotline.health import ASTRAY, WORKER, Finding, State
from tests.backend.api.conftest import make_case

FAR = timedelta(days=40)
ENOUGH = timedelta(seconds=5)
# So many waits of a worker's loops are several looks of each.
LOOKS = 60
# Its lease outlives the test on a slow machine too.
LONG = replace(UNDERSTANDING, lease_s=240.0)


@dataclass
class OddClock(SystemClock):
    """A clock that is off, and waits for nothing for long."""

    off: timedelta = timedelta(0)
    waits: int = 0

    def now(self) -> datetime:
        """Give the instant that it shows."""
        return super().now() + self.off

    async def sleep(self, seconds: float) -> None:
        """Wait a moment."""
        self.waits += 1
        await super().sleep(min(seconds, 0.02))


@asynccontextmanager
async def working(office: AppContext, clock: OddClock) -> AsyncIterator[None]:
    """A worker with a clock of its own, until the block ends."""
    task = asyncio.create_task(Worker(ContextSource(replace(office, clock=clock))).run())
    try:
        async with asyncio.timeout(120):
            yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def alive(office: AppContext) -> set[str]:
    async with office.store.connect() as connection:
        return set(await beats.read(connection))


async def finding(office: AppContext) -> Finding:
    """What the health page says of the clocks."""
    now = SystemClock().now()
    async with office.store.connect() as connection:
        known = await beats.read(connection)
    ground = Ground(Settings(), SystemClock(), Base(office.store), is_up=True)
    return judge_clock(ground, Records(now, known, (), None))


@pytest.mark.parametrize("off", [FAR, -FAR])
async def test_a_worker_whose_clock_is_far_off_does_nothing_until_it_is_right(
    office: AppContext, off: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    """It turned lights weeks early, and took what others worked on."""
    office = replace(office, clock=SystemClock())
    held = await make_case(office, key="1", text="井盖没了")
    (job,) = await executor.lease(office, LONG, 1, holder="other")
    free = await make_case(office, key="2", text="路灯不亮")
    clock = OddClock(off)
    async with working(office, clock):
        while clock.waits < LOOKS or ASTRAY not in await alive(office):
            await asyncio.sleep(0.02)
        assert WORKER not in await alive(office)
        async with office.store.connect() as connection:
            assert await jobs.leased(connection, UNDERSTANDING.name, held) == job
            assert [(await cases.load(connection, one)).version for one in (held, free)] == [1, 1]
        found = await finding(office)
        assert (found.state, found.what) == (State.WRONG, "worker")
        assert abs(int(found.values["seconds"]) - FAR.total_seconds()) < 5
        assert [one.levelname for one in caplog.records if "clock" in one.message] == ["ERROR"]

        clock.off = timedelta(0)
        async with office.store.connect() as connection:
            while not (await cases.load(connection, free)).understood:
                await asyncio.sleep(0.02)
            assert await jobs.leased(connection, UNDERSTANDING.name, held) == job
        while WORKER not in await alive(office):
            await asyncio.sleep(0.02)
        assert ASTRAY not in await alive(office)
        assert (await finding(office)).state is State.RIGHT


async def test_a_clock_that_is_set_is_judged_before_anything_is_done_by_it(
    office: AppContext,
) -> None:
    clock, done = OddClock(), list[str]()
    own = OwnClock(office.store, clock, ENOUGH)

    async def work() -> int:
        done.append("work")
        return 1

    judged = own.only_by_it(work)
    assert await judged() == 1
    for off in (timedelta(hours=1), timedelta(hours=-1)):
        clock.off = off
        assert await judged() == 0
    clock.off = timedelta(seconds=1)
    assert await judged() == 1
    assert done == ["work", "work"]


async def test_a_worker_that_was_astray_and_is_gone_is_told_of_no_more(
    office: AppContext,
) -> None:
    await OwnClock(office.store, OddClock(FAR), ENOUGH).judge()
    assert (await finding(office)).what == "worker"
    ground = Ground(Settings(), SystemClock(), Base(office.store), is_up=True)
    async with office.store.connect() as connection:
        known = await beats.read(connection)
    later = SystemClock().now() + timedelta(seconds=ground.settings.health.silent_s)
    assert judge_clock(ground, Records(later, known, (), None)).state is State.RIGHT
