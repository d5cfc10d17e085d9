"""Clocks that a class has beside those of its stages, as a case becomes one of another class."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from hotline.case.case import Case
from hotline.case.clocking import begun, class_limit, clock_in, is_reclassed
from hotline.case.guards import Running
from hotline.case.limits import SAFE_CLOCK
from hotline.case.workflow import Rules

# The clocks of a class that no stage has, and that do not run from a case's beginning.
BESIDE: Final = (SAFE_CLOCK,)


def begun_or_gone(
    case: Case, now: datetime, rules: Rules, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Give the clocks of a class that begin beside the stage's, or are gone, by some changes.

    Where another class has none, one that runs is gone; where it has one, that begins in a stage
    with a move that is made while it runs.
    """
    if not is_reclassed(case, changes):
        return {}
    found: dict[str, dict[str, Any] | None] = {}
    for kind in BESIDE:
        clock, limit = clock_in(kind, case, changes), class_limit(kind, case, rules, changes)
        if clock is not None and clock.stopped is None and limit is None:
            found[kind] = None
        elif clock is None and limit is not None and _may_run(kind, case, rules):
            found[kind] = begun(limit, now, rules)
    return {"clocks": found} if found else {}


def _may_run(kind: str, case: Case, rules: Rules) -> bool:
    return any(
        isinstance(guard, Running) and guard.clock == kind
        for move in rules.workflow.moves_from(case.stage)
        for guard in move.guards
    )
