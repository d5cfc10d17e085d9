"""What the exchange plays by itself while callers wait: prompts by its names, and a calm music."""

import math
import wave
from array import array
from pathlib import Path
from typing import Final

# A language in which nothing is said: whoever wants no more words waits in it.
QUIET: Final = "quiet"
COUNT: Final = "count_"
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
    """Link our prompts into a folder of sounds, as a call asks for them and as a queue does.

    A call names its language; a queue says keys in the caller's language, and numbers from pieces.
    """
    sounds.mkdir()
    (sounds / "hotline").symlink_to(prompts.resolve())
    quiet = sounds / QUIET
    (quiet / "digits").mkdir(parents=True)
    for language in (one for one in sorted(prompts.iterdir()) if one.is_dir()):
        folder = sounds / language.name
        (folder / "digits").mkdir(parents=True)
        for sound in language.glob("*.wav"):
            link = _place(sound)
            (folder / link).symlink_to(sound.resolve())
            if not (quiet / link).exists():
                _write(quiet / link, array("h", bytes(RATE // 25)))


def _place(sound: Path) -> Path:
    """Give where a queue looks for a prompt."""
    name = sound.name
    return Path("digits", name.removeprefix(COUNT)) if name.startswith(COUNT) else Path(name)


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
