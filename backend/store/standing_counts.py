"""How many cases have what a release may take away: a stage, somebody they lie with, a field."""

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.rows import CaseRow


async def open_by_release(connection: AsyncConnection) -> dict[str, dict[str, int]]:
    """Give how many cases there are by the release that they began with, and by stage."""
    rows = await connection.execute(
        select(CaseRow.release, CaseRow.stage, func.count()).group_by(
            CaseRow.release, CaseRow.stage
        )
    )
    found: dict[str, dict[str, int]] = {}
    for release, stage, many in rows:
        found.setdefault(release, {})[stage] = many
    return found


async def open_parts(connection: AsyncConnection) -> dict[str, int]:
    """Give in how many cases that still have a clock an organisation or a person has a part."""
    rows = await connection.execute(
        text(
            "SELECT split_part(token, ':', 3) AS code, count(DISTINCT id) AS many FROM cases, "
            "unnest(assigned) AS token WHERE stage_due IS NOT NULL GROUP BY code"
        )
    )
    return {row.code: int(row.many) for row in rows}


async def field_holders(connection: AsyncConnection) -> dict[str, int]:
    """Give how many cases hold a value in each field."""
    rows = await connection.execute(
        text(
            "SELECT name, count(*) AS many FROM cases, jsonb_object_keys(fields) AS name "
            "GROUP BY name"
        )
    )
    return {row.name: int(row.many) for row in rows}
