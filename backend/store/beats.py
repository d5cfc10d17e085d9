"""The last sign of life of each process, and what it told of itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import Row


class BeatRow(Row):
    """A process that lives; `at` by the backend's clock, `told_at` by the process's own."""

    __tablename__ = "beat"

    part: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    told_at: Mapped[datetime]
    told: Mapped[dict[str, Any]]


async def keep(
    connection: AsyncConnection, part: str, at: datetime, told_at: datetime, told: dict[str, int]
) -> None:
    """Write down a sign of life."""
    row = {"part": part, "at": at, "told_at": told_at, "told": told}
    await connection.execute(
        insert(BeatRow).values(row).on_conflict_do_update(index_elements=["part"], set_=row)
    )


async def forget(connection: AsyncConnection, part: str) -> None:
    """Take away the last sign of life of what lives no more under this name."""
    await connection.execute(delete(BeatRow).where(BeatRow.part == part))


async def read(connection: AsyncConnection) -> dict[str, tuple[datetime, datetime, dict[str, int]]]:
    """Give (at, told_at, told) of every process that ever lived, by its name."""
    rows = await connection.execute(select(BeatRow.part, BeatRow.at, BeatRow.told_at, BeatRow.told))
    return {row[0]: (row[1], row[2], row[3]) for row in rows}
