"""The audit: who did what that they may have to answer for; rows are only ever added."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, Index, RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import Row
from backend.store.rows import CaseRow
from backend.store.scopes import about_scope
from backend.store.writes import Writes
from hotline.ids import first_id
from hotline.rights.scopes import Scope

# A row as it is found, by the names of its columns.
Found = RowMapping


class AuditRow(Row):
    """One thing that somebody did. A trigger of the database refuses to change or remove it."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_person", "person", "id"),
        Index("ix_audit_what", "what", "at"),
        Index("ix_audit_case_id", "case_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    what: Mapped[str]
    person: Mapped[str]
    subject: Mapped[str]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    address: Mapped[str]
    request: Mapped[str]
    session: Mapped[str]
    # A backend of an earlier version that still runs writes none.
    reason: Mapped[str] = mapped_column(server_default="")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is written down; `subject` is whom or what it was done to, `case` where it is one.

    `reason` is why, where somebody was asked.
    """

    id: UUID
    at: datetime
    what: str
    person: str
    subject: str
    case: UUID | None
    address: str
    request: str
    session: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sought:
    """What a list of the audit is narrowed to; `before` goes on behind the last of a page."""

    what: frozenset[str] | None = None
    persons: tuple[str, ...] | None = None
    number: str = ""
    before: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


async def add(writes: Writes, entry: Entry, once_in: timedelta | None) -> None:
    """Add a row; with `once_in`, not where the same stands there since so long."""
    if once_in is not None:
        same = select(AuditRow.id).where(
            AuditRow.what == entry.what,
            AuditRow.at > entry.at - once_in,
            AuditRow.person == entry.person,
            AuditRow.subject == entry.subject,
            AuditRow.address == entry.address,
            AuditRow.session == entry.session,
        )
        if (await writes.connection.execute(same.limit(1))).first() is not None:
            return
    row = {
        "id": entry.id,
        "at": entry.at,
        "what": entry.what,
        "person": entry.person,
        "subject": entry.subject,
        "case_id": entry.case,
        "address": entry.address,
        "request": entry.request,
        "session": entry.session,
        "reason": entry.reason,
    }
    writes.add("audit", row)


async def listed(
    connection: AsyncConnection, scope: Scope, sought: Sought, limit: int
) -> Sequence[Found]:
    """Give rows with the number of their case, the newest first; of cases those in the scope."""
    query = select(AuditRow.__table__, CaseRow.number).outerjoin(
        CaseRow, CaseRow.id == AuditRow.case_id
    )
    query = query.where(about_scope(scope))
    if sought.what is not None:
        query = query.where(AuditRow.what.in_(sought.what))
    if sought.since is not None:
        query = query.where(AuditRow.id >= first_id(sought.since))
    if sought.until is not None:
        query = query.where(AuditRow.id < first_id(sought.until))
    if sought.persons is not None:
        query = query.where(AuditRow.person.in_(sought.persons))
    if sought.number:
        query = query.where(CaseRow.number == sought.number)
    if sought.before is not None:
        query = query.where(AuditRow.id < sought.before)
    rows = await connection.execute(query.order_by(AuditRow.id.desc()).limit(limit))
    return rows.mappings().all()
