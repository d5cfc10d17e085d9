"""Whether every case stands as its steps make it, which are in the log."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping, select, text

from backend.store.cases import CASE, case_from, case_row, changes_of_all
from backend.store.session import Connection
from hotline.case.case import Case, Step, replay
from hotline.errors import HotlineError

AT_ONCE: Final = 1_000
# What lists go by, and is in the case by another name.
_REPEATED: Final = ("stage_due", "assigned", "lon", "lat")
_LOST: Final = text(
    "SELECT s.case_id FROM step AS s WHERE NOT EXISTS (SELECT FROM cases AS c WHERE c.id = "
    "s.case_id) LIMIT 1"
)


async def case_that_differs(connection: Connection) -> str | None:
    """Give the first case that is not what its steps make, and what of it; None: all are.

    So many are read at once, with their steps, and no more is kept of them.
    """
    last: UUID | None = None
    while True:
        query = select(CASE).order_by(CASE.c.id).limit(AT_ONCE)
        asked = query if last is None else query.where(CASE.c.id > last)
        rows = (await connection.execute(asked)).mappings().all()
        if not rows:
            break
        last = rows[-1]["id"]
        steps = await changes_of_all(connection, [row["id"] for row in rows])
        for row in rows:
            differing = _differing(row, steps[row["id"]])
            if differing:
                return f"{row['number']} {' '.join(differing)}"
    lost = (await connection.execute(_LOST)).scalar()
    return None if lost is None else str(lost)


def _differing(row: RowMapping, steps: Sequence[Step]) -> list[str]:
    """The names of what is not as the steps say; `id` where nothing can be made of them."""
    try:
        made = replay(steps)
    except (HotlineError, TypeError, ValueError):
        return ["id"]
    try:
        stands = case_from(row)
    except (HotlineError, TypeError, ValueError):
        return ["?"]
    differing = [
        one.name for one in fields(Case) if getattr(made, one.name) != getattr(stands, one.name)
    ]
    wanted = case_row(made)
    return differing + [name for name in _REPEATED if _plain(wanted[name]) != _plain(row[name])]


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
