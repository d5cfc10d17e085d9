"""The orders of a list of cases, and where a page of each goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    UnaryExpression,
    and_,
    case,
    func,
    literal,
    literal_column,
    or_,
)

from backend.store.rows import CaseRow


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
    """An order; where the time left is the same, the more urgent of `urgencies` comes first.

    Of those, the one that came first does: what comes in at night has all the same time left.
    """

    sort: Sort = Sort.NEWEST
    urgencies: Sequence[str] = ()
    after: PageCursor | None = None

    def columns(self) -> list[UnaryExpression[Any]]:
        """Give what the rows are ordered by."""
        if self.sort is Sort.OLDEST:
            return [CaseRow.id.asc()]
        if self.sort is Sort.NEWEST:
            return [CaseRow.id.desc()]
        return [_DUE.asc(), self._rank().asc(), _FIRST.asc(), CaseRow.id.desc()]

    def behind(self) -> list[ColumnElement[bool]]:
        """Give the condition of the rows behind the place where a page ended."""
        if self.after is None:
            return []
        if self.sort is Sort.OLDEST:
            return [CaseRow.id > self.after.id]
        if self.sort is Sort.NEWEST:
            return [CaseRow.id < self.after.id]
        due = _NEVER if self.after.due is None else literal(self.after.due)
        rank = self._rank()
        later = or_(due < _DUE, and_(due == _DUE, rank > self.after.rank))
        ended = self.after.due is None
        rest = CaseRow.id < self.after.id if ended else CaseRow.id > self.after.id
        same = and_(due == _DUE, rank == self.after.rank, rest)
        return [or_(later, same)]

    def place(self, row: Any) -> PageCursor:
        """Give where a page ends that ends with this row of a list."""
        known = self.urgencies
        rank = known.index(row["urgency"]) if row["urgency"] in known else len(known)
        return PageCursor(row["id"], rank, row["stage_due"])

    def _rank(self) -> ColumnElement[int]:
        ranks = {code: rank for rank, code in enumerate(self.urgencies)}
        if not ranks:
            return func.length("")
        return case(ranks, value=CaseRow.urgency, else_=len(ranks))


_NEVER: ColumnElement[datetime] = literal_column("'infinity'::timestamptz", DateTime(timezone=True))
_DUE: ColumnElement[datetime] = func.coalesce(CaseRow.stage_due, _NEVER)
# Ids grow with time; of cases without a deadline the newest comes first.
_FIRST: ColumnElement[UUID | None] = case((CaseRow.stage_due.is_not(None), CaseRow.id))
