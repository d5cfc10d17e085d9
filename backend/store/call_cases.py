"""Which case came of a call: by it a call is in somebody's sight, or not."""

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from backend.store.rows import CaseRow


def case_of_call(key: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ScalarSelect[Any]:
    """Give the query for the id of the case that came of a call; of several it is the first."""
    told = aliased(CaseRow)
    return (
        select(told.id)
        .where(told.call == key)
        .order_by(told.received_at, told.number)
        .limit(1)
        .scalar_subquery()
    )
