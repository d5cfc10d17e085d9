"""Rows that put two powers into one hand are told before publication, whatever their duty."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from hotline.case.duties import AUDITS, HANDLES
from hotline.case.powers import given_together
from hotline.case.workflow_data import parse_workflow
from tests.cities import form, read, workflow

Data = dict[str, Any]


def row(data: Data, action: str) -> Data:
    """The first row of an action."""
    found: Data = next(one for one in data["move"] if one["action"] == action)
    return found


def duty_of(data: Data, action: str, duty: str) -> None:
    """Let an action be another duty, or none."""
    next(one for one in data["action"] if one["id"] == action)["duty"] = duty


def handler_ends(data: Data) -> None:
    row(data, "report_done")["to"] = "closed"


def handler_leads_back(data: Data) -> None:
    back: Data = {"action": "report_done", "from": ["reopened"], "back": True}
    data["move"].append({**back, "permission": "case.handle"})


def ends_without_duty(data: Data) -> None:
    duty_of(data, "close", "")


def who_asked_agrees(data: Data) -> None:
    row(data, "agree_force")["guards"] = []


def grants_by_another_name(data: Data) -> None:
    duty_of(data, "approve_suspend", AUDITS)


def grants_as_handler(data: Data) -> None:
    duty_of(data, "refuse_extension", HANDLES)


def test_nothing_of_the_demo_puts_two_powers_into_one_hand() -> None:
    assert list(given_together(workflow())) == []


@pytest.mark.parametrize(
    "break_it",
    [
        handler_ends, handler_leads_back, ends_without_duty,
        who_asked_agrees, grants_by_another_name, grants_as_handler,
    ],
)  # fmt: skip
def test_a_row_that_does_is_told(break_it: Callable[[Data], None]) -> None:
    data = copy.deepcopy(read("workflow.toml"))
    break_it(data)
    assert list(given_together(parse_workflow(data, form())))
