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
    """What a list begins with: the least time left, the newest case or the oldest."""

    LEFT = "left"
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class PageCursor:
    """Where a page ended: the last case's deadline and urgency as they stood on it, and its id."""

    id: UUID
    rank: int = 0
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order; where the time left is the same, the more urgent comes first.

    Of those, the one that came first does: what comes in at night has all the same time left.
    """

    sort: Sort = Sort.NEWEST
    after: PageCursor | None = None

    def columns(self) -> list[UnaryExpression[Any]]:
        """Give what the rows are ordered by."""
        if self.sort is Sort.OLDEST:
            return [CaseRow.id.asc()]
        if self.sort is Sort.NEWEST:
            return [CaseRow.id.desc()]
        return [_DUE.asc(), _RANK.asc(), _FIRST.asc(), CaseRow.id.desc()]

    def behind(self) -> list[ColumnElement[bool]]:
        """Give the condition of the rows behind the place where a page ended."""
        if self.after is None:
            return []
        if self.sort is Sort.OLDEST:
            return [CaseRow.id > self.after.id]
        if self.sort is Sort.NEWEST:
            return [CaseRow.id < self.after.id]
        due = _NEVER if self.after.due is None else literal(self.after.due)
        rank = literal(self.after.rank, Integer)
        later = or_(due < _DUE, and_(due == _DUE, rank < _RANK))
        ended = self.after.due is None
        rest = CaseRow.id < self.after.id if ended else CaseRow.id > self.after.id
        same = and_(due == _DUE, rank == _RANK, rest)
        # The index is entered there; what else stands at the same place is left out one by one.
        entered = tuple_(_DUE, _RANK) >= tuple_(due, rank)
        return [entered, or_(later, same)]

    def place(self, row: Any) -> PageCursor:
        """Give where a page ends that ends with this row of a list."""
        rank = _RANKS.get(row["urgency"], len(_RANKS))
        return PageCursor(row["id"], rank, row["stage_due"])


# As the index ix_cases_left has them, so that no value may be bound apart from its text.
_NEVER: ColumnElement[datetime] = literal_column("'infinity'::timestamptz", DateTime(timezone=True))
_DUE: ColumnElement[datetime] = func.coalesce(CaseRow.stage_due, _NEVER)
# Ids grow with time; of cases without a deadline the newest comes first.
_FIRST: ColumnElement[UUID | None] = func.id_where_due(CaseRow.stage_due, CaseRow.id)
# A function of the database, which ranks as URGENCIES stand.
_RANK: ColumnElement[int] = func.urgency_rank(CaseRow.urgency, type_=Integer)
_RANKS: Final[Mapping[str | None, int]] = {code: rank for rank, code in enumerate(URGENCIES)}
