"""Reports as they came."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.rows import CaseRow, ReportRow
from backend.store.session import Transaction
from hotline.channel import Channel
from hotline.ids import new_id
from hotline.report import NewReport, Receipt

# How the key of a report begins that the office has split off another one.
SPLIT: Final = "split:"


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
    """Count the reports of a contact from a moment on, without what the office split off them."""
    mine = (ReportRow.contact_id == contact) & (ReportRow.received_at >= since)
    mine &= not_(ReportRow.key.startswith(SPLIT))
    rows = await connection.execute(select(func.count()).select_from(ReportRow).where(mine))
    return int(rows.scalar_one())


async def count_reporters(connection: AsyncConnection, case: UUID) -> int:
    """Count who reported a case; whoever is not known counts anew by each report."""
    who = func.coalesce(ReportRow.contact_id, ReportRow.id)
    rows = await connection.execute(
        select(func.count(who.distinct())).where(ReportRow.case_id == case)
    )
    return int(rows.scalar_one())


async def split_off(
    transaction: Transaction, case: UUID, part: UUID, number: str, words: str, place: str
) -> None:
    """Let who reported a case have reported its part, too."""
    told = select(ReportRow.__table__).where(
        ReportRow.case_id == case, ReportRow.contact_id.is_not(None)
    )
    rows = (await transaction.connection.execute(told.order_by(ReportRow.id))).mappings().all()
    each = {(row["channel"], row["contact_id"]): row for row in reversed(rows)}
    for index, row in enumerate(reversed(each.values())):
        part_of = {
            "id": new_id(transaction.now),
            "case_id": part,
            "key": f"{SPLIT}{number}:{index}",
            "text": words,
            "place_text": place,
            "received_at": transaction.now,
            "lon": None,
            "lat": None,
            "seconds_of_speech": None,
        }
        transaction.add("report", {**row, **part_of})


async def receipt(
    connection: AsyncConnection, channel: Channel, keys: Sequence[str]
) -> Receipt | None:
    """Give the receipt of a report that was taken in before under one of its keys, or None."""
    report, case = ReportRow.__table__, CaseRow.__table__
    rows = await connection.execute(
        select(case.c.id, case.c.number, case.c.stage)
        .join(report, report.c.case_id == case.c.id)
        .where(report.c.channel == channel, report.c.key.in_(keys))
    )
    row = rows.first()
    return None if row is None else Receipt(row[0], row[1], fresh=False, stage=row[2])
