"""Several queries in one statement, which sees one state of the database and is one round trip."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.compiled import Compiled

Rows = Select[*tuple[Any, ...]]
"""A query for rows of any columns."""

# What JSON gives as a text; all other types come back as they were.
_READ: Final[Mapping[type, Callable[[str], object]]] = {
    datetime: lambda told: datetime.fromisoformat(told).astimezone(UTC),
    UUID: UUID,
}


class Gathered:
    """Queries that are asked together: one statement, made once, with values to be bound."""

    def __init__(self, queries: Mapping[str, Rows]):
        columns = []
        for name, query in queries.items():
            rows = query.subquery(f"q_{name}")
            found = select(func.json_agg(rows.table_valued())).select_from(rows)
            columns.append(found.scalar_subquery().label(name))
        self._statement = Compiled(select(*columns))
        self._readers = {name: _readers(query) for name, query in queries.items()}

    async def ask(
        self, connection: AsyncConnection, values: Mapping[str, object]
    ) -> dict[str, list[dict[str, Any]]]:
        """Give the rows of each query, in its order, by the query's name."""
        [answer] = await self._statement.ask(connection, values)
        return {
            name: _read(found, readers)
            for found, (name, readers) in zip(answer, self._readers.items(), strict=True)
        }


def _readers(query: Rows) -> dict[str, Callable[[str], object]]:
    return {
        column.name: _READ[column.type.python_type]
        for column in query.selected_columns
        if column.type.python_type in _READ
    }


def _read(
    found: list[dict[str, Any]] | None, readers: Mapping[str, Callable[[str], object]]
) -> list[dict[str, Any]]:
    for row in found or []:
        for name, read in readers.items():
            if row[name] is not None:
                row[name] = read(row[name])
    return found or []
