"""The embedded PostgreSQL survives what happens to it."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from backend.operations.postgres import Postgres, PostgresFailed


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postgres]:
    """A server of one test's own."""
    own = Postgres(tmp_path / "postgres")
    yield own
    own.stop()


async def ask(server: Postgres, question: str) -> object:
    connection = await asyncpg.connect(server.dsn())
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_chinese_words_are_compared_letter_by_letter(postgres: Postgres) -> None:
    ctype = "SELECT datctype FROM pg_database WHERE datname = current_database()"
    assert await ask(postgres, ctype) == "C.UTF-8"
    assert await ask(postgres, "SHOW server_encoding") == "UTF8"


async def test_nobody_enters_from_the_network_or_as_another(postgres: Postgres) -> None:
    assert await ask(postgres, "SHOW listen_addresses") == ""
    assert stat.S_IMODE(postgres.socket_folder.stat().st_mode) == 0o700
    assert await ask(postgres, "SELECT rolsuper FROM pg_roles WHERE rolname = 'hotline'") is False
    if os.getuid() == 0:
        assert await ask(postgres, "SELECT pg_backend_pid()") != 0
        stranger = ["setpriv", "--reuid=12345", "--clear-groups", "--", sys.executable, "-c"]
        knock = f"import os; os.listdir({str(postgres.socket_folder)!r})"
        assert subprocess.run([*stranger, knock], capture_output=True, check=False).returncode != 0


@pytest.mark.real
async def test_a_server_that_was_killed_starts_again_with_its_rows(server: Postgres) -> None:
    server.start()
    await ask(server, "CREATE TABLE kept (word text)")
    await ask(server, "INSERT INTO kept VALUES ('here')")
    server.kill()
    server.start()
    assert await ask(server, "SELECT word FROM kept") == "here"


@pytest.mark.real
async def test_a_server_left_by_a_killed_supervisor_is_replaced(server: Postgres) -> None:
    orphan = Postgres(server.folder)
    orphan.start()
    server.start()
    assert orphan.process is not None
    assert orphan.process.wait(10) == 0
    assert await ask(server, "SELECT 1") == 1


@pytest.mark.real
async def test_a_stale_lock_of_a_process_that_is_somebody_elses_is_removed(
    server: Postgres,
) -> None:
    server.start()
    server.kill()
    lock = server.data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n", "ascii")
    server.start()
    assert await ask(server, "SELECT 1") == 1


@pytest.mark.real
def test_half_a_server_from_a_broken_set_up_is_made_anew(server: Postgres) -> None:
    server.folder.mkdir()
    (server.folder / "data.part").mkdir()
    (server.folder / "data.part" / "rest").write_text("of a killed initdb")
    server.start()
    assert server.is_ready()


def test_a_deep_folder_still_gets_a_short_socket(tmp_path: Path) -> None:
    deep = Postgres(tmp_path / ("x" * 100))
    assert len(str(deep.socket_folder / ".s.PGSQL.5432")) < 108


@pytest.mark.real
def test_the_last_words_of_a_server_that_cannot_start_are_told(tmp_path: Path) -> None:
    wrong = Postgres(tmp_path / "postgres", {"max_connections": "none"})
    with pytest.raises(PostgresFailed, match="max_connections"):
        wrong.start()
