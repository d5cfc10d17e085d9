"""Reading a workflow from data, and refusing one that cannot be walked to its end."""

from collections.abc import Mapping, Set
from typing import Any

from hotline.case.case import Case
from hotline.case.workflow import KEEP, RESTART, Move, NoticeRule, Workflow
from hotline.channel import Channel
from hotline.errors import Invalid
from hotline.media import MediaKind
from hotline.people import Post

_CLOCKS = (RESTART, KEEP)
_OWNERS = ("collector", "department")
_WHO = ("citizen", "collector", "department", "reporter")
_FORMER = "former_"


def parse_workflow(data: Mapping[str, Any]) -> Workflow:
    """Give the workflow of a workflow.toml read into a dict; Invalid names the row at fault."""
    stages = tuple(str(stage) for stage in data.get("stages", ()))
    rows = data.get("move", ())
    undoing = {row["undo"] for row in rows if "undo" in row}
    moves = tuple(_move(row, stages, undoing) for row in rows)
    workflow = Workflow(
        version=str(data.get("version", "")),
        start=str(data.get("start", "")),
        ends=frozenset(str(stage) for stage in data.get("ends", ())),
        stages=stages,
        moves=moves,
        handling=frozenset(move.to for move in moves if move.to and "department" in move.needs),
    )
    _check(workflow)
    return workflow


def _move(row: Mapping[str, Any], stages: tuple[str, ...], undoing: Set[str]) -> Move:
    action = str(row.get("action", ""))
    where = f"workflow.{action or 'move'}"
    source = tuple(row.get("from", ()))
    target = row.get("to")
    for stage in (*source, *([target] if target else [])):
        if stage not in stages:
            raise Invalid(where, f"{stage!r} is not a stage")
    fields = set(Case.__slots__)
    named = [*row.get("takes", ()), *row.get("clear", ()), *row.get("sets", {})]
    named += [need for need in row.get("needs", ()) if need not in ("note", "photo")]
    named += [row[key] for key in ("stamp", "count", "actor", "until") if key in row]
    for name in named:
        if name not in fields:
            raise Invalid(where, f"{name!r} is not a field of a case")
    # What is taken back gives the case the time that it had left.
    clock = row.get("clock", KEEP if action in undoing else RESTART)
    own = row.get("own")
    if clock not in _CLOCKS or (own is not None and own not in _OWNERS):
        raise Invalid(where, f"clock {clock!r} or own {own!r} is unknown")
    return Move(
        action=action,
        source=source,
        to=target,
        posts=tuple(_post(where, post) for post in row.get("posts", ())),
        needs=tuple(row.get("needs", ())),
        takes=tuple(row.get("takes", ())),
        stamp=row.get("stamp"),
        count=row.get("count"),
        clear=tuple(row.get("clear", ())),
        sets=dict(row.get("sets", {})),
        own=own,
        until=row.get("until"),
        undo=row.get("undo"),
        aside=row.get("aside", False) is True,
        direct=row.get("direct", False) is True,
        actor=row.get("actor"),
        evidence=_evidence(where, row.get("evidence", MediaKind.PHOTO)),
        clock=clock,
        notices=tuple(_notice(where, rule) for rule in row.get("notices", ())),
    )


def _evidence(where: str, name: str) -> MediaKind:
    try:
        return MediaKind(name)
    except ValueError as error:
        raise Invalid(where, f"{name!r} is not a kind of evidence") from error


def _post(where: str, name: str) -> Post:
    try:
        return Post(name)
    except ValueError as error:
        raise Invalid(where, f"{name!r} is not a post") from error


def _notice(where: str, rule: Mapping[str, Any]) -> NoticeRule:
    named = str(rule.get("who"))
    who = named.removeprefix(_FORMER)
    if who not in _WHO or (who != named and who not in _OWNERS):
        raise Invalid(where, f"{named!r} cannot be told")
    try:
        channels = tuple(Channel(name) for name in rule["channels"])
    except (ValueError, KeyError) as error:
        raise Invalid(where, "a notice names its channels") from error
    return NoticeRule(who, str(rule.get("template", "")), channels, former=who != named)


def _check(workflow: Workflow) -> None:
    if workflow.start not in workflow.stages:
        raise Invalid("workflow.start", f"{workflow.start!r} is not a stage")
    rows: set[tuple[str, str]] = set()
    for move in workflow.moves:
        if not move.action or not move.posts or not move.source:
            raise Invalid(f"workflow.{move.action}", "a move has an action, a stage and a post")
        for stage in move.source:
            if (move.action, stage) in rows:
                raise Invalid(f"workflow.{move.action}", f"stands twice for {stage}")
            rows.add((move.action, stage))
    for move in workflow.moves:
        if move.direct and move.needs:
            raise Invalid(f"workflow.{move.action}", "what is direct needs nothing")
        if move.undo is not None and (move.undo, move.to) not in rows:
            raise Invalid(f"workflow.{move.action}", f"{move.undo!r} does not take it back")
    _check_ways(workflow)


def _check_ways(workflow: Workflow) -> None:
    """Every stage is reached from the start, and from every stage an end is reached."""
    forward: dict[str, set[str]] = {stage: set() for stage in workflow.stages}
    for move in workflow.moves:
        for stage in move.source:
            if move.to is not None:
                forward[stage].add(move.to)
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
