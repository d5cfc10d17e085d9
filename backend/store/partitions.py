"""Tables that grow with time lie in parts, each of a span of it (PostgreSQL's partitions).

A table is cut by a column of ids that sort by their time of birth, so a span of time is a range of
ids, and whoever asks for the rows of one id looks into one part. Parts are made ahead of time; what
fits in none, because it is dated far away, lies in the part of the rest, and is moved as soon as
its own is made. So no row is ever without a place. What is old goes by a part, not by a row.

Whoever changes the parts of a table needs it alone for a moment. They wait for that less than a
second, so that nobody behind them waits longer, and come again later.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.session import Store
from hotline.errors import Unavailable
from hotline.ids import born, first_id

MAKER_LOCK: Final = 4_711_003
# Shorter than the second after which the database looks for knots of locks: we let go first.
PATIENCE: Final = text("SET LOCAL lock_timeout = '300ms'")
# SQLSTATE lock_not_available and deadlock_detected.
_HELD: Final = frozenset({"55P03", "40P01"})
# What is dated outside of these years has a clock that is wrong, and stays in the rest.
FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LAST: Final = datetime(2100, 1, 1, tzinfo=UTC)


class TimeSpan(StrEnum):
    """How long the time of one part is."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"

    @property
    def longest(self) -> timedelta:
        """The longest that such a span may be."""
        return timedelta(days={TimeSpan.DAY: 1, TimeSpan.MONTH: 31, TimeSpan.QUARTER: 92}[self])

    def start(self, at: datetime) -> datetime:
        """Give when the span begins that an instant lies in."""
        day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if self is TimeSpan.DAY:
            return day
        month = day.month if self is TimeSpan.MONTH else (day.month - 1) // 3 * 3 + 1
        return day.replace(day=1, month=month)

    def end(self, start: datetime) -> datetime:
        """Give when the span ends that begins at an instant; the next one begins there."""
        return self.start(start + self.longest)


@dataclass(frozen=True, slots=True)
class Partitioned:
    """A table in parts: by which column of ids, how long they are, how many are made ahead.

    `counted` is the column of a number whose newest row stays, however old it is.
    """

    table: str
    key: str
    span: TimeSpan
    ahead: int = 2
    counted: str = ""

    @property
    def rest(self) -> str:
        """The part of what lies in no other."""
        return f"{self.table}_default"

    def part(self, start: datetime) -> str:
        """Give the name of the part of the span that begins at an instant."""
        return f"{self.table}_{start.strftime(self._form)}"

    def start_of(self, part: str) -> datetime | None:
        """Give when the span of a part begins; None for the rest, and for what others made."""
        try:
            named = f"{part.removeprefix(f'{self.table}_')} +0000"
            return datetime.strptime(named, f"{self._form} %z")
        except ValueError:
            return None

    @property
    def _form(self) -> str:
        return "%Y%m%d" if self.span is TimeSpan.DAY else "%Y%m"


