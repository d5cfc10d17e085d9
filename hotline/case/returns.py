"""Returns (回退): which departments gave a case back, when and why, read from its steps."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from hotline.case.case import Step


@dataclass(frozen=True, slots=True)
class Return:
    """A department's no: who said it, when and why."""

    department: str
    person: str
    at: datetime
    note: str


def returns_of(steps: Iterable[Step]) -> list[Return]:
    """Give the returns among the steps of a case, in order; a step is one that counts one more."""
    found: list[Return] = []
    lay_with: str | None = None
    count = 0
    for step in steps:
        counted = step.changes.get("return_count", count)
        if counted > count and lay_with is not None:
            found.append(Return(lay_with, step.person, step.at, step.note))
        count = counted
        lay_with = step.changes.get("department", lay_with)
    return found


def returners(steps: Iterable[Step]) -> frozenset[str]:
    """Give the departments that gave a case back."""
    return frozenset(one.department for one in returns_of(steps))
