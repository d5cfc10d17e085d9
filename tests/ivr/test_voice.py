"""Fault 11: whether somebody speaks at all, told by the voice detector beside the model."""

import numpy as np
import pytest

from config.settings import ROOT
from ivr.speech import MIN_SPEECH
from ivr.whisper import voiced
from tests import sounds

pytestmark = pytest.mark.slow

SAMPLES = sorted((ROOT / "config" / "asterisk" / "samples").glob("*.wav"))


def heard(sound: sounds.WaveShape) -> float:
    """For how long somebody speaks, at the rate of the model."""
    return voiced(np.repeat(sound.astype(np.float32) / 32768.0, 2))


@pytest.mark.parametrize("name", sounds.NOBODY)
def test_fault_11_what_is_no_voice_is_none(name: str) -> None:
    for seed in range(4):
        assert heard(sounds.made(name, seed)) < MIN_SPEECH, seed
        assert heard(sounds.louder(sounds.made(name, seed), 0.1)) < MIN_SPEECH, seed


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_fault_11_voices_are_heard_loud_quiet_and_through_noise(path: object) -> None:
    spoken = sounds.read(path)  # type: ignore[arg-type]
    length = len(spoken) / sounds.RATE
    for sound in (
        spoken,
        sounds.louder(spoken, 0.05),
        sounds.louder(spoken, 4),
        sounds.noisy(spoken, 20),
        sounds.noisy(spoken, 10),
    ):
        assert heard(sound) > length / 2


def test_fault_11_nothing_is_no_voice() -> None:
    assert voiced(np.zeros(0, np.float32)) == 0.0
