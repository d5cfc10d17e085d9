"""Reading a workflow from data, and refusing one that cannot be walked to its end."""

from collections.abc import Iterable, Mapping
from string import ascii_lowercase
from typing import Any, Final, TypeVar

from hotline.case.case import HANDLER
from hotline.case.closing import EvidenceAsked
from hotline.case.effects import (
    Assign,
    Clear,
    Count,
    CountIn,
    HandOver,
    LinkTo,
    Raise,
    Set,
    Stamp,
    StartClock,
    StopClock,
    Unlink,
    parse_effect,
)
from hotline.case.guards import (
    Assigned,
    BeforeDue,
    CountBetween,
    Extended,
    HeldBy,
    NoOther,
    NotSamePersonAs,
    OtherOrganisation,
    Running,
    Since,
    Unless,
    parse_guard,
)
from hotline.case.limit import parse_limit
from hotline.case.others import check_others
from hotline.case.template import OWN_PLACES, places_of
from hotline.case.timers import DUE, LIGHT, WARNS
from hotline.case.touching import parse_makes, parse_other, sources_of
from hotline.case.workflow import (
    CITIZEN,
    CONSOLE_KEYS,
    ActionLabel,
    CountKind,
    Effect,
    Guard,
    Label,
    LinkKind,
    Move,
    NoticeRule,
    Stage,
    TimerRule,
    Workflow,
)
from hotline.case.workflow_upcasts import brought_up
from hotline.channel import Channel
from hotline.errors import Invalid
from hotline.form.beside import NOTE, PHOTO
from hotline.form.form import Form
from hotline.media import MediaKind
from hotline.wire import convert

_FORMER = "former_"
N = TypeVar("N", bound=Label)


def parse_workflow(data: Mapping[str, Any], form: Form) -> Workflow:
    """Give the workflow of a workflow.toml read into a dict; Invalid names the row at fault.

    One that an earlier version has kept is brought up first.
    """
    data = brought_up(data)
    stages = _named(data, "stage", Stage)
    rows = data.get("move", ())
    undoing = {row["undo"] for row in rows if "undo" in row}
    workflow = Workflow(
        version=str(data.get("version", "")),
        start=str(data.get("start", "")),
        stages=stages,
        moves=tuple(_move(row, row.get("action") in undoing, stages) for row in rows),
        actions=_named(data, "action", ActionLabel),
        roles=_named(data, "role", Label),
        times=_named(data, "time", Label),
        counts=_named(data, "count", CountKind),
        timers=_timers(data),
        links=_named(data, "link", LinkKind),
        separations=tuple(_separation(row) for row in data.get("separation", ())),
    )
    _check(workflow)
    for move in workflow.moves:
        _check_names(workflow, form, move)
        check_others(workflow, form, move)
    for action in workflow.actions.values():
        if action.key and action.key not in _KEYS:
            why = f"{action.key[:20]!r} is no small letter, or one that is the console's own"
            raise Invalid(f"workflow.action.{action.id}", f"key: {why}")
    for count in workflow.counts.values():
        if count.returns and count.returns not in form.fields:
            raise Invalid(f"workflow.count.{count.id}", f"{count.returns!r} is not a field")
    for rule in workflow.timers.values():
        _check_timer(workflow, form, rule)
    _check_ways(workflow)
    _check_sentences(workflow, form)
    return workflow


# The letters that an action may have.
_KEYS: Final = frozenset(ascii_lowercase) - CONSOLE_KEYS


def _timers(data: Mapping[str, Any]) -> dict[str, TimerRule]:
    found: dict[str, TimerRule] = {}
    for row in data.get("timer", ()):
        where = f"workflow.timer.{row.get('id', '')}"
        unknown = set(row) - set(TimerRule.__dataclass_fields__)
        if unknown:
            raise Invalid(where, f"{min(unknown)!r} is nothing that a timer has")
        try:
            rule = convert(row, TimerRule)
            if rule.after:
                parse_limit(rule.after)
        except Invalid as error:
            raise Invalid(where, f"{error.field}: {error.reason}") from error
        if not rule.id or rule.id in found or rule.id.startswith(LIGHT):
            raise Invalid(where, "has no id, stands twice, or is called like a light")
        found[rule.id] = rule
    return found


