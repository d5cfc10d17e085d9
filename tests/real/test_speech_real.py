"""The real embedded model writes down real sound of a telephone line."""

from pathlib import Path

import numpy as np
import pytest

from config.settings import ROOT
from ivr.hearing import Hearing
from ivr.listening.cutter import UtteranceCutter
from ivr.listening.voices import voices_of_leg
from ivr.pcm import RATE, Samples, read_wav
from ivr.speech import Recogniser, Unheard
from ivr.whisper import SHA256, ModelRefused, Whisper, packaged_model
from tests import sounds
from tests.ivr.hearing import demo_hearing

pytestmark = pytest.mark.real

CONFIG = ROOT / "config"
SAMPLES = CONFIG / "asterisk" / "samples"


@pytest.fixture(scope="module")
def hearing() -> Hearing:
    return demo_hearing()


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


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("name", sounds.NOBODY)
def test_fault_11_where_nobody_speaks_nothing_is_heard(
    recogniser: Recogniser, hearing: Hearing, tmp_path: Path, name: str, language: str
) -> None:
    path = sounds.write(tmp_path / "line.wav", sounds.made(name))
    for hints in (hearing.hints[language], ()):
        with pytest.raises(Unheard):
            recogniser.transcribe(path, language, hints)


def cut(sound: Samples) -> list[float]:
    """Give how long the utterances are that a sound is cut into as it comes."""
    cutter = UtteranceCutter(voices_of_leg())
    pieces = [sound[at : at + 160] for at in range(0, len(sound), 160)]
    found = [one for piece in pieces for one in cutter.feed(piece)]
    return [one.seconds for one in (*found, *cutter.end())]


@pytest.mark.parametrize("name", sounds.NOBODY)
def test_music_and_noise_of_a_talk_are_no_utterances(name: str) -> None:
    assert cut(sounds.made(name)) == []


@pytest.mark.parametrize("sample", ["manhole", "seat_asks", "streetlight_en"])
def test_a_sentence_of_a_talk_is_one_utterance_music_before_it_or_not(sample: str) -> None:
    said = read_wav(SAMPLES / f"{sample}.wav")
    music = sounds.made("music")[: 4 * RATE]
    for before in (music[:0], music):
        (seconds,) = cut(np.concatenate([before, said, np.zeros(RATE, np.int16)]))
        assert seconds == pytest.approx(len(said) / RATE, abs=0.8)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("seed", [1, 5])
def test_fault_11_many_voices_far_away_are_unheard(
    recogniser: Recogniser, hearing: Hearing, tmp_path: Path, seed: int, language: str
) -> None:
    voices = [sounds.read(path) for path in sorted(SAMPLES.glob("*.wav"))]
    path = sounds.write(tmp_path / "line.wav", sounds.babble(voices, seed))
    with pytest.raises(Unheard):
        recogniser.transcribe(path, language, hearing.hints[language])


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("name", ["clatter", "breath", "dogs", "ringback"])
def test_fault_11_the_texts_are_judged_also_where_the_detector_errs(
    hearing: Hearing,
    recogniser: Recogniser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    language: str,
) -> None:
    monkeypatch.setattr(Whisper, "voiced", lambda *_: 9.0)
    path = sounds.write(tmp_path / "line.wav", sounds.made(name))
    with pytest.raises(Unheard):
        recogniser.transcribe(path, language, hearing.hints[language])


def test_the_packaged_model_is_the_pinned_one_and_no_other(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match=SHA256):
        packaged_model(tmp_path, sha256="0" * 64)
