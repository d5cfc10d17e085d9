"""Making a move on a case, whichever post and connector it comes from: one way for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from backend.desks import media as files
from backend.desks import notices
from backend.desks.authorization import check_may_see, may_see
from backend.desks.collectors import suggested_collector
from backend.desks.context import AppContext
from backend.desks.inputs import check_given
from backend.store import cases, outbox
from backend.store.drafts import keep_draft
from backend.store.media import link_row
from backend.store.session import Transaction
from hotline.case.case import Case, Step
from hotline.case.returns import returners
from hotline.case.workflow import Move, missing, transition
from hotline.errors import Conflict, NotFound, Refused
from hotline.people import Actor, Post
from hotline.place.point import Point
from hotline.report import Channel, check_typed

# Of which chat it is, by channel and address, and the plain data to be kept.
ChatDraft = tuple[Channel, str, Mapping[str, object]]


async def act(
    office: AppContext,
    number: str,
    action: str,
    actor: Actor,
    *,
    key: str,
    version: int | None = None,
    note: str = "",
    media: tuple[str, ...] = (),
    given: Mapping[str, object] | None = None,
    connector: str | None = None,
    in_sight: bool = False,
    draft: ChatDraft | None = None,
) -> Case:
    """Make a move as an actor; the same `key` is done once and answered again.

    A key counts for its case, action and person: Refused (key_used) for anything else.

    `media` are photos that the actor (or the `connector` that speaks for them) has handed in, and
    that no step has used before; Invalid otherwise.

    With `version`, Conflict (code case_moved) when somebody moved the case in between; what the
    system added meanwhile, such as a transcript, stops nobody.

    With `in_sight`, a case that the actor may not see is NotFound whatever is asked of it.

    `draft` is what is left to be kept of the chat once the move is made: both are, or neither.
    """
    check_typed(note=note)
    holders = files.by_person(actor.person) | (
        files.by_connector(connector) if connector else frozenset()
    )
    request = _Request(
        number, action, actor, key, version, note, media, given or {}, holders, in_sight, draft
    )
    return await office.store.transaction(office.clock.now, partial(_moved, office, request))


def still_needed(office: AppContext, case: Case, move: Move) -> tuple[str, ...]:
    """Give what a person is asked for before a move: neither the case nor the city knows it.

    The department is asked for though a route names one: who dispatches chooses it.
    """
    known = fill_in(office, case, move, {}, ())
    known.pop("department", None)
    return missing(move, case, known)


@dataclass(frozen=True, slots=True)
class _Request:
    """A move that somebody wants to make."""

    number: str
    action: str
    actor: Actor
    key: str
    version: int | None
    note: str
    media: tuple[str, ...]
    given: Mapping[str, object]
    holders: frozenset[str]
    in_sight: bool
    draft: ChatDraft | None


async def _moved(office: AppContext, request: _Request, transaction: Transaction) -> Case:
    connection, now = transaction.connection, transaction.now
    case = await cases.load(connection, request.number, lock=True)
    if request.in_sight and not may_see(case, request.actor):
        raise NotFound(f"no case {request.number} for {request.actor.person}", code="no_case")
    steps = await cases.steps_with(connection, case.id, request.key)
    if request.draft is not None:
        keep_draft(transaction, *request.draft)
    made = next((step for step, key in steps if key == request.key), None)
    if made is not None:
        return _again(made, case, request)
    past = [step for step, _ in steps]
    if request.version is not None:
        _check_nobody_moved(case, past, request.version)
    if not office.quiet:
        await files.check_proof(connection, request.media, request.holders)
    rules = office.city.rules(case.workflow)
    move = rules.workflow.find(request.action, case.stage)
    if move is not None:
        check_given(office, case, request.given)
    given = fill_in(office, case, move, request.given, past) if move else dict(request.given)
    moved, step = transition(
        case,
        request.action,
        request.actor,
        now,
        rules,
        note=request.note,
        media=request.media,
        given=given,
        steps=past,
    )
    assert move is not None, "refused above"
    check_may_see(case, request.actor)
    await _write(office, transaction, case, moved, step, move, request.key)
    transaction.drop_notices(case.id, request.actor.person)
    return moved


def _check_nobody_moved(case: Case, steps: Sequence[Step], version: int) -> None:
    """Raise Conflict where a person has made a step since a version of the case."""
    if version == case.version:
        return
    since = [one for one in steps if one.seq > version]
    if not since or any(one.post != Post.SYSTEM for one in since):
        raise Conflict(f"case {case.number} has moved on", code="case_moved")


def _again(made: Step, case: Case, request: _Request) -> Case:
    """Give the case of a move that its key has made before; the key is good for nothing else."""
    if (made.case, made.action, made.person) != (case.id, request.action, request.actor.person):
        raise Refused(f"key {request.key[:100]!r} was used for another move", code="key_used")
    return case


async def _write(
    office: AppContext,
    transaction: Transaction,
    before: Case,
    case: Case,
    step: Step,
    move: Move,
    key: str,
) -> None:
    """Add a step with the files and the notices that go with it."""
    cases.add_step(transaction, before, case, step, key=key)
    for sha256 in step.media:
        key_of_link, proof = f"{step.id}:{sha256}", not office.quiet
        row = link_row(case.id, sha256, move.evidence, key_of_link, transaction.now, proof=proof)
        transaction.add("case_media", row)
    if not office.quiet:
        for notice in await notices.of_step(office, transaction, before, case, step, move):
            outbox.add(transaction, notice)


def fill_in(
    office: AppContext, case: Case, move: Move, given: Mapping[str, object], steps: Sequence[Step]
) -> dict[str, object]:
    """Give the inputs of a move with what the city knows itself added: cell, collector, route.

    No route leads to a department that gave the case back in one of its `steps`: where none is
    left, a person names the department.
    """
    inputs = dict(given)
    if _takes(move, "point"):
        _drop_stale_pin(office, case, inputs)
    point = inputs.get("point", case.point)
    if isinstance(point, Point) and "point" in inputs and _takes(move, "cell"):
        inputs.setdefault("cell", office.knowing.cell_of(point))
    if "collector" in move.needs and move.to is not None and not inputs.get("collector"):
        person = suggested_collector(office, case)
        if person is not None:
            inputs["collector"] = person
    if "department" in move.needs:
        rule = office.city.routing.route(case.matter, case.cell, returners(steps))
        if rule.department is not None and inputs.get("department") in (None, rule.department):
            inputs.update(department=rule.department, routed_by=rule.name)
    if "condition" in move.needs or "matter" in inputs:
        _fill_condition(office, case, inputs)
    return inputs


def _drop_stale_pin(office: AppContext, case: Case, inputs: dict[str, object]) -> None:
    """Empty the position that words or a cell have changed away from: a pin follows its words."""
    if "point" in inputs:
        return
    place, cell = inputs.get("place_text", case.place_text), inputs.get("cell")
    if cell is None and place != case.place_text:
        inputs.update(point=None, cell=None)
    elif cell is not None and case.point and office.knowing.cell_of(case.point) != cell:
        inputs["point"] = None


def _takes(move: Move, name: str) -> bool:
    return name in move.takes or name in move.needs


def _fill_condition(office: AppContext, case: Case, inputs: dict[str, object]) -> None:
    """Set the condition of the class: the only one there is, or none where another class had it."""
    matter = inputs.get("matter", case.matter)
    known = [one.key for one in office.city.limits.conditions.get(str(matter or ""), ())]
    condition = inputs.get("condition", case.condition if matter == case.matter else None)
    if condition not in known:
        condition = known[0] if len(known) == 1 else None
    if condition != case.condition:
        inputs["condition"] = condition
