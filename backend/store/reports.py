"""Reports as they came."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.rows import CaseRow, ReportRow
from hotline.channel import Channel
from hotline.ids import new_id
from hotline.report import NewReport, Receipt


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


async def count_since(connection: AsyncConnection, contact: UUID, since: datetime) -> int:
    """Count the reports of a contact from a moment on."""
    mine = (ReportRow.contact_id == contact) & (ReportRow.received_at >= since)
    rows = await connection.execute(select(func.count()).select_from(ReportRow).where(mine))
    return int(rows.scalar_one())


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
