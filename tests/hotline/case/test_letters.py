"""An action keeps its letter wherever it stands, and no two of one bar have the same."""

import copy
from dataclasses import replace

import pytest

from hotline.case.letters import letters_of
from hotline.case.workflow import CONSOLE_KEYS
from hotline.case.workflow_data import parse_workflow
from hotline.errors import Invalid
from hotline.rights.posts import Post
from tests.cities import demo_city, read

WORKFLOW = demo_city().workflow
POSTS = list(demo_city().organisation.posts.values())


def test_no_two_actions_that_a_post_may_find_beside_each_other_share_a_letter() -> None:
    letters = letters_of(WORKFLOW, POSTS)
    for stage in WORKFLOW.stages:
        for post in POSTS:
            moves = [
                one.action
                for one in WORKFLOW.moves_from(stage)
                if one.permission in post.permissions
            ]
            shown = [letters[one] for one in dict.fromkeys(moves)]
            assert len(set(shown)) == len(shown), (stage, post.id, shown)


def test_letters_are_of_the_alphabet_and_leave_those_that_move_through_lists() -> None:
    letters = letters_of(WORKFLOW, POSTS)
    assert {*letters.values()} <= {*"abcdefghilmnopqrstuvwy"}
    assert letters["accept"] == "a"
    assert letters["dispatch"] == "d"
    # After a case is accepted, the letter of that opens no other form.
    asked = [one.action for one in WORKFLOW.moves_from("handling") if one.action != "accept"]
    assert "a" not in {letters.get(one) for one in asked}


def test_where_all_letters_are_gone_an_action_has_none() -> None:
    labels = {f"a{n}": replace(WORKFLOW.actions["note"], id=f"a{n}") for n in range(30)}
    move = next(one for one in WORKFLOW.moves if one.action == "note")
    moves = tuple(replace(move, action=one) for one in labels)
    many = replace(WORKFLOW, actions=labels, moves=moves)
    letters = letters_of(many, [Post("all", "", "", frozenset({move.permission}))])
    assert len(letters) == 22
    assert len({*letters.values()}) == 22
    assert letters_of(many, []) == {}


def test_an_action_has_the_key_of_its_row_wherever_nobody_beside_it_has_the_same() -> None:
    letters = letters_of(WORKFLOW, POSTS)
    keyed = {one.id: one.key for one in WORKFLOW.actions.values() if one.key}
    assert len(keyed) > 20
    assert {one: letters[one] for one in keyed} == keyed
    # Of two beside each other that wish for the same, the earlier one has it.
    wishes = {
        name: replace(one, key="q") if name in ("dispatch", "send_down") else one
        for name, one in WORKFLOW.actions.items()
    }
    found = letters_of(replace(WORKFLOW, actions=wishes), POSTS)
    assert found["dispatch"] == "q"
    assert found["send_down"] != "q"


@pytest.mark.parametrize("key", [*sorted(CONSOLE_KEYS), "A", "ab", "é", "1", " "])
def test_a_key_that_no_action_may_have_is_refused_by_its_name(key: str) -> None:
    data = copy.deepcopy(read("workflow.toml"))
    next(one for one in data["action"] if one["id"] == "note")["key"] = key
    with pytest.raises(Invalid, match=r"workflow\.action\.note.*key"):
        parse_workflow(data, demo_city().form)
