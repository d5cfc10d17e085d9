"""An open case brought to another release: it goes on by that one's rules from where it stands."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from hotline.case.case import Case, Step, came_from
from hotline.case.changing import add_changes
from hotline.case.clocking import relimited
from hotline.case.workflow import Rules, Workflow

# The step of a case that is brought to another release.
RENEW: Final = "renew"


def leads_back(stage: str, workflow: Workflow) -> bool:
    """Tell whether something leads back from a stage, to wherever a case came from."""
    return any(one.back and stage in one.source for one in workflow.moves)


def renewed(
    case: Case, release: str, rules: Rules, now: datetime, steps: Iterable[Step]
) -> Mapping[str, Any] | None:
    """Give the changes by which a case goes by a release's rules; None where it cannot.

    Its clocks count the limits of those rules from where they began. A case in a stage that the
    release does not have stays with its own, and so does one that is led back to such a stage:
    where it came from, its `steps` say. One whose filing condition the release does not have stays,
    too: nothing would be asked for to close it.
    """
    known = rules.workflow.stages
    if case.stage not in known:
        return None
    if leads_back(case.stage, rules.workflow) and came_from(steps) not in known:
        return None
    if case.condition and rules.limits.condition(case.matter, case.condition) is None:
        return None
    changes: dict[str, Any] = {"release": release}
    add_changes(changes, relimited(case, now, rules, {}))
    return changes
