"""The real embedded model writes down real sound of a telephone line."""

import wave
from pathlib import Path

import numpy as np
import pytest

from config.settings import ROOT
from ivr.hearing import Hearing, load_hearing
from ivr.speech import Recogniser, Unheard
from ivr.whisper import SHA256, ModelRefused, packaged_model

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

CONFIG = ROOT / "config"
SAMPLES = CONFIG / "asterisk" / "samples"


@pytest.fixture(scope="module")
def hearing() -> Hearing:
    return load_hearing(CONFIG / "city" / "demo", CONFIG / "catalogue" / "gbt47678-2026")


@pytest.fixture(scope="module")
def recogniser(hearing: Hearing, tmp_path_factory: pytest.TempPathFactory) -> Recogniser:
    made = Recogniser("whisper", "", 1, tmp_path_factory.mktemp("model"), hearing.lexicon)
    made.load()
    return made


@pytest.mark.parametrize(
    ("sample", "place", "trouble"),
    [
        ("manhole", "中山东路", "井盖"),
        ("fallen_tree", "世纪东路", "马路中间"),
        ("stalls", "人民东路", "占道经营"),
    ],
)
def test_a_spoken_report_is_written_down_with_its_place(
    recogniser: Recogniser, hearing: Hearing, sample: str, place: str, trouble: str
) -> None:
    path = SAMPLES / f"{sample}.wav"
    heard = recogniser.transcribe(path, "zh_CN", hearing.hints["zh_CN"])
    assert place in heard.text
    assert trouble in heard.text
    assert heard.raw
    assert heard.engine == "whisper"
    assert heard.confidence is not None
    assert 0.5 < heard.confidence <= 1


def test_english_is_written_down(recogniser: Recogniser, hearing: Hearing) -> None:
    heard = recogniser.transcribe(SAMPLES / "streetlight_en.wav", "en", hearing.hints["en"])
    assert "street light" in heard.text.lower()
    assert "Guangming" in heard.text


def test_noise_without_speech_is_unheard(recogniser: Recogniser, tmp_path: Path) -> None:
    noise = np.random.default_rng(3).normal(0, 300, 8000 * 6).astype("<i2")
    path = tmp_path / "noise.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(noise.tobytes())
    with pytest.raises(Unheard):
        recogniser.transcribe(path)


def test_the_packaged_model_is_the_pinned_one_and_no_other(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match=SHA256):
        packaged_model(tmp_path, sha256="0" * 64)
