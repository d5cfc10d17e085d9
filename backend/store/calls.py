"""Calls on record, and what was heard in their recordings."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.attempts import may_be_tried
from backend.store.rows import CallRow, CaseMediaRow, CaseRow, TranscriptRow
from backend.store.writes import Writes
from hotline.call import CallEvent, CallEventType, CallRing, NewTranscript, TranscriptTask
from hotline.ids import new_id
from hotline.report import CaseBrief, MediaKind
from hotline.wire import convert

# Asked while a caller hears the phone ring: in the one statement that puts the call on record.
_CALLER = (
    "SELECT t.language, n.number, n.stage, n.received_at, n.department, n.due, n.call "
    "FROM contact AS t LEFT JOIN LATERAL (SELECT c.number, c.stage, c.received_at, c.department, "
    "c.due, c.call FROM report AS r JOIN cases AS c ON c.id = r.case_id WHERE r.contact_id = t.id "
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
    add_note(writes, CallEvent(ring.key, CallEventType.RING, ring.at))


def add_note(writes: Writes, note: CallEvent) -> None:
    """Add a mark of a call; the same one twice is one."""
    row = {
        "id": new_id(writes.now),
        "call_key": note.key,
        "mark": note.mark,
        "at": note.at,
        "value": note.value[:500],
    }
    writes.add("call_mark", row)


async def put_on_record(writes: Writes, contact: UUID) -> tuple[str, CaseBrief | None] | None:
    """Write a ring; gives the caller's language and newest case, None when unknown."""
    row = await writes.flush(_CALLER, contact)
    if row is None:
        return None
    brief = {name: value for name, value in row.items() if name != "language"}
    return row["language"], convert(brief, CaseBrief) if brief["number"] else None


async def contact_of_call(connection: AsyncConnection, key: str) -> UUID | None:
    """Give the contact of a call, or None where the call is not on record."""
    rows = await connection.execute(select(CallRow.contact_id).where(CallRow.key == key))
    return rows.scalar_one_or_none()


async def to_transcribe(
    connection: AsyncConnection, queue: str, now: datetime, limit: int
) -> list[TranscriptTask]:
    """Give recordings that nobody has written down and that may be tried, oldest first."""
    ref = CaseRow.number + "/" + CaseMediaRow.sha256
    rows = await connection.execute(
        select(CaseRow.number, CaseMediaRow.sha256, CaseRow.language)
        .join(CaseRow, CaseRow.id == CaseMediaRow.case_id)
        .where(
            CaseMediaRow.kind == MediaKind.RECORDING,
            ~CaseMediaRow.written_down,
            may_be_tried(queue, ref, now),
        )
        .order_by(CaseMediaRow.at)
        .limit(limit)
    )
    return [TranscriptTask(row[0], row[1], row[2]) for row in rows]


async def has_transcript(connection: AsyncConnection, case: UUID, sha256: str) -> bool:
    """Tell whether a case's recording has been written down."""
    rows = await connection.execute(
        select(TranscriptRow.sha256).where(
            TranscriptRow.case_id == case, TranscriptRow.sha256 == sha256
        )
    )
    return rows.first() is not None


async def write_down(connection: AsyncConnection, case: UUID, sha256: str) -> None:
    """Mark a case's recording as written down: it waits no longer."""
    await connection.execute(
        update(CaseMediaRow)
        .where(CaseMediaRow.case_id == case, CaseMediaRow.sha256 == sha256)
        .values(written_down=True)
    )


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
