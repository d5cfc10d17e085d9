"""The telephone desk: calls on record before a word is said, and their recordings written down."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time
from typing import Final
from uuid import UUID

from backend.desks import call_backs, executor, joining, seating, surveys
from backend.desks.context import AppContext
from backend.desks.queues import TRANSCRIPTS
from backend.store import alarms, callers, calls, cases, contacts, jobs, links, media
from backend.store.jobs import Job
from backend.store.session import Connection, Transaction
from backend.store.writes import Writes
from hotline.brief import CaseBrief
from hotline.call import (
    CallEvent,
    CallEventType,
    CallKnown,
    CallRing,
    FailedTranscript,
    NewTranscript,
    TranscriptTask,
    call_id,
)
from hotline.channel import Channel
from hotline.contract import StatusAsked
from hotline.errors import Failed, Invalid, NotFound, Refused
from hotline.health import SCRIBE
from hotline.job import TRANSCRIPT_JOB
from hotline.report import Contact
from hotline.wire import kept

MAX_KEY: Final = 200
# Events of calls that change more than the record of the call.
OF_CALLERS: Final = frozenset(
    {
        CallEventType.LANGUAGE,
        CallEventType.EMERGENCY,
        CallEventType.CASE_JOINED,
        *surveys.ANSWERS,
    }
)
TRIES_A_CALL: Final = 3
TRIES_A_DAY: Final = 10
# Nobody listens to more of their own cases on the telephone.
MOST_OWN: Final = 10
NO_KEY: Final = f"must be between 1 and {MAX_KEY} characters"


async def ring(office: AppContext, call: CallRing) -> CallKnown:
    """Put a call on record and give what is known of the caller."""
    if not _is_key(call.key):
        raise Invalid("key", NO_KEY)
    contact = Contact(Channel.PHONE, call.caller, call.caller_name[:100])
    row = office.contacts.row(contact)
    async with office.store.append(office.clock.now()) as writes:
        ident = call_id(call.key)
        calls.add_ring(writes, call, ident, row)
        writes.emit_change("call", call.key)
        known = await calls.put_on_record(writes, row["id"])
        # Everybody who withholds their number is one contact.
        if known is None or not row["address"]:
            return CallKnown(ident, contact.language, None)
        newest = await _stands(office, writes.connection, known.newest)
        return CallKnown(ident, known.language, newest, known.nuisance)


async def note(office: AppContext, notes: list[CallEvent]) -> None:
    """Add what happened in calls; a chosen language is remembered for the number.

    Raises Invalid for one that names no call as it may be named, when all others are written.
    """
    good = [one for one in notes if _is_key(one.key)]
    await _note(office, good)
    if len(good) < len(notes):
        place = next(place for place, one in enumerate(notes) if not _is_key(one.key))
        raise Invalid(f"[{place}].key", NO_KEY)


def _is_key(key: str) -> bool:
    return 1 <= len(key) <= MAX_KEY


async def _note(office: AppContext, notes: list[CallEvent]) -> None:
    more = {*OF_CALLERS, *seating.OF_SEATS}
    if office.city.room.call_back is not None:
        more |= call_backs.FOLLOWED
    if not any(one.mark in more for one in notes):
        async with office.store.append(office.clock.now()) as writes:
            _add(writes, notes)
        return

    async def work(transaction: Transaction) -> None:
        _add(transaction, notes)
        # What is told twice changes nothing: another may have been chosen, or met, since.
        untold = await calls.untold(transaction.connection, notes)
        for one in untold:
            if one.mark is CallEventType.LANGUAGE:
                caller = await calls.contact_of_call(transaction.connection, one.key)
                if caller is not None:
                    await contacts.set_language(transaction.connection, caller, one.value)
        await seating.take_events(office, transaction, notes)
        await alarms.take_emergencies(transaction, notes)
        await surveys.take(office, transaction, notes)
        await transaction.flush()
        await call_backs.take_events(office, transaction, untold)
        joined = await callers.join_cases(transaction, notes)
        await joining.count(office, transaction, joined)

    await office.store.transaction(office.clock.now, work)


def _add(writes: Writes, notes: list[CallEvent]) -> None:
    for one in notes:
        calls.add_note(writes, one)
    for key in {one.key for one in notes}:
        writes.emit_change("call", key)


async def newest(
    office: AppContext, channel: Channel, address: str, number: str = ""
) -> CaseBrief | None:
    """Give the newest case of a telephone number or chat, or its case of a report number."""
    async with office.store.connect() as connection:
        brief = await cases.newest_of(connection, office.contacts.of(channel, address), number)
        return await _stands(office, connection, brief)


async def own(office: AppContext, channel: Channel, address: str) -> list[CaseBrief]:
    """Give the newest case of a telephone number or chat, then its others that are open."""
    async with office.store.connect() as connection:
        contact = office.contacts.of(channel, address)
        briefs = await cases.newest_ones(connection, contact, MOST_OWN)
        briefs = await _led(office, connection, briefs)
    told = [_told(office, brief) for brief in briefs[:1]]
    told += [_told(office, brief) for brief in briefs[1:] if not _is_over(office, brief)]
    return [brief for brief in told if brief is not None]


def _is_over(office: AppContext, brief: CaseBrief) -> bool:
    stage = office.city.rules(brief.release).workflow.stages.get(brief.stage)
    return stage is not None and stage.end


async def status(office: AppContext, asked: StatusAsked) -> CaseBrief | None:
    """Give the case of a number to who knows its reporter's last four digits, or None.

    What is wrong is counted. Raises Refused after three wrong tries in a call, or ten of a caller
    or for a number since midnight: a telephone has ten thousand ends.
    """
    now = office.clock.now()
    midnight = datetime.combine(now.astimezone(office.city.zone).date(), time(), office.city.zone)
    async with office.store.connect() as connection:
        call = await callers.call_of(connection, asked.call)
        if call is None:
            raise NotFound(f"no call {asked.call}", code="no_call")
        in_call, by_caller = await callers.refused_status(connection, call, asked.number, midnight)
        if in_call >= TRIES_A_CALL or by_caller >= TRIES_A_DAY:
            raise Refused(f"{in_call} wrong in this call, {by_caller} today", code="status_tries")
        found = await cases.of_reporter(connection, asked.number, office.contacts.tail(asked.tail))
        brief = await _stands(office, connection, found)
    if brief is None:
        await note(office, [CallEvent(asked.call, CallEventType.STATUS_REFUSED, now, asked.number)])
    return brief


async def _stands(
    office: AppContext, connection: Connection, brief: CaseBrief | None
) -> CaseBrief | None:
    """Give how a case stands as a citizen may be told it."""
    if brief is None:
        return None
    (led,) = await _led(office, connection, [brief])
    return _told(office, led)


async def _led(
    office: AppContext, connection: Connection, briefs: list[CaseBrief]
) -> list[CaseBrief]:
    """Give briefs where those that go along with another case stand where that one does."""
    kinds = [one.id for one in office.city.known.links.values() if one.goes_along]
    if not kinds or not any(_is_over(office, one) for one in briefs):
        return briefs
    return await links.led(connection, briefs, kinds)


def _told(office: AppContext, brief: CaseBrief | None) -> CaseBrief | None:
    """Give a brief as a citizen may be told it: stage and department by names, never by codes."""
    if brief is None:
        return None
    stage = office.city.rules(brief.release).workflow.stages.get(brief.stage)
    if stage is not None:
        named = stage.told or stage.name, stage.told_en or stage.told or stage.name_en
        brief = replace(
            brief,
            stage_name=named[0],
            stage_name_en=named[1],
            prompt=stage.prompt,
            is_over=stage.end,
        )
    if brief.department is None:
        return brief
    names = office.city.organisation
    zh, en = (names.named(brief.department, language) for language in ("zh_CN", "en"))
    return replace(brief, department=zh, department_en=en)


async def transcript_tasks(office: AppContext, limit: int) -> list[TranscriptTask]:
    """Lease recordings to be written down; each of these tries is counted now.

    A recording that breaks whoever works on it is thereby given up after some tries.
    """
    leased = await executor.lease(office, TRANSCRIPTS, limit, holder=SCRIBE)
    async with office.store.connect() as connection:
        about = await calls.spoken_in(connection, [one.case for one in leased if one.case])
    tasks = []
    for one in leased:
        try:
            executor.check_not_lost(TRANSCRIPTS, one)
            tasks.append(_task(one, about, office.city.release))
        except (Refused, Invalid) as error:
            await executor.failed(office, TRANSCRIPTS, one, error, _given_up)
    return tasks


def _task(job: Job, about: Mapping[UUID, tuple[str, str]], release: str) -> TranscriptTask:
    if job.case is None or job.case not in about:
        raise Refused("it is of no case")
    number, language = about[job.case]
    return TranscriptTask(number, kept(TRANSCRIPT_JOB, job.body).sha256, language, release)


async def _given_up(transaction: Transaction, job: Job) -> None:
    await calls.tell_of_transcript(transaction, job.ref)


async def transcript_failed(office: AppContext, failed: FailedTranscript) -> None:
    """Take that a recording could not be written down; after some tries it is given up."""
    ref = calls.transcript_ref(failed.number, failed.sha256)
    async with office.store.connect() as connection:
        leased = await jobs.leased(connection, TRANSCRIPTS.name, ref)
    if leased is not None:
        await executor.failed(office, TRANSCRIPTS, leased, Failed(failed.reason), _given_up)


async def put_transcript(office: AppContext, heard: NewTranscript) -> None:
    """Keep what an engine heard, at once; it becomes words of the case when those are understood.

    It is shown as unconfirmed until a person has looked. The second for a recording is ignored.
    Raises Invalid for what is no recording of the case: none is handed out before it is linked.
    """

    async def work(transaction: Transaction) -> None:
        case = await cases.load(transaction.connection, heard.number, lock=True)
        if not await media.is_recording_of(transaction.connection, heard.sha256, case.id):
            raise Invalid("sha256", "is no recording of this case")
        ref = calls.transcript_ref(heard.number, heard.sha256)
        transaction.end_job(TRANSCRIPTS.name, ref)
        if not await calls.has_transcript(transaction.connection, case.id, heard.sha256):
            calls.add_transcript(transaction, case.id, heard)
            cases.add_triage(transaction, case)

    await office.store.transaction(office.clock.now, work)
