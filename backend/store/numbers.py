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


async def skip_serials(connection: AsyncConnection, count: int) -> None:
    """Leave some serials out: somebody may have heard them before the database was put back."""
    await connection.execute(_SKIP, {"count": count})


_SKIP = text("SELECT setval('number_serial', nextval('number_serial') + :count)")
