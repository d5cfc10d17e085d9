"""Which prompts stand in a piece of sound: tests and the demo caller learn the number by ear."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ivr.pcm import RATE, Samples, read_wav
from ivr.prompts import DIGITS, Prompts

# Share of likeness from which a place in the sound is the prompt; mu-law alone costs about 0.01.
ALIKE = 0.8
# Digits of one group follow each other within this; a longer gap begins a new group.
GROUP_GAP = 0.2
# Blocks are twice as long as a prompt at least; shorter and longer ones gain nothing.
MIN_BLOCK, MAX_BLOCK = 8192, 32768
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


class Template:
    """A prompt made ready to be looked for: its spectrum, and how much sound it is."""

    def __init__(self, key: str, prompt: Samples):
        self.key = key
        self.length = len(prompt)
        part = prompt.astype(np.float32)
        self.power = float(part @ part)
        self.block = MIN_BLOCK
        while self.block < 4 * self.length and self.block < MAX_BLOCK:
            self.block *= 2
        while self.block < 2 * self.length:
            self.block *= 2
        roomy = self.block >= 4 * self.length
        self.step = self.block * 3 // 4 if roomy else self.block // 2
        self.spectrum = np.conj(np.fft.rfft(part, self.block))


class Listened:
    """A sound made ready to look for many prompts in it; cut in blocks, which is the fast way."""

    def __init__(self, sound: Samples):
        # A call may end with a prompt, its last frames cut off.
        self._whole = np.append(sound, np.zeros(RATE // 5, dtype=np.int16)).astype(np.float32)
        power = np.square(self._whole, dtype=np.float64)
        self._energy = np.concatenate(([0.0], np.cumsum(power)))
        self._spectra: dict[tuple[int, int], NDArray[np.complex64]] = {}

    def likeness(self, template: Template) -> NDArray[np.float64]:
        """Give, for each place where a prompt fits, how alike the sound is there, -1 to 1."""
        places = len(self._whole) - template.length + 1
        if places < 1 or not template.power:
            return np.zeros(0)
        step = template.step
        spectra = self._blocks(template.block, step)
        product = np.fft.irfft(spectra * template.spectrum, template.block, axis=1)
        product = product[:, :step].reshape(-1)[:places]
        there = self._energy[template.length :] - self._energy[: -template.length]
        np.maximum(there, 0.01 * template.power, out=there)
        values: NDArray[np.float64] = product / np.sqrt(there * template.power)
        return values

    def find(self, template: Template, least: float = ALIKE) -> list[Match]:
        """Give every place where a prompt is heard, in order, none over another."""
        alike = self.likeness(template)
        places = np.flatnonzero(alike >= least)
        found: list[Match] = []
        for place in places[np.argsort(alike[places])[::-1]]:
            start = int(place)
            match = Match(template.key, start, start + template.length, float(alike[place]))
            if not any(overlap(match, other) for other in found):
                found.append(match)
        return sorted(found, key=lambda m: m.start)

    def _blocks(self, size: int, step: int) -> NDArray[np.complex64]:
        """Give the spectra of overlapping blocks, one begun every `step` samples."""
        if (size, step) not in self._spectra:
            count = -(-len(self._whole) // step)
            padded = np.zeros((count - 1) * step + size, dtype=np.float32)
            padded[: len(self._whole)] = self._whole
            blocks = np.lib.stride_tricks.sliding_window_view(padded, size)[::step]
            self._spectra[size, step] = np.fft.rfft(blocks, axis=1).astype(np.complex64)
        return self._spectra[size, step]


class Ear:
    """Knows the prompts of one language by their sound."""

    def __init__(self, prompts: Prompts, language: str):
        self._prompts = prompts
        self._language = language
        self._sounds: dict[str, Samples] = {}
        self._templates: dict[str, Template] = {}

    def prompt(self, key: str) -> Samples:
        """Give the sound of a prompt."""
        if key not in self._sounds:
            self._sounds[key] = read_wav(self._prompts.wav(self._language, key))
        return self._sounds[key]

    def _template(self, key: str) -> Template:
        if key not in self._templates:
            self._templates[key] = Template(key, self.prompt(key))
        return self._templates[key]

    def find(self, sound: Samples, key: str) -> list[Match]:
        """Give every place where a prompt is heard."""
        return Listened(sound).find(self._template(key))

    def heard(self, sound: Samples, key: str) -> bool:
        """Say whether a prompt is heard whole."""
        return bool(self.find(sound, key))

    def digits(self, sound: Samples) -> list[Match]:
        """Give the digits that are heard, in order; where two overlap the more alike one counts."""
        keys = [f"digit_{digit}" for digit in DIGITS]
        listened = Listened(sound)
        every = [match for key in keys for match in listened.find(self._template(key))]
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
