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


class Listened:
    """A sound made ready to look for many prompts in it, none longer than `longest`."""

    def __init__(self, sound: Samples, longest: int):
        # A call may end with a prompt, its last frames cut off.
        whole = np.append(sound, np.zeros(RATE // 5, dtype=np.int16)).astype(np.float64)
        self.length = len(whole)
        self._size = 1 << (self.length + longest).bit_length()
        self._spectrum = np.fft.rfft(whole, self._size)
        self._energy = np.cumsum(np.append(0.0, whole * whole))

    def likeness(self, prompt: Samples) -> NDArray[np.float64]:
        """Give, for each place where the prompt fits, how alike the sound is there, -1 to 1."""
        part = prompt.astype(np.float64)
        if self.length < len(part) or not part.any():
            return np.zeros(0)
        spectrum = self._spectrum * np.conj(np.fft.rfft(part, self._size))
        product = np.fft.irfft(spectrum, self._size)[: self.length - len(part) + 1]
        own = float(part @ part)
        there = self._energy[len(part) :] - self._energy[: -len(part)]
        strong = there > 0.01 * own
        scale = np.sqrt(np.where(strong, there, 1.0) * own)
        values: NDArray[np.float64] = np.where(strong, product / scale, 0.0)
        return values

    def find(self, prompt: Samples, key: str = "", least: float = ALIKE) -> list[Match]:
        """Give every place where a prompt is heard, in order, none over another."""
        alike = self.likeness(prompt)
        places = np.flatnonzero(alike >= least)
        found: list[Match] = []
        for place in places[np.argsort(alike[places])[::-1]]:
            match = Match(key, int(place), int(place) + len(prompt), float(alike[place]))
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
        prompt = self.prompt(key)
        return Listened(sound, len(prompt)).find(prompt, key)

    def heard(self, sound: Samples, key: str) -> bool:
        """Say whether a prompt is heard whole."""
        return bool(self.find(sound, key))

    def digits(self, sound: Samples) -> list[Match]:
        """Give the digits that are heard, in order; where two overlap the more alike one counts."""
        keys = [f"digit_{digit}" for digit in DIGITS]
        listened = Listened(sound, max(len(self.prompt(key)) for key in keys))
        every = [match for key in keys for match in listened.find(self.prompt(key), key)]
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
