"""The spoken prompts are what their manifest and the words say, and short enough to listen to."""

import hashlib
import json
import tomllib
import wave
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from config.prompts import Prompt, load_prompts, load_rendered, sound_hash, source_hash

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "config" / "asterisk" / "prompts"
PROMPTS = load_prompts(FOLDER)
RENDERED = load_rendered(FOLDER)
EVERY = [prompt for prompts in PROMPTS.values() for prompt in prompts.values()]
DIGITS = [f"digit_{n}" for n in range(10)]


def say(word: str, language: str) -> str:
    """The sentence as the catalogue's file has it."""
    matter, key = word.split(".", 1)
    path = ROOT / "hotline" / "words" / language / f"{matter}.toml"
    return str(tomllib.loads(path.read_text(encoding="utf-8"))[key])


def samples(prompt: Prompt) -> np.ndarray:
    """A prompt's sound as 16 bit values."""
    with wave.open(str(FOLDER / prompt.file)) as sound:
        return np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2").astype(float)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Highest normalised cross-correlation of two sounds, 0..1."""
    room = max(len(one), len(other))
    met = np.correlate(np.pad(one, (room, room)), other, "valid").max()
    return float(met / np.sqrt((one**2).sum() * (other**2).sum()))


def test_every_language_has_every_prompt() -> None:
    assert set(PROMPTS) == {"zh_CN", "en"}
    assert set(PROMPTS["zh_CN"]) == set(PROMPTS["en"])


def test_every_spoken_sentence_of_the_phone_is_in_some_prompt() -> None:
    spoken = {part.word for prompt in EVERY for part in prompt.spoken}
    for language in PROMPTS:
        path = ROOT / "hotline" / "words" / language / "phone.toml"
        keys = tomllib.loads(path.read_text(encoding="utf-8"))
        assert {f"phone.{key}" for key in keys} == spoken


@pytest.mark.parametrize("prompt", EVERY, ids=lambda prompt: prompt.file)
def test_a_sound_was_made_from_the_words_as_they_are_now(prompt: Prompt) -> None:
    assert RENDERED[prompt.file].source == source_hash(prompt, say)


@pytest.mark.parametrize("prompt", EVERY, ids=lambda prompt: prompt.file)
def test_a_sound_is_the_one_that_was_rendered_and_fits_the_phone(prompt: Prompt) -> None:
    path = FOLDER / prompt.file
    assert sound_hash(path) == RENDERED[prompt.file].sound
    with wave.open(str(path)) as sound:
        form = (sound.getframerate(), sound.getnchannels(), sound.getsampwidth())
        seconds = sound.getnframes() / sound.getframerate()
    assert form == (8000, 1, 2)
    assert seconds == pytest.approx(RENDERED[prompt.file].seconds, abs=0.001)
    assert 0 < seconds <= prompt.most_seconds


def test_no_rendered_sound_is_without_its_prompt() -> None:
    assert set(RENDERED) == {prompt.file for prompt in EVERY}
    on_disk = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.wav")}
    assert on_disk == set(RENDERED)


def test_greeting_and_invitation_keep_their_length() -> None:
    for prompts in PROMPTS.values():
        assert RENDERED[prompts["greeting"].file].seconds <= 6.0
        assert RENDERED[prompts["speak"].file].seconds <= 8.0


def test_the_mandarin_greeting_ends_with_the_hint_in_english() -> None:
    last = PROMPTS["zh_CN"]["greeting"].spoken[-1]
    assert last.language == "en"
    assert say(last.word, "zh_CN").startswith("English")


@pytest.mark.parametrize("language", sorted(PROMPTS))
def test_digits_start_and_end_at_once(language: str) -> None:
    for key in DIGITS:
        sound = np.abs(samples(PROMPTS[language][key]))
        loud = np.flatnonzero(sound > 0.03 * sound.max())
        silence = (loud[0] / 8000, (len(sound) - 1 - loud[-1]) / 8000)
        assert max(silence) <= 0.03, f"{key} has silence of {silence} s"


@pytest.mark.parametrize("language", sorted(PROMPTS))
def test_no_digit_sounds_like_another(language: str) -> None:
    sounds = {key: samples(PROMPTS[language][key]) for key in DIGITS}
    alike = {pair: likeness(sounds[pair[0]], sounds[pair[1]]) for pair in combinations(DIGITS, 2)}
    assert max(alike.values()) < 0.75, max(alike, key=lambda pair: alike[pair])


def test_prompts_are_equally_loud() -> None:
    for prompt in EVERY:
        if not prompt.spoken:
            continue
        sound = samples(prompt)
        voiced = sound[np.abs(sound) > 0.1 * np.abs(sound).max()]
        level = 20 * np.log10(np.sqrt(np.mean(voiced**2)) / 32768)
        assert -22 < level < -16, f"{prompt.file} is at {level:.1f} dB"


def test_a_changed_sentence_is_noticed() -> None:
    prompt = PROMPTS["zh_CN"]["speak"]
    assert source_hash(prompt, lambda word, tongue: "x") != RENDERED[prompt.file].source


SAMPLES = ROOT / "config" / "asterisk" / "samples"
SAMPLED = tomllib.loads((SAMPLES / "samples.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(SAMPLED))
def test_a_sample_is_as_rendered(name: str) -> None:
    row, path = SAMPLED[name], SAMPLES / f"{name}.wav"
    recipe = json.dumps([row["text"], row["voice"], row["speed"]], ensure_ascii=False)
    made = load_rendered(SAMPLES)[path.name]
    assert made.source == hashlib.sha256(recipe.encode()).hexdigest()
    assert made.sound == sound_hash(path)
    assert (1.5 if row.get("by") == "seat" else 3.0) <= made.seconds <= 12.0


@pytest.mark.parametrize("name", sorted(one for one in SAMPLED if "by" not in SAMPLED[one]))
def test_a_sample_report_names_a_place_of_the_demo_city(name: str) -> None:
    row = SAMPLED[name]
    assert row["place"] in row["text"]
    roads = (ROOT / "config" / "city" / "demo" / "roads.geojson").read_text(encoding="utf-8")
    assert f'"{row["place"]}"' in roads


def test_there_are_samples_in_both_languages() -> None:
    assert {row["language"] for row in SAMPLED.values()} == {"zh_CN", "en"}


@pytest.mark.parametrize("workflow", sorted((ROOT / "config" / "city").glob("*/workflow.toml")))
def test_d8_every_stage_of_a_shipped_city_has_its_words_on_the_phone(workflow: Path) -> None:
    stages = tomllib.loads(workflow.read_text(encoding="utf-8"))["stage"]
    for prompts in PROMPTS.values():
        assert [stage["id"] for stage in stages if stage["prompt"] not in prompts] == []
