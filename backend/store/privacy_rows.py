"""The rows of what was erased and may not be: holds, marks, files to go, nights, requests."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import Row


class CaseHoldRow(Row):
    """A case of which nothing is erased, and why: it lies in court, say, until somebody ends it."""

    __tablename__ = "case_hold"
    __table_args__ = (
        Index(
            "uq_case_hold_open", "case_id", unique=True, postgresql_where=text("ended_at IS NULL")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    ended_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str]


class ErasedRow(Row):
    """Which kind of data of a case was erased, and when; by a rule or (`how`) by a request.

    What came to the case later may be erased later, by a row of its own.
    """

    __tablename__ = "erased"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    how: Mapped[str]


class ErasedFileRow(Row):
    """A file that no row speaks of any more; it is still to be taken from the disk."""

    __tablename__ = "erased_file"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class FileErasedRow(Row):
    """Which erasure took a file, or its position: its kind, and by a rule or (`how`) by a request.

    `stored` names it with the instant at which it came, as the log does.
    """

    __tablename__ = "file_erased"

    stored: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[str]
    how: Mapped[str]


class RetentionNightRow(Row):
    """A night's looking through what is kept: what went, and what did not, by kind."""

    __tablename__ = "retention_night"

    day: Mapped[str] = mapped_column(primary_key=True)
    begun_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    told: Mapped[list[Any]]


class ErasureRow(Row):
    """Somebody's wish that what is kept about them is erased, by the id of their contact.

    Two people of the office make it so: who asked, and who agreed. `told` says what was erased, and
    first how much that is: until then of when it was asked for.
    """

    __tablename__ = "erasure"
    __table_args__ = (
        Index(
            "uq_erasure_open", "contact_id", unique=True, postgresql_where=text("done_at IS NULL")
        ),
        Index("ix_erasure_contact_id", "contact_id", "asked_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID]
    channel: Mapped[str]
    tail: Mapped[str]
    reason: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    done_by: Mapped[str]
    done_at: Mapped[datetime | None]
    outcome: Mapped[str]
    told: Mapped[list[Any]]
