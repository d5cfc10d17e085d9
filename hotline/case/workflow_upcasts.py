"""Workflows that earlier versions have kept, as this one would have written them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from hotline.case.case_clock import HANDLING_CLOCK
from hotline.case.step_upcasts import PLACES

SCHEMA: Final = "schema"
VERSION: Final = 2
_HANDLER, _DEPARTMENT = "handler", "department"
_NOTES: Final = "reasons"
_SAME: Final = (
    *("action", "from", "to", "needs", "takes", "undo"),
    *("aside", "direct", "evidence"),
)


def brought_up(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the data of a workflow of this version; those of 0.1.0 carry no number.

    An action might list notes to choose from, which are choices of fields now.
    """
    if data.get(SCHEMA, 1) != VERSION:
        return _from_first(data)
    actions = [
        {name: one for name, one in row.items() if name != _NOTES} for row in data.get("action", ())
    ]
    return {**data, "action": actions}


def _from_first(data: Mapping[str, Any]) -> dict[str, Any]:
    """A workflow whose rows set fields by attributes of their own, and named nothing for people."""
    rows = [_move(row) for row in data.get("move", ())]
    timed = {
        row["to"]
        for row in data.get("move", ())
        if row.get("to") and _DEPARTMENT in row.get("needs", ())
    }
    ends = data.get("ends", ())
    stages = [
        {
            "id": one,
            "name": one,
            "end": one in ends,
            "clock": HANDLING_CLOCK if one in timed else "",
        }
        for one in data.get("stages", ())
    ]
    return {
        SCHEMA: VERSION,
        "version": data.get("version", ""),
        "start": data.get("start", ""),
        "stage": stages,
        "move": rows,
        "action": _names(row["action"] for row in rows),
        "role": _names(path[1] for path in PLACES.values() if path[0] == "assignments"),
        "time": _names(path[1] for path in PLACES.values() if path[0] == "times"),
        "count": _names(path[1] for path in PLACES.values() if path[0] == "counts"),
    }


def _names(idents: Iterable[str]) -> list[dict[str, str]]:
    return [{"id": one, "name": one} for one in dict.fromkeys(idents)]


def _move(row: Mapping[str, Any]) -> dict[str, Any]:
    new: dict[str, Any] = {name: row[name] for name in _SAME if name in row}
    new.setdefault("needs", ())
    new["permission"] = _permission(row.get("posts", ()))
    guards, effects = [], _cleared(row)
    if "own" in row:
        guards.append({"is": "assigned", "role": _role(row["own"])})
    if "until" in row:
        guards.append({"is": "unless", "time": row["until"]})
    effects += [
        {"do": "set", "field": name, "value": one} for name, one in row.get("sets", {}).items()
    ]
    if "actor" in row:
        effects.append({"do": "assign", "role": _role(row["actor"])})
    if "stamp" in row:
        effects.append({"do": "stamp", "time": row["stamp"]})
    if "count" in row:
        effects.append({"do": "count", "count": row["count"]})
    if "clock" in row:
        new["keeps"] = row["clock"] == "keep"
    notices = [{**rule, "who": _told(str(rule.get("who")))} for rule in row.get("notices", ())]
    return {**new, "guards": guards, "effects": effects, "notices": notices}


def _permission(posts: Iterable[str]) -> str:
    """The permission of moves that named the posts that might make them."""
    named = set(posts)
    for post, permission in _PERMISSIONS.items():
        if post in named and len(named) <= _FEW:
            return permission
    return "case.note"


# In this order: who accepts comes before the duty chief, who may do that too.
_PERMISSIONS: Final = {
    "collector": "case.inspect",
    "department": "case.handle",
    "acceptor": "case.accept",
    "dispatcher": "case.dispatch",
    "command_chief": "case.dispatch",
    "duty_chief": "case.close",
}
_FEW: Final = 3


def _role(name: str) -> str:
    return PLACES[name][1] if name in PLACES else name


def _told(who: str) -> str:
    former, name = who.startswith("former_"), who.removeprefix("former_")
    return f"former_{_role(name)}" if former else _role(name)


def _cleared(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Who is given a case anew need not be taken from it before."""
    emptied: dict[str, list[str]] = {}
    kinds = {"assignments": "roles", "times": "times", "clocks": "clocks"}
    for name in row.get("clear", ()):
        path = PLACES.get(name, ("", name))
        if path[1] == _HANDLER and _DEPARTMENT in row.get("needs", ()):
            continue
        key = path[1] if path[0] in kinds else name
        names = emptied.setdefault(kinds.get(path[0], "fields"), [])
        if key not in names:
            names.append(key)
    return [{"do": "clear", **emptied}] if emptied else []
