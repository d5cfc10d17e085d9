"""The engine, and the unit of work: what a desk adds lands in one statement or not at all."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from backend.store.base import Row
from hotline.errors import Conflict, Invalid, Unavailable
from hotline.ids import new_id
from hotline.wire import encode

# What a desk hands on from one function of the store to another.
Connection = AsyncConnection
# Order of the parts of the one statement; foreign keys are checked at its end.
_TABLES = (
    "contact",
    "cases",
    "report",
    "step",
    "timer",
    "notice",
    "call",
    "call_mark",
    "media",
    "media_holder",
    "case_media",
    "transcript",
    "change",
)
# What is known already is no error: a contact, a mark or a link that came twice.
_ONCE = frozenset({"call", "call_mark", "media", "media_holder", "transcript"})
# The same link again is harmless; a photo that already proves another move is not.
_SAME_LINK = " ON CONFLICT (key) DO NOTHING"
# A chat says its name and language with every message; a caller has chosen a language once.
_NEWER_CONTACT = (
    " ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, language = EXCLUDED.language "
    "WHERE contact.channel <> 'phone' AND (contact.name, contact.language) "
    "IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.language)"
)
# Nobody answers, or every connection of the pool is taken for longer than a request may wait.
AWAY = (
    OperationalError,
    InterfaceError,
    NoConnectionLeft,
    ConnectionError,
    TimeoutError,
    OSError,
)
_NO_VALUE = "22"  # SQLSTATE class data_exception
_NOT_THERE = "23503"  # SQLSTATE foreign_key_violation


def make_engine(url: str, *, pool_size: int = 10, statement_timeout_s: float = 30.0) -> AsyncEngine:
    """Give the engine of a database address such as postgresql://user@host/name."""
    scheme, there, rest = url.partition("://")
    if not there or scheme not in ("postgresql", "postgres", "postgresql+asyncpg"):
        raise Invalid("database.url", "must begin with postgresql://")
    return create_async_engine(
        f"postgresql+asyncpg://{rest}",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=False,
        hide_parameters=True,  # what citizens say and who they are stays out of logs
        connect_args={
            "timeout": 5,
            "command_timeout": statement_timeout_s,
            "prepared_statement_cache_size": 500,
        },
    )


@dataclass(slots=True)
class Unit:
    """What desks add is written by one statement, which is a transaction, when the unit ends.

    `connection` autocommits: what is read or changed over it stands apart from that statement, and
    a unit that only writes costs one round trip.
    """

    connection: AsyncConnection
    now: datetime
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    updated: list[dict[str, Any]] = field(default_factory=list)
    cleared: list[UUID] = field(default_factory=list)
    changed: bool = False

    def add(self, table: str, row: dict[str, Any]) -> None:
        """Add a row; every column must be there, missing ones become NULL."""
        self.rows.setdefault(table, []).append(row)

    def update_case(self, row: dict[str, Any]) -> None:
        """Write a case that stood there before."""
        self.updated.append(row)

    def clear_timers(self, case: UUID) -> None:
        """Take away the timers that a case had before this unit."""
        self.cleared.append(case)

    def tell(self, kind: str, ref: str) -> None:
        """Let the consoles know that something with this name has changed."""
        self.changed = True
        self.add("change", {"id": new_id(self.now), "kind": kind, "ref": ref, "at": self.now})

    async def flush(self, question: str = "SELECT 1", *given: object) -> RowMapping | None:
        """Write everything in one statement, which is a transaction of its own.

        Gives the first row that `question` finds, as things stood before the writing; {0}, {1} ...
        stand for what is `given`. Raises Conflict when somebody was faster (a step's number or a
        key is taken), and Invalid for a file that was never stored.
        """
        if not self.rows and not self.updated:
            return None
        tables = tuple(table for table in _TABLES if table in self.rows)
        sql = _statement(tables, bool(self.updated), bool(self.cleared), question, len(given))
        values: list[object] = [encode(self.rows[table]).decode() for table in tables]
        if self.updated:
            values.append(encode(self.updated).decode())
        if self.cleared:
            values.append(encode(self.cleared).decode())
        self.rows, self.updated, self.cleared = {}, [], []
        try:
            rows = await self.connection.exec_driver_sql(sql, (*values, *given))
        except IntegrityError as error:
            if getattr(error.orig, "sqlstate", "") == _NOT_THERE:
                raise Invalid("media", "is not on record") from error
            raise Conflict("somebody was faster") from error
        return rows.mappings().first()


