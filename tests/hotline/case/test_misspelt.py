"""A typo in a workflow that would switch something off is told before it is published."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from hotline.case.misspelt import misspelt
from hotline.case.workflow_data import parse_workflow
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


def limit(data: dict[str, Any]) -> None:
    next(
        one
        for move in data["move"]
        for one in move.get("effects", ())
        if one["do"] == "start" and one.get("limit")
    )["limit"] = "4hw"


def stopped(data: dict[str, Any]) -> None:
    effect(data, "stop")["clock"] = "sfae"


@pytest.mark.parametrize("break_it", [duty, pair, runs, timer, level, limit, stopped])
def test_what_nothing_bears_is_told(break_it: Callable[[dict[str, Any]], None]) -> None:
    data = copy.deepcopy(read("workflow.toml"))
    break_it(data)
    assert list(misspelt(parse_workflow(data, form()), form()))
