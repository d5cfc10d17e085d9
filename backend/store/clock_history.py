"""What the clocks of cases went through, read case after case."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from sqlalchemy import case as either
from sqlalchemy import null, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.cases import CASE, STEP
from hotline.case.changes import STEP as STEP_SCHEMA
from hotline.case.changes import known_changes
from hotline.case.replaying import ClockStep
from hotline.wire import brought_up

CLOCKS: Final = "clocks"
RELEASE: Final = "release"
_OURS = STEP.c.schema >= STEP_SCHEMA.version
# Of a step of an older version all is read, for it is brought up as a whole.
_STEPS = select(
    STEP.c.case_id,
    STEP.c.seq,
    STEP.c.at,
    STEP.c.schema,
    STEP.c.changes[CLOCKS].label(CLOCKS),
    STEP.c.changes[RELEASE].astext.label(RELEASE),
    either((_OURS, null()), else_=STEP.c.changes).label("changes"),
).where(or_(~_OURS, STEP.c.changes.has_key(CLOCKS), STEP.c.changes.has_key(RELEASE)))


@dataclass(frozen=True, slots=True)
class ClockHistory:
    """A case's steps that touch its clocks, and its clocks and deadline as they are stored."""

    case: UUID
    number: str
    steps: tuple[ClockStep, ...]
    stored: Mapping[str, Any]
    stage_due: object


async def histories(
    connection: AsyncConnection, after: UUID | None, many: int
) -> list[ClockHistory]:
    """Give the histories of so many cases behind one, in the order of their ids."""
    wanted = select(CASE.c.id, CASE.c.number, CASE.c[CLOCKS], CASE.c.stage_due)
    if after is not None:
        wanted = wanted.where(CASE.c.id > after)
    cases = (await connection.execute(wanted.order_by(CASE.c.id).limit(many))).all()
    if not cases:
        return []
    # Between two ids, so that only the parts are read in which they lie.
    between = STEP.c.case_id.between(cases[0].id, cases[-1].id)
    rows = await connection.execute(_STEPS.where(between).order_by(STEP.c.case_id, STEP.c.seq))
    steps = {
        case: tuple(_step(one) for one in several)
        for case, several in groupby(rows.mappings(), key=lambda row: row["case_id"])
    }
    return [
        ClockHistory(one.id, one.number, steps.get(one.id, ()), one.clocks, one.stage_due)
        for one in cases
    ]


def _step(row: Mapping[Any, Any]) -> ClockStep:
    if row["changes"] is not None:
        changes = known_changes(brought_up(STEP_SCHEMA, row)["changes"])
    else:
        names = (CLOCKS, RELEASE)
        changes = known_changes({name: row[name] for name in names if row[name] is not None})
    return ClockStep(row["seq"], changes.get(CLOCKS, {}), changes.get(RELEASE))
