"""Walking the workflow: the moves that somebody may make, and the function that makes a step."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from hotline.case.case import Case, PhotoProof, Step, apply, came_from, entries_of, former_clock
from hotline.case.changing import add_changes
from hotline.case.clocking import first_clocks, led_to, recounted
from hotline.case.closing import EvidenceAsked
from hotline.case.duties import hands_of, is_separated
from hotline.case.proof import (
    PhotoKnown,
    PhotosHanded,
    asked_for,
    check_proof,
    has_before,
    last_handled,
)
from hotline.case.reclassing import begun_or_gone
from hotline.case.timers import set_anew
from hotline.case.workflow import EffectContext, Move, NoticeRule, Rules, Workflow
from hotline.channel import Channel
from hotline.errors import Forbidden, Invalid, Refused
from hotline.form.beside import NOTE, PHOTO
from hotline.form.form import Form
from hotline.ids import new_id
from hotline.people import Actor
from hotline.sanitize import says_something

# First steps, which no row of a workflow makes.
REPORT: Final = "report"
REGISTER: Final = "register"


def available_actions(
    case: Case, actor: Actor, workflow: Workflow, now: datetime, steps: Iterable[Step] = ()
) -> list[Move]:
    """Give exactly the moves that the actor may make on the case now, after its steps."""
    steps = tuple(steps)
    hands, assigned, area = hands_of(steps, workflow), case.assigned, case.cell or ""
    return [
        move
        for move in workflow.moves_from(case.stage)
        if actor.rights.post_for(move.permission, assigned, area) is not None
        and all(guard.holds(case, actor, now) for guard in move.guards)
        and not is_separated(move.action, actor.persons, hands, workflow)
        and (not move.before or has_before(steps))
    ]


def post_for(case: Case, actor: Actor, move: Move) -> str | None:
    """Give the post by which an actor may make a move on a case, or None."""
    return actor.rights.post_for(move.permission, case.assigned, case.cell or "")


def direct_actions(stage: str, times: Mapping[str, Any], workflow: Workflow) -> list[str]:
    """Give what may be done at one tap on a case in a stage, by whomever; `times` are its own."""
    return [
        move.action
        for move in workflow.moves_from(stage)
        if move.direct
        if not any(guard.ends_with(times) for guard in move.guards)
    ]


def transition(
    case: Case,
    action: str,
    actor: Actor,
    now: datetime,
    rules: Rules,
    *,
    note: str = "",
    media: tuple[str, ...] = (),
    given: Mapping[str, Any] | None = None,
    steps: Iterable[Step] = (),
    fired: Mapping[str, datetime] | None = None,
    proofs: PhotosHanded | None = None,
    other: Case | None = None,
    counts: Mapping[str, int] | None = None,
) -> tuple[Case, Step]:
    """Make one step, or refuse with the reason.

    `given` are the inputs of the action: fields of the form that the move's row takes or needs.
    `steps` are the case's, in order: who has done what, which clock is kept and which way leads
    back is read from them. `fired` is the timer that makes the move, with its instant. `proofs` are
    what is known of the photos, for a move that proves the closing.
    `other` is the case whose move touches this one, or with whose end it comes to its own.
    `counts` are those of the case as they are known to be, whatever stands in it.
    Raises Refused (no such row, or nothing that it would change), Forbidden (not this post, not
    theirs, or somebody who has had a part that does not go with it), Invalid (input missing).
    """
    given, steps, stored = given or {}, tuple(steps), case
    if counts:
        case = replace(case, counts={**case.counts, **counts})
    move = rules.workflow.find(action, case.stage)
    if move is None:
        raise _refused(case, action)
    _check_allowed(case, move, actor, now)
    _check_separated(case, move, actor, steps, rules.workflow)
    if move.before and not has_before(steps):
        raise Invalid(PHOTO, "the case was told without one from before", code="no_photo_before")
    _check_inputs(rules.form, move, case, note, media, given)
    proven = _proven(case, move, media, proofs, steps, rules, now)
    done = {**set_anew(case, given, rules), **(fired or {})}
    changes: dict[str, Any] = {"fired": done} if done else {}
    if righted := {one: n for one, n in (counts or {}).items() if stored.counts.get(one, 0) != n}:
        changes["counts"] = righted
    for name, value in given.items():
        add_changes(changes, rules.form.changes_of(case, name, value, now))
    for effect in move.effects:
        about = EffectContext(case, actor, now, rules, given, changes, other)
        add_changes(changes, effect.changes(about))
    add_changes(changes, recounted(case, now, rules, changes))
    add_changes(changes, begun_or_gone(case, now, rules, changes))
    target = _target(move, case, steps, rules, other)
    if target is not None:
        former = former_clock(steps, target) if move.keeps or move.back else None
        add_changes(changes, led_to(target, case, now, rules, changes, former))
    grant = actor.rights.grant_for(move.permission, case.assigned, case.cell or "")
    if grant is not None:
        actor = replace(actor, post=grant.post.id, via=grant.via)
    moved, step = _stepped(stored, action, actor, now, changes, note=note, media=media)
    _check_changed(stored, moved, move, media)
    return moved, replace(step, proofs=proven)


def _check_changed(case: Case, moved: Case, move: Move, media: tuple[str, ...]) -> None:
    if move.corrects and not media and replace(moved, version=case.version) == case:
        said = f"{move.action} changes nothing of case {case.number}"
        raise Refused(said, code="nothing_changed")


def _proven(
    case: Case,
    move: Move,
    media: tuple[str, ...],
    handed: PhotosHanded | None,
    steps: Sequence[Step],
    rules: Rules,
    now: datetime,
) -> tuple[PhotoProof, ...]:
    """Give the photos that prove what the move wants, or refuse with the reason."""
    wanted = asked_for(case, move, rules.limits)
    if wanted is EvidenceAsked.NONE:
        return ()
    handed = handed or PhotosHanded(tuple(PhotoKnown(one) for one in media))
    since = last_handled(case, steps, rules.workflow)
    return check_proof(case, handed, wanted, since, now)


def _target(
    move: Move, case: Case, steps: Iterable[Step], rules: Rules, other: Case | None
) -> str | None:
    """Give the stage to which a move leads a case, None where it stays."""
    if move.back:
        return _back_from(case, steps, rules)
    if not move.along:
        return move.to
    if other is None or other.stage not in rules.workflow.ends:
        raise _refused(case, move.action)
    return other.stage


def _back_from(case: Case, steps: Iterable[Step], rules: Rules) -> str:
    """Give the stage from which a case came to the one that it is in; Refused where none is."""
    stage = came_from(steps)
    if stage not in rules.workflow.stages:
        raise _refused(case, "back")
    return stage


def undo_of(
    case: Case, last: Step, actor: Actor, workflow: Workflow, available: Iterable[Move]
) -> str | None:
    """Give the one of the available actions that takes back the last step, if the actor made it."""
    if last.person != actor.person:
        return None
    made = {
        move.undo
        for move in workflow.moves
        if move.action == last.action and move.to in (case.stage, None)
    }
    return next((move.action for move in available if move.action in made), None)


def first_step(
    case: Case,
    actor: Actor,
    now: datetime,
    rules: Rules,
    media: tuple[str, ...],
    *,
    registered: bool = False,
) -> Step:
    """Give the first step of a new case: `case` holds what is known at intake.

    A case is `registered` by somebody of the office for who told it, else reported by the actor.
    """
    changes = entries_of(case)
    add_changes(changes, first_clocks(case, now, rules))
    return Step(
        id=new_id(now),
        case=case.id,
        seq=1,
        action=REGISTER if registered else REPORT,
        at=now,
        person=actor.person,
        post=actor.post,
        media=media,
        changes={**changes, "version": 1},
    )


def record_system_step(
    case: Case,
    action: str,
    actor: Actor,
    now: datetime,
    changes: Mapping[str, Any],
    *,
    media: tuple[str, ...] = (),
    note: str = "",
) -> tuple[Case, Step]:
    """Make a step of the machine's own, possible in every stage: words heard, class suggested."""
    return _stepped(case, action, actor, now, changes, note=note, media=media)


