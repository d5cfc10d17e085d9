"""A call that is tried: what is heard under which conditions, and where the call is then."""

import io
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from config.prompts import PROMPTS
from config.settings import ROOT
from hotline.brief import CaseBrief
from hotline.errors import Invalid
from hotline.room.nuisance import NuisanceLevel
from hotline.room.trying import Trial, TrialBulletin, TrialEnd, TrialHeard, TrialMark, TrialQueue
from hotline.wire import decode, encode
from ivr.trying import Trying, main
from tests.cities import demo_city

AT = datetime(2026, 11, 27, 2, tzinfo=UTC)
PLAN = demo_city().room
CASE = CaseBrief("00000018", "handling", AT, prompt="stage_handling")
QUEUES = (TrialQueue("general", 1, 2),)


def heard(*pressed: str, **more: Any) -> TrialHeard:
    """Try a call at a room with one seat and two who wait."""
    more = {"queues": QUEUES, **more}
    return Trying(Trial(more.pop("plan", PLAN), AT, pressed=pressed, **more)).heard()


def words(told: TrialHeard) -> list[str]:
    return [one.prompt for one in told.said if not one.prompt.startswith("digit_")]


def test_who_does_nothing_hears_the_greeting_and_waits_at_a_place() -> None:
    told = heard()
    assert words(told) == ["welcome", "queue_place", "count_3", "queue_place_end"]
    assert [one.by_queue for one in told.said] == [False, True, True, True]
    assert (told.ends, told.skill, told.place, told.longest_s) == (
        TrialEnd.QUEUE, "general", 3, 600,
    )  # fmt: skip
    assert told.keys == "12309"
    welcome = told.said[0]
    assert welcome.text.startswith("城市服务热线")
    assert (PROMPTS / welcome.sound).is_file()


def test_time_that_passes_is_heard_and_taken_from_the_longest_wait() -> None:
    told = heard("nothing", "nothing", "nothing")
    # The first nothing is that no key interrupts the greeting; then a first and a second turn.
    assert words(told).count("queue_place") == 3
    assert told.longest_s == 600 - 20 - 45
    told = heard("too_long")
    assert (told.ends, words(told)[-3:]) == (TrialEnd.REPORT, ["room_busy", "speak", "beep"])


def test_a_person_answers_and_the_call_is_over() -> None:
    told = heard("person")
    assert (told.ends, words(told)[-1]) == (TrialEnd.OVER, "goodbye")


def test_keys_are_done_where_they_are_pressed() -> None:
    told = heard("1", "9", cases=(CASE,))
    assert told.said[0].pressed == "1"
    assert (told.said[-1].language, told.skill) == ("en", "general")
    assert TrialMark("language", "en") in told.marks
    told = heard("1", queues=(*QUEUES, TrialQueue("english", 1)), language="en", cases=(CASE,))
    assert "stage_handling" in words(told)
    assert (told.skill, told.place) == ("english", 1)


def test_a_number_is_asked_for_until_it_is_whole() -> None:
    told = heard("1", withheld=True, cases=(CASE,))
    assert (told.ends, words(told)[-1]) == (TrialEnd.ASKS, "status_number")
    told = heard("1", *"000", withheld=True, cases=(CASE,))
    assert told.ends is TrialEnd.ASKS
    told = heard("1", *"00000018", *"8000", withheld=True, cases=(CASE,))
    assert words(told)[2:5] == ["status_tail", "status_found", "stage_handling"]
    assert (told.ends, told.said[2].pressed) == (TrialEnd.QUEUE, "8 0 0 0")


def test_nothing_pressed_is_asked_in_short_and_then_a_person_is_waited_for() -> None:
    told = heard("1", "nothing", "nothing", withheld=True)
    assert words(told)[1:4] == ["status_number", "status_number_short", "room_back"]
    assert told.ends is TrialEnd.QUEUE


def test_words_are_a_report_with_a_number() -> None:
    told = heard("2")
    assert (told.ends, words(told)[-1]) == (TrialEnd.REPORT, "beep")
    assert "#" in told.keys
    told = heard("2", "words")
    assert (told.ends, words(told)[-1]) == (TrialEnd.OVER, "goodbye")
    assert len(told.number) == 8


def test_the_closed_hours_and_a_room_without_seats_take_the_words() -> None:
    for told in (heard(plan=replace(PLAN, hours=())), heard(queues=())):
        assert words(told) == ["greeting", "speak", "beep"]
        assert told.ends is TrialEnd.REPORT


def test_who_is_in_danger_is_first_also_where_the_number_is_refused() -> None:
    for nuisance in (None, NuisanceLevel.SLOW, NuisanceLevel.REFUSE):
        told = heard("0", "0", nuisance=nuisance)
        assert (told.ends, told.place) == (TrialEnd.QUEUE, 1)
        assert TrialMark("emergency", "0") in told.marks
    told = heard(nuisance=NuisanceLevel.REFUSE)
    assert (told.ends, words(told)) == (TrialEnd.OVER, ["refused"])


def test_a_bulletin_is_heard_in_its_words_and_joined() -> None:
    bulletin = TrialBulletin("海曙区停水。", case="00000018")
    told = heard(bulletin=bulletin)
    assert told.said[1].text == "海曙区停水。"
    assert told.ends is TrialEnd.QUEUE
    told = heard("nothing", "1", "nothing", bulletin=bulletin)
    assert TrialMark("case_joined", "00000018") in told.marks
    assert (told.ends, words(told)[-1]) == (TrialEnd.OVER, "goodbye")
    assert "bulletin_stock" in words(heard(bulletin=bulletin, language="en"))


def test_an_overloaded_room_says_so() -> None:
    assert "overloaded" in words(heard(overloaded=True))


def test_it_is_read_and_written_as_json_without_settings_or_a_backend() -> None:
    trial = Trial(PLAN, AT, queues=QUEUES, pressed=("2", "words"))
    written: list[str] = []
    main(io.StringIO(encode(trial).decode()), written.append)
    assert decode("".join(written), TrialHeard) == Trying(trial).heard()
    told = subprocess.run(
        [sys.executable, "-m", "ivr", "--try"], input=encode(trial), capture_output=True,
        check=True, cwd="/", env={"PYTHONPATH": str(ROOT)}, timeout=60,
    )  # fmt: skip
    assert decode(told.stdout, TrialHeard) == Trying(trial).heard()


@pytest.mark.parametrize("pressed", ["12", "", "hang up"])
def test_what_nobody_can_press_is_refused(pressed: str) -> None:
    body = encode({"plan": PLAN, "at": AT, "pressed": [pressed]})
    with pytest.raises(Invalid, match="pressed"):
        decode(body, Trial)


def test_a_long_wait_is_left_by_the_key_for_being_rung_back() -> None:
    told = heard("nothing", "nothing", "3", "1", "#", queues=(TrialQueue("general", 1, 4, 300),))
    said = [one.prompt for one in told.said]
    assert "menu_call_back" in said
    assert said[-1] == "call_back_kept"
    assert (told.ends, told.marks[-1].mark) == (TrialEnd.OVER, "call_back")
