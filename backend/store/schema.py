"""The whole schema: bringing a database to it, and telling how far one is from it."""

from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.store.audit import AuditRow
from backend.store.base import Row
from backend.store.beats import BeatRow
from backend.store.chats import ChatRow
from backend.store.jobs import JobRow
from backend.store.people import AccountRow
from backend.store.rows import CaseRow
from backend.store.tries import LoginTryRow
from hotline.errors import Invalid

FOLDER: Final = Path(__file__).parent.parent / "migrations"
METADATA: Final = Row.metadata
MIGRATION_LOCK: Final = 4_711_002
# Naming a row of each module here makes sure that it is loaded.
ROWS: Final = (
    AccountRow, AuditRow, BeatRow, CaseRow, ChatRow, JobRow, LoginTryRow
)  # fmt: skip
assert all(row.metadata is METADATA for row in ROWS)


class Age(StrEnum):
    """How a database's schema stands to this version's."""

    EMPTY = "none"
    OLDER = "older"
    CURRENT = "right"
    LATER = "later"


async def migrate(engine: AsyncEngine) -> None:
    """Bring the database to the newest version; does nothing when it is there.

    All of it happens or nothing. Raises Invalid where a later version has been at work.
    """
    async with engine.begin() as connection:
        await connection.run_sync(_upgrade)


async def differences(engine: AsyncEngine) -> list[Any]:
    """Give what the row classes say and the migrated database does not have, or the reverse."""
    async with engine.connect() as connection:
        return await connection.run_sync(_compare)


async def revision_of(connection: AsyncConnection) -> str:
    """Give the revision that a database has been migrated to, empty where it never was."""
    return await connection.run_sync(_revision)


def knows(revision: str) -> bool:
    """Tell whether a revision is one of this version's or an earlier one."""
    return revision in {one.revision for one in _scripts().walk_revisions()}


async def age_of(connection: AsyncConnection) -> Age:
    """Tell whether a database has been migrated to this version."""
    return await connection.run_sync(_age_of)


async def check_current(connection: AsyncConnection) -> None:
    """Raise Invalid, which says what to do, for a database of another version."""
    await connection.run_sync(_check_not_later)
    if await age_of(connection) is not Age.CURRENT:
        raise Invalid("database.url", "its schema is an older version's: run `hotline migrate`")


def make_revision(connection: Connection, message: str, number: str) -> None:
    """Write the migration that leads from the database to the row classes."""
    config = config_of(connection)
    command.revision(config, message=message, autogenerate=True, rev_id=number)


def _upgrade(connection: Connection) -> None:
    # Of two that start at once the second waits, and finds nothing left to do.
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    _check_not_later(connection)
    command.upgrade(config_of(connection), "head")


def _check_not_later(connection: Connection) -> None:
    if _age_of(connection) is Age.LATER:
        raise Invalid(
            "database.url",
            f"a later version has written this database: its schema is {_revision(connection)}, "
            f"this version's is {_head()}. Start that version or a newer one, or give this one "
            "the backup that was made before the upgrade",
        )


def _age_of(connection: Connection) -> Age:
    there = _revision(connection)
    if not there:
        return Age.EMPTY
    if there == _head():
        return Age.CURRENT
    return Age.OLDER if knows(there) else Age.LATER


def _revision(connection: Connection) -> str:
    return ",".join(sorted(MigrationContext.configure(connection).get_current_heads()))


def _head() -> str:
    return ",".join(sorted(_scripts().get_heads()))


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return ScriptDirectory.from_config(config)


def _compare(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, METADATA))


def config_of(connection: Connection) -> Config:
    """Give Alembic's settings for the migrations, run on a connection."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config
