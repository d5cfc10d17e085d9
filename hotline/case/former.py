"""The clock that a stage had when a case last lay in it, read from the case's steps."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from hotline.case.case import Step

_FIELDS = {"stage_yellow": "yellow", "stage_due": "due"}


@dataclass(frozen=True, slots=True)
class FormerClock:
    """When the light turned yellow and when the time was up; None: never."""

    yellow: datetime | None = None
    due: datetime | None = None


def former_clock(steps: Iterable[Step], stage: str) -> FormerClock | None:
    """Give the clock of a stage as it stood when it was left; None where the steps know none."""
    found: FormerClock | None = None
    lies_in: str | None = None
    for step in steps:
        lies_in = step.changes.get("stage", lies_in)
        known = {mine: step.changes[name] for name, mine in _FIELDS.items() if name in step.changes}
        if lies_in == stage and known:
            found = replace(found or FormerClock(), **known)
    return found
