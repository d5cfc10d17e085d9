"""A typo in a workflow that would switch something off is told before it is published."""

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hotline.case.misspelt import misspelt
from hotline.case.workflow_data import parse_workflow
from hotline.form.form_data import parse_form
from tests.cities import form, read, workflow


def test_nothing_of_the_demo_is_misspelt() -> None:
    assert list(misspelt(workflow(), form())) == []


def effect(data: dict[str, Any], kind: str) -> dict[str, Any]:
    """The first effect of a kind."""
    found = (one for move in data["move"] for one in move.get("effects", ()) if one["do"] == kind)
    first: dict[str, Any] = next(found)
    return first


def duty(data: dict[str, Any]) -> None:
    next(one for one in data["action"] if one.get("duty"))["duty"] = "handels"


def pair(data: dict[str, Any]) -> None:
    data["separation"][0]["duties"] = ["handles", "juges"]


def runs(data: dict[str, Any]) -> None:
    next(one for one in data["stage"] if one.get("runs"))["runs"] = ["handeling"]


def timer(data: dict[str, Any]) -> None:
    next(one for one in data["timer"] if one.get("clock"))["clock"] = "handeling"


def level(data: dict[str, Any]) -> None:
    effect(data, "raise")["levels"] = {"urgnt": 3}


def stopped(data: dict[str, Any]) -> None:
    effect(data, "stop")["clock"] = "sfae"


def cleared(data: dict[str, Any]) -> None:
    clears = (one for move in data["move"] for one in move.get("effects", ()) if one.get("clocks"))
    next(clears)["clocks"] = ["asisting"]


def outcome(data: dict[str, Any]) -> None:
    sets = (
        one
        for move in data["move"]
        for one in move.get("effects", ())
        if one.get("field") == "outcome"
    )
    next(sets)["value"] = "forcd"


def told(data: dict[str, Any]) -> None:
    notices = (one for move in data["move"] for one in move.get("notices", ()) if "when" in one)
    next(notices)["when"] = {"outcome": ["partyl"]}


def given(data: dict[str, Any]) -> None:
    data["timer"][0]["given"] = {"urge_kind": "tiemout"}


BREAKS = [duty, pair, runs, timer, level, stopped, cleared, outcome, told, given]


@pytest.mark.parametrize("break_it", BREAKS)
def test_what_nothing_bears_is_told(break_it: Callable[[dict[str, Any]], None]) -> None:
    data = copy.deepcopy(read("workflow.toml"))
    break_it(data)
    assert list(misspelt(parse_workflow(data, form()), form()))


@pytest.mark.parametrize(
    ("field", "name", "reason"),
    [
        ("verified", "until", "the field verified: 'fild_at' is not a time"),
        ("crew", "within", "the field crew: 'fild_at' is not a role"),
    ],
)
def test_what_a_field_names_is_there(field: str, name: str, reason: str) -> None:
    data = copy.deepcopy(read("form.toml"))
    next(one for one in data["field"] if one["id"] == field)[name] = "fild_at"
    assert list(misspelt(workflow(), parse_form(data))) == [reason]


def test_a_day_of_a_timer_says_how_far_ahead_it_may_lie() -> None:
    """A day that nothing bounds lies beyond the last year that there is."""
    kept = form()
    named = {one.field for one in workflow().timers.values() if one.field}
    fields = {name: replace(kept.fields[name], ahead=0) for name in named}
    bare = replace(kept, fields={**kept.fields, **fields})
    assert named
    assert len(list(misspelt(workflow(), bare))) == len(named)
