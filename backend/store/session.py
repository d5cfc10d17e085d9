"""The engine, and the two ways to write in the store: appending, and transactions."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final, TypeVar

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from backend.store.instants import read_any
from backend.store.writes import Raced, Writes
from hotline.errors import Invalid, Unavailable
from hotline.wire import read_stored

# What a desk hands on from one function of the store to another.
Connection = AsyncConnection
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
# SQLSTATE classes connection_exception, operator_intervention, insufficient_resources
_LOST = ("08", "57", "53")
_READ_ONLY = "25006"  # SQLSTATE read_only_sql_transaction: a database that has failed over
# So long another is let go first, before work is done once more.
PAUSE_S: Final = 0.1
_KNOTTED = ("40001", "40P01")  # SQLSTATE serialization_failure, deadlock_detected
# How the server finds within some twenty seconds that a client's machine is gone without a word:
# until then it holds that one's locks, the sequencer's too. A socket file has no use for it.
DEAD_CLIENT: Final = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
# Connections that a backend listens on for as long as it runs: its sequencer's, its reader's, and
# that of what follows releases.
LISTENING: Final = 3
T = TypeVar("T")


def make_engine(url: str, *, pool_size: int = 10, statement_timeout_s: float = 30.0) -> AsyncEngine:
    """Give the engine of a database address such as postgresql://user@host/name."""
    scheme, there, rest = url.partition("://")
    if not there or scheme not in ("postgresql", "postgres", "postgresql+asyncpg"):
        raise Invalid("database.url", "must begin with postgresql://")
    engine = create_async_engine(
        f"postgresql+asyncpg://{rest}",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=False,
        json_deserializer=read_stored,
        hide_parameters=True,  # what citizens say and who they are stays out of logs
        connect_args={
            "timeout": 5,
            "command_timeout": statement_timeout_s,
            "prepared_statement_cache_size": 500,
            "server_settings": DEAD_CLIENT,
        },
    )
    event.listen(engine.sync_engine, "connect", read_any)
    return engine


@dataclass(slots=True)
class Transaction(Writes):
    """Reads, locks and writes that count together or not at all; `flush` comes by itself."""

    is_each_alone: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Store:
    """The database as the office uses it; `changed` is set after writes that consoles hear of."""

    engine: AsyncEngine
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def append(self, now: datetime) -> AsyncIterator[Writes]:
        """Open what only writes; it is written when the block ends well, else forgotten."""
        async with self.connect() as connection:
            writes = Writes(connection, now)
            yield writes
            await writes.flush()
        if writes.changed:
            self.changed.set()

    async def transaction(
        self, now: Callable[[], datetime], work: Callable[[Transaction], Awaitable[T]]
    ) -> T:
        """Give what `work` gives, in one transaction; done once more where somebody was faster.

        That is the one rule of trying again: work that lost a race for a key or a step, or that
        the database ended to untie a knot of locks, has left nothing behind and begins anew.
        """
        try:
            return await self._once(now(), work)
        except Raced:
            # Else the lock just given up is taken again before the other one wakes: a new knot.
            await asyncio.sleep(PAUSE_S)
            return await self._once(now(), work)

    async def _once(self, now: datetime, work: Callable[[Transaction], Awaitable[T]]) -> T:
        async with self.begin() as connection:
            transaction = Transaction(connection, now)
            given = await work(transaction)
            await transaction.flush()
        if transaction.changed:
            self.changed.set()
        return given

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection on which each statement is its own transaction.

        A database that is away becomes Unavailable; the next connection is a fresh one.
        """
        async with self._judged(), self.engine.connect() as plain:
            yield await plain.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection that is closed at the end, so that what its session holds ends too."""
        async with self.connect() as connection:
            try:
                yield connection
            finally:
                await connection.invalidate()

    @asynccontextmanager
    async def one_moment(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads, and sees one moment whatever is written meanwhile."""
        async with self._judged(), self.engine.connect() as plain:
            connection = await plain.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            yield connection

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction for what looks at the whole database; desks write by the others."""
        async with self._judged(), self.engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def _judged(self) -> AsyncIterator[None]:
        """Say what an error of the database means to those who asked."""
        try:
            yield
        except AWAY as error:
            raise _away(error) from error
        except DBAPIError as error:
            if _state(error) == _READ_ONLY:
                # It was the first and is a second now: every connection leads to the wrong one.
                await self.engine.dispose()
            _judge(error)
            raise

    async def close(self) -> None:
        """Let go of the connections."""
        await self.engine.dispose()


async def listen(connection: AsyncConnection, channel: str, told: Callable[[], None]) -> None:
    """Call what is given at every notification of a channel, as long as the connection is open."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    # The driver says (connection, process, channel, payload).
    await driver.add_listener(channel, lambda *_: told())


def _judge(error: DBAPIError) -> None:
    """Raise what an error means: the database is away, or a value is none that it can hold."""
    state = _state(error)
    lost = state[:2] in _LOST or "connection" in str(error.orig).lower()
    if error.connection_invalidated or lost or state == _READ_ONLY:
        raise _away(error) from error
    if state in _KNOTTED:
        raise Raced("others held what was needed") from error
    if state[:2] == _NO_VALUE:
        raise Invalid("body", "holds a value that cannot be stored") from error


def _state(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None) or "")


def _away(error: Exception) -> Unavailable:
    """The driver's own words may hold what somebody has said, so they are not passed on."""
    return Unavailable(f"the database is away: {type(error).__name__}", retry_after=2.0)
