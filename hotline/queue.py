"""Queues in which no item holds up another: each is tried, waits and is set aside by itself."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Final, TypeVar

from hotline.clock import Clock
from hotline.errors import (
    Conflict,
    Failed,
    HotlineError,
    Invalid,
    NotFound,
    Refused,
    TooLarge,
    Unanswered,
    Unauthorised,
    Unavailable,
)
from hotline.wire import Meta

log = logging.getLogger(__name__)
T = TypeVar("T")
# What names an item of a queue stands in an index, and is no longer.
MAX_REF: Final = 300
ItemRef = Annotated[str, Meta(max_length=MAX_REF)]

# What the other side will not take however often it is asked.
FINAL = (Invalid, Refused, Conflict, TooLarge, NotFound)
# What says nothing about an item: nobody is there, or nobody lets us in at all. What is forbidden
# is so for one item, and is tried again: a proxy before the backend may say it by mistake.
AWAY = (Unavailable, Unauthorised)
# What says something about an item only where others were served meanwhile.
NO_ANSWER = (Unanswered, TimeoutError)
FIRST_AWAY_S = 0.5
MAX_AWAY_S = 5.0
MAX_REASON_LENGTH = 500
# Work that takes longer lets go of its lane, where a queue has room beside its lanes.
LANE_S = 2.0


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
    """An item that was set aside: what it is of which queue, why, and since when.

    `case` is the number of its case, where that is known.
    """

    queue: ItemRef
    ref: ItemRef
    reason: str
    since: datetime
    case: str = ""


@dataclass(slots=True)
class Tries:
    """How often the items of a queue were tried here, and when each may be tried again.

    A try that ended without an answer counts only where the other side has served another item
    since the try before it: else nobody was served, and the item is as good as any.
    """

    clock: Clock
    patience: Patience
    _made: dict[str, int] = field(default_factory=dict)
    _due: dict[str, float] = field(default_factory=dict)
    _served: int = 0
    _served_then: dict[str, int] = field(default_factory=dict)
    _excused: dict[str, int] = field(default_factory=dict)
    _unserved: set[str] = field(default_factory=set)

    def is_due(self, key: str) -> bool:
        """Tell whether an item may be tried now."""
        return self._due.get(key, 0.0) <= self.clock.monotonic()

    def made(self, key: str) -> int:
        """Give how often an item was tried."""
        return self._made.get(key, 0)

    def begin(self, key: str) -> None:
        """Count a try, before the work: it counts also where the work never ends."""
        self._made[key] = self.made(key) + 1
        self._served_then.setdefault(key, self._served)
        self.rest(key)

    def rest(self, key: str) -> None:
        """Let an item that was tried wait from now on."""
        self._due[key] = self.clock.monotonic() + self.patience.wait(self._made[key])

    def is_spent(self, key: str) -> bool:
        """Tell whether an item was tried often enough."""
        return self.patience.is_spent(self.made(key) - self._excused.get(key, 0))

    def take_back(self, key: str) -> None:
        """Uncount a try that said nothing about the item."""
        self._made[key] = max(0, self.made(key) - 1)
        self._due.pop(key, None)

    def unanswered(self, key: str) -> bool:
        """Take that a try ended without an answer; True excuses the item: nobody was served."""
        excused = self._served == self._served_then[key]
        if excused:
            self._excused[key] = self._excused.get(key, 0) + 1
            self._unserved.add(key)
        self._served_then[key] = self._served
        return excused

    def served(self, key: str) -> None:
        """Take that an item is done; those that nobody had answered need not wait any longer."""
        self._served += 1
        self.forget(key)
        for other in self._unserved:
            self._due.pop(other, None)
        self._unserved.clear()

    def forget(self, key: str) -> None:
        """Let go of an item that has left the queue."""
        for known in (self._made, self._due, self._served_then, self._excused):
            known.pop(key, None)
        self._unserved.discard(key)


Work = Callable[[], Awaitable[None]]
SetAside = Callable[[str], None]
"""Called with the reason."""


class Lanes:
    """Works on items side by side, so many at once; what fails, fails for itself.

    An item that is refused is set aside at once, one that fails or hangs after its waits. Where
    the other side is away, nothing is counted and everything rests for a while.

    So many `slow` items may go on beside the lanes after a while; with it, items that were tried
    before take half of the lanes at most. `freed` is called when there is room for another item.
    """

    def __init__(
        self,
        clock: Clock,
        patience: Patience,
        at_once: int,
        *,
        slow: int = 0,
        freed: Callable[[], None] = lambda: None,
    ):
        self._clock = clock
        self._tries = Tries(clock, patience)
        self._longest_s = patience.longest_s
        self._at_once = at_once
        self._slow = slow
        self._freed = freed
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._beside: set[str] = set()
        self._away_until = 0.0
        self._away_s = 0.0
        self.away: HotlineError | None = None

    @property
    def free(self) -> int:
        """How many more items can be worked on now; none while the other side is away."""
        resting = self._clock.monotonic() < self._away_until
        return 0 if resting else self._at_once - (len(self._busy) - len(self._beside))

    def start(self, key: str, work: Work, set_aside: SetAside | None = None) -> bool:
        """Work on an item unless it is busy or has to wait; gives whether it was begun.

        Without `set_aside` an item is tried for ever.
        """
        if key in self._busy or self.free <= 0 or not self._may_try(key):
            return False
        self._tries.begin(key)
        task = self._busy[key] = asyncio.create_task(self._try(key, work, set_aside))
        # Not by the task itself: one that is cancelled at once never begins.
        task.add_done_callback(lambda _: self._leave(key))
        if self._slow:
            asyncio.get_running_loop().call_later(LANE_S, self._step_aside, key, task)
        return True

    async def settle(self) -> None:
        """Wait until nothing is worked on."""
        while self._busy:
            await asyncio.wait(self._busy.values())

    async def stop(self) -> None:
        """Leave what is worked on."""
        self._freed = lambda: None
        for task in list(self._busy.values()):
            task.cancel()
        await self.settle()

    def look_again(self) -> None:
        """Do not wait for a side that was away."""
        self._away_until = 0.0
        self.away = None

    def _may_try(self, key: str) -> bool:
        if not self._tries.is_due(key):
            return False
        if not self._slow or not self._tries.made(key):
            return True
        anew = sum(1 for k in self._busy if k not in self._beside and self._tries.made(k) > 1)
        return anew < max(1, self._at_once // 2)

    def _step_aside(self, key: str, task: asyncio.Task[None]) -> None:
        if self._busy.get(key) is task and len(self._beside) < self._slow:
            self._beside.add(key)
            self._freed()

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

    def _leave(self, key: str) -> None:
        del self._busy[key]
        self._beside.discard(key)
        self._freed()

    def _went_well(self, key: str) -> None:
        self._tries.served(key)
        self._away_s, self.away = 0.0, None

    def _was_away(self, key: str, error: HotlineError) -> None:
        log.info("what waits stays where it is, the other side is away: %s", error)
        self._tries.take_back(key)
        if self._clock.monotonic() >= self._away_until:  # else others have found so already
            self._away_s = min(max(self._away_s * 2, FIRST_AWAY_S), MAX_AWAY_S)
            self._away_until = self._clock.monotonic() + self._away_s
        self.away = error

    def _went_wrong(self, key: str, error: Exception, set_aside: SetAside | None) -> None:
        if isinstance(error, NO_ANSWER):
            self._tries.unanswered(key)
        final = isinstance(error, FINAL) or self._tries.is_spent(key)
        if set_aside is None or not final:
            log.error("%s failed; tried again later", key, exc_info=error)
            self._tries.rest(key)
            return
        log.error("%s is set aside", key, exc_info=error)
        set_aside(reason_of(error))
        self._tries.forget(key)


async def caught(work: Awaitable[T]) -> T | Exception:
    """Do one of several works, and give its failure rather than leave the others undone.

    Raises Unavailable where the database is away.
    """
    try:
        return await work
    except Unavailable:
        raise
    except Exception as error:
        log.exception("one of several works failed")
        return error


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
    return " ".join(clean.split())[:MAX_REASON_LENGTH]
