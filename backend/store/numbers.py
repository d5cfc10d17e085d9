"""Report numbers: serials from one sequence, leased in blocks that nobody else gets."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from hotline.ids import new_id

_LEASE = text(
    "WITH taken AS (SELECT nextval('number_serial') AS serial FROM generate_series(1, :count)), "
    "block AS (INSERT INTO number_block (id, holder, first, last, leased_at) "
    "SELECT :id, :holder, min(serial), max(serial), :now FROM taken) "
    "SELECT serial FROM taken"
)


async def lease_serials(
    connection: AsyncConnection, holder: str, count: int, now: datetime
) -> list[int]:
    """Take `count` serials for a holder; the sequence is flushed before they are given."""
    rows = await connection.execute(
        _LEASE, {"id": new_id(now), "holder": holder, "count": count, "now": now}
    )
    return [int(serial) for serial in rows.scalars()]


async def skip_serials(connection: AsyncConnection, beyond: int, count: int) -> int:
    """Leave serials out that somebody heard before the database was put back; gives the last."""
    return await _skip(connection, "number_serial", beyond, count)


async def skip_feed(connection: AsyncConnection, beyond: int, count: int) -> int:
    """Leave out numbers of the feed that a console may have seen; gives the last."""
    return await _skip(connection, "feed_serial", beyond, count)


async def _skip(connection: AsyncConnection, sequence: str, beyond: int, count: int) -> int:
    told = {"sequence": sequence, "beyond": beyond, "count": count}
    return int((await connection.execute(_SKIP, told)).scalar_one())


_SKIP = text(
    "SELECT setval(name, greatest(nextval(name), CAST(:beyond AS bigint)) "
    "+ CAST(:count AS bigint)) FROM (SELECT CAST(CAST(:sequence AS text) AS regclass)) AS one(name)"
)
