"""The feed: every change gets its number after commit, from one drainer."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.rows import FeedRow

DRAINER_LOCK = 4_711_001
# One drainer at a time (the lock is held by its connection): rows that were committed late get a
# later number, so a console that has seen number n has seen everything before it.
_DRAIN = text(
    "WITH taken AS (DELETE FROM change WHERE id IN "
    "(SELECT id FROM change ORDER BY id LIMIT :limit) RETURNING id, kind, ref, at), "
    "ordered AS (SELECT * FROM taken ORDER BY id) "
    "INSERT INTO feed (seq, id, kind, ref, at) "
    "SELECT nextval('feed_serial'), id, kind, ref, at FROM ordered "
    "RETURNING seq, kind, ref, at"
)


@dataclass(frozen=True, slots=True)
class FeedItem:
    """A numbered change: kind is case, call or notice; ref its number, key or id."""

    seq: int
    kind: str
    ref: str
    at: datetime


async def lock(connection: AsyncConnection) -> bool:
    """Become the drainer for as long as this connection lives; False when another one is."""
    rows = await connection.execute(
        text("SELECT pg_try_advisory_lock(:key)"), {"key": DRAINER_LOCK}
    )
    return bool(rows.scalar_one())


async def drain(connection: AsyncConnection, limit: int = 500) -> list[FeedItem]:
    """Number the changes that were committed since the last time."""
    rows = await connection.execute(_DRAIN, {"limit": limit})
    return sorted((FeedItem(*row) for row in rows), key=lambda item: item.seq)


async def after(connection: AsyncConnection, seq: int, limit: int) -> list[FeedItem]:
    """Give the changes after a number, in order."""
    rows = await connection.execute(
        select(FeedRow.seq, FeedRow.kind, FeedRow.ref, FeedRow.at)
        .where(FeedRow.seq > seq)
        .order_by(FeedRow.seq)
        .limit(limit)
    )
    return [FeedItem(*row) for row in rows]


async def last_at(connection: AsyncConnection) -> datetime | None:
    """Give the instant of the newest change; None when nothing has happened yet."""
    rows = await connection.execute(select(FeedRow.at).order_by(FeedRow.seq.desc()).limit(1))
    return rows.scalar_one_or_none()


async def last(connection: AsyncConnection) -> int:
    """Give the newest number; 0 when nothing has happened yet."""
    rows = await connection.execute(select(func.coalesce(func.max(FeedRow.seq), 0)))
    return int(rows.scalar_one())
