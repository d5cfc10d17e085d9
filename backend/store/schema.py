"""The whole schema: bringing a database to it, and telling what one has otherwise."""

from typing import Any, Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.store.answer_rows import CallAnswerRow
from backend.store.article_rows import ArticleChangeRow
from backend.store.audit import AuditRow
from backend.store.audit_words import AuditWordsRow
from backend.store.base import Row
from backend.store.beats import BeatRow
from backend.store.chats import ChatRow
from backend.store.claim_rows import ClaimRow
from backend.store.factors import SecondFactorRow
from backend.store.field_indexes import BEGINNING
from backend.store.jobs import JobRow
from backend.store.leaves import LeaveRow
from backend.store.log_rows import LogEntryRow
from backend.store.people import AccountRow
from backend.store.privacy_rows import ErasedRow
from backend.store.releases import ReleaseRow
from backend.store.revision import FOLDER, check_not_later
from backend.store.revisit_rows import RevisitRow
from backend.store.rows import CaseRow
from backend.store.seen_clock import SeenClockRow
from backend.store.staff import PersonChangeRow
from backend.store.telephony_rows import SeatRow
from backend.store.tries import LoginTryRow
from backend.store.view_rows import SavedViewRow

METADATA: Final = Row.metadata
MIGRATION_LOCK: Final = 4_711_002
# Naming a row of each module here makes sure that it is loaded.
ROWS: Final = (
    AccountRow, ArticleChangeRow, AuditRow, AuditWordsRow, BeatRow, CallAnswerRow, CaseRow, ChatRow,
    ClaimRow, ErasedRow, JobRow, LeaveRow, LogEntryRow, LoginTryRow, PersonChangeRow, ReleaseRow,
    RevisitRow, SavedViewRow, SeatRow, SecondFactorRow, SeenClockRow,
)  # fmt: skip
assert all(row.metadata is METADATA for row in ROWS)


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


def _upgrade(connection: Connection) -> None:
    # Of two that start at once the second waits, and finds nothing left to do.
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    check_not_later(connection)
    command.upgrade(config_of(connection), "head")


def _compare(connection: Connection) -> list[Any]:
    parts = set(connection.execute(_PARTS).scalars())

    def include(name: str | None, kind: str, _: Any) -> bool:
        """The parts of a table are the table's own, the indexes of fields the city's."""
        if kind == "index":
            return not (name or "").startswith(BEGINNING)
        return kind != "table" or name not in parts

    opts = {"compare_type": True, "include_name": include}
    context = MigrationContext.configure(connection, opts=opts)
    return list(compare_metadata(context, METADATA))


_PARTS: Final = text("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")


def config_of(connection: Connection) -> Config:
    """Give Alembic's settings for the migrations, run on a connection."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config
