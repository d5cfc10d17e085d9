"""Whether what a workflow says of several cases at once can be done."""

from typing import Final

from hotline.case.touching import OPEN, is_of_machine
from hotline.case.workflow import Move, Workflow
from hotline.errors import Invalid
from hotline.form.form import Form

CASE: Final = "case"
CASES: Final = "cases"


def check_others(workflow: Workflow, form: Form, move: Move) -> None:
    """Raise Invalid where what a move does to other cases is none, or is not possible there."""
    where = f"workflow.{move.action}"
    for kind in (move.other.link if move.other else "", move.makes.link if move.makes else ""):
        if kind and kind not in workflow.links:
            raise Invalid(where, f"{kind!r} is not a link")
    if move.along and move.along not in workflow.links:
        raise Invalid(where, f"{move.along!r} is not a link")
    of_machine = move.along or move.callers or move.unhappy
    if of_machine and not is_of_machine(move.permission):
        raise Invalid(where, "what the office does by itself is permitted to nobody else")
    if of_machine:
        _check_alone(where, move)
    if move.makes:
        _check_makes(where, form, move)
    if move.other:
        _check_other(where, workflow, form, move)
    for rule in workflow.timers.values():
        if rule.action == move.action and (move.other or move.makes):
            raise Invalid(where, "no timer makes what touches other cases")
    for kind_of in workflow.links.values():
        if kind_of.count and kind_of.count not in workflow.counts:
            raise Invalid(f"workflow.link.{kind_of.id}", f"{kind_of.count!r} is not a count")


def _check_alone(where: str, move: Move) -> None:
    if move.needs or move.makes or any(one.of_person for one in move.guards):
        raise Invalid(where, f"{move.action!r} is the office's: it needs nothing, and nobody")


def _check_makes(where: str, form: Form, move: Move) -> None:
    assert move.makes is not None
    for name in move.makes.fields:
        if name not in form.fields or name not in (*move.needs, *move.takes):
            raise Invalid(where, f"{name!r} is no field that it takes")
    if move.makes.text not in move.needs:
        raise Invalid(where, f"what it makes needs its words: {move.makes.text!r}")


def _check_other(where: str, workflow: Workflow, form: Form, move: Move) -> None:
    other = move.other
    assert other is not None
    field = form.fields.get(other.field)
    if other.field and (field is None or field.type not in (CASE, CASES)):
        raise Invalid(where, f"{other.field!r} is no field with the number of a case")
    if other.field and other.field not in move.needs:
        raise Invalid(where, f"it needs the case that it touches: {other.field!r}")
    rows = [one for one in workflow.moves if one.action == other.action]
    if not rows:
        raise Invalid(where, f"there is no {other.action!r} for the other case")
    for row in rows:
        if not is_of_machine(row.permission) or row.back or row.other or row.along:
            raise Invalid(where, f"{other.action!r} is not what the office does beside a move")
        _check_alone(where, row)
    there = {stage for row in rows for stage in row.source}
    lacking = set(workflow.stages) - workflow.ends - there
    if lacking and not other.some:
        said = f'{other.action!r} is not possible in {min(lacking)!r}: say from = "{OPEN}", or some'
        raise Invalid(where, said)
