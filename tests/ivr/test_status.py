"""How cases stand on the telephone: the caller's own, and one by its number and four digits."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from config.prompts import PROMPTS
from hotline.brief import CaseBrief
from hotline.call import CallEventType as Mark
from ivr.flows.status import StatusTalk
from ivr.flows.voice import Voice
from ivr.prompts import Prompts, open_prompts
from tests.ivr.fakes import NOW, FakeLine, FakeOffice

CASE = CaseBrief("00000018", "handling", NOW, prompt="stage_handling")
OTHER = replace(CASE, number="00000026", stage="reported", prompt="stage_reported")
THIRD = replace(CASE, number="00000034")
NUMBER, TAIL = list("00000018"), list("8000")
Tell = Callable[..., str | None]


@pytest.fixture(scope="module")
def prompts() -> Prompts:
    """Give the real prompts."""
    return open_prompts(PROMPTS)


@pytest.fixture
def tell(prompts: Prompts) -> Tell:
    """Give a function that asks how cases stand, by the key 1."""

    def asked(line: FakeLine, office: FakeOffice, caller: str = "13800138000") -> str | None:
        return StatusTalk(Voice(line, prompts), office, "h1-100-0", caller, "1").tell()

    return asked


def words(line: FakeLine) -> list[str]:
    """Give what was said besides digits and rests."""
    said = [sound.partition("/")[2] for sound in line.played]
    return [word for word in said if not word.startswith("digit_") and word != "pause"]


def test_the_newest_is_told_and_the_same_key_asks_for_the_next_ones(tell: Tell) -> None:
    line = FakeLine(typed=["1", "1"])
    office = FakeOffice(newest=CASE, others=[OTHER, THIRD])
    assert tell(line, office) is None
    assert words(line) == [
        "status_intro", "stage_handling", "menu_next", "status_found", "stage_reported",
        "menu_next", "status_found", "stage_handling",
    ]  # fmt: skip
    assert office.marks == [(Mark.STATUS_TOLD, one.number) for one in (CASE, OTHER, THIRD)]


def test_what_goes_along_is_told_with_the_number_that_it_goes_along_with(tell: Tell) -> None:
    line = FakeLine()
    assert tell(line, FakeOffice(newest=replace(CASE, leader="00000026"))) is None
    assert words(line) == ["status_intro", "status_along", "stage_handling"]
    assert line.digits() == f"{CASE.number}00000026"


def test_another_key_at_the_next_one_is_the_menus(tell: Tell) -> None:
    line = FakeLine(typed=["2"])
    assert tell(line, FakeOffice(newest=CASE, others=[OTHER])) == "2"
    line = FakeLine(keys={"stage_handling": ["9"]})
    office = FakeOffice(newest=CASE, others=[OTHER])
    assert tell(line, office) == "9"
    # What was not heard to its end was not told.
    assert office.marks == []


def test_who_has_no_case_tells_it_by_number_and_four_digits(tell: Tell) -> None:
    line = FakeLine(keys={"status_number": ["0"]}, typed=[*NUMBER[1:], *TAIL])
    office = FakeOffice(known={("00000018", "8000"): CASE})
    assert tell(line, office) is None
    assert words(line) == [
        "no_case", "status_number", "status_tail", "status_found", "stage_handling",
    ]  # fmt: skip
    assert office.marks == [(Mark.STATUS_TOLD, "00000018")]


def test_a_number_that_is_withheld_has_no_cases_of_its_own(tell: Tell) -> None:
    line = FakeLine(typed=["*"])
    assert tell(line, FakeOffice(newest=CASE), caller="") is None
    assert words(line) == ["status_number"]


def test_nothing_typed_is_asked_once_more_in_short_and_then_it_is_over(tell: Tell) -> None:
    line = FakeLine()
    assert tell(line, FakeOffice()) is None
    assert words(line) == ["no_case", "status_number", "status_number_short"]


def test_a_number_may_be_typed_before_it_is_asked_for(tell: Tell) -> None:
    line = FakeLine(keys={"no_case": ["0"]}, typed=[*NUMBER[1:], *TAIL])
    assert tell(line, FakeOffice(known={("00000018", "8000"): CASE})) is None
    assert words(line) == ["no_case", "status_tail", "status_found", "stage_handling"]


@pytest.mark.parametrize("keys", ["2", "00"])
@pytest.mark.parametrize("where", ["no_case", "status_number"])
def test_a_key_alone_or_twice_is_the_menus(tell: Tell, keys: str, where: str) -> None:
    line = FakeLine(keys={where: [keys[0]]}, typed=list(keys[1:]))
    assert tell(line, FakeOffice()) == keys


def test_three_wrong_tries_and_no_more(tell: Tell) -> None:
    line = FakeLine(typed=[*NUMBER, *"1111", *NUMBER, *"2222", *"123#", *TAIL])
    office = FakeOffice(known={("00000018", "8000"): CASE})
    assert tell(line, office) is None
    assert words(line)[-2:] == ["status_wrong", "status_limit"]
    assert words(line).count("status_wrong") == 3
    # What is not whole is not asked for.
    assert office.tries == 9 - 2


def test_the_offices_limit_is_said_plainly(tell: Tell) -> None:
    line = FakeLine(typed=[*NUMBER, *TAIL])
    assert tell(line, FakeOffice(tries=0, known={("00000018", "8000"): CASE})) is None
    assert words(line)[-1] == "status_limit"
    assert "status_found" not in words(line)


def test_what_is_typed_into_the_wrong_is_the_next_number(tell: Tell) -> None:
    line = FakeLine(keys={"status_wrong": ["0"]}, typed=[*NUMBER, *"1111", *NUMBER[1:], *TAIL])
    office = FakeOffice(known={("00000018", "8000"): CASE})
    assert tell(line, office) is None
    assert words(line)[-2:] == ["status_found", "stage_handling"]
    assert words(line).count("status_number") == 1


def test_an_office_that_is_away_is_said_plainly(tell: Tell) -> None:
    line = FakeLine()
    assert tell(line, FakeOffice(up=False)) is None
    assert words(line) == ["status_later"]