@lru_cache(maxsize=256)
def _statement(
    tables: tuple[str, ...], updates: bool, clears: bool, question: str, given: int
) -> str:
    parts = []
    for place, table in enumerate(tables, start=1):
        columns = ", ".join(f'"{column.name}"' for column in Row.metadata.tables[table].columns)
        once = " ON CONFLICT DO NOTHING" if table in _ONCE else ""
        if table == "contact":
            once = _NEWER_CONTACT
        elif table == "case_media":
            once = _SAME_LINK
        parts.append(
            f'i_{table} AS (INSERT INTO "{table}" ({columns}) SELECT {columns} '
            f'FROM json_populate_recordset(NULL::"{table}", ${place}::text::json){once})'
        )
    place = len(tables)
    if updates:
        place += 1
        parts.append(_update(place))
    if clears:
        place += 1
        parts.append(
            "d_timer AS (DELETE FROM timer WHERE case_id IN "
            f"(SELECT value::uuid FROM json_array_elements_text(${place}::text::json)))"
        )
    asked = question.format(*(f"${place + turn}" for turn in range(1, given + 1)))
    return f"WITH {', '.join(parts)} {asked}"


def _update(place: int) -> str:
    names = [c.name for c in Row.metadata.tables["cases"].columns if c.name != "id"]
    sets = ", ".join(f'"{name}" = r."{name}"' for name in names)
    return (
        f"u_cases AS (UPDATE cases AS c SET {sets} "
        f"FROM json_populate_recordset(NULL::cases, ${place}::text::json) AS r WHERE c.id = r.id)"
    )


@dataclass(frozen=True, slots=True)
class Store:
    """The database as the office uses it; `wake` is called after a unit that changed something."""

    engine: AsyncEngine
    wake: Callable[[], None] = lambda: None

    @asynccontextmanager
    async def unit(self, now: datetime) -> AsyncIterator[Unit]:
        """Open a unit; it is written when the block ends well, and forgotten when it fails."""
        async with self.connect() as connection:
            unit = Unit(connection, now)
            yield unit
            await unit.flush()
        if unit.changed:
            self.wake()

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection on which each statement is its own transaction.

        A database that is away becomes Unavailable; the next connection is a fresh one.
        """
        try:
            async with self.engine.connect() as plain:
                yield await plain.execution_options(isolation_level="AUTOCOMMIT")
        except AWAY as error:
            raise _away(error) from error
        except DBAPIError as error:
            _judge(error)
            raise

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection that is closed at the end, so that what its session holds ends too."""
        async with self.connect() as connection:
            try:
                yield connection
            finally:
                await connection.invalidate()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction, for the few things that need more than one statement."""
        try:
            async with self.engine.begin() as connection:
                yield connection
        except AWAY as error:
            raise _away(error) from error
        except DBAPIError as error:
            _judge(error)
            raise

    async def close(self) -> None:
        """Let go of the connections."""
        await self.engine.dispose()


def _judge(error: DBAPIError) -> None:
    """Raise what an error means: the database is away, or a value is none that it can hold."""
    state = str(getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None) or "")
    lost = state[:2] in ("08", "57", "53") or "connection" in str(error.orig).lower()
    if error.connection_invalidated or lost:
        raise _away(error) from error
    if state[:2] == _NO_VALUE:
        raise Invalid("body", "holds a value that cannot be stored") from error


def _away(error: Exception) -> Unavailable:
    """The driver's own words may hold what somebody has said, so they are not passed on."""
    return Unavailable(f"the database is away: {type(error).__name__}", retry_after=2.0)
