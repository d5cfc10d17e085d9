"""The rows of what citizens are asked after closing, and of who does not want to be rung."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import ONCE, Row


class RevisitRow(Row):
    """What is asked about a case, by the id of the notice that asks; in parts by its time."""

    __tablename__ = "revisit"
    __table_args__ = {"info": ONCE, "postgresql_partition_by": "RANGE (id)"}  # noqa: RUF012

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    contact_id: Mapped[UUID | None] = mapped_column(index=True)
    channel: Mapped[str]
    made_at: Mapped[datetime]


class RevisitAnswerRow(Row):
    """An answer, written once; another one to the same question is another row.

    `person` is the seat that wrote it down, "" for the citizen.
    """

    __tablename__ = "revisit_answer"
    __table_args__ = {"info": ONCE, "postgresql_partition_by": "RANGE (revisit_id)"}  # noqa: RUF012

    revisit_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    question: Mapped[str]
    value: Mapped[str]
    at: Mapped[datetime]
    person: Mapped[str]


class DoNotCallRow(Row):
    """Somebody whom nobody is to ring or ask of the office's own accord (请勿再打), until it ends.

    `made_by` is the seat that wrote it down, "" for the citizen themselves.
    """

    __tablename__ = "do_not_call"
    __table_args__ = (
        Index(
            "uq_do_not_call_open",
            "contact_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contact.id"))
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    ended_by: Mapped[str]
    ended_why: Mapped[str]
    ended_at: Mapped[datetime | None]
