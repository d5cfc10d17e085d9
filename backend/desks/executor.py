"""Doing jobs: each by itself, so that what fails holds up nothing behind it.

*Inside* jobs are done in the transaction that ends them; leased ones without any session meanwhile.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from backend.desks.context import AppContext
from backend.desks.queues import MAX_LEASE, QUEUES, UNTOLD, Queue
from backend.store import jobs
from backend.store.cases import case_from
from backend.store.jobs import Job
from backend.store.session import Transaction
from backend.store.writes import Raced
from hotline.case.case import Case
from hotline.errors import Refused, Unavailable
from hotline.queue import FINAL, reason_of

log = logging.getLogger(__name__)

Handle = Callable[[Transaction, Job, Case], Awaitable[datetime | None]]
"""Writes what a job asks for on its case; the job is taken away with it, or waits until the instant
that is given, as if it were new."""


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
            await failed(office, queue, single.last, error)
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
            later = await self.handle(transaction, one, case_from(row))
            if later is None:
                transaction.end_job(one.queue, one.ref)
            else:
                await jobs.renew(transaction.connection, one, later)
        return len(cases)


LastWord = Callable[[Transaction, Job], Awaitable[None]]
"""Writes what becomes of that which a job was for, in the transaction that makes it a dead letter;
locks what it locks before it looks whether the job is still held."""


async def lease(
    office: AppContext, queue: Queue, limit: int, *, holder: str = "", lane: str = ""
) -> list[Job]:
    """Lease jobs that are due; the tries are counted now, whatever becomes of who makes them."""
    now = office.clock.now()
    until = now + timedelta(seconds=queue.lease_s)
    who = holder or office.holder
    async with office.store.connect() as connection:
        return await jobs.lease(connection, queue.name, who, now, until, limit, lane=lane)


def check_not_lost(queue: Queue, one: Job) -> None:
    """Raise Refused for a leased job whose tries all ended without a word: none is made again."""
    if queue.patience.is_spent(one.tries - 1):
        raise Refused(UNTOLD)


async def work_leased(
    office: AppContext,
    queue: Queue,
    work: Callable[[Job], Awaitable[None]],
    last_word: LastWord,
    limit: int,
) -> int:
    """Do jobs that are due outside of any transaction; `work` ends each. Gives how many there were.

    Each is leased when it is begun: whoever is killed has tried no other. Raises Unavailable where
    the database is away: the lease then runs out.
    """
    for done in range(limit):
        leased = await lease(office, queue, 1)
        if not leased:
            return done
        (one,) = leased
        async with _kept(office, queue, one.ref):
            try:
                check_not_lost(queue, one)
                async with asyncio.timeout(queue.patience.longest_s):
                    await work(one)
            except Unavailable:
                raise
            except Exception as error:
                await failed(office, queue, one, error, last_word)
    return limit


@asynccontextmanager
async def _kept(office: AppContext, queue: Queue, ref: str) -> AsyncIterator[None]:
    """Put off the end of a lease as long as the job is worked on."""

    async def keep() -> None:
        while True:
            await asyncio.sleep(queue.lease_s / 3)
            try:
                await extend(office, queue, office.holder, [ref])
            except Unavailable as error:
                log.warning("%s: leases could not be put off: %s", queue.name, error)

    keeping = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeping.cancel()


async def extend(office: AppContext, queue: Queue, holder: str, refs: list[str]) -> None:
    """Put off the end of a holder's leases, where they have not run out."""
    now = office.clock.now()
    until = now + timedelta(seconds=queue.lease_s)
    async with office.store.connect() as connection:
        await jobs.extend(connection, queue.name, holder, now, until, refs)


async def failed(
    office: AppContext,
    queue: Queue,
    one: Job,
    error: Exception,
    last_word: LastWord | None = None,
) -> bool:
    """Take that a try of a job failed: it waits, or is a dead letter now, which is given."""
    log.error("%s: %s failed", queue.name, one.ref, exc_info=error)
    tries, reason = one.tries + (not one.holder), reason_of(error)
    final = isinstance(error, FINAL) and not isinstance(error, Raced)
    if final or queue.patience.is_spent(tries):
        return await _bury(office, queue, one, reason, last_word)
    async with office.store.connect() as connection:
        due = office.clock.now() + timedelta(seconds=queue.patience.wait(tries))
        await jobs.put_off(connection, one, due, reason)
    return False


async def _bury(
    office: AppContext, queue: Queue, one: Job, reason: str, last_word: LastWord | None
) -> bool:
    async def work(transaction: Transaction) -> bool:
        if last_word is not None:
            await last_word(transaction, one)
        died = await jobs.die(transaction.connection, one, reason, transaction.now)
        if died:
            transaction.emit_change("health", queue.name)
        return died

    try:
        died = await office.store.transaction(office.clock.now, work)
    except Unavailable:
        raise
    except Exception:
        if last_word is None:
            raise
        log.exception("%s: %s has no last word", queue.name, one.ref)
        return await _bury(office, queue, one, reason, None)
    if died:
        log.error("%s: %s is a dead letter: %s", queue.name, one.ref, reason)
    return died


async def right_clocks(office: AppContext) -> int:
    """End the waits and leases that a wrong clock has left; there is never more to do at once."""
    now = office.clock.now()
    async with office.store.connect() as connection:
        for queue in QUEUES:
            longest, lease = now + queue.max_wait, now + MAX_LEASE
            await jobs.right_clocks(
                connection, queue.name, now, longest, lease, planned=queue.planned
            )
    return 0
