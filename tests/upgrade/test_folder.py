"""The folder of 0.1.0 is the same one each time, with a case in every stage of its workflow."""

from datetime import UTC, datetime

from tests.upgrade.folder import make_history
from tests.upgrade.walk import RULES

STOPPED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_the_same_time_gives_the_same_folder() -> None:
    first, again = make_history(STOPPED), make_history(STOPPED)
    assert first.tables == again.tables
    assert first.files == again.files


def test_every_stage_and_every_move_of_then_is_in_it() -> None:
    tables = make_history(STOPPED).tables
    assert {case["stage"] for case in tables["cases"]} == set(RULES["stages"])
    made = {step["action"] for step in tables["step"]}
    assert made >= {move["action"] for move in RULES["move"]}
    states = {notice["state"] for notice in tables["notice"]}
    assert states == {"waiting", "leased", "sent", "failed", "dropped"}
