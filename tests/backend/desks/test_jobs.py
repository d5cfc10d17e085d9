"""Jobs that are done in the transaction that ends them: once each, and none holds up another."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select, update

from backend.desks import aside, executor, timers
from backend.desks.context import AppContext
from backend.desks.queues import TIMERS
from backend.store import cases, jobs
from backend.store.jobs import Job, JobRow, job_row
from backend.store.rows import StepRow
from backend.store.session import Store, Transaction, make_engine
from hotline.case.case import Case
from hotline.case.transition import record_system_step
from hotline.clock import FixedClock
from hotline.errors import NotFound
from hotline.health import Ref
from hotline.job import TIMER_JOB, TimerJob
from hotline.people import SYSTEM
from hotline.wire import keep
from tests.backend.api.conftest import make_case
from tests.backend.api.test_statements import counted
from tests.cities import MONDAY, rules

QUEUE = replace(TIMERS, name="errands")
SOON_S = 20.0


@pytest.fixture
async def other(office: AppContext, tables: str) -> AsyncIterator[AppContext]:
    """The same office in another process: with connections of its own."""
    store = Store(make_engine(tables, pool_size=8))
    yield replace(office, store=store)
    await store.close()


async def errand(office: AppContext, number: str, ref: str, late: int = 0) -> None:
    """Leave something to be done on a case."""
    async with office.store.append(office.clock.now()) as writes:
        case = await cases.load(writes.connection, number)
        due = writes.now - timedelta(seconds=late)
        writes.add("job", job_row(QUEUE.name, ref, due, writes.now, {}, case=case.id))


async def note(transaction: Transaction, job: Job, case: Case) -> None:
    """Do an errand: a step that says which."""
    noted, step = record_system_step(case, "light", SYSTEM, transaction.now, {})
    cases.add_step(transaction, case, noted, replace(step, note=job.ref), rules())


async def done(office: AppContext) -> list[str]:
    """Which errands were done, in no order."""
    async with office.store.connect() as connection:
        rows = await connection.execute(select(StepRow.note).where(StepRow.note != ""))
        return sorted(rows.scalars())


async def left(office: AppContext) -> int:
    async with office.store.connect() as connection:
        rows = await connection.execute(select(JobRow.ref).where(JobRow.queue == QUEUE.name))
        return len(list(rows))


async def work(office: AppContext, limit: int = 50) -> int:
    return await executor.work_inside(office, QUEUE, note, limit)


async def until_none(*offices: AppContext) -> None:
    """Let workers work side by side until nothing is left."""
    async with asyncio.timeout(SOON_S):
        while await left(offices[0]):
            await asyncio.gather(*(work(one, limit=3) for one in offices))


@pytest.mark.parametrize("seed", range(3))
async def test_two_workers_do_every_job_once(
    office: AppContext, other: AppContext, seed: int
) -> None:
    dice = Random(seed)
    numbers = [await make_case(office, key=str(turn)) for turn in range(4)]
    refs = [f"{turn:02d}" for turn in range(24)]
    for ref in refs:
        await errand(office, dice.choice(numbers), ref, late=dice.randrange(60))
    await until_none(office, other)
    assert await done(office) == refs


async def test_what_one_worker_does_the_other_passes_over(
    office: AppContext, other: AppContext
) -> None:
    for key, late in (("1", 9), ("2", 0)):
        await errand(office, await make_case(office, key=key), key, late)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(transaction: Transaction) -> None:
        ((job, row),) = await jobs.take(transaction.connection, QUEUE.name, MONDAY, 1)
        begun.set()
        await go_on.wait()
        await note(transaction, job, cases.case_from(row))
        transaction.end_job(job.queue, job.ref)

    first = asyncio.create_task(office.store.transaction(office.clock.now, slow))
    await begun.wait()
    assert await work(other) == 1
    assert await done(office) == ["2"]
    go_on.set()
    await first
    assert await done(office) == ["1", "2"]


async def test_a_case_that_somebody_moves_right_now_waits_its_turn(
    office: AppContext, other: AppContext
) -> None:
    """Waiting for it would lock job and case the other way round, and tie a knot."""
    number = await make_case(office)
    await errand(office, number, "1")
    async with office.store.begin() as connection:
        await cases.load(connection, number, lock=True)
        assert await work(other) == 0
    assert await work(other) == 1


async def test_a_worker_that_is_cut_off_leaves_its_job_to_the_next(
    office: AppContext, other: AppContext
) -> None:
    await errand(office, await make_case(office), "1")
    begun = asyncio.Event()

    async def dies(transaction: Transaction) -> None:
        ((job, row),) = await jobs.take(transaction.connection, QUEUE.name, MONDAY, 1)
        await note(transaction, job, cases.case_from(row))
        transaction.end_job(job.queue, job.ref)
        await transaction.flush()
        begun.set()
        await asyncio.Event().wait()

    dying = asyncio.create_task(other.store.transaction(other.clock.now, dies))
    await begun.wait()
    async with office.store.connect() as connection:
        await connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE state = 'idle in transaction' AND datname = current_database()"
        )
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert await done(office) == []
    assert await work(office) == 1
    assert await done(office) == ["1"]


async def test_a_job_that_fails_for_ever_is_a_dead_letter_and_holds_up_nobody(
    office: AppContext, clock: FixedClock
) -> None:
    for key in ("bad", "good1", "good2"):
        await errand(office, await make_case(office, key=key), key, late=len(key))

    async def handle(transaction: Transaction, job: Job, case: Case) -> None:
        await note(transaction, job, case)
        if job.ref == "bad":
            raise ZeroDivisionError("the mast is gone")

    assert await executor.work_inside(office, QUEUE, handle, 50) == 3
    assert await done(office) == ["good1", "good2"]
    for wait in QUEUE.patience.waits:
        assert await executor.work_inside(office, QUEUE, handle, 50) == 0
        clock.move(timedelta(seconds=wait))
        assert await executor.work_inside(office, QUEUE, handle, 50) == 1
    async with office.store.connect() as connection:
        ((letter, _),) = await jobs.dead(connection, 9)
    assert (letter.ref, letter.reason) == ("bad", "ZeroDivisionError: the mast is gone")
    clock.move(timedelta(days=1))
    assert await work(office) == 0
    async with office.store.connect() as connection:
        assert await jobs.revive(connection, QUEUE.name, "bad", clock.now())
    assert await work(office) == 1
    assert await done(office) == ["bad", "good1", "good2"]


async def test_a_light_of_a_later_version_turns_and_one_that_is_none_is_a_dead_letter(
    office: AppContext, clock: FixedClock
) -> None:
    numbers = [await make_case(office, key=key) for key in "12"]
    later = {**keep(TIMER_JOB, TimerJob("light.yellow")), "schema": 9, "colour": "#ff0"}
    for number, body in zip(numbers, (later, {"schema": 9, "lamp": 7}), strict=True):
        async with office.store.begin() as connection:
            case = await cases.load(connection, number)
            await connection.execute(
                update(JobRow)
                .where(JobRow.case_id == case.id, JobRow.ref.contains("yellow"))
                .values(body=body)
            )
    clock.move(timedelta(minutes=24))
    await timers.work_due(office)
    async with office.store.connect() as connection:
        assert [(await cases.load(connection, one)).light for one in numbers] == ["yellow", "green"]
        ((letter, _),) = await jobs.dead(connection, 9)
    assert letter.reason == "timer: cannot be read"
    await aside.bring_back(office, Ref(TIMERS.name, letter.ref))
    with pytest.raises(NotFound):
        await aside.bring_back(office, Ref(TIMERS.name, letter.ref))


async def test_one_batch_is_few_statements(office: AppContext, clock: FixedClock) -> None:
    for turn in range(20):
        await make_case(office, key=str(turn))
    clock.move(timedelta(minutes=24))
    with counted(office) as said:
        assert await timers.work_due(office) == 20
    assert len(said) == 2, said


async def led_back(office: AppContext, number: str, changes: dict[str, object]) -> None:
    """A case comes by a step of the machine's to stand as it stood before a timer was done."""
    async with office.store.append(office.clock.now()) as writes:
        case = await cases.load(writes.connection, number)
        back, step = record_system_step(case, "recount", SYSTEM, writes.now, changes)
        cases.add_step(writes, case, back, step, office.city.rules(case.release))


async def test_a_light_turns_again_at_an_instant_that_has_come_back(
    office: AppContext, clock: FixedClock
) -> None:
    number = await make_case(office)
    clock.move(timedelta(minutes=24))
    assert await timers.work_due(office) == 1
    await led_back(office, number, {"light": "green"})
    assert await timers.work_due(office) == 1
    async with office.store.connect() as connection:
        assert (await cases.load(connection, number)).light == "yellow"
        assert await jobs.dead(connection, 9) == []
        assert await jobs.first_due(connection, TIMERS.name, clock.now()) is None


async def test_a_move_is_made_again_at_an_instant_that_has_come_back(
    office: AppContext, clock: FixedClock
) -> None:
    number = await make_case(office)
    stood: dict[str, object] = {
        "stage": "suspended",
        "fields": {"resume_on": "2026-11-28"},
        "fired": {"season": None},
    }
    clock.move(timedelta(days=8))
    for _ in range(2):
        await led_back(office, number, stood)
        while await timers.work_due(office):
            pass
        async with office.store.connect() as connection:
            case = await cases.load(connection, number)
        assert (case.stage, list(case.fired)) == ("handling", ["season"])
