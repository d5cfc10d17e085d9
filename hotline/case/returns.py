"""Cases that came back: which departments gave one back, and what led one back to go once more."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.case.case import HANDLER, Step
from hotline.case.workflow import Workflow


@dataclass(frozen=True, slots=True)
class Return:
    """A department's no that was agreed to: who said it, when and why, by code and in words."""

    department: str
    person: str
    at: datetime
    note: str
    reason: str | None = None


def returns_of(steps: Iterable[Step], workflow: Workflow) -> list[Return]:
    """Give the returns among the steps of a case, in order; a step is one that counts one more.

    Which count that is, and which field says why, the workflow says.
    """
    reasons = {one.id: one.returns for one in workflow.counts.values() if one.returns}
    found: list[Return] = []
    lay_with: str | None = None
    asked: Step | None = None
    counts: dict[str, int] = {}
    for step in steps:
        asked = step if _reason(step, reasons.values()) else asked
        now = {one: n for one, n in step.changes.get("counts", {}).items() if one in reasons}
        if any((n or 0) > counts.get(one, 0) for one, n in now.items()) and lay_with is not None:
            # Before anybody had to agree, who said no made the step that counts.
            said = asked or step
            reason = _reason(said, reasons.values())
            found.append(Return(lay_with, said.person, said.at, said.note, reason))
            asked = None
        counts |= {one: n for one, n in now.items() if n}
        patch = step.changes.get("assignments", {}).get(HANDLER, {})
        lay_with = patch.get("org", lay_with) if patch is not None else None
    return found


def _reason(step: Step, fields: Iterable[str]) -> str | None:
    given = step.changes.get("fields", {})
    return next((given[one] for one in fields if given.get(one)), None)


def returners(steps: Iterable[Step], workflow: Workflow) -> frozenset[str]:
    """Give the departments that gave a case back."""
    return frozenset(one.department for one in returns_of(steps, workflow))


@dataclass(frozen=True, slots=True)
class Passage:
    """A step that led a case to a stage: what it was, by whom, when and with which words."""

    stage: str
    action: str
    person: str
    post: str
    at: datetime
    note: str


def passages_of(steps: Iterable[Step]) -> list[Passage]:
    """Give the steps of a case that led it to a stage, in order."""
    return [
        Passage(str(step.changes["stage"]), step.action, step.person, step.post, step.at, step.note)
        for step in steps
        if "stage" in step.changes
    ]


def came_back(passages: Iterable[Passage], asking: Collection[str] = frozenset()) -> Passage | None:
    """Give the last passage with words that led a case where it had been before, or None.

    Its words hold for everybody on that way, until the case gets where it has never been, or comes
    the same way once more: that is the last verdict then, with words or without. Where somebody
    asked for it in a stage of `asking`, and who agreed had no words, theirs hold.
    """
    seen: set[str] = set()
    way: list[Passage] = []
    words: Passage | None = None
    by: tuple[str, str] | None = None
    for one in passages:
        came = (way[-1].stage if way else "", one.stage)
        if one.stage not in seen:
            words, by = None, None
        elif one.note:
            words, by = one, came
        elif _was_asked(way, one, asking):
            words = way[-1]
        elif came == by:
            words = one
        seen.add(one.stage)
        way.append(one)
    return words


def _was_asked(way: Sequence[Passage], one: Passage, asking: Collection[str]) -> bool:
    """Tell whether a passage is what somebody had asked for with words."""
    if len(way) < 2 or way[-1].stage not in asking:
        return False
    return way[-2].stage != one.stage and way[-1].note != ""
