"""Timers: they wait until they are due, and are gone after their light has turned.

Nobody claims one: two workers may turn the same light, which is written once by its key.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, cast, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.attempts import may_be_tried
from backend.store.rows import TimerRow


@dataclass(frozen=True, slots=True)
class Timer:
    """A light that is to turn."""

    id: UUID
    case: UUID
    kind: str
    due: datetime


async def due(connection: AsyncConnection, queue: str, now: datetime, limit: int) -> list[Timer]:
    """Give timers that are due and may be tried, earliest first."""
    rows = await connection.execute(
        select(TimerRow.id, TimerRow.case_id, TimerRow.kind, TimerRow.due)
        .where(TimerRow.due <= now, may_be_tried(queue, cast(TimerRow.id, Text), now))
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
