"""A database of somebody else's server in a backup: a dump of one instant, nothing behind it."""

import asyncio
import gzip
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from backend.backup.basebackup import FAILED, DatabaseCopy, streamed
from backend.backup.files import MIB, Damaged, Told, judged
from backend.operations.postgres import DATABASE, PROGRAMS, Postgres
from backend.operations.preflight import NotPossible
from backend.store import evidence
from backend.store.session import Store, make_engine
from config.settings import child_environment

DUMP: Final = "postgres.dump.gz"
# Owners and rights are the new server's own matter.
PLAINLY: Final = ("--no-owner", "--no-acl")
# What an address may say behind its question mark, as PostgreSQL's own programs are told it.
TOLD_AS: Final = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "sslmode": "PGSSLMODE",
    "ssl": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


async def take_dump(url: str, folder: Path, told: Told = lambda _: None) -> DatabaseCopy:
    """Dump a database as one snapshot shows it, which is counted too."""
    store = _store(url)
    try:
        async with evidence.exported(store) as (snapshot, seen):
            form = ("-Fc", "-Z", "none", "--snapshot", snapshot)
            asked = [str(PROGRAMS / "pg_dump"), *form, *PLAINLY]
            with judged(FAILED):
                entry = await asyncio.to_thread(
                    streamed, asked, folder / DUMP, told, environment_of(url)
                )
    finally:
        await store.close()
    return DatabaseCopy({DUMP: entry}, None, seen)


async def size_of(url: str) -> int:
    """Bytes of a database."""
    store = _store(url)
    try:
        return await evidence.size_of(store)
    finally:
        await store.close()


def fill_server(dump: Path, server: Postgres) -> None:
    """Read a dump into our own running server; Damaged where it cannot be."""
    asked = server.asking("pg_restore", "-d", DATABASE, "--exit-on-error", *PLAINLY)
    complaint = _fill(asked, dump)
    if complaint:
        raise Damaged(f"{dump} cannot be read back: {complaint}")


async def require_empty(url: str) -> None:
    """NotPossible where a database holds anything already."""
    store = _store(url)
    try:
        async with store.begin() as connection:
            if await evidence.count_rows(connection):
                raise NotPossible("database.url: there are tables already; name an empty database")
    finally:
        await store.close()


def fill_empty(dump: Path, url: str) -> None:
    """Read a dump into somebody else's server: all of it or nothing."""
    environ = environment_of(url)
    asked = [str(PROGRAMS / "pg_restore"), "-d", environ["PGDATABASE"], "--single-transaction"]
    complaint = _fill([*asked, *PLAINLY], dump, environ)
    if complaint:
        raise NotPossible(f"database.url: the dump cannot be read in: {complaint}")


def environment_of(url: str) -> dict[str, str]:
    """An address for PostgreSQL's own programs: what stands on their command line, others see."""
    parts = urlsplit(url)
    found = {
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or ""),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")),
    }
    for name, value in parse_qsl(parts.query):
        if name in TOLD_AS:
            found[TOLD_AS[name]] = value
    # What of ours is in it means nothing to them.
    return child_environment([]) | {name: value for name, value in found.items() if value}


def _fill(asked: list[str], dump: Path, environ: Mapping[str, str] | None = None) -> str:
    """Read a zipped dump in; gives the first complaint, empty where there is none."""
    with subprocess.Popen(
        asked, env=environ, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as reading:
        assert reading.stdin is not None
        assert reading.stderr is not None
        with suppress(BrokenPipeError), gzip.open(dump, "rb") as taken:
            shutil.copyfileobj(taken, reading.stdin, MIB)
        with suppress(BrokenPipeError):
            reading.stdin.close()
        lines = reading.stderr.read().decode("utf-8", "replace").splitlines()
        if reading.wait() == 0:
            return ""
    return next((line for line in lines if "error:" in line), "it said nothing")


def _store(url: str) -> Store:
    return Store(make_engine(url, pool_size=2, statement_timeout_s=3600.0))
