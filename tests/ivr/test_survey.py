"""The survey behind a call: one key, asked once, and nothing is held to who says nothing."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from config.prompts import PROMPTS
from hotline.call import CallEventType as Mark
from hotline.room.plan import NO_SURVEY
from ivr.flows.survey import SurveyTalk, comment_of
from ivr.flows.voice import Voice
from ivr.line import HungUp
from ivr.prompts import open_prompts
from tests.cities import demo_city
from tests.ivr.fakes import FakeLine, FakeOffice, Says, quiet, talk
from tests.ivr.test_reception import Make, came_back, make, prompts

__all__ = ["make", "prompts"]

KEY = "h1-100-0"


@dataclass
class Survey:
    """A talk that is over, and what was asked behind it."""

    line: FakeLine
    office: FakeOffice
    comment: Path

    def said(self) -> list[str]:
        return [one.partition("/")[2] for one in self.line.played]

    def answers(self) -> list[tuple[Mark, str]]:
        return self.office.marks


def asked(tmp_path: Path, line: FakeLine, *, asks: bool = True, off: bool = False) -> Survey:
    """Ask the caller of a line."""
    office = FakeOffice(asks=asks)
    plan = NO_SURVEY if off else demo_city().room.survey
    comment = comment_of(str(tmp_path / f"{KEY}_13800138000"), KEY)
    SurveyTalk(Voice(line, open_prompts(PROMPTS)), office, KEY, plan).ask(comment)
    return Survey(line, office, comment)


def test_a_key_answers_and_is_thanked_for(tmp_path: Path) -> None:
    found = asked(tmp_path, FakeLine(keys={"survey_ask": ["1"]}))
    assert found.said() == ["survey_ask", "survey_thanks"]
    assert found.answers() == [(Mark.SURVEY_ASKED, ""), (Mark.SURVEYED, "satisfied")]


def test_who_says_nothing_is_asked_once_more_in_short_and_has_rated_nothing(
    tmp_path: Path,
) -> None:
    found = asked(tmp_path, FakeLine())
    assert found.said() == ["survey_ask", "survey_short"]
    assert found.answers() == [(Mark.SURVEY_ASKED, "")]


def test_who_hangs_up_in_the_question_has_rated_nothing(tmp_path: Path) -> None:
    line = FakeLine(hang_up_at=("survey_ask", 1))
    office = FakeOffice(asks=True)
    talk_ = SurveyTalk(Voice(line, open_prompts(PROMPTS)), office, KEY, demo_city().room.survey)
    with pytest.raises(HungUp):
        talk_.ask(tmp_path / "x.wav")
    assert office.marks == [(Mark.SURVEY_ASKED, "")]


def test_a_key_that_is_no_grade_answers_nothing(tmp_path: Path) -> None:
    found = asked(tmp_path, FakeLine(keys={"survey_ask": ["7"]}, typed=["7", "2"]))
    assert found.answers()[1:] == [(Mark.SURVEYED, "fair")]


def test_who_is_not_satisfied_may_say_why_and_what_they_say_is_kept(tmp_path: Path) -> None:
    line = FakeLine(keys={"survey_ask": ["3"]}, says=[Says(talk(4))])
    found = asked(tmp_path, line)
    assert found.said() == ["survey_ask", "survey_comment", "beep", "survey_thanks"]
    assert found.answers()[1:] == [(Mark.SURVEYED, "dissatisfied")]
    assert found.comment.is_file()


def test_silence_after_the_tone_is_no_comment(tmp_path: Path) -> None:
    line = FakeLine(keys={"survey_ask": ["3"]}, says=[Says(quiet(4))])
    assert not asked(tmp_path, line).comment.exists()


def test_a_second_key_changes_nothing_and_is_told_so(tmp_path: Path) -> None:
    line = FakeLine(keys={"survey_ask": ["1"], "survey_thanks": ["3"]})
    found = asked(tmp_path, line)
    assert found.said() == ["survey_ask", "survey_thanks", "survey_kept"]
    assert found.answers()[1:] == [(Mark.SURVEYED, "satisfied")]


def test_nobody_is_asked_where_the_office_says_no_or_the_city_asks_nobody(tmp_path: Path) -> None:
    assert asked(tmp_path, FakeLine(), asks=False).said() == []
    off = asked(tmp_path, FakeLine(), off=True)
    assert (off.said(), off.office.log) == ([], [])


def test_a_city_may_have_other_keys(tmp_path: Path) -> None:
    plan = demo_city().room.survey
    swapped = replace(plan, grade=tuple(replace(one, key="8") for one in plan.grade[:1]))
    line, office = FakeLine(keys={"survey_ask": ["8"]}), FakeOffice(asks=True)
    SurveyTalk(Voice(line, open_prompts(PROMPTS)), office, KEY, swapped).ask(tmp_path / "x.wav")
    assert office.marks[-1] == (Mark.SURVEYED, "satisfied")


def test_after_the_talk_the_caller_is_asked_unless_somebody_was_in_danger(make: Make) -> None:
    call = make(FakeLine(keys={"survey_ask": ["2"]}))
    call.office.asks = True
    came_back(call, 30, QUEUESTATUS="CONTINUE", MET="yes")
    assert call.line.played == ["en/survey_ask", "en/survey_thanks", "en/goodbye"]
    danger = make()
    danger.office.asks = True
    came_back(danger, 30, QUEUESTATUS="CONTINUE", MET="yes", QUEUE_PRIO="20")
    assert danger.line.played == ["en/goodbye"]
