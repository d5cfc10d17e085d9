"""An action keeps its letter wherever it stands, and no two of one bar have the same."""

from dataclasses import replace

from hotline.case.letters import letters_of
from hotline.rights.posts import Post
from tests.cities import demo_city

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
    assert {*letters.values()} <= {*"abcdefghilmnopqrstuvwxyz"}
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
    assert len(letters) == 24
    assert len({*letters.values()}) == 24
    assert letters_of(many, []) == {}
