"""An open case brought to another release: it goes on by that one's rules from where it stands."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from hotline.case.case import Case
from hotline.case.changing import add_changes
from hotline.case.clocking import relimited
from hotline.case.workflow import Rules

# The step of a case that is brought to another release.
RENEW: Final = "renew"


def renewed(case: Case, release: str, rules: Rules, now: datetime) -> Mapping[str, Any] | None:
    """Give the changes by which a case goes by a release's rules; None where it cannot.

    Its clocks count the limits of those rules from where they began. A case in a stage that the
    release does not have stays with its own.
    """
    if case.stage not in rules.workflow.stages:
        return None
    changes: dict[str, Any] = {"release": release}
    add_changes(changes, relimited(case, now, rules, {}))
    return changes
