"""Speaks a prompt by espeak-ng where its rendered sound is missing, and says so loudly in the log.

A robot's voice is better than silence on the line; the cure is config/tools/render-prompts.py.
"""

import io
import logging
import shutil
import subprocess
import sys
import tempfile
import wave
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from config.prompts import Prompt
from hotline.words import say

log = logging.getLogger(__name__)

RATE = 8_000
VOICES = {"zh_CN": "cmn", "en": "en"}
PROGRAM = "espeak-ng"
MAX_SECONDS = 20
# What is spoken is not longer than this.
MAX_SPOKEN_SECONDS = 150
BETWEEN_SECONDS = 0.2
MAX_BYTES = 4 << 10
NO_VOICE = 3

Speak = Callable[[str, str], bytes]
"""A sentence and a language to the bytes of a wav; raises OSError where it cannot."""


def espeak_of(asterisk: Path) -> Speak:
    """Give the voice that came with an exchange (get-asterisk), or else the machine's own."""
    program = asterisk / "bin" / PROGRAM
    return partial(by_espeak, program=str(program)) if program.is_file() else by_espeak


def by_espeak(sentence: str, language: str, program: str | None = None) -> bytes:
    """Give what espeak-ng says; raises FileNotFoundError where it is not installed."""
    program = program or shutil.which(PROGRAM)
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


def keep_recorded(path: Path, data: bytes) -> None:
    """Write a recorded wav as the exchange plays it; raises EOFError or wave.Error for none."""
    _write(path, samples_of(data))


def samples_of(data: bytes) -> NDArray[np.float64]:
    """Give the samples of a wav of 16 bit at 8 kHz, of several channels their middle."""
    with wave.open(io.BytesIO(data)) as sound:
        rate, channels = sound.getframerate(), sound.getnchannels()
        # espeak-ng writes to a pipe and so cannot know how many there will be: take what is there.
        read = np.frombuffer(sound.readframes(MAX_SPOKEN_SECONDS * rate), dtype="<i2")
        frames = read[: len(read) // channels * channels].reshape(-1, channels).mean(axis=1)
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


def main(arguments: list[str], text: str, out: BinaryIO) -> int:
    """Speak a text in a language, by the voice that came with an exchange: a wav at 8 kHz.

    3: there is no voice.
    """
    language, asterisk = arguments
    voice = espeak_of(Path(asterisk))
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "said.wav"
            speak_to(path, text, language, voice)
            out.write(path.read_bytes())
    except (OSError, EOFError, wave.Error) as error:
        log.warning("nothing is spoken: %s", error)
        return NO_VOICE
    return 0


if __name__ == "__main__":
    given = sys.stdin.buffer.read(MAX_BYTES).decode("utf-8", "replace")
    sys.exit(main(sys.argv[1:], given, sys.stdout.buffer))
