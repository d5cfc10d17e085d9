"""A whole case as the case page shows it: steps, files, reports, call, transcripts, notices."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store import attempts, cases
from backend.store.rows import (
    CallEventRow,
    CallRow,
    CaseMediaRow,
    CaseRow,
    ContactRow,
    MediaRow,
    NoticeRow,
    ReportRow,
    TranscriptRow,
)
from hotline.call import CallEventType
from hotline.case.case import Case, Step
from hotline.report import Channel, Contact

Found = dict[str, Any]
"""A row as it was found, by column."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything on record about a case, each in the order it came."""

    case: Case
    steps: list[Step]
    media: list[Found]
    reports: list[Found]
    calls: list[Found]
    marks: list[Found]
    transcripts: list[Found]
    given_up: str | None
    notices: list[Found]


async def load(connection: AsyncConnection, number: str) -> CaseFile:
    """Give the whole file of a case, or raise NotFound."""
    case = await cases.load(connection, number)
    calls = await _calls(connection, case.call)
    return CaseFile(
        case=case,
        steps=await cases.steps_of(connection, case.id),
        media=await _media(connection, case.id),
        reports=await _reports(connection, case.id),
        calls=calls,
        marks=await _marks(connection, case.call) if calls else [],
        transcripts=await _transcripts(connection, case.id),
        given_up=await attempts.reason_below(connection, attempts.TRANSCRIPTS, f"{number}/")
        if calls
        else None,
        notices=await _notices(connection, case.id),
    )


async def first_contact(connection: AsyncConnection, case: UUID) -> tuple[UUID, Contact] | None:
    """Give who reported a case first, or None where nobody is known (any more)."""
    rows = await connection.execute(
        select(
            ContactRow.id,
            ContactRow.channel,
            ContactRow.address,
            ContactRow.name,
            ContactRow.language,
        )
        .join(ReportRow, ReportRow.contact_id == ContactRow.id)
        .where(ReportRow.case_id == case)
        .order_by(ReportRow.received_at)
        .limit(1)
    )
    row = rows.first()
    return None if row is None else (row[0], Contact(Channel(row[1]), row[2], row[3], row[4]))


async def list_calls(connection: AsyncConnection, limit: int) -> list[Found]:
    """Give the newest calls with their end and the number of the case that came of each.

    A spoken report's key is its call's key, so the report's own index finds it.
    """
    ended = (
        select(func.max(CallEventRow.at))
        .where(CallEventRow.call_key == CallRow.key, CallEventRow.mark == CallEventType.ENDED)
        .scalar_subquery()
    )
    last = (
        select(CallEventRow.mark)
        .where(CallEventRow.call_key == CallRow.key)
        .order_by(CallEventRow.at.desc(), CallEventRow.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    newest = select(CallRow).order_by(CallRow.started_at.desc()).limit(limit).subquery()
    rows = await connection.execute(
        select(
            CallRow.key,
            CallRow.started_at,
            ContactRow.address,
            CaseRow.number,
            ended.label("ended_at"),
            last.label("state"),
        )
        .join(newest, newest.c.key == CallRow.key)
        .outerjoin(ContactRow, ContactRow.id == CallRow.contact_id)
        .outerjoin(ReportRow, (ReportRow.channel == Channel.PHONE) & (ReportRow.key == CallRow.key))
        .outerjoin(CaseRow, CaseRow.id == ReportRow.case_id)
        .order_by(CallRow.started_at.desc(), CallRow.key)
    )
    return [dict(row) for row in rows.mappings()]


async def list_notices(connection: AsyncConnection, state: str | None, limit: int) -> list[Found]:
    """Give the newest notices of a state, or of all, with the number of their case (or None)."""
    query = select(NoticeRow.__table__, CaseRow.number).outerjoin(
        CaseRow, CaseRow.id == NoticeRow.case_id
    )
    if state is not None:
        query = query.where(NoticeRow.state == state)
    rows = await connection.execute(query.order_by(NoticeRow.id.desc()).limit(limit))
    return [dict(row) for row in rows.mappings()]


async def numbers_of_notices(connection: AsyncConnection, notices: list[UUID]) -> dict[str, str]:
    """Give the case number of each notice."""
    if not notices:
        return {}
    rows = await connection.execute(
        select(NoticeRow.id, CaseRow.number)
        .join(CaseRow, CaseRow.id == NoticeRow.case_id)
        .where(NoticeRow.id.in_(notices))
    )
    return {str(row[0]): row[1] for row in rows}


async def _media(connection: AsyncConnection, case: UUID) -> list[Found]:
    rows = await connection.execute(
        select(
            CaseMediaRow.key,
            CaseMediaRow.sha256,
            CaseMediaRow.kind,
            CaseMediaRow.at,
            MediaRow.mime,
        )
        .join(MediaRow, MediaRow.sha256 == CaseMediaRow.sha256)
        .where(CaseMediaRow.case_id == case)
        .order_by(CaseMediaRow.at, CaseMediaRow.key)
    )
    return [dict(row) for row in rows.mappings()]


async def _reports(connection: AsyncConnection, case: UUID) -> list[Found]:
    rows = await connection.execute(
        select(
            ReportRow.id,
            ReportRow.channel,
            ReportRow.text,
            ReportRow.place_text,
            ReportRow.lon,
            ReportRow.lat,
            ReportRow.said_at,
            ReportRow.received_at,
            ContactRow.channel.label("contact_channel"),
            ContactRow.address,
            ContactRow.name,
        )
        .outerjoin(ContactRow, ContactRow.id == ReportRow.contact_id)
        .where(ReportRow.case_id == case)
        .order_by(ReportRow.received_at)
    )
    return [dict(row) for row in rows.mappings()]


async def _calls(connection: AsyncConnection, key: str | None) -> list[Found]:
    if key is None:
        return []
    rows = await connection.execute(
        select(CallRow.key, CallRow.id, CallRow.started_at, ContactRow.address)
        .outerjoin(ContactRow, ContactRow.id == CallRow.contact_id)
        .where(CallRow.key == key)
    )
    return [dict(row) for row in rows.mappings()]


async def _marks(connection: AsyncConnection, key: str | None) -> list[Found]:
    rows = await connection.execute(
        select(CallEventRow.mark, CallEventRow.at, CallEventRow.value)
        .where(CallEventRow.call_key == key)
        .order_by(CallEventRow.at, CallEventRow.id)
    )
    return [dict(row) for row in rows.mappings()]


async def _transcripts(connection: AsyncConnection, case: UUID) -> list[Found]:
    rows = await connection.execute(
        select(TranscriptRow.__table__)
        .where(TranscriptRow.case_id == case)
        .order_by(TranscriptRow.at)
    )
    return [dict(row) for row in rows.mappings()]


async def _notices(connection: AsyncConnection, case: UUID) -> list[Found]:
    rows = await connection.execute(
        select(NoticeRow.__table__).where(NoticeRow.case_id == case).order_by(NoticeRow.id)
    )
    return [dict(row) for row in rows.mappings()]
