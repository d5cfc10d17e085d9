"""Speaks a prompt by espeak-ng where its rendered sound is missing, and says so loudly in the log.

A robot's voice is better than silence on the line; the cure is config/tools/render-prompts.py.
"""

import io
import logging
import shutil
import subprocess
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from config.prompts import Prompt
from hotline.words import say

log = logging.getLogger(__name__)

RATE = 8_000
VOICES = {"zh_CN": "cmn", "en": "en"}
PROGRAM = "espeak-ng"
MAX_SECONDS = 20
BETWEEN_SECONDS = 0.2

Speak = Callable[[str, str], bytes]
"""A sentence and a language to the bytes of a wav; raises OSError where it cannot."""


def by_espeak(sentence: str, language: str) -> bytes:
    """Give what espeak-ng says; raises FileNotFoundError where it is not installed."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise FileNotFoundError(PROGRAM)
    voice = VOICES.get(language, "en")
    try:
        done = subprocess.run(  # the sentence comes from our own catalogue, by standard input
            [program, "-v", voice, "-s", "150", "--stdin", "--stdout"],
            input=sentence.encode(),
            capture_output=True,
            check=True,
            timeout=MAX_SECONDS,
        )
    except subprocess.SubprocessError as error:
        raise OSError(f"{PROGRAM} failed: {error}") from error
    return done.stdout


def speak_instead(folder: Path, prompt: Prompt, speak: Speak = by_espeak) -> bool:
    """Write the sound of one prompt; false where that cannot be done either."""
    try:
        parts = [
            samples_of(speak(say(part.word, prompt.language), part.language))
            for part in prompt.spoken
        ]
        _write(folder / prompt.file, _joined(parts) if parts else _tone(prompt))
    except (OSError, EOFError, wave.Error) as error:
        log.warning("the sound %s is missing and cannot be made: %s", prompt.file, error)
        return False
    log.warning("the sound %s is missing; a robot speaks it until it is rendered", prompt.file)
    return True


def speak_to(path: Path, text: str, language: str, speak: Speak = by_espeak) -> None:
    """Write a text as a sound; raises OSError, EOFError or wave.Error where that cannot be done."""
    _write(path, samples_of(speak(text, language)))


def samples_of(data: bytes) -> NDArray[np.float64]:
    """Give the samples of a mono wav at 8 kHz."""
    with wave.open(io.BytesIO(data)) as sound:
        rate = sound.getframerate()
        # espeak-ng writes to a pipe and so cannot know how many there will be: take what is there.
        frames = np.frombuffer(sound.readframes(MAX_SECONDS * rate), dtype="<i2")
    width = max(1, round(rate / RATE))
    smooth = np.convolve(frames.astype(np.float64), np.ones(width) / width, "same")
    at = np.arange(int(len(smooth) * RATE / rate)) * rate / RATE
    heard: NDArray[np.float64] = np.interp(at, np.arange(len(smooth)), smooth)
    return heard


def _joined(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    pause = np.zeros(int(BETWEEN_SECONDS * RATE))
    return np.concatenate([piece for part in parts for piece in (part, pause)][:-1])


def _tone(prompt: Prompt) -> NDArray[np.float64]:
    steps = np.arange(int(prompt.seconds * RATE)) / RATE
    return 8000.0 * np.sin(2 * np.pi * prompt.tone_hz * steps)


def _write(path: Path, samples: NDArray[np.float64]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.clip(samples, -32768, 32767).astype("<i2").tobytes())
