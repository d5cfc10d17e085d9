"""The whole schema: bringing a database to it, and telling how far one is from it."""

from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.store.audit import AuditRow
from backend.store.base import Row
from backend.store.beats import BeatRow
from backend.store.chats import ChatRow
from backend.store.jobs import JobRow
from backend.store.people import AccountRow
from backend.store.rows import CaseRow
from backend.store.tries import LoginTryRow

FOLDER: Final = Path(__file__).parent.parent / "migrations"
METADATA: Final = Row.metadata
# Naming a row of each module here makes sure that it is loaded.
ROWS: Final = (
    AccountRow, AuditRow, BeatRow, CaseRow, ChatRow, JobRow, LoginTryRow
)  # fmt: skip
assert all(row.metadata is METADATA for row in ROWS)


async def migrate(engine: AsyncEngine) -> None:
    """Bring the database to the newest version; does nothing when it is there."""
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
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return revision in {
        one.revision for one in ScriptDirectory.from_config(config).walk_revisions()
    }


async def is_current(connection: AsyncConnection) -> bool:
    """Tell whether a database has been migrated to this version."""
    return await connection.run_sync(_is_current)


async def is_empty(connection: AsyncConnection) -> bool:
    """Tell whether a database has never been migrated."""
    return await connection.run_sync(_is_empty)


def make_revision(connection: Connection, message: str, number: str) -> None:
    """Write the migration that leads from the database to the row classes."""
    config = config_of(connection)
    command.revision(config, message=message, autogenerate=True, rev_id=number)


def _upgrade(connection: Connection) -> None:
    command.upgrade(config_of(connection), "head")


def _is_current(connection: Connection) -> bool:
    there = MigrationContext.configure(connection).get_current_heads()
    return set(there) == set(ScriptDirectory.from_config(config_of(connection)).get_heads())


def _revision(connection: Connection) -> str:
    return ",".join(sorted(MigrationContext.configure(connection).get_current_heads()))


def _is_empty(connection: Connection) -> bool:
    return not MigrationContext.configure(connection).get_current_heads()


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
