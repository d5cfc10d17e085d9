"""What the exchange plays: our prompts, and a calm music while callers wait."""

import math
import wave
from array import array
from pathlib import Path
from typing import Final

RATE: Final = 8000
MUSIC: Final = "calm.wav"
# A slow walk through soft chords, in Hz: C, A minor, F, G, each twice.
CHORDS: Final = (
    (261.6, 329.6, 392.0),
    (220.0, 261.6, 329.6),
    (174.6, 220.0, 261.6),
    (196.0, 246.9, 293.7),
)
NOTE_S: Final = 1.0
LOUDNESS: Final = 2200


def give_sounds(sounds: Path, prompts: Path) -> None:
    """Link our prompts into a folder of sounds, as a call asks for them."""
    sounds.mkdir()
    (sounds / "hotline").symlink_to(prompts.resolve())


def make_music(folder: Path) -> None:
    """Render what callers hear while they wait, once."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / MUSIC).is_file():
        _write(folder / MUSIC, _music())


def _music() -> "array[int]":
    """Play each chord upwards and downwards, every note fading as a plucked string does."""
    samples = array("h")
    length = int(NOTE_S * RATE)
    for chord in CHORDS:
        for tone in (*chord, chord[1]):
            step = 2 * math.pi * tone / RATE
            for at in range(length):
                fade = math.exp(-2.5 * at / length) * min(1.0, at / 200, (length - at) / 200)
                sound = math.sin(step * at) + 0.3 * math.sin(2 * step * at)
                samples.append(int(LOUDNESS * fade * sound))
    return samples


def _write(path: Path, samples: "array[int]") -> None:
    """Write a sound whole or not at all."""
    part = path.with_suffix(".part")
    with wave.open(str(part), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    part.replace(path)
