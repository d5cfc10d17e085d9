"""The hotline's call: what is said, which keys count, and what becomes a report."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from config.prompts import PROMPTS
from hotline.brief import CaseBrief
from hotline.call import CallEventType
from ivr.flows.intake import MAX_KEYS, Incoming, Intake
from ivr.line import WORDS_VARIABLE, End
from ivr.pcm import Samples
from ivr.prompts import Prompts, open_prompts
from tests.ivr.fakes import (
    NOW,
    FakeLine,
    FakeOffice,
    Says,
    fixed_clock,
    hiss,
    joined,
    keep_wav,
    quiet,
    talk,
)

PlaceCall = Callable[[FakeLine, FakeOffice], None]


class GoOn(Protocol):
    """Goes on with a call; `number` is the one that was promised."""

    def __call__(self, line: FakeLine, office: FakeOffice, number: str = "") -> None: ...


@pytest.fixture(scope="module")
def prompts() -> Prompts:
    """Give the real prompts."""
    return open_prompts(PROMPTS)


@pytest.fixture
def place_call(tmp_path: Path, prompts: Prompts) -> PlaceCall:
    """Give a function that runs one call."""

    def run(line: FakeLine, office: FakeOffice) -> None:
        call = Incoming("h1-100-0", "13800138000", str(tmp_path / "h1-100-0_13800138000"), "12345")
        Intake(line, call, office, prompts, fixed_clock()).run()

    return run


def brief(stage: str) -> CaseBrief:
    return CaseBrief("20260418", stage, NOW, prompt=f"stage_{stage}")


def test_d8_a_stage_without_words_of_its_own_is_still_a_case(place_call: PlaceCall) -> None:
    line = FakeLine(keys={"greeting": ["1"]}, says=[Says(talk(4))])
    place_call(line, FakeOffice(newest=brief("a_stage_that_nobody_recorded")))
    assert line.heard("no_case") == 0
    assert line.heard("status_intro") == line.heard("stage_other") == 1


def test_a_spoken_report_gets_a_number_that_is_read_twice(place_call: PlaceCall) -> None:
    line, office = FakeLine(says=[Says(talk(4))]), FakeOffice()
    place_call(line, office)
    assert line.digits() == "2026041820260418"
    assert office.reports[0].number == "20260418"
    assert office.reports[0].seconds_of_speech > 3
    assert Path(office.reports[0].recording).is_file()
    assert line.over


def test_the_number_is_read_in_two_groups_of_four(place_call: PlaceCall) -> None:
    line = FakeLine(says=[Says(talk(4))])
    place_call(line, FakeOffice())
    first = line.played.index("zh_CN/recorded") + 1
    assert line.played[first + 4] == "zh_CN/pause"


def test_the_call_is_on_record_before_a_word_and_the_report_before_its_number(
    place_call: PlaceCall,
) -> None:
    line, office = FakeLine(says=[Says(talk(4))]), FakeOffice()
    place_call(line, office)
    assert office.log == ["ring", "kept", "end"]
    marks = [mark for mark, _ in office.marks]
    assert marks == [CallEventType.ANSWERED, CallEventType.RECORDED, CallEventType.NUMBER_SAID]


def test_silence_after_the_words_ends_the_report_like_the_key(place_call: PlaceCall) -> None:
    line, office = FakeLine(says=[Says(joined(talk(3), quiet(4)), End.SILENCE)]), FakeOffice()
    place_call(line, office)
    assert office.reports[0].number == "20260418"


def test_key_one_tells_the_stage_of_the_newest_case_and_asks_again(place_call: PlaceCall) -> None:
    line = FakeLine(says=[Says(talk(4))], keys={"greeting": ["1"]})
    office = FakeOffice(newest=brief("handling"))
    place_call(line, office)
    assert line.heard("stage_handling") == 1
    assert line.heard("speak") == 1
    assert line.digits().startswith("20260418")
    assert len(office.reports) == 1


def test_key_one_without_a_case_says_so(place_call: PlaceCall) -> None:
    line = FakeLine(says=[Says(talk(4))], keys={"speak": ["1"]})
    place_call(line, FakeOffice())
    assert line.heard("no_case") == 1


def test_key_one_while_the_backend_is_away_says_so(place_call: PlaceCall) -> None:
    line = FakeLine(says=[Says(talk(4))], keys={"greeting": ["1"]})
    place_call(line, FakeOffice(up=False))
    assert line.heard("status_later") == 1
    assert line.heard("recorded") == 1


@pytest.mark.parametrize("stage", [
    "reported", "verifying", "to_dispatch", "handling", "to_check", "checking",
    "to_close", "closed", "declined", "void",
])  # fmt: skip
def test_every_stage_can_be_told(place_call: PlaceCall, stage: str) -> None:
    line = FakeLine(says=[Says(talk(4))], keys={"greeting": ["1"]})
    place_call(line, FakeOffice(newest=brief(stage)))
    assert line.heard(f"stage_{stage}") == 1


def test_key_nine_turns_to_english_and_is_remembered(place_call: PlaceCall) -> None:
    line, office = FakeLine(says=[Says(talk(4))], keys={"greeting": ["9"]}), FakeOffice()
    place_call(line, office)
    assert "en/speak" in line.played
    assert "en/recorded" in line.played
    assert (CallEventType.LANGUAGE, "en") in office.marks
    assert office.reports[0].language == "en"


def test_a_number_that_chose_english_before_is_greeted_in_it(place_call: PlaceCall) -> None:
    line = FakeLine(says=[Says(talk(4))])
    place_call(line, FakeOffice(language="en"))
    assert line.played[0] == "en/greeting"


def test_a_language_without_prompts_falls_back_to_the_citys(place_call: PlaceCall) -> None:
    line = FakeLine(says=[Says(talk(4))])
    place_call(line, FakeOffice(language="fr"))
    assert line.played[0] == "zh_CN/greeting"


def test_a_menu_key_pressed_after_the_tone_still_counts(place_call: PlaceCall) -> None:
    line = FakeLine(says=[Says(quiet(1), key="9"), Says(talk(4))])
    office = FakeOffice()
    place_call(line, office)
    assert "en/speak" in line.played
    assert len(office.reports) == 1


def test_a_menu_key_after_words_ends_the_report_and_loses_nothing(place_call: PlaceCall) -> None:
    line, office = FakeLine(says=[Says(talk(4), key="1")]), FakeOffice()
    place_call(line, office)
    assert len(office.reports) == 1


def test_silence_is_asked_once_more_and_then_said_goodbye_to(
    place_call: PlaceCall, tmp_path: Path
) -> None:
    silent = Says(quiet(4), End.SILENCE)
    line, office = FakeLine(says=[silent, silent]), FakeOffice()
    place_call(line, office)
    assert line.heard("too_short") == 1
    assert line.heard("goodbye") == 1
    assert office.reports == []
    assert list(tmp_path.glob("*.wav")) == []


def test_noise_is_not_a_report(place_call: PlaceCall) -> None:
    noise = Says(hiss(20), End.TIMEOUT)
    line, office = FakeLine(says=[noise, noise]), FakeOffice()
    place_call(line, office)
    assert office.reports == []


def test_the_second_try_may_be_a_report(place_call: PlaceCall) -> None:
    line, office = FakeLine(says=[Says(quiet(4), End.SILENCE), Says(talk(4))]), FakeOffice()
    place_call(line, office)
    assert office.reports[0].recording.endswith("-2.wav")
    assert line.heard("speak") == 1


def test_hanging_up_after_three_seconds_of_speech_makes_a_report(place_call: PlaceCall) -> None:
    line, office = FakeLine(says=[Says(talk(3), End.HANGUP)]), FakeOffice()
    place_call(line, office)
    assert len(office.reports) == 1
    assert CallEventType.NUMBER_SAID not in [mark for mark, _ in office.marks]


@pytest.mark.parametrize("samples", [talk(1), quiet(30), hiss(30)])
def test_hanging_up_without_speech_makes_none(
    place_call: PlaceCall, samples: Samples, tmp_path: Path
) -> None:
    line, office = FakeLine(says=[Says(samples, End.HANGUP)]), FakeOffice()
    place_call(line, office)
    assert office.reports == []
    assert list(tmp_path.glob("*.wav")) == []


@pytest.mark.parametrize("prompt", ["greeting", "speak", "beep", "recorded", "again", "goodbye"])
def test_a_hang_up_at_any_prompt_ends_the_record_of_the_call(
    place_call: PlaceCall, prompt: str
) -> None:
    line, office = FakeLine(says=[Says(talk(4))], hang_up_at=(prompt, 1)), FakeOffice()
    place_call(line, office)
    assert office.log[-1] == "end"
    assert len(office.reports) == (prompt in ("recorded", "again", "goodbye"))


def test_without_a_number_left_the_words_are_kept_all_the_same(place_call: PlaceCall) -> None:
    line, office = FakeLine(says=[Says(talk(4))]), FakeOffice(numbers=[])
    place_call(line, office)
    assert office.reports[0].number is None
    assert line.heard("trouble") == 1
    assert line.digits() == ""


def test_keys_without_end_end_the_call(place_call: PlaceCall) -> None:
    line = FakeLine(keys={"greeting": ["1"], "speak": ["1"] * 99})
    office = FakeOffice()
    place_call(line, office)
    assert line.heard("no_case") == MAX_KEYS
    assert line.over


def test_a_line_that_fails_still_ends_the_record(place_call: PlaceCall) -> None:
    line, office = FakeLine(says=[]), FakeOffice()
    with pytest.raises(IndexError):
        place_call(line, office)
    assert office.log[-1] == "end"


# --- a call that an earlier connector could not end


@pytest.fixture
def go_on(tmp_path: Path, prompts: Prompts) -> GoOn:
    """Give a function that goes on with a call after its words."""

    def run(line: FakeLine, office: FakeOffice, number: str = "") -> None:
        call = Incoming("h1-100-0", "13800138000", str(tmp_path / "h1-100-0_13800138000"), "12345")
        Intake(line, call, office, prompts, fixed_clock()).finish(number)

    return run


def test_words_that_were_recorded_alone_get_their_number(go_on: GoOn, tmp_path: Path) -> None:
    keep_wav(tmp_path / "h1-100-0_13800138000.wav", talk(4))
    line, office = FakeLine(), FakeOffice()
    go_on(line, office)
    assert line.digits() == "2026041820260418"
    assert office.log == ["ring", "kept", "end"]


def test_a_number_that_was_promised_is_said_again_and_no_other(go_on: GoOn, tmp_path: Path) -> None:
    keep_wav(tmp_path / "h1-100-0_13800138000.wav", talk(4))
    line, office = FakeLine(), FakeOffice(numbers=["11111111"])
    go_on(line, office, "20260418")
    assert line.digits() == "2026041820260418"
    assert office.reports == []
    assert office.numbers == ["11111111"]


def test_a_report_that_was_kept_but_not_promised_keeps_its_number(
    go_on: GoOn, place_call: PlaceCall, tmp_path: Path
) -> None:
    office = FakeOffice(numbers=["20260418", "11111111"])
    place_call(FakeLine(says=[Says(talk(4))], hang_up_at=("recorded", 1)), office)
    line = FakeLine()
    go_on(line, office)
    assert line.digits() == "2026041820260418"
    assert len(office.reports) == 1


def test_the_exchange_knows_the_number_before_it_is_said(place_call: PlaceCall) -> None:
    line = FakeLine(says=[Says(talk(4))], hang_up_at=("recorded", 1))
    place_call(line, FakeOffice())
    assert line.variables == {"NUMBER": "20260418"}


def test_a_report_that_was_brought_meanwhile_is_told_by_its_number(go_on: GoOn) -> None:
    line, office = FakeLine(), FakeOffice(newest=replace(brief("reported"), call="h1-100-0"))
    go_on(line, office)
    assert line.digits() == "2026041820260418"
    assert office.reports == []


def test_the_number_of_another_call_is_not_told(go_on: GoOn) -> None:
    line, office = FakeLine(), FakeOffice(newest=replace(brief("reported"), call="h1-99-0"))
    go_on(line, office)
    assert line.digits() == ""
    assert line.heard("goodbye") == 1


@pytest.mark.parametrize("samples", [None, quiet(4), hiss(4)])
def test_without_words_the_caller_is_said_goodbye_to(
    go_on: GoOn, tmp_path: Path, samples: Samples | None
) -> None:
    if samples is not None:
        keep_wav(tmp_path / "h1-100-0_13800138000.wav", samples)
    line, office = FakeLine(), FakeOffice()
    go_on(line, office)
    assert line.heard("goodbye") == 1
    assert office.reports == []


def test_of_two_tries_the_one_with_words_is_the_report(go_on: GoOn, tmp_path: Path) -> None:
    keep_wav(tmp_path / "h1-100-0_13800138000.wav", quiet(4))
    second = keep_wav(tmp_path / "h1-100-0_13800138000-2.wav", talk(4))
    office = FakeOffice()
    go_on(FakeLine(), office)
    assert office.reports[0].recording == str(second)


def test_from_the_tone_on_the_exchange_would_go_on_with_the_words(place_call: PlaceCall) -> None:
    """A connector killed between tone and recording: who hung up after their words was lost."""
    line = FakeLine(says=[Says(talk(4))], hang_up_at=("beep", 1))
    place_call(line, FakeOffice())
    assert line.variables[WORDS_VARIABLE].endswith("_13800138000")
