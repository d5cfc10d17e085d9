"""The database's own clock: all processes share it, so it judges theirs, and tells nothing else."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection


async def read(connection: AsyncConnection) -> datetime:
    """Give the present instant as the database's machine has it."""
    rows = await connection.execute(select(func.clock_timestamp()))
    at: datetime = rows.scalar_one()
    return at