def _check_timer(workflow: Workflow, form: Form, rule: TimerRule) -> None:
    where = f"workflow.timer.{rule.id}"
    if sum(map(bool, (rule.clock, rule.time, rule.field))) != 1 or rule.at not in (WARNS, DUE):
        raise Invalid(where, "goes by a clock (at warn or due), a time, or a field")
    field = form.fields.get(rule.field)
    if rule.field and (field is None or field.type != "date"):
        raise Invalid(where, f"{rule.field!r} is no field with a day")
    if rule.time and rule.time not in workflow.times:
        raise Invalid(where, f"{rule.time!r} is not a time")
    for stage in rule.stages:
        move = workflow.find(rule.action, stage)
        if move is None:
            raise Invalid(where, f"{rule.action!r} is not possible in {stage!r}")
        lacking = set(move.needs) - {*rule.given} - ({NOTE} if rule.note else set())
        if lacking:
            raise Invalid(where, f"{rule.action} needs {min(lacking)!r}")
        if any(guard.of_person for guard in move.guards):
            raise Invalid(where, f"{rule.action} is for somebody, and the machine is nobody")


def _named(data: Mapping[str, Any], kind: str, of: type[N]) -> dict[str, N]:
    found: dict[str, N] = {}
    for row in data.get(kind, ()):
        ident, name = str(row.get("id", "")), str(row.get("name", ""))
        where = f"workflow.{kind}.{ident}"
        unknown = set(row) - set(of.__dataclass_fields__)
        if unknown:
            raise Invalid(where, f"{min(unknown)!r} is nothing that it has")
        if not ident or not name or ident in found:
            raise Invalid(where, "has no id or no name, or stands twice")
        try:
            found[ident] = convert({**row, "name_en": row.get("name_en", name)}, of)
        except Invalid as error:
            raise Invalid(where, f"{error.field}: {error.reason}") from error
    return found


def _move(row: Mapping[str, Any], undoes: bool, stages: Mapping[str, Stage]) -> Move:
    where = f"workflow.{row.get('action') or 'move'}"
    unknown = set(row) - _KNOWN
    if unknown:
        raise Invalid(where, f"{min(unknown)!r} is nothing that a move has")
    guards = tuple(parse_guard(where, one) for one in row.get("guards", ()))
    closing = row.get("closing", False) is True
    if closing and not any(isinstance(one, OtherOrganisation) for one in guards):
        guards = (*guards, OtherOrganisation(HANDLER))
    ends = {one.id: one.end for one in stages.values()}
    return Move(
        action=str(row.get("action", "")),
        source=sources_of(where, row.get("from", ()), ends),
        to=row.get("to"),
        permission=str(row.get("permission", "")),
        needs=tuple(row.get("needs", ())),
        takes=tuple(row.get("takes", ())),
        guards=guards,
        role=next((one.role for one in guards if isinstance(one, Assigned)), None),
        effects=tuple(parse_effect(where, one) for one in row.get("effects", ())),
        # What is taken back gives the case the time that it had left.
        keeps=row.get("keeps", undoes) is True,
        back=row.get("back", False) is True,
        undo=row.get("undo"),
        aside=row.get("aside", False) is True,
        direct=row.get("direct", False) is True,
        awaits=row.get("awaits", False) is True,
        evidence=_evidence(where, row.get("evidence", MediaKind.PHOTO)),
        photo_says=row.get("photo_says", False) is True,
        closing=closing,
        proof=_proof(where, row.get("proof", EvidenceAsked.NONE)),
        before=row.get("before", False) is True,
        notices=tuple(_notice(where, rule) for rule in row.get("notices", ())),
        other=parse_other(where, row.get("other")),
        makes=parse_makes(where, row.get("makes")),
        along=str(row.get("along", "")),
        callers=row.get("callers", False) is True,
        unhappy=row.get("unhappy", False) is True,
    )


_KNOWN = frozenset(Move.__dataclass_fields__) - {"source", "role"} | {"from"}


def _evidence(where: str, name: str) -> MediaKind:
    try:
        return MediaKind(name)
    except ValueError as error:
        raise Invalid(where, f"{name!r} is not a kind of evidence") from error


def _proof(where: str, name: str) -> EvidenceAsked:
    try:
        return EvidenceAsked(name)
    except ValueError as error:
        raise Invalid(where, f"{name!r} is nothing that photos prove") from error


