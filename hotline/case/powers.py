"""What a workflow puts into one hand that takes two: read from its rows, whatever they call it.

Whoever a case lies with to be handled ends none; what was asked for is granted by another duty, and
an end that was asked for by another person.
"""

from collections.abc import Iterator

from hotline.case.case import HANDLER
from hotline.case.duties import CLOSES, GRANTS, duty_of
from hotline.case.guards import Assigned, NotSamePersonAs
from hotline.case.workflow import Move, Workflow


def given_together(workflow: Workflow) -> Iterator[str]:
    """Give each fault in words."""
    handling = {one.permission for one in workflow.moves if _is_of_handler(one)}
    ended = {
        one.to for one in workflow.moves if workflow.ends.intersection(one.source) and one.to
    } - workflow.ends
    for move in workflow.moves:
        duty = duty_of(move.action, workflow)
        if move.to in workflow.ends and not duty:
            yield f"{move.action} ends a case and is nobody's duty: nothing keeps it apart"
        ends = move.to in workflow.ends or (move.back and not ended.isdisjoint(move.source))
        if ends and move.permission in handling:
            yield f"{move.action} ends a case, and {move.permission!r} is of those who handle it"
        # What may be done elsewhere too, such as to void a case, is no answer.
        answers = workflow.asking.issuperset(move.source)
        if not answers or not move.leads or move.permission in handling:
            continue
        if duty not in (GRANTS, CLOSES):
            yield f"{move.action} answers what was asked for and is no duty that {GRANTS!r}"
        if ends and not any(isinstance(one, NotSamePersonAs) for one in move.guards):
            yield f"{move.action} ends a case as it was asked for, and whoever asked may do so"


def _is_of_handler(move: Move) -> bool:
    return any(isinstance(one, Assigned) and one.role == HANDLER for one in move.guards)
