"""Moves that touch other cases: all of them are locked together, and all move or none does."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from backend.desks.authorization import may_see, scope_of
from backend.desks.context import AppContext
from backend.store import cases, links, views
from backend.store.jobs import job_row
from backend.store.session import Connection, Transaction
from backend.store.writes import Raced
from hotline.case.case import Case, Step
from hotline.case.touching import Other
from hotline.case.transition import transition
from hotline.case.workflow import Move, Workflow
from hotline.errors import Invalid, Refused
from hotline.form.types import read_value
from hotline.job import ALONG, ALONG_JOB, AlongJob
from hotline.people import Actor, on_behalf
from hotline.wire import keep


@dataclass(frozen=True, slots=True)
class Locked:
    """The cases that a move touches, locked, by number, and which it named; none for most moves.

    `counts` are how many are bound to each of them, and to the one that moves; `seen` are those of
    the cases that they go along with of which the actor may know.
    """

    cases: Mapping[str, Case]
    named: tuple[str, ...] = ()
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    seen: frozenset[str] = frozenset()


NOTHING = Locked({})


@dataclass(frozen=True, slots=True)
class Touched:
    """A step of another case, made by the same move."""

    before: Case
    after: Case
    step: Step
    move: Move


async def lock(
    office: AppContext,
    connection: Connection,
    number: str,
    action: str,
    given: Mapping[str, object],
    actor: Actor,
) -> Locked:
    """Lock a case and all that a move of it touches, in the order of their ids."""
    touching = {one.other for one in office.city.known.moves if one.action == action and one.other}
    named: list[str] = []
    for other in sorted(touching, key=str):
        named += await _numbers(office, connection, number, other, given)
    if not named:
        return NOTHING
    locked = await cases.lock(connection, {number, *named})
    # Nobody binds anything to them from now on.
    kinds = office.city.known.links.values()
    counts = await links.how_many(connection, locked, kinds)
    leaders = {one for case in locked.values() for one in _leaders(case, office.city.known)}
    seen = await views.in_scope_of(connection, scope_of(actor), leaders) if leaders else ()
    return Locked(locked, tuple(dict.fromkeys(named)), counts, frozenset(seen))


async def _numbers(
    office: AppContext,
    connection: Connection,
    number: str,
    other: Other,
    given: Mapping[str, object],
) -> list[str]:
    if other.link:
        return await links.way_up(connection, number, [other.link])
    field = office.city.form.fields.get(other.field)
    if field is None or not given.get(other.field):
        return []
    read = read_value(field, given[other.field])
    return [read] if isinstance(read, str) else list(read) if isinstance(read, list) else []


def touch(
    office: AppContext, locked: Locked, case: Case, made: Step, move: Move, actor: Actor
) -> list[Touched]:
    """Give the steps that a move of a case makes in others; it all is refused if one of them is.

    Raises Invalid by the field for a case that is not there, not in the actor's sight or the case
    itself; Refused, with what it has come to, for one that can have no such step.
    """
    if move.other is None:
        return []
    case = replace(case, counts={**case.counts, **locked.counts.get(case.number, {})})
    return [
        one
        for number in _touched(move.other, locked, case, made)
        if (one := _one(office, locked, case, made, move, actor, number)) is not None
    ]


def _touched(other: Other, locked: Locked, case: Case, made: Step) -> Sequence[str]:
    """Give the numbers of the others; Raced where somebody has bound the case anew meanwhile."""
    if other.field:
        given = made.changes.get("fields", {}).get(other.field)
        return [given] if isinstance(given, str) else list(given or ())
    found: list[str] = []
    here: Case | None = case
    while here is not None:
        names = [one.other for one in here.links if one.kind == other.link]
        if any(name not in locked.named for name in names):
            raise Raced("it was bound anew meanwhile")
        found += names[:1]
        here = locked.cases.get(names[0]) if names else None
    return found


def _one(
    office: AppContext,
    locked: Locked,
    case: Case,
    made: Step,
    move: Move,
    actor: Actor,
    number: str,
) -> Touched | None:
    other = move.other
    assert other is not None
    found = locked.cases.get(number)
    if other.field:
        found = _checked(other.field, found, number, case, move, actor)
    if found is None:
        return None
    rules = office.city.rules(found.release)
    row = rules.workflow.find(other.action, found.stage)
    if row is None:
        if other.link:
            return None  # it has come to an end by rules that knew of nothing like it
        raise _why_not(found, rules.workflow, other, locked.seen)
    if row.leads and not actor.rights.post_for(move.permission, found.assigned, found.cell or ""):
        raise Invalid(
            other.field, f"{number} is not theirs to move", code="no_such_case", number=number
        )
    after, step = transition(
        *(found, other.action, on_behalf(actor), made.at, rules),
        other=case,
        counts=locked.counts.get(number),
    )
    return Touched(found, after, step, row)


def _checked(
    field: str, found: Case | None, number: str, case: Case, move: Move, actor: Actor
) -> Case:
    if number == case.number:
        raise Invalid(field, "is the case itself", code="same_case")
    if found is None or not may_see(found, actor):
        raise Invalid(
            field, f"there is no {number} for {move.action}", code="no_such_case", number=number
        )
    return found


def _why_not(
    found: Case, workflow: Workflow, other: Other, seen: Collection[str]
) -> Refused | Invalid:
    """Say what stands against it: it goes along with another case already, or it has ended.

    Where that is one of which the actor may not know, no more than that there is no such case.
    """
    said = f"case {found.number} is {found.stage}; {other.action} is not possible"
    leader = next(_leaders(found, workflow), None)
    if leader is not None and leader in seen:
        return Refused(said, code="case_follows", number=found.number, leader=leader)
    if leader is not None and other.field:
        return Invalid(other.field, said, code="no_such_case", number=found.number)
    code = "case_over" if found.stage in workflow.ends else "move_refused"
    return Refused(said, code=code, number=found.number)


def _leaders(case: Case, workflow: Workflow) -> Iterator[str]:
    """The cases with which a case goes along."""
    return (one.other for one in case.links if _goes_along(workflow, one.kind))


async def end_members(
    office: AppContext, transaction: Transaction, before: Case, case: Case, step: Step
) -> None:
    """Let those that end along with a case come to its end, one by one, once it has come to it.

    A case with which none goes costs nothing.
    """
    known = office.city.known
    if case.stage not in known.ends or before.stage in known.ends:
        return
    for kind in sorted({one.along for one in known.moves if one.along}):
        if not case.counts.get(known.links[kind].count):
            continue
        body = keep(ALONG_JOB, AlongJob(case.number, step.action, before.stage, step.note))
        for ident, number in await links.numbers_bound_to(
            transaction.connection, case.number, kind
        ):
            ref = f"{case.number}/{step.seq}/{number}"
            row = job_row(ALONG, ref, transaction.now, transaction.now, body, case=ident)
            transaction.add("job", row)


def _goes_along(workflow: Workflow, kind: str) -> bool:
    found = workflow.links.get(kind)
    return found is not None and found.goes_along
