"""What was signed of the log: by the office every few minutes, and by its witnesses."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.log_rows import LogCheckpointRow

_LAST: Final = (
    select(LogCheckpointRow.segment, LogCheckpointRow.size, LogCheckpointRow.at,
           LogCheckpointRow.signed)
    .order_by(LogCheckpointRow.id.desc())
    .limit(1)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SignedAt:
    """A checkpoint as it is kept: of which segment, over how many entries, when, signed."""

    segment: int
    size: int
    at: datetime
    signed: str


async def last(connection: AsyncConnection) -> SignedAt | None:
    """Give the newest checkpoint; None before the first."""
    row = (await connection.execute(_LAST)).first()
    return None if row is None else SignedAt(*row)


async def last_at(connection: AsyncConnection) -> datetime | None:
    """Give when the newest checkpoint was signed; None before the first."""
    found = await last(connection)
    return None if found is None else found.at


async def add(
    connection: AsyncConnection, segment: int, size: int, at: datetime, signed: str
) -> None:
    """Keep a checkpoint."""
    row = {"segment": segment, "size": size, "at": at, "signed": signed}
    await connection.execute(insert(LogCheckpointRow).values(row))
