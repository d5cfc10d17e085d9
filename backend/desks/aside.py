"""Signs of life of the processes, and what lies aside in any queue brought back by one act."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from backend.desks import executor, notices
from backend.desks.context import AppContext
from backend.desks.queues import ALONG, CALENDAR, NOTICES, TIMERS, TRANSCRIPTS, UNDERSTANDING
from backend.store import beats, calls, jobs
from backend.store.jobs import JobState
from backend.store.session import Transaction
from hotline.errors import NotFound
from hotline.health import IVR, SPOOL_ASIDE, Beat, Ref
from hotline.ids import id_of
from hotline.job import TRIAGE_JOB, TriageJob
from hotline.people import SYSTEM
from hotline.queue import Aside
from hotline.wire import keep


async def beat(office: AppContext, told: Beat) -> list[Ref]:
    """Take a sign of life; gives what its process shall bring back."""
    now = office.clock.now()
    async with office.store.connect() as connection:
        await beats.keep(connection, told.part, now, told.at, told.told)
        held = [one.ref for one in told.held if one.queue == TRANSCRIPTS.name]
        if held:
            await executor.extend(office, TRANSCRIPTS, told.part, held)
        if told.part != IVR:
            return []
        wished = await jobs.mirror(connection, tuple(SPOOL_ASIDE), told.aside)
    return [Ref(one.queue, one.ref) for one in wished]


async def bring_back(office: AppContext, ref: Ref) -> None:
    """Let one item be tried again, as if it were new; NotFound where nothing lies aside.

    What lies at the phone connector is only wished back: it does so itself, or knows no such item.
    """
    if ref.queue in SPOOL_ASIDE:
        await _wish(office, ref)
        return
    if ref.queue not in QUEUES:
        raise NotFound(f"there is no queue {ref.queue!r}", code="no_queue")
    await _ACTS[ref.queue](office, ref)
    async with office.store.append(office.clock.now()) as writes:
        writes.emit_change("health", ref.queue)


async def _wish(office: AppContext, ref: Ref) -> None:
    """The phone connector brings it back with its next sign of life."""
    wished = Aside(ref.queue, ref.ref, "", office.clock.now())
    async with office.store.connect() as connection:
        await jobs.put_aside(connection, wished, state=JobState.WISHED)


async def _revive(office: AppContext, ref: Ref, body: Mapping[str, object] | None = None) -> None:
    async def work(transaction: Transaction) -> None:
        now = transaction.now
        if not await jobs.revive(transaction.connection, ref.queue, ref.ref, now, body):
            raise NotFound(f"nothing lies aside: {ref.queue} {ref.ref}", code="not_aside")
        if ref.queue == TRANSCRIPTS.name:
            await calls.tell_of_transcript(transaction, ref.ref)

    await office.store.transaction(office.clock.now, work)


async def _words(office: AppContext, ref: Ref) -> None:
    await _revive(office, ref, keep(TRIAGE_JOB, TriageJob(again=True)))


async def _notice(office: AppContext, ref: Ref) -> None:
    notice = id_of(ref.ref)
    if notice is None:
        raise NotFound("not the id of a notice", code="no_notice")
    await notices.try_again(office, notice, SYSTEM)


_ACTS: Final[dict[str, Callable[[AppContext, Ref], Awaitable[None]]]] = {
    TIMERS.name: _revive,
    TRANSCRIPTS.name: _revive,
    UNDERSTANDING.name: _words,
    NOTICES.name: _notice,
    CALENDAR.name: _revive,
    ALONG.name: _revive,
}
QUEUES: Final = frozenset(_ACTS) | frozenset(SPOOL_ASIDE)
