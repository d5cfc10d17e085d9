"""The revision that a database has been migrated to, and how it stands to this version's."""

from enum import StrEnum
from pathlib import Path
from typing import Final

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from hotline.errors import Invalid

FOLDER: Final = Path(__file__).parent.parent / "migrations"


class Age(StrEnum):
    """How a database's schema stands to this version's."""

    EMPTY = "none"
    OLDER = "older"
    CURRENT = "right"
    LATER = "later"


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
    await connection.run_sync(check_not_later)
    if await age_of(connection) is not Age.CURRENT:
        raise Invalid("database.url", "its schema is an older version's: run `hotline migrate`")


def check_not_later(connection: Connection) -> None:
    """Raise Invalid, which says what to do, for a database that a later version has migrated."""
    if _age_of(connection) is Age.LATER:
        raise Invalid(
            "database.url",
            f"a later version has written this database: its schema is {_revision(connection)}, "
            f"this version's is {head()}. Start that version or a newer one, or give this one "
            "the backup that was made before the upgrade",
        )


def _age_of(connection: Connection) -> Age:
    there = _revision(connection)
    if not there:
        return Age.EMPTY
    if there == head():
        return Age.CURRENT
    return Age.OLDER if knows(there) else Age.LATER


def _revision(connection: Connection) -> str:
    return ",".join(sorted(MigrationContext.configure(connection).get_current_heads()))


def head() -> str:
    """Give the revision of this version."""
    return ",".join(sorted(_scripts().get_heads()))


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return ScriptDirectory.from_config(config)
