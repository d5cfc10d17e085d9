"""What was signed of the log: by the office every few minutes, and by its witnesses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, insert, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.log_rows import LogCheckpointRow, LogWitnessRow
from backend.store.record_log import LogSegment, segment_of_no

_CHECKPOINTS: Final = select(
    LogCheckpointRow.segment, LogCheckpointRow.size, LogCheckpointRow.at, LogCheckpointRow.signed
)
_SIGNED: Final = _CHECKPOINTS.order_by(LogCheckpointRow.id.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class SignedAt:
    """A checkpoint as it is kept: of which segment, over how many entries, when, signed."""

    segment: int
    size: int
    at: datetime
    signed: str


async def last(connection: AsyncConnection) -> SignedAt | None:
    """Give the newest checkpoint; None before the first."""
    row = (await connection.execute(_SIGNED)).first()
    return None if row is None else SignedAt(*row)


async def last_at(connection: AsyncConnection) -> datetime | None:
    """Give when the newest checkpoint was signed; None before the first."""
    found = await last(connection)
    return None if found is None else found.at


async def unsigned_end(
    connection: AsyncConnection, segment: LogSegment
) -> list[tuple[LogSegment, int]]:
    """Give the segment before and its size where nobody has signed its end yet."""
    before = await segment_of_no(connection, segment.no - 1)
    if before is None:
        return []
    same = (LogCheckpointRow.segment == before.no, LogCheckpointRow.size == segment.size_before)
    found = await connection.execute(select(LogCheckpointRow.id).where(*same).limit(1))
    return [] if found.first() else [(before, segment.size_before)]


async def newest_of(connection: AsyncConnection, segments: Sequence[int]) -> dict[int, SignedAt]:
    """Give the newest checkpoint of each of some segments; those without one are not there."""
    newest = (
        select(func.max(LogCheckpointRow.id))
        .where(LogCheckpointRow.segment.in_(segments))
        .group_by(LogCheckpointRow.segment)
    )
    rows = await connection.execute(_CHECKPOINTS.where(LogCheckpointRow.id.in_(newest)))
    return {row.segment: SignedAt(*row) for row in rows}


async def keep_witnessed(
    connection: AsyncConnection, name: str, public: str, at: datetime, signed: str
) -> None:
    """Keep the last checkpoint that a witness has signed."""
    row = {"name": name, "public": public, "at": at, "signed": signed}
    made = postgresql.insert(LogWitnessRow).values(row)
    await connection.execute(made.on_conflict_do_update(index_elements=["name"], set_=row))


async def last_witnessed(connection: AsyncConnection) -> datetime | None:
    """Give when a witness has signed last; None before the first."""
    return (await connection.execute(select(func.max(LogWitnessRow.at)))).scalar_one_or_none()


async def witness_of(connection: AsyncConnection, name: str) -> tuple[str, str] | None:
    """Give the key of a witness (hex), and what it signed last; None where it signed nothing."""
    wanted = select(LogWitnessRow.public, LogWitnessRow.signed).where(LogWitnessRow.name == name)
    row = (await connection.execute(wanted)).first()
    return None if row is None else (row.public, row.signed)


async def witnesses(connection: AsyncConnection) -> list[tuple[str, str]]:
    """Give who has signed last, and the checkpoint that each of them signed."""
    named = select(LogWitnessRow.name, LogWitnessRow.signed).order_by(LogWitnessRow.name)
    return [(row.name, row.signed) for row in await connection.execute(named)]


async def add(
    connection: AsyncConnection, segment: int, size: int, at: datetime, signed: str
) -> None:
    """Keep a checkpoint."""
    row = {"segment": segment, "size": size, "at": at, "signed": signed}
    await connection.execute(insert(LogCheckpointRow).values(row))
