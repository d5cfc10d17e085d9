"""The telephone desk: calls on record before a word is said, and their recordings written down."""

from dataclasses import replace

from backend.desks import queues
from backend.desks.context import AppContext
from backend.desks.queues import TRANSCRIPTS
from backend.store import calls, cases, contacts
from backend.store.session import Transaction
from backend.store.writes import Writes
from hotline.call import (
    CallEvent,
    CallEventType,
    CallKnown,
    CallRing,
    FailedTranscript,
    NewTranscript,
    TranscriptTask,
)
from hotline.case.case import Case, Step
from hotline.case.workflow import record_system_step
from hotline.errors import Invalid
from hotline.ids import new_id
from hotline.people import SYSTEM
from hotline.report import CaseBrief, Channel, Contact


async def ring(office: AppContext, call: CallRing) -> CallKnown:
    """Put a call on record and give what is known of the caller."""
    if not call.key or len(call.key) > 200:
        raise Invalid("key", "must be between 1 and 200 characters")
    contact = Contact(Channel.PHONE, call.caller, call.caller_name[:100])
    row = office.contacts.row(contact)
    async with office.store.append(office.clock.now()) as writes:
        ident = new_id(writes.now)
        calls.add_ring(writes, call, ident, row)
        writes.emit_change("call", call.key)
        known = await calls.put_on_record(writes, row["id"])
        language, newest = known if known and row["address"] else (contact.language, None)
        return CallKnown(ident, language, _told(office, newest))


async def note(office: AppContext, notes: list[CallEvent]) -> None:
    """Add what happened in calls; a chosen language is remembered for the number."""
    if not any(one.mark is CallEventType.LANGUAGE for one in notes):
        async with office.store.append(office.clock.now()) as writes:
            _add(writes, notes)
        return

    async def work(transaction: Transaction) -> None:
        _add(transaction, notes)
        for one in notes:
            if one.mark is CallEventType.LANGUAGE:
                caller = await calls.contact_of_call(transaction.connection, one.key)
                if caller is not None:
                    await contacts.set_language(transaction.connection, caller, one.value)

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
    return _told(office, brief)


def _told(office: AppContext, brief: CaseBrief | None) -> CaseBrief | None:
    """Give a brief as a citizen may be told it: a department by its names, never by its code."""
    if brief is None or brief.department is None:
        return brief
    names = office.city.organisation
    zh, en = (names.named(brief.department, language) for language in ("zh_CN", "en"))
    return replace(brief, department=zh, department_en=en)


async def transcript_tasks(office: AppContext, limit: int) -> list[TranscriptTask]:
    """Hand out recordings to be written down; each of these tries is counted now.

    A recording that breaks whoever works on it is thereby given up after some tries.
    """
    now = office.clock.now()
    async with office.store.connect() as connection:
        waiting = await calls.to_transcribe(connection, TRANSCRIPTS.name, now, limit)
    return [one for one in waiting if await queues.begin(office, TRANSCRIPTS, _ref(one))]


async def transcript_failed(office: AppContext, failed: FailedTranscript) -> None:
    """Take that a recording could not be written down; after some tries it is given up."""
    ref = _ref(failed)
    async with office.store.connect() as connection:
        case = await cases.load(connection, failed.number)
        if await calls.has_transcript(connection, case.id, failed.sha256):
            return
    if await queues.fail(office, TRANSCRIPTS, ref, failed.reason):
        async with office.store.append(office.clock.now()) as writes:
            writes.emit_change("case", failed.number)


def _ref(one: TranscriptTask | NewTranscript | FailedTranscript) -> str:
    return f"{one.number}/{one.sha256}"


async def put_transcript(office: AppContext, heard: NewTranscript) -> None:
    """Keep what an engine heard; it becomes the case's words where it has none yet.

    It is shown as unconfirmed until a person has looked. The second for a recording is ignored.
    """

    async def work(transaction: Transaction) -> None:
        connection = transaction.connection
        case = await cases.load(connection, heard.number, lock=True)
        await calls.write_down(connection, case.id, heard.sha256)
        if await calls.has_transcript(connection, case.id, heard.sha256):
            return
        calls.add_transcript(transaction, case.id, heard)
        written, step = _written_down(case, heard, office)
        key = f"transcript:{case.id}:{heard.sha256}"
        cases.add_step(transaction, case, written, step, key=key)

    await office.store.transaction(office.clock.now, work)
    await queues.done(office, TRANSCRIPTS, _ref(heard))


def _written_down(case: Case, heard: NewTranscript, office: AppContext) -> tuple[Case, Step]:
    changes: dict[str, object] = {}
    if heard.text and not case.text:
        changes = {"text": heard.text, "text_confirmed": False, "understood": False}
    return record_system_step(case, "transcribe", SYSTEM, office.clock.now(), changes)
