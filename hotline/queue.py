"""Queues in which no item holds up another: each is tried, waits and is set aside by itself."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from hotline.clock import Clock
from hotline.errors import (
    Conflict,
    Failed,
    HotlineError,
    Invalid,
    NotFound,
    Refused,
    TooLarge,
    Unauthorised,
    Unavailable,
)

log = logging.getLogger(__name__)

# What the other side will not take however often it is asked.
FINAL = (Invalid, Refused, Conflict, TooLarge, NotFound)
# What says nothing about an item: nobody is there, or nobody lets us in at all. What is forbidden
# is so for one item, and is tried again: a proxy before the backend may say it by mistake.
AWAY = (Unavailable, Unauthorised)
FIRST_AWAY_S = 0.5
LONGEST_AWAY_S = 5.0
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Patience:
    """How a queue bears with an item: seconds before each new try, and of one try at most."""

    waits: tuple[float, ...]
    longest_s: float

    def wait(self, tries: int) -> float:
        """Give the seconds to wait after so many tries; the last wait counts for all later ones."""
        return self.waits[min(tries, len(self.waits)) - 1]

    def is_spent(self, tries: int) -> bool:
        """Tell whether so many tries are enough to set an item aside."""
        return tries > len(self.waits)


@dataclass(frozen=True, slots=True)
class Aside:
    """An item that was set aside: what it is of which queue, why, and since when."""

    queue: str
    ref: str
    reason: str
    since: datetime


@dataclass(slots=True)
class Tries:
    """How often the items of a queue were tried here, and when each may be tried again."""

    clock: Clock
    patience: Patience
    _made: dict[str, int] = field(default_factory=dict)
    _due: dict[str, float] = field(default_factory=dict)

    def is_due(self, key: str) -> bool:
        """Tell whether an item may be tried now."""
        return self._due.get(key, 0.0) <= self.clock.monotonic()

    def begin(self, key: str) -> None:
        """Count a try, before the work: it counts also where the work never ends."""
        self._made[key] = self._made.get(key, 0) + 1
        self.rest(key)

    def rest(self, key: str) -> None:
        """Let an item that was tried wait from now on."""
        self._due[key] = self.clock.monotonic() + self.patience.wait(self._made[key])

    def is_spent(self, key: str) -> bool:
        """Tell whether an item was tried often enough."""
        return self.patience.is_spent(self._made.get(key, 0))

    def take_back(self, key: str) -> None:
        """Uncount a try that said nothing about the item."""
        self._made[key] = max(0, self._made.get(key, 0) - 1)
        self._due.pop(key, None)

    def forget(self, key: str) -> None:
        """Let go of an item that has left the queue."""
        self._made.pop(key, None)
        self._due.pop(key, None)


Work = Callable[[], Awaitable[None]]
SetAside = Callable[[str], None]
"""Called with the reason."""


class Lanes:
    """Works on items side by side, so many at once; what fails, fails for itself.

    An item that is refused is set aside at once, one that fails or hangs after its waits. Where
    the other side is away, nothing is counted and everything rests for a while.
    """

    def __init__(self, clock: Clock, patience: Patience, at_once: int):
        self._clock = clock
        self._tries = Tries(clock, patience)
        self._longest_s = patience.longest_s
        self._at_once = at_once
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._away_until = 0.0
        self._away_s = 0.0
        self.away: HotlineError | None = None

    @property
    def free(self) -> int:
        """How many more items can be worked on now; none while the other side is away."""
        resting = self._clock.monotonic() < self._away_until
        return 0 if resting else self._at_once - len(self._busy)

    def start(self, key: str, work: Work, set_aside: SetAside | None = None) -> bool:
        """Work on an item unless it is busy or has to wait; gives whether it was begun.

        Without `set_aside` an item is tried for ever.
        """
        if key in self._busy or self.free <= 0 or not self._tries.is_due(key):
            return False
        self._tries.begin(key)
        self._busy[key] = asyncio.create_task(self._try(key, work, set_aside))
        return True

    async def settle(self) -> None:
        """Wait until nothing is worked on."""
        while self._busy:
            await asyncio.wait(self._busy.values())

    async def stop(self) -> None:
        """Leave what is worked on."""
        for task in list(self._busy.values()):
            task.cancel()
        await self.settle()

    def look_again(self) -> None:
        """Do not wait for a side that was away."""
        self._away_until = 0.0
        self.away = None

    async def _try(self, key: str, work: Work, set_aside: SetAside | None) -> None:
        try:
            async with asyncio.timeout(self._longest_s):
                await work()
            self._went_well(key)
        except Exception as error:
            if isinstance(error, HotlineError) and is_away(error):
                self._was_away(key, error)
            else:
                self._went_wrong(key, error, set_aside)
        finally:
            del self._busy[key]

    def _went_well(self, key: str) -> None:
        self._tries.forget(key)
        self._away_s, self.away = 0.0, None

    def _was_away(self, key: str, error: HotlineError) -> None:
        log.info("what waits stays where it is, the other side is away: %s", error)
        self._tries.take_back(key)
        self._away_s = min(max(self._away_s * 2, FIRST_AWAY_S), LONGEST_AWAY_S)
        self._away_until = self._clock.monotonic() + self._away_s
        self.away = error

    def _went_wrong(self, key: str, error: Exception, set_aside: SetAside | None) -> None:
        final = isinstance(error, FINAL) or self._tries.is_spent(key)
        if set_aside is None or not final:
            log.error("%s failed; tried again later", key, exc_info=error)
            self._tries.rest(key)
            return
        log.error("%s is set aside", key, exc_info=error)
        set_aside(reason_of(error))
        self._tries.forget(key)


def is_away(error: HotlineError) -> bool:
    """Tell whether an error says nothing about the item that was tried."""
    return isinstance(error, AWAY) and not isinstance(error, Failed)


def reason_of(error: BaseException) -> str:
    """Give why something failed, in one line that can be kept and shown."""
    named = str(error) or "no answer in time" * isinstance(error, TimeoutError)
    kind = "" if isinstance(error, HotlineError) else f"{type(error).__name__}: "
    return one_line(f"{kind}{named}")


def one_line(text: str) -> str:
    """Give a foreign text as one line that can be kept: no database takes every sign."""
    clean = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(clean.split())[:LONGEST_REASON]
