"""Cuts what one side of a talk says into utterances, by where somebody speaks and where not."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ivr.pcm import RATE, Samples

# The detector looks at so many samples together (32 ms at 8 kHz).
FRAME: Final = 256
SPEAKS: Final = 0.5  # probability from which somebody begins to speak
PAUSES: Final = 0.3  # and below which nobody does any more
BEGINS: Final = 2  # frames of voice that begin an utterance
BEFORE: Final = 8  # frames that are taken along from before them
PAUSE: Final = 17  # frames without voice that end one: about half a second
LEAST: Final = 13  # frames of voice that are worth to be written down
# So many frames (12 s) are cut where the voice is weakest, at the earliest after 8 s.
MOST: Final = 375
EARLIEST: Final = 250

Voices = Callable[[Samples], Sequence[float]]
"""Gives for each frame of a sound how likely somebody speaks in it, by what came before as well."""


@dataclass(frozen=True, slots=True)
class LegUtterance:
    """What was said without a pause: from which second of the leg on, and the sound (8 kHz)."""

    begins_s: float
    sound: Samples

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.sound) / RATE


class UtteranceCutter:
    """Takes the sound of one leg as it comes; music and noise are no utterances."""

    def __init__(self, voices: Voices):
        self._voices = voices
        self._left = np.zeros(0, dtype=np.int16)
        # The frames that may be part of an utterance, and how likely each is voice.
        self._frames: list[Samples] = []
        self._likely: list[float] = []
        self._speaks = False
        self._silent = 0
        self._seen = 0

    def feed(self, sound: Samples) -> Iterator[LegUtterance]:
        """Take more sound; gives what is said to its end."""
        whole = np.concatenate((self._left, sound))
        frames = len(whole) // FRAME
        self._left = whole[frames * FRAME :]
        if not frames:
            return
        taken = whole[: frames * FRAME]
        for frame, likely in zip(taken.reshape(frames, FRAME), self._voices(taken), strict=True):
            yield from self._frame(frame, float(likely))

    def end(self) -> Iterator[LegUtterance]:
        """The leg ends: gives what was being said."""
        if self._speaks:
            yield from self._cut(len(self._frames))

    def _frame(self, frame: Samples, likely: float) -> Iterator[LegUtterance]:
        self._frames.append(frame)
        self._likely.append(likely)
        self._seen += 1
        if not self._speaks:
            self._speaks = min(self._likely[-BEGINS:]) >= SPEAKS and len(self._likely) >= BEGINS
            if not self._speaks:
                del self._frames[:-BEFORE], self._likely[:-BEFORE]
            self._silent = 0
            return
        self._silent = self._silent + 1 if likely < PAUSES else 0
        if self._silent >= PAUSE:
            yield from self._cut(len(self._frames))
            self._speaks = False
        elif len(self._frames) >= MOST:
            yield from self._cut(EARLIEST + int(np.argmin(self._likely[EARLIEST:])) + 1)

    def _cut(self, count: int) -> Iterator[LegUtterance]:
        """Give the first frames as an utterance, where enough of them is voice."""
        frames, likely = self._frames[:count], self._likely[:count]
        begins = (self._seen - len(self._frames)) * FRAME / RATE
        del self._frames[:count], self._likely[:count]
        if sum(one >= PAUSES for one in likely) >= LEAST:
            yield LegUtterance(begins, np.concatenate(frames))
