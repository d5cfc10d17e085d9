"""Working off a queue: each try is counted first, and what fails holds up nothing behind it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeVar

from backend.desks.context import AppContext
from backend.store import attempts
from backend.store.session import Transaction
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


LIGHTS: Final = Queue("lights", Patience(waits=(5, 30, 120), longest_s=10), at_once=4)
UNDERSTANDING: Final = Queue("understanding", Patience(waits=(2, 10, 60), longest_s=20))
TRANSCRIPTS: Final = Queue(attempts.TRANSCRIPTS, Patience(waits=(2, 10, 60), longest_s=0))


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
