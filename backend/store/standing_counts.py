"""How many cases have what a release may take away: a stage, somebody they lie with, a field."""

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.rows import CaseRow


async def cases_by_stage(connection: AsyncConnection) -> dict[str, int]:
    """Give how many cases there are in each stage, ended ones too."""
    rows = await connection.execute(
        select(CaseRow.stage, func.count().label("many")).group_by(CaseRow.stage)
    )
    return {row.stage: int(row.many) for row in rows}


async def open_by_holder(connection: AsyncConnection) -> dict[str, int]:
    """Give in how many cases that still have a clock an organisation or a person has a part."""
    rows = await connection.execute(
        text(
            "SELECT split_part(token, ':', 3) AS code, count(DISTINCT id) AS many FROM cases, "
            "unnest(assigned) AS token WHERE stage_due IS NOT NULL GROUP BY code"
        )
    )
    return {row.code: int(row.many) for row in rows}


async def cases_by_field(connection: AsyncConnection) -> dict[str, int]:
    """Give how many cases hold a value in each field."""
    rows = await connection.execute(
        text(
            "SELECT name, count(*) AS many FROM cases, jsonb_object_keys(fields) AS name "
            "GROUP BY name"
        )
    )
    return {row.name: int(row.many) for row in rows}