# A step lies with its case, so that one part holds all of a case's; few parts are faster to ask
# than many, and none of these ever goes.
STEPS: Final = Partitioned("step", "case_id", TimeSpan.QUARTER, ahead=1)
FEED: Final = Partitioned("feed", "id", TimeSpan.DAY, ahead=3, counted="seq")
CALLS: Final = (
    Partitioned("call", "id", TimeSpan.MONTH),
    Partitioned("call_mark", "call_id", TimeSpan.MONTH),
    Partitioned("call_survey", "id", TimeSpan.MONTH),
    Partitioned("call_answer", "call_id", TimeSpan.MONTH),
)
REVISITS: Final = (
    Partitioned("revisit", "id", TimeSpan.QUARTER, ahead=1),
    Partitioned("revisit_answer", "revisit_id", TimeSpan.QUARTER, ahead=1),
)
SEATS: Final = Partitioned("seat_event", "id", TimeSpan.MONTH)
PARTITIONED: Final = (STEPS, FEED, *CALLS, SEATS, *REVISITS)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a table by the beginnings of their spans, in order.

    `stray` are the beginnings of spans that have none, and rows that lie in the rest.
    """

    starts: tuple[datetime, ...]
    stray: tuple[datetime, ...] = ()


async def look(
    connection: AsyncConnection, one: Partitioned, until: datetime, since: datetime = FIRST
) -> Parts:
    """Give the parts of a table, and which are missing for what lies in the rest of a time.

    What is dated later waits in the rest for its time.
    """
    starts, stray, after = await starts_of(connection, one), list[datetime](), since
    lowest = text(f'SELECT "{one.key}" FROM "{one.rest}" WHERE "{one.key}" >= :after '
                  f'AND "{one.key}" < :until ORDER BY 1 LIMIT 1')  # fmt: skip
    while after < min(until, LAST):
        asked = {"after": first_id(after), "until": first_id(min(until, LAST))}
        found = (await connection.execute(lowest, asked)).scalar()
        if found is None:
            break
        stray.append(one.span.start(born(found)))
        after = one.span.end(stray[-1])
    return Parts(starts, tuple(stray))


async def starts_of(connection: AsyncConnection, one: Partitioned) -> tuple[datetime, ...]:
    """Give when the spans begin that have a part, in order."""
    rows = await connection.execute(_PARTS, {"table": one.table})
    return tuple(sorted(at for name in rows.scalars() if (at := one.start_of(name))))


_PARTS: Final = text(
    "SELECT part.relname FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid "
    "WHERE inhparent = to_regclass(:table)"
)


def missing(one: Partitioned, parts: Parts, now: datetime) -> list[datetime]:
    """Give the beginnings of the spans that have no part and shall have one, the present first."""
    wanted, start = [one.span.start(now)], one.span.start(now)
    for _ in range(one.ahead):
        start = one.span.end(start)
        wanted.append(start)
    return [at for at in dict.fromkeys((*wanted, *parts.stray)) if at not in parts.starts]


def outlived(one: Partitioned, parts: Parts, now: datetime, kept: timedelta) -> list[datetime]:
    """Give the beginnings of the spans that ended longer ago than is kept, the oldest first.

    A part goes only where as many of later spans have begun as are kept: a clock that jumps ahead
    makes one part at the most too old, and not all of them.
    """
    begun = [at for at in parts.starts if at <= now]
    most = len(begun) - kept // one.span.longest
    return [at for at in begun[: max(most, 0)] if one.span.end(at) <= now - kept]


async def make(store: Store, one: Partitioned, start: datetime) -> None:
    """Make the part of a span, with what lies of it in the rest.

    Does nothing where it is there or somebody else makes it. Raises Unavailable while the table is
    held.
    """
    async with _alone(store) as connection:
        if connection is not None:
            await add(connection, one, start)


async def cover(
    connection: AsyncConnection, one: Partitioned, since: datetime, until: datetime
) -> None:
    """Make the parts of a time for what is about to be written, in the transaction that does."""
    start = one.span.start(since)
    while start <= until:
        await add(connection, one, start)
        start = one.span.end(start)


async def add(connection: AsyncConnection, one: Partitioned, start: datetime) -> None:
    """Make the part of a span where there is none, in the transaction that a connection is in."""
    part, low, high = one.part(start), first_id(start), first_id(one.span.end(start))
    if await _is_there(connection, part):
        return
    # A row is written into what it refers to and then into its part: we wait in the same order.
    referred = await connection.execute(_REFERRED, {"table": one.table})
    for order in (
        *(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE" for table in referred.scalars()),
        f'CREATE TABLE "{part}" (LIKE "{one.table}" INCLUDING ALL)',
        # Who reads or writes meanwhile waits before it looks which parts there are: one that waited
        # for the rest alone would look into the parts of before, and miss what went out of it.
        f'LOCK TABLE ONLY "{one.table}" IN ACCESS EXCLUSIVE MODE',
        f'WITH moved AS (DELETE FROM "{one.rest}" '
        f"WHERE \"{one.key}\" >= '{low}' AND \"{one.key}\" < '{high}' RETURNING *) "
        f'INSERT INTO "{part}" SELECT * FROM moved',
        f'ALTER TABLE "{one.table}" ATTACH PARTITION "{part}" '
        f"FOR VALUES FROM ('{low}') TO ('{high}')",
    ):
        await connection.execute(text(order))


_REFERRED: Final = text(
    "SELECT DISTINCT confrelid::regclass::text FROM pg_constraint "
    "WHERE conrelid = to_regclass(:table) AND contype = 'f' ORDER BY 1"
)


async def drop(store: Store, one: Partitioned, start: datetime) -> bool:
    """Take a part away with all its rows; False where it stays for its newest number.

    Raises Unavailable while the table is held.
    """
    part = one.part(start)
    async with _alone(store) as connection:
        if connection is None or not await _is_there(connection, part):
            return False
        # Nobody writes meanwhile, so what is newest now is so when the part is gone.
        await connection.execute(text(f'LOCK TABLE ONLY "{one.table}" IN ACCESS EXCLUSIVE MODE'))
        if one.counted and not (await connection.execute(_is_passed(one, part))).scalar_one():
            return False
        await connection.execute(text(f'DROP TABLE "{part}"'))
    return True


async def empty_rest(store: Store, one: Partitioned, before: datetime) -> int:
    """Delete from the rest what is older than an instant; what is dated before 2000 has no age."""
    newest = (
        f' AND "{one.counted}" < (SELECT max("{one.counted}") FROM "{one.table}")'
        if one.counted
        else ""
    )
    aged = text(
        f'DELETE FROM "{one.rest}" WHERE "{one.key}" >= :low AND "{one.key}" < :high{newest}'
    )
    async with store.connect() as connection:
        given = {"low": first_id(FIRST), "high": first_id(one.span.start(before))}
        return (await connection.execute(aged, given)).rowcount


def _is_passed(one: Partitioned, part: str) -> TextClause:
    """Whether there is a newer number than a part holds, or it holds none."""
    return text(
        f'SELECT coalesce((SELECT max("{one.counted}") FROM "{part}") '
        f'< (SELECT max("{one.counted}") FROM "{one.table}"), '
        f'NOT EXISTS (SELECT FROM "{part}"))'
    )


async def _is_there(connection: AsyncConnection, part: str) -> bool:
    rows = await connection.execute(_THERE, {"part": part})
    return bool(rows.scalar_one())


_THERE: Final = text("SELECT to_regclass(:part) IS NOT NULL")


@asynccontextmanager
async def _alone(store: Store) -> AsyncIterator[AsyncConnection | None]:
    """Open a transaction that changes parts; None where somebody else is at it."""
    try:
        async with store.begin() as connection:
            await connection.execute(PATIENCE)
            rows = await connection.execute(_ONLY_ONE, {"key": MAKER_LOCK})
            yield connection if rows.scalar_one() else None
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") not in _HELD:
            raise
        raise Unavailable("somebody holds the table; it is tried again") from error


_ONLY_ONE: Final = text("SELECT pg_try_advisory_xact_lock(:key)")
