"""A workflow as 0.1.0 kept it says the same as the one of today where both know a move."""

import tomllib
from pathlib import Path

from hotline.case.guards import OtherOrganisation
from hotline.case.workflow import Workflow
from hotline.case.workflow_data import parse_workflow
from tests.cities import form, workflow

FIRST = Path(__file__).parent.parent.parent / "upgrade" / "workflow.toml"


# What a department gave back was dispatched anew without anybody's agreement, and there was one
# centre only, and no case led others.
OTHERWISE = {"send_back", "dispatch", "void"}


def first() -> Workflow:
    """The workflow of 0.1.0."""
    return parse_workflow(tomllib.loads(FIRST.read_text("utf-8")), form())


def test_its_moves_may_be_made_by_who_makes_them_today() -> None:
    for move in first().moves:
        for stage in move.source:
            if move.action in OTHERWISE:
                continue
            today = workflow().find(move.action, stage)
            assert today is not None
            assert move.permission == today.permission
            assert (move.to, move.role) == (today.to, today.role)
            guards = [one for one in map(type, today.guards) if one is not OtherOrganisation]
            assert [*map(type, move.guards)] == guards


def test_the_limit_of_the_class_runs_where_it_runs_today() -> None:
    timed = {one.id for one in first().stages.values() if one.clock}
    assert timed == {one.id for one in workflow().stages.values() if one.clock}
    assert first().ends == workflow().ends & set(first().stages)
