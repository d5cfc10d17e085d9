"""The database of 0.1.0 is migrated by `hotline migrate`: twice, at once, cut short, never back."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from backend.store.revision import Age, age_of, check_current
from backend.store.schema import differences
from backend.store.session import Store, make_engine
from config.settings import ROOT
from hotline.clock import SystemClock
from hotline.errors import Invalid
from tests.real.stack import free_ports
from tests.upgrade import rows
from tests.upgrade.folder import make_history
from tests.upgrade.walk import Ledger

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

CLOCK = SystemClock()
STOPPED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HELD_UP = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
Migrating = subprocess.Popen[str]


@dataclass(slots=True)
class OldDatabase:
    """A database as 0.1.0 left it."""

    dsn: str
    environment: dict[str, str]
    ledger: Ledger
    connection: asyncpg.Connection

    def hotline(self, *command: str) -> Migrating:
        """Begin one of the product's own commands on it."""
        return subprocess.Popen(
            [sys.executable, "-m", "backend", *command],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    async def migrate(self) -> None:
        """Migrate, and see that everything is where it was."""
        assert await _end(self.hotline("migrate")) == (0, "")
        for table in ("cases", "step", "report", "notice", "draft", "feed", "contact"):
            there = await self.connection.fetchval(f'SELECT count(*) FROM "{table}"')
            assert there == len(self.ledger.tables[table]), table

    async def schema(self) -> str:
        """Give the number of the schema that it has now."""
        return str(await self.connection.fetchval("SELECT version_num FROM alembic_version"))


async def _end(process: Migrating) -> tuple[int, str]:
    """Wait for the end of a command; gives its code and what it complained of."""
    _, complaint = await asyncio.to_thread(process.communicate, timeout=120)
    return process.returncode, complaint


@pytest.fixture
async def old(database: str, tmp_path: Path) -> AsyncIterator[OldDatabase]:
    """A database of 0.1.0."""
    dsn = database.replace("+asyncpg", "")
    ledger = make_history(STOPPED)
    await rows.make_schema(database)
    await rows.write(dsn, ledger)
    (web,) = free_ports(1)
    mine = {
        "HOTLINE_DATABASE_URL": dsn,
        "HOTLINE_HOME_DATA_DIR": str(tmp_path),
        "HOTLINE_WEB_PORT": str(web),
        "HOTLINE_PHONE_ASTERISK_ROOT": str(tmp_path / "no-exchange"),
        "LANG": "en_US.UTF-8",
    }
    connection = await asyncpg.connect(dsn)
    yield OldDatabase(dsn, os.environ | mine, ledger, connection)
    await connection.close()


async def test_it_is_brought_over_once_however_often_it_is_asked(old: OldDatabase) -> None:
    await old.migrate()
    head = await old.schema()
    await old.migrate()
    assert await old.schema() == head > rows.HEAD
    store = Store(make_engine(old.dsn))
    assert await differences(store.engine) == []
    async with store.connect() as connection:
        assert await age_of(connection) is Age.CURRENT
    await store.close()


async def test_two_that_start_at_once_bring_it_over_once(old: OldDatabase) -> None:
    both = [old.hotline("migrate") for _ in range(2)]
    assert [await _end(one) for one in both] == [(0, "")] * 2
    await old.migrate()


@pytest.mark.parametrize("table", ["media", "step"])
async def test_one_that_is_killed_half_way_has_done_nothing(old: OldDatabase, table: str) -> None:
    holder = await asyncpg.connect(old.dsn)
    async with holder.transaction():
        # Who holds a table lets the migration come as far as that, and no further.
        await holder.execute(f'LOCK TABLE "{table}" IN SHARE MODE')
        migrating = old.hotline("migrate")
        try:
            end = CLOCK.monotonic() + 90
            while not await old.connection.fetchval(HELD_UP):
                assert migrating.poll() is None
                assert CLOCK.monotonic() < end
                await asyncio.sleep(0.05)
        finally:
            migrating.send_signal(signal.SIGKILL)
            ended = await _end(migrating)
        assert ended == (-signal.SIGKILL, "")
    await holder.close()
    assert await old.schema() == rows.HEAD
    await old.migrate()


async def test_a_database_of_a_later_version_is_left_alone(old: OldDatabase) -> None:
    await old.connection.execute("UPDATE alembic_version SET version_num = '9000'")
    for command in ("migrate", "serve"):
        code, complaint = await _end(old.hotline(command))
        assert code == 2
        assert complaint.startswith("hotline: database.url: a later version has written this ")
        assert "9000" in complaint
        assert "Start that version or a newer one" in complaint
        assert complaint.count("\n") == 1
        assert await old.schema() == "9000"
    store = Store(make_engine(old.dsn))
    with pytest.raises(Invalid, match="a later version has written this database"):
        async with store.connect() as connection:
            await check_current(connection)
    await store.close()
    checking = old.hotline("check")
    said, _ = await asyncio.to_thread(checking.communicate, timeout=120)
    assert checking.returncode == 2
    assert "was written by a later version" in said
