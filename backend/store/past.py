"""Taking away a made-up past that was never finished; nothing else is ever deleted from a case."""

from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.rows import CaseRow, ReportRow
from backend.store.schema import METADATA

PAST_KEY: Final = "past:"
"""What the key of every report begins with that nobody ever made."""


async def is_there(connection: AsyncConnection) -> bool:
    """Tell whether any case was made as a past."""
    made = select(ReportRow.id).where(ReportRow.key.startswith(PAST_KEY)).limit(1)
    return (await connection.execute(made)).first() is not None


async def forget(connection: AsyncConnection) -> None:
    """Delete the cases that were made as a past, with all that hangs on them."""
    made = select(ReportRow.case_id).where(ReportRow.key.startswith(PAST_KEY))
    cases = (await connection.execute(made)).scalars().all()
    for table in reversed(METADATA.sorted_tables):
        if any(key.target_fullname == "cases.id" for key in table.foreign_keys):
            await connection.execute(delete(table).where(table.c.case_id.in_(cases)))
    await connection.execute(delete(CaseRow).where(CaseRow.id.in_(cases)))
