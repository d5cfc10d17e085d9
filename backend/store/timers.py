"""Timers: claimed when due, one worker each, and gone only with the step they cause."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.rows import TimerRow


@dataclass(frozen=True, slots=True)
class Timer:
    """A light that is to turn."""

    id: UUID
    case: UUID
    kind: str
    due: datetime


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[Timer]:
    """Give timers that are due, earliest first. Turning a light twice changes nothing."""
    rows = await connection.execute(
        select(TimerRow.id, TimerRow.case_id, TimerRow.kind, TimerRow.due)
        .where(TimerRow.due <= now)
        .order_by(TimerRow.due)
        .limit(limit)
    )
    return [Timer(row[0], row[1], row[2], row[3]) for row in rows]


async def remove(connection: AsyncConnection, timer: UUID) -> None:
    """Take a timer away after its light has turned, or where it had nothing left to do."""
    await connection.execute(delete(TimerRow).where(TimerRow.id == timer))


async def count(connection: AsyncConnection, case: UUID) -> int:
    """Give how many timers a case has."""
    rows = await connection.execute(
        select(func.count()).select_from(TimerRow).where(TimerRow.case_id == case)
    )
    return int(rows.scalar_one())
