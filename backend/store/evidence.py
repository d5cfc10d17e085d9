"""What a backup is judged by: counts of rows and digests of random cases, at one exact instant."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.revision import revision_of
from backend.store.session import Store
from hotline.clock import Clock
from hotline.errors import Unavailable

SAMPLED: Final = 1000
# Shorter than the second after which the database looks for knots of locks: it is always us who
# let go, and never a report that is written at the same time.
FREEZE: Final = "SET LOCAL lock_timeout = '300ms'; SET LOCAL statement_timeout = '800ms'"
FREEZES: Final = 20
PAUSE_S: Final = 0.5
# The same text of the same row on every server.
PLAIN: Final = (
    "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, MDY'; "
    "SET LOCAL extra_float_digits = 1; SET LOCAL intervalstyle = 'postgres'"
)
# Whoever changes what a case is made of changes this, and PROOF with it.
PROOF: Final = 1
# A table in parts counts as one, by whatever parts it lies in.
_TABLES: Final = text(
    "SELECT quote_ident(relname) FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition "
    "AND relnamespace = 'public'::regnamespace ORDER BY 1"
)
_DIGESTS: Final = """
SELECT c.number, md5(concat_ws(E'\\n', c::text,
  (SELECT string_agg(s::text, E'\\n' ORDER BY s.seq) FROM step s WHERE s.case_id = c.id),
  (SELECT string_agg(r::text, E'\\n' ORDER BY r.id) FROM report r WHERE r.case_id = c.id),
  (SELECT string_agg(m::text, E'\\n' ORDER BY m.key) FROM case_media m WHERE m.case_id = c.id)))
FROM cases c"""
_RANDOM: Final = text(f"{_DIGESTS} ORDER BY random() LIMIT :many")
_NAMED: Final = text(f"{_DIGESTS} WHERE c.number = ANY(:numbers)")
_MEDIA: Final = text(
    "SELECT DISTINCT c.number, m.sha256 FROM cases c JOIN case_media m ON m.case_id = c.id "
    "WHERE c.number = ANY(:numbers)"
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Counts of rows by table, and digests of random cases by number."""

    revision: str
    tables: Mapping[str, int]
    cases: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the server's log behind everything that had been done, and its segment."""

    lsn: str
    segment: str
    evidence: Evidence


async def take(connection: AsyncConnection) -> Evidence:
    """Give the evidence as a connection's transaction sees it."""
    await _plainly(connection)
    tables = await count_rows(connection)
    cases = {}
    if "cases" in tables:
        rows = await connection.execute(_RANDOM, {"many": SAMPLED})
        cases = {str(number): str(digest) for number, digest in rows}
    return Evidence(await revision_of(connection), tables, cases)


async def count_rows(connection: AsyncConnection) -> dict[str, int]:
    """Give how many rows each table has."""
    counts = {}
    for table in (await connection.execute(_TABLES)).scalars().all():
        rows = await connection.execute(text(f"SELECT count(*) FROM {table}"))
        counts[str(table)] = int(rows.scalar_one())
    return counts


async def digests_of(connection: AsyncConnection, numbers: Sequence[str]) -> dict[str, str]:
    """Give the digests of some cases, by number."""
    await _plainly(connection)
    rows = await connection.execute(_NAMED, {"numbers": list(numbers)})
    return {str(number): str(digest) for number, digest in rows}


async def media_of(connection: AsyncConnection, numbers: Sequence[str]) -> list[tuple[str, str]]:
    """Give number and hash of each file that belongs to some cases."""
    rows = await connection.execute(_MEDIA, {"numbers": list(numbers)})
    return [(str(number), str(sha256)) for number, sha256 in rows]


async def marked(store: Store, clock: Clock, name: str) -> Mark:
    """Set a mark into the server's log, and give the evidence that is true at just that place.

    Nobody writes while the mark is set, which takes milliseconds; the counting needs no lock.
    """
    for _ in range(FREEZES):
        async with _snapshot(store) as connection:
            place = await _freeze(store, connection, name)
            if place is not None:
                return Mark(*place, await take(connection))
        async with store.connect() as connection:
            await connection.execute(_CLEANING_ENDS)
        await clock.sleep(PAUSE_S)
    raise Unavailable("somebody holds the tables for too long; try again")


@asynccontextmanager
async def _snapshot(store: Store) -> AsyncIterator[AsyncConnection]:
    async with store.begin() as connection:
        await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        yield connection


async def _freeze(store: Store, reader: AsyncConnection, name: str) -> tuple[str, str] | None:
    """Let a reader see what the log holds up to a mark; None where the tables are not to be had."""
    async with store.begin() as connection:
        tables = (await connection.execute(_TABLES)).scalars().all()
        for order in FREEZE.split("; "):
            await connection.execute(text(order))
        try:
            if tables:
                locked = f"LOCK TABLE {', '.join(tables)} IN SHARE MODE"
                await connection.execute(text(locked))
            # Its first question shows the reader the database as it is from now on.
            await reader.execute(text("SELECT 1"))
            rows = await connection.execute(_MARK, {"name": name})
            lsn, segment = rows.one()
            await connection.execute(_FLUSH)
        except DBAPIError:
            await connection.rollback()
            return None
        return str(lsn), str(segment)


_MARK: Final = text(
    "SELECT lsn::text, pg_walfile_name(lsn) "
    "FROM (SELECT pg_create_restore_point(:name) AS lsn) AS made"
)
_FLUSH: Final = text("SELECT pg_logical_emit_message(false, 'hotline', 'mark', true)")


# It gives way to everybody else's locks too, and comes back by itself.
_CLEANING_ENDS: Final = text(
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'"
)


@asynccontextmanager
async def log_kept(store: Store, name: str) -> AsyncIterator[None]:
    """Let the server throw away nothing of its log as long as the block lasts."""
    async with store.alone() as connection:
        await connection.execute(_KEEP, {"name": name})
        yield


_KEEP: Final = text("SELECT pg_create_physical_replication_slot(:name, true, true)::text")


async def _plainly(connection: AsyncConnection) -> None:
    for order in PLAIN.split("; "):
        await connection.execute(text(order))


async def system_of(store: Store) -> str:
    """Give the name that a server keeps for life, through every copy and restart."""
    async with store.connect() as connection:
        rows = await connection.execute(
            text("SELECT system_identifier::text FROM pg_control_system()")
        )
        return str(rows.scalar_one())


async def size_of(store: Store) -> int:
    """Give the bytes of a database."""
    async with store.connect() as connection:
        rows = await connection.execute(text("SELECT pg_database_size(current_database())"))
        return int(rows.scalar_one())


@asynccontextmanager
async def exported(store: Store) -> AsyncIterator[tuple[str, Evidence]]:
    """Give the name of a snapshot that others can read by inside the block, and its evidence."""
    async with _snapshot(store) as connection:
        name = (await connection.execute(text("SELECT pg_export_snapshot()"))).scalar_one()
        yield str(name), await take(connection)
