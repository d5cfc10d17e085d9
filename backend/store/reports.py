"""Reports as they came, and the files that belong to a case."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.rows import CaseMediaRow, CaseRow, MediaRow, ReportRow
from hotline.ids import new_id
from hotline.report import Attachment, Channel, MediaKind, NewReport, Receipt


def report_row(report: NewReport, contact: UUID, case: UUID, now: datetime) -> dict[str, Any]:
    """Give the row of a report."""
    return {
        "id": new_id(now),
        "case_id": case,
        "channel": report.channel,
        "key": report.key,
        "contact_id": contact,
        "said_at": report.said_at,
        "received_at": now,
        "language": report.language,
        "text": report.text,
        "place_text": report.place_text,
        "lon": report.point.lon if report.point else None,
        "lat": report.point.lat if report.point else None,
        "seconds_of_speech": report.seconds_of_speech,
    }


def media_row(case: UUID, sha256: str, kind: MediaKind, key: str, now: datetime) -> dict[str, Any]:
    """Give the row that links a file to a case."""
    return {"key": key, "case_id": case, "sha256": sha256, "kind": kind, "at": now}


async def receipt(connection: AsyncConnection, channel: Channel, key: str) -> Receipt | None:
    """Give the receipt of a report that was taken in before, or None."""
    report, case = ReportRow.__table__, CaseRow.__table__
    rows = await connection.execute(
        select(case.c.id, case.c.number, case.c.stage)
        .join(report, report.c.case_id == case.c.id)
        .where(report.c.channel == channel, report.c.key == key)
    )
    row = rows.first()
    return None if row is None else Receipt(row[0], row[1], fresh=False, stage=row[2])


async def photos_of(
    connection: AsyncConnection, ids: Sequence[UUID]
) -> dict[UUID, tuple[Attachment, ...]]:
    """Give the photos of cases, oldest first."""
    link, media = CaseMediaRow.__table__, MediaRow.__table__
    rows = await connection.execute(
        select(link.c.case_id, link.c.sha256, link.c.kind, media.c.mime)
        .join(media, media.c.sha256 == link.c.sha256)
        .where(link.c.case_id.in_(ids), link.c.kind != MediaKind.RECORDING)
        .order_by(link.c.at, link.c.key)
    )
    found: dict[UUID, tuple[Attachment, ...]] = {}
    for case, sha256, kind, mime in rows:
        found[case] = (*found.get(case, ()), Attachment(sha256, MediaKind(kind), mime))
    return found
