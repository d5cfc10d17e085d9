"""What waits to be written down: little, and never for long."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hotline.clock import Clock
from hotline.room.spoken import NotWritten, Speaker, SpokenLine
from ivr.listening.cutter import LegUtterance

# Of a talk that was minutes ago nobody wants the words beside the form.
LAG_S: Final = 20.0
MOST: Final = 24


@dataclass(frozen=True, slots=True)
class LegSaid:
    """An utterance of a leg: in which call, who spoke, when it began, in which language.

    `since` is when it came to wait (monotonic).
    """

    call: str
    speaker: Speaker
    at: datetime
    language: str
    utterance: LegUtterance
    since: float

    def line(
        self, text: str = "", confidence: float | None = None, lost: NotWritten | None = None
    ) -> SpokenLine:
        """Give the line that it becomes."""
        seconds = round(self.utterance.seconds, 2)
        return SpokenLine(self.speaker, self.at, seconds, text, confidence, lost)


class WaitingSpeech:
    """Who came first is first; what waits for too long, or is too much, is told as not written."""

    def __init__(self, clock: Clock, drop: Callable[[LegSaid], None]):
        self._clock = clock
        self._drop = drop
        self._waiting: deque[LegSaid] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, said: LegSaid) -> None:
        """Let something wait; of too much the oldest goes."""
        self._waiting.append(said)
        while len(self._waiting) > MOST:
            self._drop(self._waiting.popleft())

    def next(self) -> LegSaid | None:
        """Give what is to be written down now, or None."""
        while self._waiting:
            said = self._waiting.popleft()
            if self._clock.monotonic() - said.since <= LAG_S:
                return said
            self._drop(said)
        return None
