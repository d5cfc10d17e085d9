"""The workflow (流程) as data, and the one function that walks it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from hotline.case.calendar import Calendar
from hotline.case.case import Case, FormerClock, Step, apply, former_clock
from hotline.case.deadline import Limit, due
from hotline.case.light import Light, light_at
from hotline.channel import Channel
from hotline.errors import Forbidden, Invalid, Refused
from hotline.ids import new_id
from hotline.media import MediaKind
from hotline.people import Actor, Post

# First steps, which no row of a workflow makes.
REPORT: Final = "report"
REGISTER: Final = "register"

# What happens to the clock of the stage that a move leads to.
RESTART: Final = "restart"
KEEP: Final = "keep"


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """Who is told when a move is made: `who` is citizen, collector, department or reporter.

    With `former` it is whom the case lay with before the move.
    """

    who: str
    template: str
    channels: tuple[Channel, ...]
    former: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the workflow: who may do what, from where to where.

    `to` is None when the stage stays. `needs` are inputs that must be given, `stamp` a time
    field that is set, `count` a counter that goes up, `clear` fields that are emptied, `takes`
    inputs that may change the case. `own` limits the move to the person or department the case
    lies with. `clock` says which clock the stage led to gets: a new one (restart), or the one it
    had when the case last lay in it (keep). `actor` is the field
    that takes who made the move, `evidence` what photos handed in with it are. `until` is the
    field that ends the move once it is filled: what was accepted is not accepted again. `undo` is
    the move that takes this one back; `aside` marks what may be done without the case waiting.
    `direct` marks what needs nothing and is done at one tap, without a form.
    """

    action: str
    source: tuple[str, ...]
    to: str | None
    posts: tuple[Post, ...]
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    stamp: str | None = None
    count: str | None = None
    clear: tuple[str, ...] = ()
    sets: Mapping[str, Any] = field(default_factory=dict)
    own: str | None = None
    until: str | None = None
    undo: str | None = None
    aside: bool = False
    direct: bool = False
    actor: str | None = None
    evidence: MediaKind = MediaKind.PHOTO
    clock: str = RESTART
    notices: tuple[NoticeRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Workflow:
    """A version of the workflow; a case keeps the version it began with.

    `handling` are the stages in which a case lies with a department and the limit of its class
    runs.
    """

    version: str
    start: str
    ends: frozenset[str]
    stages: tuple[str, ...]
    moves: tuple[Move, ...]
    handling: frozenset[str] = frozenset()

    def find(self, action: str, stage: str) -> Move | None:
        """Give the row for an action in a stage, or None."""
        for move in self.moves:
            if move.action == action and stage in move.source:
                return move
        return None


def with_ways_out(old: Workflow, new: Workflow) -> Workflow:
    """Give an older version with the asides of the newer one in its dead ends.

    A case keeps the version it began with, yet none is stuck in it: where only the one it lies
    with can lead it on, another one can be named or the case voided, whatever the version.
    """
    led_on = {stage for move in old.moves if move.to and not move.own for stage in move.source}
    dead_ends = {*old.stages} - led_on - old.ends
    added = []
    for move in new.moves:
        stages = tuple(one for one in move.source if one in dead_ends)
        if move.aside and stages and (move.to is None or move.to in old.stages):
            added.append(replace(move, source=stages))
    return replace(old, moves=(*old.moves, *added))


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything a step is judged by: workflow, stage limits, filing conditions, calendar.

    `conditions` maps (class code, condition key) to the handling limit; a light turns yellow when
    `yellow_share` (0..1) of a limit is used up.
    """

    workflow: Workflow
    stage_limits: Mapping[str, Limit]
    conditions: Mapping[tuple[str, str], Limit]
    calendar: Calendar
    yellow_share: float


def available_actions(case: Case, actor: Actor, workflow: Workflow) -> list[Move]:
    """Give exactly the moves that the actor may make on the case now."""
    return [
        move
        for move in workflow.moves
        if case.stage in move.source
        and actor.post in move.posts
        and _owns(case, actor, move)
        and not _is_over(case, move)
    ]


def direct_actions(stage: str, filled: Mapping[str, Any], workflow: Workflow) -> list[str]:
    """Give what may be done at one tap on a case in a stage, by whomever; `filled` its fields."""
    return [
        move.action
        for move in workflow.moves
        if move.direct and stage in move.source
        if move.until is None or filled.get(move.until) is None
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
) -> tuple[Case, Step]:
    """Make one step, or refuse with the reason.

    `given` are the inputs of the action: fields of Case that the move's row takes or needs.
    `steps` are the case's, in order: a move that keeps a clock reads it from them.
    Raises Refused (no such row), Forbidden (not this post or not theirs), Invalid (input missing).
    """
    given = given or {}
    move = rules.workflow.find(action, case.stage)
    if move is None:
        raise _refused(case, action)
    if actor.post not in move.posts or not _owns(case, actor, move):
        raise Forbidden(f"{actor.post} may not {action} case {case.number}", code="move_forbidden")
    if _is_over(case, move):
        raise _refused(case, action)
    _check_inputs(move, case, note, media, given)
    changes = _changes(move, case, actor, now, given)
    if move.to is not None:
        former = former_clock(steps, move.to) if move.clock == KEEP else None
        changes |= _to_stage(move.to, case, now, rules, changes, former)
    step = Step(
        id=new_id(now),
        case=case.id,
        seq=case.version + 1,
        action=action,
        at=now,
        person=actor.person,
        post=actor.post,
        note=note,
        media=media,
        changes=changes,
    )
    return apply(case, step), step


def undo_of(case: Case, last: Step, actor: Actor, workflow: Workflow) -> str | None:
    """Give the action that takes back the newest step, where the actor made it and may do so."""
    made = {
        move.undo
        for move in workflow.moves
        if move.action == last.action and move.to in (case.stage, None)
    }
    if last.person != actor.person:
        return None
    return next(
        (m.action for m in available_actions(case, actor, workflow) if m.action in made), None
    )


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
    clock = _clock(case.stage, None, now, rules)
    first = {name: getattr(case, name) for name in Case.__slots__}
    return Step(
        id=new_id(now),
        case=case.id,
        seq=1,
        action=REGISTER if registered else REPORT,
        at=now,
        person=actor.person,
        post=actor.post,
        media=media,
        changes={**first, **clock, "version": 1},
    )


def record_system_step(
    case: Case,
    action: str,
    actor: Actor,
    now: datetime,
    changes: Mapping[str, Any],
    *,
    media: tuple[str, ...] = (),
) -> tuple[Case, Step]:
    """Make a step of the machine's own, possible in every stage: words heard, class suggested."""
    step = Step(
        id=new_id(now),
        case=case.id,
        seq=case.version + 1,
        action=action,
        at=now,
        person=actor.person,
        post=actor.post,
        media=media,
        changes=changes,
    )
    return apply(case, step), step


def _owns(case: Case, actor: Actor, move: Move) -> bool:
    match move.own:
        case "collector":
            return case.collector == actor.person
        case "department":
            return case.department is not None and case.department == actor.department
        case _:
            return True


def _refused(case: Case, action: str) -> Refused:
    said = f"case {case.number} is {case.stage}; {action} is not possible"
    return Refused(said, code="move_refused", number=case.number)


def _is_over(case: Case, move: Move) -> bool:
    return move.until is not None and getattr(case, move.until) is not None


def missing(
    move: Move,
    case: Case,
    given: Mapping[str, Any],
    *,
    note: str = "",
    media: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """Give the inputs that a move still needs: neither given nor known of the case."""

    def is_there(need: str) -> bool:
        match need:
            case "note":
                return bool(note.strip())
            case "photo":
                return bool(media)
            case _:
                # What leads nowhere changes something, so that it cannot be there already.
                known = None if move.to is None else getattr(case, need)
                return given.get(need, known) not in (None, "")

    return tuple(need for need in move.needs if not is_there(need))


def _check_inputs(
    move: Move, case: Case, note: str, media: tuple[str, ...], given: Mapping[str, Any]
) -> None:
    for name in given:
        if name not in move.takes and name not in move.needs:
            raise Invalid(name, f"{move.action} does not take it")
    for need in missing(move, case, given, note=note, media=media):
        raise Invalid(need, f"{move.action} needs it", code="input_missing")


def _changes(
    move: Move, case: Case, actor: Actor, now: datetime, given: Mapping[str, Any]
) -> dict[str, Any]:
    changes: dict[str, Any] = {**dict.fromkeys(move.clear), **move.sets, **given}
    if move.actor is not None:
        changes[move.actor] = actor.person
    if move.stamp is not None:
        changes[move.stamp] = now
    if move.count is not None:
        changes[move.count] = getattr(case, move.count) + 1
    return changes


def _to_stage(
    stage: str,
    case: Case,
    now: datetime,
    rules: Rules,
    changes: Mapping[str, Any],
    former: FormerClock | None,
) -> dict[str, Any]:
    if former is None:
        clock = _clock(stage, _handling_limit(case, changes, rules), now, rules)
    else:
        clock = {
            "stage_since": now,
            "stage_yellow": former.yellow,
            "stage_due": former.due,
            "light": light_at(now, former.yellow, former.due),
        }
    if stage in rules.workflow.handling:
        clock["due"] = clock["stage_due"]
    return {"stage": stage, **clock}


def _handling_limit(case: Case, changes: Mapping[str, Any], rules: Rules) -> Limit | None:
    matter = changes.get("matter", case.matter)
    condition = changes.get("condition", case.condition)
    if matter is None or condition is None:
        return None
    return rules.conditions.get((matter, condition))


def _clock(stage: str, handling: Limit | None, now: datetime, rules: Rules) -> dict[str, Any]:
    limit = _stage_limit(stage, handling, rules)
    if limit is None:
        return {
            "stage_since": now,
            "stage_yellow": None,
            "stage_due": None,
            "light": Light.GREEN,
        }
    return {
        "stage_since": now,
        "stage_yellow": due(now, limit, rules.calendar, share=rules.yellow_share),
        "stage_due": due(now, limit, rules.calendar),
        "light": Light.GREEN,
    }


def _stage_limit(stage: str, handling: Limit | None, rules: Rules) -> Limit | None:
    if stage in rules.workflow.ends:
        return None
    if stage in rules.workflow.handling and handling is not None:
        return handling
    return rules.stage_limits.get(stage)


def is_provisional(case: Case, rules: Rules) -> bool:
    """Tell whether the deadline of the present stage rests on a year without its notice."""
    limit = _stage_limit(case.stage, _handling_limit(case, {}, rules), rules)
    if limit is None or not limit.is_working or case.stage_since is None or case.stage_due is None:
        return False
    return rules.calendar.is_provisional(case.stage_since, case.stage_due)


def light_instants(case: Case) -> list[tuple[Light, datetime]]:
    """Give the lights that are still to come for the present stage: (light, instant)."""
    coming = ((Light.YELLOW, case.stage_yellow), (Light.RED, case.stage_due))
    order = [Light.GREEN, Light.YELLOW, Light.RED]
    return [
        (light, at)
        for light, at in coming
        if at is not None and order.index(light) > order.index(case.light)
    ]


def notice_key(step: Step, rule: NoticeRule, channel: Channel, address: str) -> str:
    """Give the key of a notice: the same step never tells the same address twice."""
    return f"{step.case}:{step.seq}:{rule.template}:{channel}:{address}"
