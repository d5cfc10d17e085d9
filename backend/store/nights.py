"""The nights in which what was kept long enough goes: which are done, and what went in each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.privacy_rows import RetentionNightRow
from hotline.wire import plain

_NIGHT: Final = RetentionNightRow
RETENTION_LOCK: Final = 4_711_012


async def lock(connection: AsyncConnection) -> bool:
    """Be the one who does it, for as long as the connection lives; False: another one is."""
    return bool(await connection.scalar(select(func.pg_try_advisory_lock(RETENTION_LOCK))))


async def is_done(connection: AsyncConnection, day: str) -> bool:
    """Tell whether the night of a day is done."""
    done = select(_NIGHT.day).where(_NIGHT.day == day, _NIGHT.done_at.is_not(None))
    return (await connection.execute(done)).first() is not None


async def enter(connection: AsyncConnection, day: str, now: datetime) -> None:
    """Put on record that a night has begun; one that was cut off goes on."""
    row = insert(_NIGHT).values(day=day, begun_at=now, told=[])
    await connection.execute(row.on_conflict_do_nothing())


async def done(
    connection: AsyncConnection, day: str, now: datetime, told: Sequence[object]
) -> None:
    """Put on record that a night is done, and what went."""
    mine = update(_NIGHT).where(_NIGHT.day == day)
    await connection.execute(mine.values(done_at=now, told=[plain(one) for one in told]))


async def last(connection: AsyncConnection) -> tuple[datetime, list[Any]] | None:
    """Give when the last night was done and what went, or None where there was none."""
    rows = await connection.execute(
        select(_NIGHT.done_at, _NIGHT.told)
        .where(_NIGHT.done_at.is_not(None))
        .order_by(_NIGHT.done_at.desc())
        .limit(1)
    )
    row = rows.first()
    return None if row is None else (row[0], row[1])
