"""A database on somebody else's server is dumped, checked beside, and read into an empty one."""

from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from backend.backup.dump import environment_of
from backend.backup.repository import Repository
from backend.operations.postgres import Postgres, embedded
from backend.operations.preflight import NotPossible
from config.sections import DatabaseSettings
from config.settings import Settings
from tests.backend.backup.conftest import (
    CASES,
    CLOCK,
    Small,
    check,
    elsewhere,
    flip,
    numbers_in,
    restorer,
    source_of,
)

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture
def foreign(small: Small, open_tmp: Path) -> Small:
    """The small hotline, whose server is somebody else's to the settings."""
    settings = at(small.settings, small.server.dsn())
    return replace(small, settings=settings, repository=Repository(open_tmp / "backups"))


def at(settings: Settings, url: str) -> Settings:
    return replace(settings, database=DatabaseSettings(url=url))


async def test_a_dump_is_checked_beside_and_read_into_an_empty_database(
    foreign: Small, open_tmp: Path, database: str
) -> None:
    await foreign.backup()
    source = source_of(foreign.repository)
    assert source.manifest.log is None
    found = await check(foreign, foreign.repository)
    assert found.differences == []
    assert found.cases == CASES
    url = database.replace("+asyncpg", "")
    settings = at(elsewhere(foreign, open_tmp), url)
    await restorer(settings, source).restore(None, replace=False)
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT number FROM cases")
    serial = await connection.fetchval("SELECT last_value FROM number_serial")
    await connection.close()
    assert {row["number"] for row in rows} == set(foreign.numbers)
    assert serial >= 10_000
    assert (settings.home.data_dir / "tokens" / "ivr").is_file()
    with pytest.raises(NotPossible, match="name an empty database"):
        await restorer(settings, source).restore(None, replace=True)


async def test_a_dump_moves_to_our_own_server_too_and_leads_to_no_other_instant(
    foreign: Small, open_tmp: Path
) -> None:
    await foreign.backup()
    source = source_of(foreign.repository)
    settings = at(elsewhere(foreign, open_tmp), "")
    with pytest.raises(NotPossible, match=r"leads to .* only"):
        await restorer(settings, source).restore(CLOCK.now(), replace=False)
    await restorer(settings, source).restore(None, replace=False)
    server = embedded(settings)
    server.start()
    try:
        assert await numbers_in(server) == set(foreign.numbers)
    finally:
        server.stop()


async def test_a_flipped_bit_of_a_dump_is_found(foreign: Small) -> None:
    name = await foreign.backup()
    path = foreign.repository.path(name) / "postgres.dump.gz"
    flip(path)
    found = await check(foreign, foreign.repository)
    assert [one.values["file"] for one in found.differences] == [str(path)]


async def test_a_backup_of_our_own_server_is_for_our_own_only(
    small: Small, open_tmp: Path, postgres: Postgres
) -> None:
    await small.backup()
    settings = at(elsewhere(small, open_tmp), postgres.dsn())
    with pytest.raises(NotPossible, match=r"restore it without database\.url"):
        await restorer(settings, source_of(small.repository)).restore(None, replace=False)


def test_a_password_stands_on_no_command_line() -> None:
    told = environment_of("postgresql://ho%40t:p%2Fw@db:5433/line?sslmode=require")
    wanted = {
        "PGHOST": "db",
        "PGPORT": "5433",
        "PGUSER": "ho@t",
        "PGPASSWORD": "p/w",
        "PGDATABASE": "line",
        "PGSSLMODE": "require",
    }
    assert wanted.items() <= told.items()