def _stepped(
    case: Case,
    action: str,
    actor: Actor,
    now: datetime,
    changes: Mapping[str, Any],
    *,
    note: str,
    media: tuple[str, ...],
) -> tuple[Case, Step]:
    step = Step(
        id=new_id(now),
        case=case.id,
        seq=case.version + 1,
        action=action,
        at=now,
        person=actor.person,
        post=actor.post,
        via=actor.via,
        note=note,
        media=media,
        changes=changes,
    )
    return apply(case, step), step


def _check_allowed(case: Case, move: Move, actor: Actor, now: datetime) -> None:
    fails = [guard for guard in move.guards if not guard.holds(case, actor, now)]
    if post_for(case, actor, move) is None or any(guard.of_person for guard in fails):
        said = f"{actor.post} may not {move.action} case {case.number}"
        raise Forbidden(said, code="move_forbidden")
    if fails:
        raise _refused(case, move.action, fails[0].refusal)


def _check_separated(
    case: Case, move: Move, actor: Actor, steps: Iterable[Step], workflow: Workflow
) -> None:
    if is_separated(move.action, actor.persons, hands_of(steps, workflow), workflow):
        said = f"{actor.person} has had a part in case {case.number} that bars {move.action}"
        raise Forbidden(said, code="duties_separated")


