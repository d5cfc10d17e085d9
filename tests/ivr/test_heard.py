"""Prompts and numbers are recognised by their sound, as the telephone network leaves it."""

from pathlib import Path

import numpy as np
import pytest

from config.prompts import PROMPTS
from hotline.number import groups
from ivr.handset.ear import Ear
from ivr.pcm import Samples, from_ulaw, read_wav, to_ulaw
from ivr.prompts import Prompts, PromptsMissing, open_prompts
from tests.ivr.fakes import hiss, joined, quiet, talk


@pytest.fixture(scope="module")
def prompts() -> Prompts:
    """Give the real prompts."""
    return open_prompts(PROMPTS)


def spoken(prompts: Prompts, sounds: list[str]) -> Samples:
    """Give sounds as they arrive: one after the other, through mu-law, over a little noise."""
    whole = joined(*(read_wav(prompts.folder / f"{sound}.wav") for sound in sounds))
    return (from_ulaw(to_ulaw(whole)) + hiss(len(whole) / 8000, 20)[: len(whole)]).astype(np.int16)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("number", ["20260418", "11117793", "95959500"])
def test_a_number_is_heard_with_its_two_groups(
    prompts: Prompts, language: str, number: str
) -> None:
    said = prompts.number(language, groups(number))
    frame = [f"{language}/recorded", *said, f"{language}/again", *said, f"{language}/goodbye"]
    ear, sound = Ear(prompts, language), spoken(prompts, frame)
    assert ear.numbers(sound) == [number, number]
    assert ear.groups(sound) == [*groups(number), *groups(number)]


@pytest.mark.parametrize("cut", ["first", "last"])
def test_half_a_number_is_none(prompts: Prompts, cut: str) -> None:
    said = prompts.number("zh_CN", ("2026", "0418"))
    some = said[2:] if cut == "first" else said[:-2]
    assert Ear(prompts, "zh_CN").numbers(spoken(prompts, some)) == []


def test_no_digit_is_heard_where_none_is_said(prompts: Prompts) -> None:
    others = [f"zh_CN/{key}" for key in ("greeting", "speak", "beep", "trouble", "goodbye")]
    assert Ear(prompts, "zh_CN").digits(spoken(prompts, others)) == []


def test_no_digit_is_heard_in_talk_noise_or_silence(prompts: Prompts) -> None:
    ear = Ear(prompts, "zh_CN")
    for sound in (talk(5), hiss(5), quiet(5), quiet(0)):
        assert ear.digits(sound) == []


def test_a_prompt_is_heard_though_its_last_frames_are_cut_off(prompts: Prompts) -> None:
    sound = spoken(prompts, ["zh_CN/trouble"])
    assert Ear(prompts, "zh_CN").heard(sound[:-400], "trouble")


def test_the_tone_is_heard_where_it_is(prompts: Prompts) -> None:
    sound = spoken(prompts, ["zh_CN/speak", "zh_CN/beep", "zh_CN/pause"])
    (match,) = Ear(prompts, "zh_CN").find(sound, "beep")
    start = len(read_wav(prompts.wav("zh_CN", "speak")))
    assert match.start == pytest.approx(start, abs=80)


def test_a_missing_sound_is_named_before_any_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.fallback.shutil.which", lambda name: None)
    with pytest.raises(PromptsMissing, match=r"no prompts\.toml"):
        open_prompts(tmp_path)
    (tmp_path / "prompts.toml").write_bytes((PROMPTS / "prompts.toml").read_bytes())
    with pytest.raises(PromptsMissing, match="sounds are missing"):
        open_prompts(tmp_path)


def test_what_the_call_says_is_short_enough(prompts: Prompts) -> None:
    for language in ("zh_CN", "en"):
        assert len(read_wav(prompts.wav(language, "greeting"))) <= 6.1 * 8000
        assert len(read_wav(prompts.wav(language, "speak"))) <= 8 * 8000
