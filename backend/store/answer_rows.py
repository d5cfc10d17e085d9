"""Calls that were answered on the line (即时答复): no case came of them, and they count, too.

A call of which a case came after all is no longer one of them, whoever says so: that is looked up,
not written down twice.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Index, exists, func, insert, select, text, update
from sqlalchemy import Row as Found
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import Row
from backend.store.rows import CaseRow
from hotline.call import call_id
from hotline.room.answer import AnswerSource, CallAnswer
from hotline.wire import convert, plain


class CallAnswerRow(Row):
    """What a caller was told; hotline.room.answer says what the columns mean.

    In parts by the time of the call's id; of those that stand a call has one at most.
    """

    __tablename__ = "call_answer"
    __table_args__ = (
        Index("ix_call_answer_at", "at"),
        Index(
            "uq_call_answer_open",
            "call_id",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
        ),
        {"postgresql_partition_by": "RANGE (call_id)"},
    )

    call_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    call_key: Mapped[str]
    key: Mapped[str]
    seat: Mapped[str]
    person: Mapped[str]
    matter: Mapped[str | None]
    articles: Mapped[list[Any]]
    note: Mapped[str]
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str]


_ROW: Final = CallAnswerRow
_BECAME: Final = exists().where(CaseRow.call == _ROW.call_key)
_STANDS: Final = _ROW.undone_at.is_(None) & ~_BECAME


async def add(connection: AsyncConnection, one: CallAnswer, key: str) -> None:
    """Keep that a call was answered; `key` is that of the press that did it."""
    row = insert(_ROW).values(
        call_id=call_id(one.call),
        id=one.id,
        call_key=one.call,
        key=key,
        seat=one.seat,
        person=one.person,
        matter=one.matter,
        articles=[plain(source) for source in one.articles],
        note=one.note,
        at=one.at,
        undone_by="",
    )
    await connection.execute(row)


async def of_call(connection: AsyncConnection, call: str) -> CallAnswer | None:
    """Give the answer that stands of a call, or None; of a call that became a case none stands."""
    mine = select(_ROW.__table__).where(_ROW.call_id == call_id(call), _STANDS)
    found = (await connection.execute(mine)).first()
    return None if found is None else _answer(found)


async def by_key(connection: AsyncConnection, call: str, key: str) -> CallAnswer | None:
    """Give the answer of a call that a press made, be it undone since, or None."""
    mine = (_ROW.call_id == call_id(call)) & (_ROW.key == key)
    found = (await connection.execute(select(_ROW.__table__).where(mine))).first()
    return None if found is None else _answer(found)


async def has_case(connection: AsyncConnection, call: str) -> bool:
    """Tell whether a case came of a call."""
    rows = await connection.execute(select(CaseRow.id).where(CaseRow.call == call).limit(1))
    return rows.first() is not None


async def undo(connection: AsyncConnection, call: str, person: str, at: datetime) -> None:
    """Keep that the answer of a call does not stand."""
    mine = (_ROW.call_id == call_id(call)) & _ROW.undone_at.is_(None)
    await connection.execute(update(_ROW).where(mine).values(undone_at=at, undone_by=person))


async def answered(connection: AsyncConnection, calls: Collection[str]) -> Mapping[str, CallAnswer]:
    """Give the answers that stand of some calls, by the calls' keys."""
    if not calls:
        return {}
    ids = [call_id(one) for one in calls]
    mine = select(_ROW.__table__).where(_ROW.call_id.in_(ids), _STANDS)
    return {row.call_key: _answer(row) for row in await connection.execute(mine)}


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """How many calls were answered on a day (of the city) about a class, from an article.

    An answer from two articles counts once for each; of one from none the article is "", and of one
    without a class the class.
    """

    day: str
    matter: str
    article: str
    many: int


async def counts(
    connection: AsyncConnection, since: datetime, until: datetime, zone: tzinfo
) -> list[AnswerCount]:
    """Count the answers that stand, from `since` to before `until`, by day, class and article."""
    rows = await connection.execute(_COUNTS, {"since": since, "until": until, "zone": str(zone)})
    return [AnswerCount(*row) for row in rows]


async def count(connection: AsyncConnection, since: datetime, until: datetime) -> int:
    """Count the calls whose answers stand, from `since` to before `until`."""
    mine = select(func.count()).select_from(_ROW)
    rows = await connection.execute(mine.where(_ROW.at >= since, _ROW.at < until, _STANDS))
    return int(rows.scalar_one())


_COUNTS: Final = text(
    "SELECT to_char(a.at AT TIME ZONE :zone, 'YYYY-MM-DD') AS day, coalesce(a.matter, '') AS "
    "matter, coalesce(u.value->>'id', '') AS article, count(*) AS many FROM call_answer AS a "
    "LEFT JOIN LATERAL jsonb_array_elements(a.articles) AS u(value) ON true "
    "WHERE a.at >= :since AND a.at < :until AND a.undone_at IS NULL "
    "AND NOT EXISTS (SELECT FROM cases AS c WHERE c.call = a.call_key) "
    "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
)


def _answer(row: Found[Any]) -> CallAnswer:
    return CallAnswer(
        row.id,
        row.call_key,
        row.seat,
        row.person,
        row.matter,
        convert(row.articles, tuple[AnswerSource, ...]),
        row.note,
        row.at,
        row.undone_at,
        row.undone_by,
    )