def _refused(case: Case, action: str, code: str = "move_refused") -> Refused:
    said = f"case {case.number} is {case.stage}; {action} is not possible"
    return Refused(said, code=code, number=case.number)


def missing(
    form: Form,
    move: Move,
    case: Case,
    given: Mapping[str, Any],
    *,
    note: str = "",
    media: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """Give the inputs that a move still needs: neither given nor known of the case."""

    def is_there(need: str) -> bool:
        if need == NOTE:
            return says_something(note) or (move.photo_says and bool(media))
        if need == PHOTO:
            return bool(media)
        # What leads nowhere changes something, so that it cannot be there already.
        field = form.fields[need]
        known = None if field.anew or field.once or not move.leads else form.value_of(case, need)
        return given.get(need, known) not in (None, "")

    return tuple(need for need in move.needs if not is_there(need))


def _check_inputs(
    form: Form,
    move: Move,
    case: Case,
    note: str,
    media: tuple[str, ...],
    given: Mapping[str, Any],
) -> None:
    for name in given:
        if name not in move.takes and name not in move.needs:
            raise Invalid(name, f"{move.action} does not take it")
    _check_parts(form, case, given)
    for need in missing(form, move, case, given, note=note, media=media):
        raise Invalid(need, f"{move.action} needs it", code="input_missing")


def _check_parts(form: Form, case: Case, given: Mapping[str, Any]) -> None:
    """Raise Invalid where an organisation would have two parts that do not go together."""
    for field in form.fields.values():
        others = (one.id for one in form.fields.values() if one.role == field.without)
        named = [name for name in (field.id, *others) if name in given] if field.without else []
        if not named:
            continue
        both = form.orgs_of(case, field.role, given) & form.orgs_of(case, field.without, given)
        if both:
            reason = f"{min(both)!r} cannot be {field.role} and {field.without} of the same case"
            raise Invalid(named[0], reason, code="two_parts")


def notice_key(step: Step, rule: NoticeRule, channel: Channel, address: str) -> str:
    """Give the key of a notice: the same step never tells the same address twice."""
    return f"{step.case}:{step.seq}:{rule.template}:{channel}:{address}"
