"""The database for one command: the running one, or the embedded one started for its time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backend.operations.postgres import Postgres, PostgresFailed, database_url, embedded
from backend.operations.preflight import NotPossible, only_one
from backend.store.session import Store, make_engine
from config.settings import Settings
from hotline.errors import Unavailable


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Store]:
    """The store of these settings; NotPossible where the database cannot be reached."""
    server = embedded(settings)
    if settings.database.url or server.is_ready():
        async with _store(settings) as store:
            yield store
        return
    with only_one(settings):
        _start(server)
        try:
            async with _store(settings) as store:
                yield store
        finally:
            server.stop()


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[Store]:
    engine = make_engine(
        database_url(settings),
        pool_size=settings.database.pool_size,
        statement_timeout_s=600.0,
    )
    store = Store(engine)
    try:
        await _require(store, settings)
        yield store
    finally:
        await store.close()


async def _require(store: Store, settings: Settings) -> None:
    """NotPossible where nothing answers at the database's address, without printing the address."""
    try:
        async with store.connect():
            return
    except (Unavailable, OSError, ValueError) as error:
        where = "database.url" if settings.database.url else "the embedded PostgreSQL"
        reason = str(error).splitlines()[0]
        raise NotPossible(f"{where}: the database cannot be reached: {reason}") from None


def _start(server: Postgres) -> None:
    try:
        server.start()
    except PostgresFailed as error:
        raise NotPossible(str(error)) from None
