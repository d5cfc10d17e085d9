"""Calls on record, and what was heard in their recordings."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Text, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.jobs import job_row
from backend.store.rows import CallEventRow, CallRow, CaseRow, StepRow, TranscriptRow
from backend.store.writes import Writes
from hotline.brief import CaseBrief
from hotline.call import CallEvent, CallEventType, CallRing, NewTranscript, call_id
from hotline.case.case import HANDLER, Case
from hotline.case.case_clock import HANDLING_CLOCK
from hotline.ids import born, new_id
from hotline.job import TRANSCRIPT_JOB, TRANSCRIPTS, TranscriptJob
from hotline.room.nuisance import NuisanceLevel
from hotline.wire import convert, keep

# What a transcript holds besides the number of its case, in the order of NewTranscript.
_HEARD: Final = ("sha256", "engine", "text", "raw", "confidence", "seconds")
# Asked while a caller hears the phone ring: in the one statement that puts the call on record.
_CALLER = (
    "SELECT t.language, "
    "(SELECT h.level FROM nuisance AS h WHERE h.contact_id = t.id AND h.agreed_at IS NOT NULL "
    "AND h.ended_at IS NULL AND h.until > {1} ORDER BY h.agreed_at DESC LIMIT 1) AS nuisance, "
    "n.number, n.stage, n.release, n.received_at, n.department, n.due, n.call "
    "FROM contact AS t LEFT JOIN LATERAL (SELECT c.number, c.stage, c.release, c.received_at, "
    f"c.assignments->'{HANDLER}'->>'org' AS department, "
    f"c.clocks->'{HANDLING_CLOCK}'->>'due_at' AS due, c.call "
    "FROM report AS r JOIN cases AS c ON c.id = r.case_id WHERE r.contact_id = t.id "
    "ORDER BY r.received_at DESC LIMIT 1) AS n ON true WHERE t.id = {0}"
)


def add_ring(writes: Writes, ring: CallRing, call: UUID, contact: dict[str, Any]) -> None:
    """Put a call on record by its two rows, with the contact that calls."""
    writes.add("contact", contact)
    row = {
        "key": ring.key,
        "id": call,
        "contact_id": contact["id"],
        "line": ring.line,
        "started_at": ring.at,
    }
    writes.add("call", row)
    # Told again by who goes on with the call, it is one: the second stands in its key.
    began = born(call)
    add_note(
        writes, CallEvent(ring.key, CallEventType.RING, began if began.year > 1999 else ring.at)
    )


def add_note(writes: Writes, note: CallEvent) -> None:
    """Add a mark of a call; the same one twice is one."""
    row = {
        "id": new_id(writes.now),
        "call_id": call_id(note.key),
        "call_key": note.key,
        "mark": note.mark,
        "at": note.at,
        "value": note.value[:500],
    }
    writes.add("call_mark", row)


@dataclass(frozen=True, slots=True)
class CallerKnown:
    """Who calls: their language, their newest case, and what is held against their number."""

    language: str
    newest: CaseBrief | None
    nuisance: NuisanceLevel | None


async def put_on_record(writes: Writes, contact: UUID) -> CallerKnown | None:
    """Write a ring; gives what is known of the caller, None when they are unknown."""
    row = await writes.flush(_CALLER, contact, writes.now)
    if row is None:
        return None
    brief = {name: value for name, value in row.items() if name not in ("language", "nuisance")}
    newest = convert(brief, CaseBrief) if brief["number"] else None
    level = row["nuisance"]
    return CallerKnown(row["language"], newest, NuisanceLevel(level) if level else None)


async def untold(connection: AsyncConnection, notes: Iterable[CallEvent]) -> list[CallEvent]:
    """Give those of some marks that are not on record; a call ends once, whenever that is told."""
    mark, told = CallEventRow, list(notes)
    rows = await connection.execute(
        select(mark.call_key, mark.mark, mark.at).where(
            mark.call_id.in_({call_id(one.key) for one in told}),
            mark.mark.in_({one.mark for one in told}),
        )
    )
    there = {_once(CallEvent(key, CallEventType(kind), at)) for key, kind, at in rows}
    return [one for one in told if _once(one) not in there]


def _once(note: CallEvent) -> tuple[str, CallEventType, datetime | None]:
    return note.key, note.mark, None if note.mark is CallEventType.ENDED else note.at


async def contact_of_call(connection: AsyncConnection, key: str) -> UUID | None:
    """Give the contact of a call, or None where the call is not on record."""
    return (await contacts_of_calls(connection, [key])).get(key)


async def contacts_of_calls(connection: AsyncConnection, keys: Iterable[str]) -> dict[str, UUID]:
    """Give the contacts of some calls by their keys, of those that are on record."""
    ids = {call_id(key) for key in keys}
    rows = await connection.execute(
        select(CallRow.key, CallRow.contact_id).where(CallRow.id.in_(ids))
    )
    return {row.key: row.contact_id for row in rows}


def add_transcript_job(writes: Writes, case: Case, sha256: str) -> None:
    """Let a recording of a case be written down."""
    body = keep(TRANSCRIPT_JOB, TranscriptJob(sha256))
    ref = transcript_ref(case.number, sha256)
    writes.add("job", job_row(TRANSCRIPTS, ref, writes.now, writes.now, body, case=case.id))


def transcript_ref(number: str, sha256: str) -> str:
    """Give the name of a recording that is to be written down, among its queue's jobs."""
    return f"{number}/{sha256}"


