"""Duties: what somebody has had to do with a case, and which two of them nobody may have.

Nobody judges their own work (监督与指挥分离): who handles neither checks, closes nor grants what
was asked for, who solved it on the spot does not audit that, who registered is not who closes,
whichever post they wear.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from hotline.case.case import Step
from hotline.case.workflow import Workflow

REGISTERS: Final = "registers"
HANDLES: Final = "handles"
CHECKS: Final = "checks"
CLOSES: Final = "closes"
GRANTS: Final = "grants"
SOLVES: Final = "solves"
AUDITS: Final = "audits"
# Pairs that no post may have both of, on whichever case.
OF_POSTS: Final = ((HANDLES, CHECKS), (HANDLES, CLOSES), (HANDLES, GRANTS), (SOLVES, AUDITS))
# Pairs that nobody may have both of in one case.
OF_CASES: Final = (*OF_POSTS, (REGISTERS, CLOSES))

# Who has had which duty in a case.
Hands = Mapping[str, Collection[str]]


def hands_of(steps: Iterable[Step], workflow: Workflow) -> dict[str, set[str]]:
    """Give who has had which duty, by the steps of a case; whoever acts for somebody has theirs."""
    found: dict[str, set[str]] = {}
    for step in steps:
        duty = REGISTERS if step.seq == 1 else duty_of(step.action, workflow)
        if duty:
            found.setdefault(duty, set()).update({step.person, step.via or step.person})
    return found


def apart(workflow: Workflow) -> frozenset[tuple[str, str]]:
    """Give the pairs of permissions that nobody may wear at once: their moves are such duties."""
    by: dict[str, set[str]] = {}
    for move in workflow.moves:
        by.setdefault(duty_of(move.action, workflow), set()).add(move.permission)
    pairs = ((by.get(one, ()), by.get(other, ())) for one, other in OF_POSTS)
    return frozenset((one, other) for some, others in pairs for one in some for other in others)


def duty_of(action: str, workflow: Workflow) -> str:
    """Give the duty that an action is; "" for none."""
    label = workflow.actions.get(action)
    return label.duty if label else ""


def separated_from(duty: str, workflow: Workflow) -> frozenset[str]:
    """Give the duties that whoever has one may not have in the same case."""
    pairs = (*OF_CASES, *workflow.separations)
    one_way = {other for first, other in pairs if first == duty}
    return frozenset(one_way | {first for first, other in pairs if other == duty})


def is_separated(action: str, persons: Collection[str], hands: Hands, workflow: Workflow) -> bool:
    """Tell whether somebody may not do something in a case for what they have done in it.

    `persons` are they and those for whom they act.
    """
    duty = duty_of(action, workflow)
    if not duty:
        return False
    had = (hands.get(one, ()) for one in separated_from(duty, workflow))
    return any(not set(persons).isdisjoint(some) for some in had)
