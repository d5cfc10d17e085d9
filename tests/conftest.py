"""What all tests share: one PostgreSQL a run, an empty database a test, and an honest end."""

import asyncio
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from backend.operations.postgres import Postgres
from backend.store.rows import feed_serial, number_serial
from backend.store.schema import METADATA, migrate
from backend.store.session import make_engine

IN_CI = os.environ.get("CI", "").lower() == "true"
for name in [name for name in os.environ if name.startswith("HOTLINE_") or name == "CAST"]:
    del os.environ[name]  # tests read the defaults, not what somebody has set in this shell
# Reading the tests makes what stays to the end, so looking through it for garbage is time lost.
gc.disable()
# Tests may lose their data in a power cut, so they need not wait for the disk.
CARELESS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # It works as another user, whom nobody may send out of a database that is to be dropped.
    "autovacuum": "off",
}


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One embedded server for the whole run."""
    folder = Path(tempfile.mkdtemp(prefix="hl-"))
    server = Postgres(folder, CARELESS)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    """The address of an empty database, gone after the test."""
    name = f"test_{uuid4().hex[:12]}"
    postgres.run("createdb", name)
    yield postgres.url(name)
    postgres.run("dropdb", "--force", name)


@pytest.fixture(scope="session")
def migrated(postgres: Postgres) -> str:
    """The address of one database with our tables, for the whole run."""
    postgres.run("createdb", "migrated")
    asyncio.run(_migrate(postgres.url("migrated")))
    return postgres.url("migrated")


@pytest.fixture(scope="session")
def sweep(migrated: str) -> Iterator[Callable[[], None]]:
    """Deletes all rows of the migrated database, by one connection that knows the way."""
    loop = asyncio.new_event_loop()
    connected: list[asyncpg.Connection] = []
    # Deleting is twice as fast as TRUNCATE where there are few rows.
    tables = [table.name for table in reversed(METADATA.sorted_tables)]
    deletes = "; ".join(f'DELETE FROM "{name}"' for name in tables)
    # Nor does a test's place in the run decide with which numbers it begins.
    serials = "; ".join(
        f"ALTER SEQUENCE {one.name} RESTART" for one in (number_serial, feed_serial)
    )
    # The audit and the log are kept by triggers, which look away for this once.
    off, on = (
        "; ".join(f"ALTER TABLE {name} {way} TRIGGER USER" for name in ("audit", "log_entry"))
        for way in ("DISABLE", "ENABLE")
    )
    work = f"{off}; {deletes}; {serials}; {on}"

    async def delete() -> None:
        if not connected:
            connected.append(await asyncpg.connect(migrated.replace("+asyncpg", "")))
        await connected[0].execute(work)

    def empty() -> None:
        try:
            loop.run_until_complete(delete())
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError):
            connected.clear()  # the test was about a server that goes away
            loop.run_until_complete(delete())

    yield empty
    for connection in connected:
        loop.run_until_complete(connection.close())
    loop.close()


@pytest.fixture
def tables(migrated: str, sweep: Callable[[], None]) -> Iterator[str]:
    """The address of a database with our tables and nothing in them."""
    yield migrated
    sweep()


async def _migrate(url: str) -> None:
    engine = make_engine(url)
    await migrate(engine)
    await engine.dispose()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Look for garbage from now on, but not among the tests themselves."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name every test that did not run: nothing is skipped in silence."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section("did not run")
    for report in skipped:
        terminalreporter.line(f"{report.nodeid}: {_reason(report)}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run in CI that could not run something."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if IN_CI and exitstatus == 0 and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = 1


def _reason(report: pytest.TestReport) -> str:
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
