"""Many rows at once by PostgreSQL's COPY, for what is made by millions."""

import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ARRAY, exists, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.base import Row
from backend.store.rows import CaseRow
from hotline.wire import encode

_NOTHING: Final = "\\N"


def copied(table: str, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Give rows of a table as COPY takes them; every column must be there that cannot be empty."""
    columns = [
        (
            column.name,
            isinstance(column.type, JSONB),
            isinstance(column.type, ARRAY),
            column.nullable,
        )
        for column in Row.metadata.tables[table].columns
    ]
    lines = []
    for row in rows:
        told = []
        for name, is_json, is_array, may_lack in columns:
            value = row.get(name) if may_lack else row[name]
            if value is None:
                told.append(_NOTHING)
            elif is_json:
                told.append(_escaped(encode(value).decode()))
            elif is_array:
                told.append(_escaped(_array(value)))
            else:
                told.append(_plain(value))
        lines.append("\t".join(told))
    return "".join(f"{line}\n" for line in lines).encode()


def _array(values: Iterable[str]) -> str:
    quoted = (one.replace("\\", "\\\\").replace('"', '\\"') for one in values)
    return "{" + ",".join(f'"{one}"' for one in quoted) + "}"


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return _escaped(value) if isinstance(value, str) else str(value)


def _escaped(text: str) -> str:
    """Escape what COPY's text form reads as something else; four of these beat one translate."""
    text = text.replace("\\", "\\\\").replace("\t", "\\t")
    return text.replace("\n", "\\n").replace("\r", "\\r")


async def copy_in(
    connection: AsyncConnection, table: str, body: bytes, *, into: str | None = None
) -> None:
    """Write rows that `copied` gave, in the transaction that the connection is in.

    They go `into` another table of the same columns, where one is named.
    """
    columns = [column.name for column in Row.metadata.tables[table].columns]
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    await driver.copy_to_table(
        into or table, source=io.BytesIO(body), columns=columns, format="text"
    )


async def copy_new(connection: AsyncConnection, table: str, body: bytes) -> None:
    """Write rows that `copied` gave, but for those that are there already."""
    waiting = f"waiting_{table}"
    made = f"CREATE TEMP TABLE IF NOT EXISTS {waiting} (LIKE {table}) ON COMMIT DROP"
    await connection.execute(text(made))
    await copy_in(connection, table, body, into=waiting)
    fresh = f"INSERT INTO {table} SELECT * FROM {waiting} ON CONFLICT DO NOTHING"
    await connection.execute(text(fresh))
    await connection.execute(text(f"TRUNCATE {waiting}"))


async def is_empty(connection: AsyncConnection) -> bool:
    """Tell whether no case was ever taken in."""
    return not (await connection.execute(select(exists(select(CaseRow.id))))).scalar_one()


async def analyze(connection: AsyncConnection) -> None:
    """Let the planner look at what is there now, instead of when it finds the time."""
    await connection.execute(text("ANALYZE"))