def _notice(where: str, rule: Mapping[str, Any]) -> NoticeRule:
    named, post = str(rule.get("who", "")), str(rule.get("post", ""))
    who = named.removeprefix(_FORMER)
    if (who != named and who == CITIZEN) or bool(who) == bool(post):
        raise Invalid(where, f"{named or post!r} cannot be told: it names who, or a post")
    unknown = set(rule) - _NOTICE
    if unknown:
        raise Invalid(where, f"{min(unknown)!r} is nothing that a notice has")
    try:
        channels = tuple(Channel(name) for name in rule["channels"])
    except (ValueError, KeyError) as error:
        raise Invalid(where, "a notice names its channels") from error
    card = rule.get("card", False) is True
    template, fields = str(rule.get("template", "")), tuple(map(str, rule.get("fields", ())))
    when, changed = _when(where, rule.get("when", {})), rule.get("changed", False) is True
    asks, after = rule.get("asks", False) is True, rule.get("after_h", 0)
    if asks and who != CITIZEN:
        raise Invalid(where, "nobody but the citizen is asked")
    if not isinstance(after, int) or not 0 <= after <= MOST_AFTER_H:
        raise Invalid(where, f"a notice comes 0 to {MOST_AFTER_H} hours after its move")
    return NoticeRule(
        *(who, template, channels, who != named, card, post, fields, when, changed, asks, after)
    )


MOST_AFTER_H = 24 * 30
_NOTICE = frozenset(
    {"who", "post", "template", "channels", "card", "fields", "when", "changed", "asks", "after_h"}
)


