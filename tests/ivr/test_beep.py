"""What a seat alone hears of a caller as it answers: what is out of the ordinary, and short."""

import wave
from datetime import UTC, datetime
from itertools import combinations

import pytest

from config.prompts import PROMPTS
from hotline.brief import CaseBrief
from ivr.prompts import open_prompts
from ivr.switch.beep import (
    AGAIN,
    BEEP,
    CASE,
    EMERGENCY,
    LANGUAGE,
    MOST_WORDS,
    told_at_seat,
    words_at_seat,
)

AT = datetime(2026, 11, 23, tzinfo=UTC)
OPEN = CaseBrief("12345670", "handling", AT, prompt="stage_handling")
CLOSED = CaseBrief("12345670", "closed", AT, prompt="stage_closed", is_over=True)
MOST_S = 1.2


@pytest.mark.parametrize(
    ("language", "newest", "is_emergency", "words"),
    [
        ("zh_CN", None, False, ()),
        ("zh_CN", OPEN, False, (CASE,)),
        ("zh_CN", CLOSED, False, (AGAIN,)),
        ("en", CLOSED, False, (LANGUAGE, AGAIN)),
        ("en", OPEN, True, (EMERGENCY, LANGUAGE)),
    ],
)
def test_only_what_is_out_of_the_ordinary_is_told(
    language: str, newest: CaseBrief | None, is_emergency: bool, words: tuple[str, ...]
) -> None:
    prompts = open_prompts(PROMPTS)
    assert words_at_seat(prompts, language, newest, is_emergency=is_emergency) == words


def test_it_is_played_behind_the_beep_in_the_language_of_the_seats() -> None:
    told = told_at_seat(open_prompts(PROMPTS), (LANGUAGE, CASE))
    assert told == "&hotline/zh_CN/seat_language&hotline/zh_CN/seat_case"
    assert told_at_seat(open_prompts(PROMPTS), ()) == ""


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nobody_waits_longer_for_it_than_a_moment(language: str) -> None:
    prompts = open_prompts(PROMPTS, language)

    def seconds(key: str) -> float:
        with wave.open(str(prompts.wav(language, key))) as sound:
            return float(sound.getnframes() / sound.getframerate())

    words = (EMERGENCY, LANGUAGE, CASE, AGAIN)
    longest = max(sum(map(seconds, some)) for some in combinations(words, MOST_WORDS))
    assert seconds(BEEP) <= 0.2
    assert seconds(BEEP) + longest <= MOST_S
