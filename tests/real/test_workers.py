"""Two workers as processes, killed at random: every job is done once, and none is lost."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from backend.desks import acceptance
from backend.desks.context import AppContext, NumberPool
from backend.store import cases
from backend.store.contacts import contact_ids
from backend.store.session import Store, make_engine
from hotline.case.case import replay
from hotline.case.light import Light
from hotline.case.tally import Tally
from hotline.channel import Channel
from hotline.clock import FixedClock, SystemClock
from hotline.intake.result import TriageResult
from hotline.report import Contact, NewReport
from hotline.wire import EARLIEST
from tests.cities import demo_city, demo_files, demo_layers
from tests.fakes.knowing import FakeTriageService
from tests.real.worker import WorkerProcess
from tests.sizes import FULL

pytestmark = [pytest.mark.real, pytest.mark.timeout(1500)]

CLOCK = SystemClock()
MANY = 1_000 if FULL else 250
KILLS = 20 if FULL else 4
SEED = 20261126
# A slow machine may take so long to start its workers again and again.
DONE_S = 600.0
LONG_AGO = timedelta(days=40)
WORDS = ("供水井盖没了", "路灯不亮", "垃圾没人清运", "the manhole cover is broken")


@asynccontextmanager
async def two_workers(
    url: str, folder: Path, **settings: str
) -> AsyncIterator[list[WorkerProcess]]:
    """Two workers on one database, with settings of their own, until the block ends."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("HOTLINE_")}
    mine = {"HOTLINE_DATABASE_URL": url, "HOTLINE_HOME_DATA_DIR": str(folder)}
    workers = [WorkerProcess(clean | mine | settings) for _ in range(2)]
    kept = [asyncio.create_task(worker.keep()) for worker in workers]
    try:
        yield workers
    finally:
        for task in kept:
            task.cancel()
        await asyncio.gather(*kept, return_exceptions=True)


async def made_office(url: str) -> AppContext:
    """The demo city's office some weeks ago, so that whatever is due is due by now."""
    store, city = Store(make_engine(url)), demo_city()
    clock = FixedClock(CLOCK.now() - LONG_AGO)
    async with store.connect() as connection:
        ids = await contact_ids(connection, city.telephone)
    numbers = NumberPool(store, clock, city.number_length)
    knowing = FakeTriageService(TriageResult())
    tally = Tally(city.workflow.ends)
    read = demo_files(), demo_layers()
    return AppContext(city, *read, store, clock, numbers, ids, knowing, knowing.matters, tally)


async def report(office: AppContext, turn: int) -> None:
    contact = Contact(Channel.CONSOLE, "")
    words = f"中山东路{turn + 1}号{WORDS[turn % len(WORDS)]}"
    told = NewReport(Channel.CONSOLE, f"k{turn}", contact, office.clock.now(), text=words)
    await acceptance.record(office, told)


async def left(store: Store) -> int:
    async with store.connect() as connection:
        rows = await connection.execute(text("SELECT count(*) FROM job WHERE state = 'waiting'"))
        return int(rows.scalar_one())


async def ours(office: AppContext) -> int:
    """Count the jobs of the cases that were reported here."""
    asked = (
        "SELECT count(*) FROM job WHERE state = 'waiting' "
        "AND case_id IN (SELECT case_id FROM report WHERE key = ANY(:keys))"
    )
    keys = {"keys": [office.contacts.hidden(f"k{turn}") for turn in range(MANY)]}
    async with office.store.connect() as connection:
        return int((await connection.execute(text(asked), keys)).scalar_one())


async def kill_at_random(store: Store, workers: list[WorkerProcess], dice: Random) -> int:
    """Kill one or the other while they work; gives how often that was possible."""
    killed = 0
    while killed < KILLS:
        before = await left(store)
        while before and await left(store) >= before:
            await asyncio.sleep(0.05)
        if not before:
            break
        await asyncio.sleep(dice.uniform(0.0, 0.4))
        dice.choice(workers).kill()
        killed += 1
    return killed


async def until_done(store: Store) -> None:
    async with asyncio.timeout(DONE_S):
        while await left(store):
            await asyncio.sleep(0.2)


async def judged(store: Store) -> list[str]:
    """Give everything that is wrong with the record, in words."""
    faults = []
    async with store.connect() as connection:
        for number in await cases.numbers_between(connection, EARLIEST, CLOCK.now()):
            case = await cases.load(connection, number)
            steps = await cases.steps_of(connection, case.id)
            actions = Counter(step.action for step in steps)
            if not case.understood or actions["suggest"] != 1:
                faults.append(f"{number} was understood {actions['suggest']} times")
            turned = Counter(str(step.changes.get("light")) for step in steps[1:])
            if case.light is not Light.RED or turned["red"] != 1 or turned["yellow"] > 1:
                faults.append(f"{number} is {case.light}: {turned}")
            if replay(steps) != case:
                faults.append(f"{number} is not what its steps make")
        dead = await connection.execute(text("SELECT queue, ref, reason FROM job"))
        faults += [f"{row.queue} {row.ref} lies aside: {row.reason}" for row in dead]
    return faults


async def test_two_workers_that_are_killed_at_random_do_every_job_once(
    tables: str, tmp_path: Path
) -> None:
    office = await made_office(tables)
    store, dice = office.store, Random(SEED)
    for turn in range(MANY):
        await report(office, turn)
    assert await ours(office) == 3 * MANY
    async with two_workers(tables, tmp_path) as workers:
        async with asyncio.timeout(DONE_S):
            killed = await kill_at_random(store, workers, dice)
        await until_done(store)
        # Those that were idle end in good order.
        for worker in workers:
            if worker.process is not None and worker.process.returncode is None:
                worker.process.send_signal(signal.SIGTERM)
    faults = await judged(store)
    await store.close()
    assert killed > 0
    assert not faults, "\n".join(faults)
