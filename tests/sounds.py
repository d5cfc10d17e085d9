"""What is on a line when nobody speaks to us: made by calculation, at 8 kHz."""

import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8_000
WaveShape = NDArray[np.int16]
Floats = NDArray[np.float64]


def _times(seconds: float) -> Floats:
    return np.arange(int(seconds * RATE), dtype=np.float64) / RATE


def _tones(times: Floats, *hertz: float) -> Floats:
    return _sum([np.sin(2 * np.pi * one * times) for one in hertz]) / len(hertz)


def _sum(parts: list[Floats]) -> Floats:
    whole: Floats = np.sum(parts, axis=0)
    return whole


def clatter(random: np.random.Generator, a_second: float = 5.0) -> Floats:
    """Cutlery, keys, a door."""
    sound = np.zeros(8 * RATE)
    for at in random.uniform(0, 7.8, int(8 * a_second)):
        times = _times(random.uniform(0.03, 0.15))
        ring = _tones(times, *random.uniform(800, 3500, 3)) + random.normal(0, 0.4, len(times))
        first = int(at * RATE)
        sound[first : first + len(times)] += ring * np.exp(-times * random.uniform(20, 60)) * 9_000
    return sound


def breath(random: np.random.Generator) -> Floats:
    """Somebody breathes into the mouthpiece."""
    times = _times(10)
    air: Floats = np.convolve(random.normal(0, 1, len(times)), np.ones(6) / 6, "same")
    drawn: Floats = np.clip(np.sin(2 * np.pi * 0.4 * times), 0, 1) ** 2
    return air * drawn * 12_000


def dogs(random: np.random.Generator) -> Floats:
    """A dog barks."""
    sound = np.zeros(8 * RATE)
    for at in np.arange(0.4, 7.4, 0.55):
        times = _times(0.18)
        phase = 2 * np.pi * np.cumsum(500 * np.exp(-times * 3) + random.uniform(-60, 60)) / RATE
        bark = _sum([np.sin(n * phase) / n for n in range(1, 7)])
        first = int(at * RATE)
        rough = bark + random.normal(0, 0.3, len(times))
        sound[first : first + len(times)] += rough * np.hanning(len(times)) * 7_000
    return sound


def music(random: np.random.Generator) -> Floats:
    """Music while one waits."""
    notes = random.choice([262, 294, 330, 349, 392, 440, 494, 523], 20)
    times = _times(0.5)
    return np.concatenate(
        [_tones(times, note, 2 * note, 3 * note) * np.exp(-times * 3) * 12_000 for note in notes]
    )


def ringback(_: np.random.Generator) -> Floats:
    """The tone of a telephone that rings, as in China."""
    times = _times(11)
    return _tones(times, 450) * 8_000 * (times % 5 < 1)


def busy(_: np.random.Generator) -> Floats:
    """The tone of a line that is taken."""
    times = _times(7)
    return _tones(times, 450) * 8_000 * (times % 0.7 < 0.35)


def keys(_: np.random.Generator) -> Floats:
    """Somebody presses keys."""
    times = _times(6)
    return _tones(times, 770, 1336) * 9_000 * (times % 0.4 < 0.15)


def siren(_: np.random.Generator) -> Floats:
    """A siren goes by."""
    times = _times(8)
    return np.sin(2 * np.pi * np.cumsum(900 + 400 * np.sin(2 * np.pi * 0.3 * times)) / RATE) * 8_000


def rain(random: np.random.Generator) -> Floats:
    """Rain, or a bad line."""
    return np.diff(random.normal(0, 3_000, 8 * RATE + 1))


def motor(random: np.random.Generator) -> Floats:
    """A motor runs."""
    times = _times(8)
    parts = [np.sin(2 * np.pi * 37 * n * times + random.uniform(0, 6)) / n for n in range(1, 25)]
    return _sum(parts) * 4_000 * (1 + 0.3 * np.sin(2 * np.pi * 3 * times))


def silence(_: np.random.Generator) -> Floats:
    """Nothing at all."""
    return np.zeros(6 * RATE)


NOBODY: dict[str, Callable[[np.random.Generator], Floats]] = {
    one.__name__: one
    for one in (*(clatter, breath, dogs, music, ringback, busy, keys, siren, rain, motor, silence),)
}


def made(name: str, seed: int = 0) -> WaveShape:
    """Give a sound of those by its name."""
    return _whole(NOBODY[name](np.random.default_rng(seed)))


def babble(voices: list[WaveShape], seed: int) -> WaveShape:
    """Give many people who speak far away at once; none of them can be understood."""
    random = np.random.default_rng(seed)
    several = [np.resize(voices[n % len(voices)].astype(float), 8 * RATE) for n in range(12)]
    mixed = np.sum(
        [
            np.roll(one[::-1] if n % 2 else one, int(random.integers(8 * RATE)))
            for n, one in enumerate(several)
        ],
        axis=0,
    )
    return _whole(mixed / np.abs(mixed).max() * 9_000)


def louder(sound: WaveShape, times: float) -> WaveShape:
    """Give a sound louder, or quieter."""
    return _whole(sound.astype(float) * times)


def noisy(sound: WaveShape, decibels: float) -> WaveShape:
    """Give a sound with noise so far below it."""
    whole = sound.astype(float)
    noise = np.sqrt((whole**2).mean()) / 10 ** (decibels / 20)
    return _whole(whole + np.random.default_rng(1).normal(0, noise, len(whole)))


def _whole(sound: Floats) -> WaveShape:
    return np.clip(sound, -32_767, 32_767).astype("<i2")


def read(path: Path) -> WaveShape:
    """Give the samples of a wav."""
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def write(path: Path, sound: WaveShape) -> Path:
    """Write a sound as a wav of 8 kHz."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(sound.astype("<i2").tobytes())
    return path
