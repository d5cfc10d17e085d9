"""Working off a queue: each try is counted first, and what fails holds up nothing behind it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar
from uuid import UUID

from backend.desks.context import AppContext
from backend.store import attempts, jobs
from backend.store.cases import case_from
from backend.store.jobs import Job
from backend.store.session import Transaction
from backend.store.writes import Raced
from hotline import job
from hotline.case.case import Case
from hotline.errors import HotlineError, Unavailable
from hotline.queue import FINAL, Aside, Patience, is_away, reason_of

log = logging.getLogger(__name__)
T = TypeVar("T")
UNTOLD: Final = "every try ended without a word: the process that made it was cut short"


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue of the office: its name, and how it bears with an item that fails."""

    name: str
    patience: Patience
    at_once: int = 1


LIGHTS: Final = Queue(job.LIGHTS, Patience(waits=(5, 30, 120), longest_s=10))
UNDERSTANDING: Final = Queue("understanding", Patience(waits=(2, 10, 60), longest_s=20))
TRANSCRIPTS: Final = Queue(attempts.TRANSCRIPTS, Patience(waits=(2, 10, 60), longest_s=0))


Handle = Callable[[Transaction, Job, Case], None]
"""Writes what a job asks for on its case; the job is taken away with it."""


async def work_inside(office: AppContext, queue: Queue, handle: Handle, limit: int) -> int:
    """Do jobs that are due in the transaction that ends them; gives how many were tried.

    Many are one transaction as long as none fails; then each has its own, and the one that fails
    waits or dies by itself. Raises Unavailable where the database is away.
    """
    batch = _Batch(queue, handle)
    try:
        return await office.store.transaction(office.clock.now, lambda t: batch.work(t, limit))
    except Unavailable:
        raise
    except Exception:
        log.info("%s: %d jobs are done one by one: one of them failed", queue.name, batch.taken)
    tried = 0
    for _ in range(batch.taken):
        single = _Batch(queue, handle)
        try:
            await office.store.transaction(office.clock.now, single.work_one)
        except Unavailable:
            raise
        except Exception as error:
            if single.last is None:
                raise
            await job_failed(office, queue, single.last, error)
        tried += single.taken
    return tried


@dataclass(slots=True)
class _Batch:
    """Jobs that are done together."""

    queue: Queue
    handle: Handle
    taken: int = 0
    last: Job | None = None

    async def work_one(self, transaction: Transaction) -> int:
        """Do the first job that is due."""
        return await self.work(transaction, 1)

    async def work(self, transaction: Transaction, limit: int) -> int:
        """Do so many jobs that are due; gives how many were done."""
        found = await jobs.take(transaction.connection, self.queue.name, transaction.now, limit)
        self.taken, self.last, cases = len(found), None, set[UUID | None]()
        for one, row in found:
            # The second job of a case would not see what the first has written; its turn comes.
            if one.case in cases:
                continue
            cases.add(one.case)
            self.last = one
            self.handle(transaction, one, case_from(row))
            transaction.end_job(one.queue, one.ref)
        return len(cases)


async def job_failed(office: AppContext, queue: Queue, one: Job, error: Exception) -> bool:
    """Take that a try of a job failed: it waits, or is a dead letter now, which is given."""
    log.error("%s: %s failed", queue.name, one.ref, exc_info=error)
    tries, reason = one.tries + (not one.holder), reason_of(error)
    final = isinstance(error, FINAL) and not isinstance(error, Raced)

    async def work(transaction: Transaction) -> bool:
        connection, now = transaction.connection, transaction.now
        if not final and not queue.patience.is_spent(tries):
            due = now + timedelta(seconds=queue.patience.wait(tries))
            await jobs.put_off(connection, one, due, reason)
            return False
        died = await jobs.die(connection, one, reason, now)
        if died:
            transaction.emit_change("health", queue.name)
        return died

    died = await office.store.transaction(office.clock.now, work)
    if died:
        log.error("%s: %s is a dead letter: %s", queue.name, one.ref, reason)
    return died


# A lease or a wait that lasts longer was written while a clock went ahead.
MAX_WAIT: Final = timedelta(hours=1)
MAX_LEASE: Final = timedelta(minutes=5)


async def right_clocks(office: AppContext) -> int:
    """End the waits and leases that a wrong clock has left; there is never more to do at once."""
    now = office.clock.now()
    async with office.store.connect() as connection:
        for queue in (LIGHTS,):
            await jobs.right_clocks(connection, queue.name, now, now + MAX_WAIT, now + MAX_LEASE)
    return 0


async def work_off(
    office: AppContext,
    queue: Queue,
    items: Sequence[T],
    ref: Callable[[T], str],
    work: Callable[[T], Awaitable[None]],
) -> int:
    """Work on items, oldest first, some side by side; gives how many there were.

    Raises Unavailable where the database is away; every other failure is the item's own.
    """
    lanes = asyncio.Semaphore(queue.at_once)

    async def one(item: T) -> None:
        async with lanes:
            await _try(office, queue, ref(item), lambda: work(item))

    ends = await asyncio.gather(*(one(item) for item in items), return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    return len(items)


async def _try(
    office: AppContext, queue: Queue, ref: str, work: Callable[[], Awaitable[None]]
) -> None:
    if not await begin(office, queue, ref):
        return
    try:
        async with asyncio.timeout(queue.patience.longest_s):
            await work()
    except Exception as error:
        if isinstance(error, HotlineError) and is_away(error):
            with suppress(Unavailable):
                await done(office, queue, ref)
            raise
        log.exception("%s: %s failed", queue.name, ref)
        await fail(office, queue, ref, reason_of(error), final=isinstance(error, FINAL))
    else:
        await done(office, queue, ref)


async def caught(work: Awaitable[T]) -> T | Exception:
    """Do one of several works, and give its failure rather than leave the others undone.

    Raises Unavailable where the database is away.
    """
    try:
        return await work
    except Unavailable:
        raise
    except Exception as error:
        log.exception("one of several works failed")
        return error


async def begin(office: AppContext, queue: Queue, ref: str) -> bool:
    """Count a try before the work; False where the item is set aside instead.

    An item whose tries all ended without a word ends with the process that tries it.
    """
    async with office.store.connect() as connection:
        now = office.clock.now()
        tries = await attempts.begin(connection, queue.name, ref, queue.patience, now)
        if not queue.patience.is_spent(tries - 1):
            return True
        await attempts.set_aside(connection, Aside(queue.name, ref, UNTOLD, now))
    return False


async def fail(
    office: AppContext, queue: Queue, ref: str, reason: str, *, final: bool = False
) -> bool:
    """Take that a try failed; gives whether the item is set aside now."""

    async def work(transaction: Transaction) -> bool:
        connection = transaction.connection
        tries = await attempts.tries(connection, queue.name, ref)
        if not final and not queue.patience.is_spent(tries):
            await attempts.fail(connection, queue.name, ref, reason)
            return False
        await attempts.set_aside(connection, Aside(queue.name, ref, reason, transaction.now))
        transaction.emit_change("health", queue.name)
        return True

    is_aside = await office.store.transaction(office.clock.now, work)
    if is_aside:
        log.error("%s: %s is set aside: %s", queue.name, ref, reason)
    return is_aside


async def done(office: AppContext, queue: Queue, ref: str) -> None:
    """Let go of an item that is done."""
    async with office.store.connect() as connection:
        await attempts.forget(connection, queue.name, [ref])