def _when(where: str, given: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(given, Mapping):
        raise Invalid(where, "a notice says of fields when it is sent")
    for name, values in given.items():
        if not isinstance(values, list) or not values:
            raise Invalid(where, f"a notice names the values of {name!r} in a list")
    return tuple((str(name), tuple(map(str, values))) for name, values in given.items())


def _separation(row: Mapping[str, Any]) -> tuple[str, str]:
    match row.get("duties"):
        case [str(first), str(other)] if first != other:
            return first, other
    raise Invalid("workflow.separation", "names two duties that nobody may have both in one case")


def _check(workflow: Workflow) -> None:
    if workflow.start not in workflow.stages:
        raise Invalid("workflow.start", f"{workflow.start!r} is not a stage")
    rows: set[tuple[str, str]] = set()
    for move in workflow.moves:
        where = f"workflow.{move.action}"
        if not move.action or not move.permission or not move.source:
            raise Invalid(where, "a move has an action, a stage and a permission")
        for stage in (*move.source, *([move.to] if move.to else [])):
            if stage not in workflow.stages:
                raise Invalid(where, f"{stage!r} is not a stage")
        for stage in move.source:
            if (move.action, stage) in rows:
                raise Invalid(where, f"stands twice for {stage}")
            rows.add((move.action, stage))
    for move in workflow.moves:
        if bool(move.back) + bool(move.to) + bool(move.along) > 1:
            raise Invalid(f"workflow.{move.action}", "leads either back, along or to a stage")
        if move.direct and move.needs:
            raise Invalid(f"workflow.{move.action}", "what is direct needs nothing")
        if move.undo is not None and (move.undo, move.to) not in rows:
            raise Invalid(f"workflow.{move.action}", f"{move.undo!r} does not take it back")


def _check_names(workflow: Workflow, form: Form, move: Move) -> None:
    """Everything that a move speaks of is there: its own name, fields, roles, times, counts."""
    where = f"workflow.{move.action}"
    inputs = [one for one in (*move.needs, *move.takes) if one not in (NOTE, PHOTO)]
    told = [one.who for one in move.notices if one.who not in (CITIZEN, "")]
    named = [name for one in move.notices for name in (*one.fields, *dict(one.when))]
    inputs += [name for name in named if name not in inputs]
    parts: tuple[Guard | Effect, ...] = (*move.guards, *move.effects)
    spoken = [_spoken_of(one) for one in parts]
    for names, known, what in (
        ([move.action], workflow.actions, "an action"),
        ([*inputs, *_all(spoken, "field")], form.fields, "a field"),
        ([*told, *_all(spoken, "role")], workflow.roles, "a role"),
        (_all(spoken, "time"), workflow.times, "a time"),
        (_all(spoken, "count"), workflow.counts, "a count"),
        (_all(spoken, "link"), workflow.links, "a link"),
    ):
        for name in names:
            if name not in known:
                raise Invalid(where, f"{name!r} is not {what}")
    for name in inputs:
        for role in (form.fields[name].role, form.fields[name].without):
            if role and role not in workflow.roles:
                raise Invalid(f"form.{name}", f"{role!r} is not a role")


def _check_sentences(workflow: Workflow, form: Form) -> None:
    """What the sentence of an action has a place for is something that its step may say."""
    data = {*workflow.roles, *workflow.counts, *form.fields}
    for action in workflow.actions.values():
        where = f"workflow.action.{action.id}"
        for name, template in (("tells", action.tells), ("tells_en", action.tells_en)):
            try:
                unknown = places_of(template) - OWN_PLACES - data
            except Invalid as error:
                raise Invalid(where, f"{name}: {error.reason}") from error
            if unknown:
                raise Invalid(where, f"{name}: {{{min(unknown)}}} is nothing that a step says")


def _all(spoken: Iterable[Mapping[str, tuple[str, ...]]], kind: str) -> list[str]:
    return [name for one in spoken for name in one.get(kind, ())]


def _spoken_of(one: Guard | Effect) -> dict[str, tuple[str, ...]]:
    match one:
        case Assigned(role=role) | HeldBy(role=role) | NotSamePersonAs(role=role):
            return {"role": (role,)}
        case Assign(role=role):
            return {"role": (role,)}
        case Unless(time=time) | Stamp(time=time) | Since(time=time):
            return {"time": (time,)}
        case NoOther(time=time, role=role):
            return {"time": (time,), "role": (role,)}
        case Count(count=count) | CountBetween(count=count):
            return {"count": (count,)}
        case LinkTo(kind=kind, field=field) | CountIn(count=kind, field=field):
            of = "link" if isinstance(one, LinkTo) else "count"
            return {of: (kind,), "field": (field,) if field else ()}
        case Unlink(kind=kind):
            return {"link": (kind,)}
        case Raise(field=field, count=count):
            return {"field": (field,), "count": (count,)}
        case HandOver(role=role, to=to):
            return {"role": (role, to)}
        case StartClock():
            return {
                "field": (one.field,) if one.field else (),
                "time": (one.until,) if one.until else (),
                "role": (one.role,) if one.role else (),
            }
        case StopClock():
            return {"role": (one.role,) if one.role else ()}
        case Running() | BeforeDue() | Extended():
            return {}
        case OtherOrganisation(role=role):
            return {"role": (role,)}
        case Set(field=field):
            return {"field": (field,)}
        case Clear():
            return {"field": one.fields, "time": one.times, "role": one.roles}
        case _:
            return {"field": (getattr(one, "field", ""),)}


def _check_ways(workflow: Workflow) -> None:
    """Every stage is reached from the start, and from every stage an end is reached."""
    forward: dict[str, set[str]] = {stage: set() for stage in workflow.stages}
    for move in workflow.moves:
        for stage in move.source:
            if move.to is not None:
                forward[stage].add(move.to)
            if move.along:
                forward[stage] |= workflow.ends
    # What leads back leads to wherever one came from.
    into = {stage: {one for one, to in forward.items() if stage in to} for stage in forward}
    for move in workflow.moves:
        for stage in move.source if move.back else ():
            forward[stage] |= into[stage]
    lost = set(workflow.stages) - _reached({workflow.start}, forward)
    if lost:
        raise Invalid("workflow.stages", f"never reached: {', '.join(sorted(lost))}")
    back: dict[str, set[str]] = {stage: set() for stage in workflow.stages}
    for stage, targets in forward.items():
        for target in targets:
            back[target].add(stage)
    stuck = set(workflow.stages) - _reached(set(workflow.ends), back)
    if stuck:
        raise Invalid("workflow.stages", f"no way to an end from: {', '.join(sorted(stuck))}")


def _reached(start: set[str], ways: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    todo = list(start)
    while todo:
        stage = todo.pop()
        if stage not in seen:
            seen.add(stage)
            todo.extend(ways.get(stage, ()))
    return seen
