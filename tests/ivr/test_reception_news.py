"""What callers hear of the room while many call: a bulletin whose case they join, an overload."""

from dataclasses import replace

import pytest

from hotline.call import CallEventType as Mark
from ivr.flows.bulletin import OnAir
from tests.ivr.fakes import FakeLine, Says, talk
from tests.ivr.test_reception import WAITS, Call, Make, make, prompts, turn_over

__all__ = ["make", "prompts"]

WATER = OnAir("b1", {"zh_CN": "/spool/bulletin/b1"}, "00000018")


def told_of(call: Call) -> list[tuple[Mark, str]]:
    wanted = (Mark.BULLETIN, Mark.CASE_JOINED)
    return [(mark, value) for mark, value in call.office.marks if mark in wanted]


def test_a_bulletin_is_heard_behind_the_welcome_and_the_caller_waits(make: Make) -> None:
    call = make(on_air=replace(WATER, case=""))
    call.reception.run()
    assert call.line.played == ["zh_CN/welcome", "/spool/bulletin/b1"]
    assert told_of(call) == [(Mark.BULLETIN, "b1")]
    assert call.queued() == WAITS


def test_a_bulletin_without_a_sound_in_the_callers_language_is_heard_in_general(
    make: Make,
) -> None:
    call = make(on_air=replace(WATER, case=""))
    call.office.language = "en"
    call.reception.run()
    assert call.line.played == ["en/welcome", "en/bulletin_stock"]


@pytest.mark.parametrize("when", ["while it plays", "right after"])
def test_who_presses_one_in_the_bulletin_joins_its_case_and_hangs_up_or_waits(
    make: Make, when: str
) -> None:
    if when == "right after":
        line = FakeLine(typed=["1", ""])
    else:
        line = FakeLine(keys={"bulletin_join": ["1"]})
    call = make(line, on_air=WATER)
    call.reception.run()
    said = ["bulletin_join", "bulletin_joined", "menu_human", "digit_0", "goodbye"]
    assert [word.partition("/")[2] for word in call.line.played][-5:] == said
    assert told_of(call) == [(Mark.BULLETIN, "b1"), (Mark.CASE_JOINED, "00000018")]
    assert call.line.over
    call = make(FakeLine(keys={"bulletin_join": ["1"], "bulletin_joined": ["0"]}), on_air=WATER)
    call.reception.run()
    assert call.queued() == WAITS | {"ROOM_CALM": "yes"}


def test_another_key_in_the_bulletin_is_the_menus_and_one_tells_the_state_before_and_later(
    make: Make,
) -> None:
    call = make(FakeLine(keys={"bulletin_join": ["9"]}), on_air=WATER)
    call.reception.run()
    assert call.queued()["ROOM_SPEAKS"] == "en"
    call = make(FakeLine(keys={"welcome": ["1"], "no_case": ["0"]}), on_air=WATER)
    call.reception.run()
    assert call.line.played == ["zh_CN/welcome", "zh_CN/no_case"]
    assert told_of(call) == []


def test_a_bulletin_is_heard_once_more_at_the_first_announcement_and_a_new_one_later(
    make: Make,
) -> None:
    call = make(on_air=WATER)
    turn_over(call, 20)
    assert told_of(call) == [(Mark.BULLETIN, "b1")]
    assert call.line.variables["ROOM_TOLD"] == "b1"
    # It took its time: the place is asked for.
    assert call.asked
    for on_air, times in ((WATER, 0), (replace(WATER, id="b2"), 1), (None, 0)):
        call = make(on_air=on_air)
        turn_over(call, 65, ROOM_TOLD="b1")
        assert len(told_of(call)) == times


def test_an_overloaded_room_says_that_it_takes_long_and_which_key_takes_the_words(
    make: Make,
) -> None:
    call = make(is_overloaded=True)
    call.reception.run()
    said = ["welcome", "overloaded", "menu_report", "digit_2"]
    assert call.line.played == [f"zh_CN/{word}" for word in said]
    call = make(FakeLine(says=[Says(talk(4))], keys={"overloaded": ["2"]}), is_overloaded=True)
    turn_over(call, 20)
    assert len(call.office.reports) == 1
    call = make(is_overloaded=True, on_air=WATER)
    call.reception.run()
    assert call.line.heard("overloaded") == 0


def test_a_bulletin_is_heard_where_nobody_sits_and_its_case_is_joined_there(make: Make) -> None:
    call = make(FakeLine(says=[Says(talk(4))]), seats=0, on_air=WATER)
    call.reception.run()
    assert call.line.played[:4] == [
        "zh_CN/greeting", "/spool/bulletin/b1", "zh_CN/pause", "zh_CN/bulletin_join",
    ]  # fmt: skip
    assert len(call.office.reports) == 1
    call = make(FakeLine(keys={"bulletin_join": ["1"]}), seats=0, on_air=WATER)
    call.reception.run()
    # Nobody is offered who is not there.
    assert [word.partition("/")[2] for word in call.line.played][-2:] == [
        "bulletin_joined", "goodbye",
    ]  # fmt: skip
    assert (call.line.over, call.office.reports) == (True, [])
