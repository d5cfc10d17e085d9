"""The rows of the log over what is written down (hotline/record)."""

from datetime import datetime

from sqlalchemy import Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import Row


class LogEntryRow(Row):
    """One entry; a trigger refuses to change or remove it, but lets its salt go.

    `seq` counts over all segments without a gap; `digest` is the hash of its leaf.
    """

    __tablename__ = "log_entry"
    __table_args__ = (
        UniqueConstraint("ref", "kind"),
        Index("ix_log_entry_object", "object", "seq"),
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    object: Mapped[str]
    ref: Mapped[str]
    logged: Mapped[str]
    sealed: Mapped[bytes]
    before: Mapped[bytes]
    salt: Mapped[bytes | None]
    digest: Mapped[bytes]


class LogSegmentRow(Row):
    """A month of the log: its first entry, and the head of the month before, which is kept here."""

    __tablename__ = "log_segment"

    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[str]
    first: Mapped[int]
    size_before: Mapped[int]
    root_before: Mapped[bytes]


class LogNodeRow(Row):
    """The root of a complete subtree of a segment, of sixteen leaves and more."""

    __tablename__ = "log_node"

    segment: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[bytes]


class LogDueRow(Row):
    """What was written down and is not in the log yet; triggers of the logged tables write it."""

    __tablename__ = "log_due"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str]
    ref: Mapped[str]


class LogCheckpointRow(Row):
    """Where a segment stood at an instant, as a signed note."""

    __tablename__ = "log_checkpoint"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    segment: Mapped[int]
    size: Mapped[int]
    at: Mapped[datetime]
    signed: Mapped[str]


class LogWitnessRow(Row):
    """The last checkpoint that a witness has signed too."""

    __tablename__ = "log_witness"

    name: Mapped[str] = mapped_column(primary_key=True)
    public: Mapped[str]
    at: Mapped[datetime]
    signed: Mapped[str]
