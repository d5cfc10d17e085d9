"""Which prompts stand in a piece of sound: tests and the demo caller learn the number by ear."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ivr.prompts import DIGITS, Prompts
from ivr.sip.media import RATE, Samples, read_wav

# Share of likeness from which a place in the sound is the prompt; mu-law alone costs about 0.01.
ALIKE = 0.8
# Digits of one group follow each other within this; a longer gap begins a new group.
GROUP_GAP = 0.2
# Prompts follow each other within a packet, so their edges may overlap by a little.
SLACK = RATE // 20


@dataclass(frozen=True, slots=True)
class Match:
    """A prompt found in a sound: samples from `start` to `end`."""

    key: str
    start: int
    end: int
    likeness: float


def overlap(one: Match, other: Match) -> bool:
    """Say whether two matches claim the same piece of sound."""
    return one.start < other.end - SLACK and other.start < one.end - SLACK


def likeness(sound: Samples, prompt: Samples) -> NDArray[np.float64]:
    """Give, for each place where the prompt fits, how alike the sound is there, -1 to 1."""
    whole, part = sound.astype(np.float64), prompt.astype(np.float64)
    if len(sound) < len(prompt) or not part.any():
        return np.zeros(0)
    product = _correlated(whole, part)
    energy = np.cumsum(np.append(0.0, whole * whole))
    there = energy[len(part) :] - energy[: -len(part)]
    strong = there > 0.01 * float(part @ part)
    scale = np.sqrt(np.where(strong, there, 1.0) * float(part @ part))
    values: NDArray[np.float64] = np.where(strong, product / scale, 0.0)
    return values


def _correlated(whole: NDArray[np.float64], part: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the product of a part with the whole at each place where it fits."""
    size = 1 << (len(whole) + len(part) - 1).bit_length()
    spectrum = np.fft.rfft(whole, size) * np.conj(np.fft.rfft(part, size))
    product: NDArray[np.float64] = np.fft.irfft(spectrum, size)[: len(whole) - len(part) + 1]
    return product


def find(sound: Samples, prompt: Samples, key: str = "", least: float = ALIKE) -> list[Match]:
    """Give every place where a prompt is heard, in order, none over another."""
    # A call may end with the prompt, its last frames cut off.
    alike = likeness(np.append(sound, np.zeros(RATE // 5, dtype=np.int16)), prompt)
    found: list[Match] = []
    for place in np.argsort(alike)[::-1]:
        if alike[place] < least:
            break
        start, end = int(place), int(place) + len(prompt)
        match = Match(key, start, end, float(alike[place]))
        if not any(overlap(match, other) for other in found):
            found.append(match)
    return sorted(found, key=lambda m: m.start)


class Ear:
    """Knows the prompts of one language by their sound."""

    def __init__(self, prompts: Prompts, language: str):
        self._prompts = prompts
        self._language = language
        self._sounds: dict[str, Samples] = {}

    def prompt(self, key: str) -> Samples:
        """Give the sound of a prompt."""
        if key not in self._sounds:
            self._sounds[key] = read_wav(self._prompts.wav(self._language, key))
        return self._sounds[key]

    def find(self, sound: Samples, key: str) -> list[Match]:
        """Give every place where a prompt is heard."""
        return find(sound, self.prompt(key), key)

    def heard(self, sound: Samples, key: str) -> bool:
        """Say whether a prompt is heard whole."""
        return bool(self.find(sound, key))

    def digits(self, sound: Samples) -> list[Match]:
        """Give the digits that are heard, in order; where two overlap the more alike one counts."""
        every = [m for digit in DIGITS for m in self.find(sound, f"digit_{digit}")]
        kept: list[Match] = []
        for match in sorted(every, key=lambda m: -m.likeness):
            if not any(overlap(match, other) for other in kept):
                kept.append(match)
        return sorted(kept, key=lambda m: m.start)

    def numbers(self, sound: Samples, length: int = 8) -> list[str]:
        """Give the whole numbers that are heard: runs of digits that belong together."""
        runs: list[list[Match]] = []
        for match in self.digits(sound):
            if runs and match.start - runs[-1][-1].end < RATE and len(runs[-1]) < length:
                runs[-1].append(match)
            else:
                runs.append([match])
        said = ["".join(m.key.removeprefix("digit_") for m in run) for run in runs]
        return [number for number in said if len(number) == length]

    def groups(self, sound: Samples) -> list[str]:
        """Give the groups of digits as they are told apart by pauses."""
        groups: list[str] = []
        end = -RATE
        for match in self.digits(sound):
            digit = match.key.removeprefix("digit_")
            if groups and match.start - end < GROUP_GAP * RATE:
                groups[-1] += digit
            else:
                groups.append(digit)
            end = match.end
        return groups
