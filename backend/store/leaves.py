"""Leave of people: rows that stay; only an early end is written down in them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Identity, Index, Select, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import Row
from hotline.leave import Leave


class LeaveRow(Row):
    """Somebody who is away, from when until when, and who acts for them meanwhile.

    `mark` is the number of its last change, among those of all.
    """

    __tablename__ = "leave"
    __table_args__ = (
        Index("ix_leave_person", "person", "since"),
        Index("ix_leave_mark", "mark"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    proxy: Mapped[str | None]
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str]
    mark: Mapped[int]


LEAVE: Final = LeaveRow.__table__
_NAMES: Final = tuple(Leave.__dataclass_fields__)
_ALL: Final = select(*(LEAVE.c[name] for name in _NAMES)).order_by(
    LEAVE.c.since.desc(), LEAVE.c.id.desc()
)
_NEXT: Final = select(func.coalesce(func.max(LeaveRow.mark), 0) + 1).scalar_subquery()


async def not_over(connection: AsyncConnection, now: datetime) -> tuple[Leave, ...]:
    """Give the leaves that run at an instant or are to come, by when they begin."""
    found = await _read(
        connection,
        _ALL.where(LEAVE.c.ended_at.is_(None), or_(LEAVE.c.until.is_(None), LEAVE.c.until > now)),
    )
    return tuple(reversed(found))


async def of_people(connection: AsyncConnection, people: Collection[str], most: int) -> list[Leave]:
    """Give the leaves of some people, the latest first; so many."""
    return await _read(connection, _ALL.where(LEAVE.c.person.in_(people)).limit(most))


async def find(connection: AsyncConnection, leave: int) -> Leave | None:
    """Give a leave, or None."""
    found = await _read(connection, _ALL.where(LEAVE.c.id == leave))
    return found[0] if found else None


async def add(connection: AsyncConnection, leave: Leave) -> Leave:
    """Keep a leave, and give it with its number; whoever writes holds the releases' lock."""
    row = {name: getattr(leave, name) for name in _NAMES if name != "id"}
    made = insert(LeaveRow).values(**row, mark=_NEXT).returning(LeaveRow.id)
    number = (await connection.execute(made)).scalar_one()
    return Leave(**{**row, "id": number})


async def end(connection: AsyncConnection, leave: int, now: datetime, by: str) -> None:
    """Write down that a leave has ended; whoever writes holds the releases' lock."""
    ended = update(LeaveRow).where(LeaveRow.id == leave, LeaveRow.ended_at.is_(None))
    await connection.execute(ended.values(ended_at=now, ended_by=by, mark=_NEXT))


async def _read(connection: AsyncConnection, wanted: Select[Any]) -> list[Leave]:
    return [Leave(*row) for row in await connection.execute(wanted)]