async def tell_of_transcript(writes: Writes, ref: str) -> None:
    """Let who has the case of a recording open read it anew: its call has changed, no step says so.

    A page that is asked to read a case of the version it shows would take it for its own move.
    """
    number = ref.partition("/")[0]
    rows = await writes.connection.execute(select(CaseRow.call).where(CaseRow.number == number))
    call = rows.scalar_one_or_none()
    if call is not None:
        writes.emit_change("call", call)


async def spoken_in(
    connection: AsyncConnection, cases: Collection[UUID]
) -> dict[UUID, tuple[str, str]]:
    """Give (number, language) of some cases."""
    rows = await connection.execute(
        select(CaseRow.id, CaseRow.number, CaseRow.language).where(CaseRow.id.in_(cases))
    )
    return {row[0]: (row[1], row[2]) for row in rows}


async def unsaid(connection: AsyncConnection, case: UUID) -> list[NewTranscript]:
    """Give what was heard in a case's recordings and stands in none of its steps, oldest first."""
    key = func.concat("transcript:", cast(TranscriptRow.case_id, Text), ":", TranscriptRow.sha256)
    said = select(StepRow.seq).where(StepRow.case_id == TranscriptRow.case_id, StepRow.key == key)
    rows = await connection.execute(
        select(
            CaseRow.number,
            *(TranscriptRow.__table__.c[name] for name in _HEARD),
        )
        .join(CaseRow, CaseRow.id == TranscriptRow.case_id)
        .where(TranscriptRow.case_id == case, ~said.exists())
        .order_by(TranscriptRow.at, TranscriptRow.sha256)
    )
    return [NewTranscript(*row) for row in rows]


def key_of_transcript(case: UUID, sha256: str) -> str:
    """Give the key of the step that says what was heard in a recording."""
    return f"transcript:{case}:{sha256}"


async def has_transcript(connection: AsyncConnection, case: UUID, sha256: str) -> bool:
    """Tell whether a case's recording has been written down."""
    rows = await connection.execute(
        select(TranscriptRow.sha256).where(
            TranscriptRow.case_id == case, TranscriptRow.sha256 == sha256
        )
    )
    return rows.first() is not None


def add_transcript(writes: Writes, case: UUID, heard: NewTranscript) -> None:
    """Keep what an engine heard in a recording."""
    row = {
        "sha256": heard.sha256,
        "case_id": case,
        "engine": heard.engine,
        "text": heard.text,
        "raw": heard.raw,
        "confidence": heard.confidence,
        "seconds": heard.seconds,
        "at": writes.now,
    }
    writes.add("transcript", row)
