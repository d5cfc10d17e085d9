"""The play of the demo city is data, of moves that its workflow has."""

from pathlib import Path
from typing import Any

import pytest

from backend.demo.play import PLAY, PlayTurn, read_play
from hotline.errors import Invalid
from tests.cities import FOLDER, workflow

TURN = PlayTurn("reported", "ask_verify", "看", "Look", {"verified": ""}, understood=True)


def case(**given: Any) -> dict[str, Any]:
    """A case as the console shows it."""
    suggestions = [{"code": "01001"}]
    return {"stage": "reported", "matter": None, "suggestions": suggestions, "fields": {}} | given


def test_the_shipped_play_names_who_may_make_its_moves() -> None:
    turns = read_play(FOLDER, workflow())
    assert {turn.permission for turn in turns} == {"case.accept", "case.inspect", "case.dispatch"}
    assert all(turn.note and turn.note_en for turn in turns)


def test_a_turn_fits_where_stage_fields_and_class_do() -> None:
    assert TURN.fits(case())
    assert TURN.fits(case(matter="01001", suggestions=[]))
    assert not TURN.fits(case(suggestions=[]))
    assert not TURN.fits(case(stage="verifying"))
    assert not TURN.fits(case(fields={"verified": "true"}))
    assert TURN.fits(case(fields={"verified": None}))


def test_a_city_without_a_play_has_no_turns(tmp_path: Path) -> None:
    assert read_play(tmp_path, workflow()) == []


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        ('stage = "reported"\naction = "accept"', "there is no 'accept' in 'reported'"),
        ('stage = "nowhere"\naction = "file"', "there is no 'file' in 'nowhere'"),
        ('stage = "reported"', "action"),
    ],
)
def test_a_turn_that_is_no_move_is_named(tmp_path: Path, turn: str, message: str) -> None:
    (tmp_path / PLAY).write_text(f'[[turn]]\n{turn}\nnote = ""\nnote_en = ""\n', "utf-8")
    with pytest.raises(Invalid, match=message):
        read_play(tmp_path, workflow())
