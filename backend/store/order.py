"""The orders of a list of cases, and where a page of each goes on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Text,
    UnaryExpression,
    and_,
    func,
    literal,
    literal_column,
    or_,
    tuple_,
)

from backend.store.rows import CaseRow
from hotline.intake.result import URGENCIES


class Sort(StrEnum):
    """What a list begins with: the least time left, the newest case or the oldest, an urgency, ….

    Each has an index that is read in its order in every scope. There is none by the most time left,
    for what has ended has no limit and would stand before the rest, and none by names, for what
    stands in a row are codes. What an index has at its other end takes long: the urgent first of a
    stage in which nothing was judged yet.
    """

    LEFT = "left"
    NEWEST = "newest"
    OLDEST = "oldest"
    URGENT = "urgent"
    LEAST_URGENT = "least_urgent"
    MATTER = "matter"
    MATTER_BACK = "matter_back"


@dataclass(frozen=True, slots=True)
class PageCursor:
    """Where a page ended: the last case's deadline, urgency and class as they stood, and its id."""

    id: UUID
    rank: int = 0
    due: datetime | None = None
    matter: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """An order; where the time left is the same, the more urgent comes first.

    Of those, the one that came first does: what comes in at night has all the same time left.
    """

    sort: Sort = Sort.NEWEST
    after: PageCursor | None = None

    def columns(self) -> list[UnaryExpression[Any]]:
        """Give what the rows are ordered by."""
        if self.sort is Sort.LEFT:
            return [_DUE.asc(), _RANK.asc(), _FIRST.asc(), CaseRow.id.desc()]
        return [one.desc() if self.sort in _FALLING else one.asc() for one in self._key()]

    def behind(self) -> list[ColumnElement[bool]]:
        """Give the condition of the rows behind the place where a page ended."""
        if self.after is None:
            return []
        if self.sort is Sort.LEFT:
            return _later(self.after)
        # Rows are compared whole, which is how the index is entered.
        here, ended = tuple_(*self._key()), tuple_(*self._ended(self.after))
        return [here < ended if self.sort in _FALLING else here > ended]

    def _key(self) -> list[ColumnElement[Any]]:
        led: ColumnElement[Any] | None = _LED_BY.get(self.sort)
        return [_ID] if led is None else [led, _ID]

    def _ended(self, after: PageCursor) -> list[ColumnElement[Any]]:
        ident = literal(after.id)
        if self.sort not in _LED_BY:
            return [ident]
        by_rank = _LED_BY[self.sort] is _RANK
        return [literal(after.rank, Integer) if by_rank else literal(after.matter), ident]

    def place(self, row: Any) -> PageCursor:
        """Give where a page ends that ends with this row of a list."""
        rank = _RANKS.get(row["urgency"], len(_RANKS))
        return PageCursor(row["id"], rank, row["stage_due"], row["matter"] or "")


def _later(after: PageCursor) -> list[ColumnElement[bool]]:
    due = _NEVER if after.due is None else literal(after.due)
    rank = literal(after.rank, Integer)
    later = or_(due < _DUE, and_(due == _DUE, rank < _RANK))
    ended = after.due is None
    rest = CaseRow.id < after.id if ended else CaseRow.id > after.id
    same = and_(due == _DUE, rank == _RANK, rest)
    # The index is entered there; what else stands at the same place is left out one by one.
    entered = tuple_(_DUE, _RANK) >= tuple_(due, rank)
    return [entered, or_(later, same)]


_ID: ColumnElement[UUID] = CaseRow.__table__.c.id
# As the index ix_cases_left has them, so that no value may be bound apart from its text.
_NEVER: ColumnElement[datetime] = literal_column("'infinity'::timestamptz", DateTime(timezone=True))
_DUE: ColumnElement[datetime] = func.coalesce(CaseRow.stage_due, _NEVER)
# Ids grow with time; of cases without a deadline the newest comes first.
_FIRST: ColumnElement[UUID | None] = func.id_where_due(CaseRow.stage_due, CaseRow.id)
# A function of the database, which ranks as URGENCIES stand.
_RANK: ColumnElement[int] = func.urgency_rank(CaseRow.urgency, type_=Integer)
_RANKS: Final[Mapping[str | None, int]] = {code: rank for rank, code in enumerate(URGENCIES)}
# As the index ix_cases_class has it: what has no class yet stands before the first one.
_CLASS: ColumnElement[str] = func.coalesce(CaseRow.matter, literal_column("''", Text))
_LED_BY: Final[Mapping[Sort, ColumnElement[Any]]] = {
    Sort.URGENT: _RANK,
    Sort.LEAST_URGENT: _RANK,
    Sort.MATTER: _CLASS,
    Sort.MATTER_BACK: _CLASS,
}
_FALLING: Final = frozenset({Sort.NEWEST, Sort.LEAST_URGENT, Sort.MATTER_BACK})
