"""A missing prompt is spoken by a robot, loudly in the log, or the phone refuses to start."""

import io
import logging
import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

from config.prompts import PROMPTS, Prompt, SpokenSentence, load_prompts
from ivr.fallback import by_espeak, samples_of, speak_instead

GREETING = load_prompts(PROMPTS)["zh_CN"]["greeting"]
BEEP = load_prompts(PROMPTS)["zh_CN"]["beep"]


def robot(sentence: str, language: str) -> bytes:
    """A second of a tone at 22050 Hz, as espeak-ng writes it to a pipe: with no length."""
    steps = np.arange(22050) / 22050
    data = io.BytesIO()
    with wave.open(data, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(22050)
        out.writeframes((9000 * np.sin(2 * np.pi * 440 * steps)).astype("<i2").tobytes())
    header = bytearray(data.getvalue())
    header[4:8] = header[40:44] = (0x7FFFF000).to_bytes(4, "little")
    return bytes(header)


def test_a_missing_prompt_is_spoken_at_8_khz_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert speak_instead(tmp_path, GREETING, robot)
    with wave.open(str(tmp_path / GREETING.file)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8000, 1, 2)
        assert sound.getnframes() == pytest.approx(2.2 * 8000, abs=10)
    assert "zh_CN/greeting.wav is missing" in caplog.text


def test_a_missing_tone_needs_no_robot(tmp_path: Path) -> None:
    def nobody(sentence: str, language: str) -> bytes:
        raise FileNotFoundError

    assert speak_instead(tmp_path, BEEP, nobody)
    assert not speak_instead(tmp_path, GREETING, nobody)


def test_what_is_no_sound_is_not_written(tmp_path: Path) -> None:
    assert not speak_instead(tmp_path, GREETING, lambda sentence, language: b"not a wav")
    assert not (tmp_path / GREETING.file).exists()


def test_each_sentence_is_given_its_own_voice(tmp_path: Path) -> None:
    asked: list[tuple[str, str]] = []

    def note(sentence: str, language: str) -> bytes:
        asked.append((sentence, language))
        return robot(sentence, language)

    speak_instead(tmp_path, GREETING, note)
    assert [language for _, language in asked] == ["zh_CN", "en"]
    assert asked[1][0].startswith("English")


def test_a_sound_keeps_its_length_at_8_khz() -> None:
    assert len(samples_of(robot("", "en"))) == 8000


def test_without_espeak_there_is_nobody_to_speak(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(FileNotFoundError):
        by_espeak("好", "zh_CN")


def test_a_prompt_of_one_sentence_has_no_pause_at_its_end(tmp_path: Path) -> None:
    one = SpokenSentence("phone.again", "zh_CN", "", 1.0)
    prompt = Prompt("again", "zh_CN", (one,), 0, 0.0, 8.0, trim=False)
    speak_instead(tmp_path, prompt, robot)
    with wave.open(str(tmp_path / prompt.file)) as sound:
        assert sound.getnframes() == 8000
