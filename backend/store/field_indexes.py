"""Indexes on the fields of the form by which lists are narrowed: made when a release counts.

They are of no migration: which fields there are is a city's own matter. One that lists are narrowed
by no more keeps its index, for earlier cases and a release that may be taken back.
"""

import hashlib
from collections.abc import Iterable
from typing import Final

from sqlalchemy import text

from backend.store.session import Connection, Store

BEGINNING: Final = "ix_field_"
_MAX_NAME: Final = 63
_LOCK: Final = 0x6669656C
# A table of many millions of cases takes so long.
_LONGEST_S: Final = 3600.0
_MADE: Final = text(
    "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
    "WHERE starts_with(relname, :beginning)"
)


def index_name(field: str) -> str:
    """Give the name of a field's index; a longer one is told by its hash."""
    name = f"{BEGINNING}{field}"
    if len(name) <= _MAX_NAME:
        return name
    return f"{BEGINNING}{hashlib.sha256(field.encode()).hexdigest()[:32]}"


async def index_fields(store: Store, fields: Iterable[str]) -> int:
    """Make the indexes of fields that have none, while cases are written; gives how many.

    What a stopped server has left half is made anew. One process does it at a time.
    """
    async with store.alone() as connection:
        if not await _alone(connection):
            return 0
        found = await connection.execute(_MADE, {"beginning": BEGINNING})
        made = {row.relname: bool(row.indisvalid) for row in found}
        missing = [one for one in sorted(fields) if not made.get(index_name(one))]
        for field in missing:
            await _make(connection, field, is_half=index_name(field) in made)
        return len(missing)


async def _alone(connection: Connection) -> bool:
    taken = await connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK})
    return bool(taken.scalar_one())


async def _make(connection: Connection, field: str, *, is_half: bool) -> None:
    """Make one; `field` is an identifier, as every field of a form is."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    await driver.execute("SET statement_timeout = 0")
    name = f'"{index_name(field)}"'
    if is_half:
        await driver.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}", timeout=_LONGEST_S)
    value = f"(fields ->> '{field}')"
    await driver.execute(
        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON cases ({value}, id) "
        f"WHERE {value} IS NOT NULL",
        timeout=_LONGEST_S,
    )
