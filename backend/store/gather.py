"""Several queries in one statement, which sees one state of the database and is one round trip."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

Rows = Select[*tuple[Any, ...]]
"""A query for rows of any columns."""

# What JSON gives as a text; all other types come back as they were.
_READ: Final[Mapping[type, Callable[[str], object]]] = {
    datetime: lambda told: datetime.fromisoformat(told).astimezone(UTC),
    UUID: UUID,
}


async def gather(
    connection: AsyncConnection, queries: Mapping[str, Rows]
) -> dict[str, list[dict[str, Any]]]:
    """Give the rows of each query, in its order, by the query's name."""
    columns = []
    for name, query in queries.items():
        rows = query.subquery(f"q_{name}")
        found = select(func.json_agg(rows.table_valued())).select_from(rows)
        columns.append(found.scalar_subquery().label(name))
    answer = (await connection.execute(select(*columns))).mappings().one()
    return {name: _rows(query, answer[name]) for name, query in queries.items()}


def _rows(query: Rows, found: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    readers = {
        column.name: _READ[column.type.python_type]
        for column in query.selected_columns
        if column.type.python_type in _READ
    }
    for row in found or []:
        for name, read in readers.items():
            if row[name] is not None:
                row[name] = read(row[name])
    return found or []
