"""Understanding words while a door waits: one at a time, few in line, each for a short while."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")
MOST_IN_LINE: Final = 16
LONGEST_S: Final = 5.0


@dataclass(slots=True)
class Thinking:
    """The line before the one thread; the rest of the processor is for everybody else."""

    longest_s: float = LONGEST_S
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    in_line: int = 0

    async def of(self, think: Callable[[], T]) -> T | None:
        """Give what comes of thinking; None where it takes too long or too many wait.

        A thread cannot be ended: words that hang keep the turn, so no second thread is risked.
        """
        if self.in_line >= MOST_IN_LINE:
            return None
        self.in_line += 1
        try:
            async with asyncio.timeout(self.longest_s):
                return await self._in_turn(think)
        except TimeoutError:
            log.warning("words for a door took longer than %g s to understand", self.longest_s)
            return None
        finally:
            self.in_line -= 1

    async def _in_turn(self, think: Callable[[], T]) -> T:
        await self.turn.acquire()
        running = asyncio.ensure_future(asyncio.to_thread(think))
        running.add_done_callback(self._done)
        return await asyncio.shield(running)

    def _done(self, running: asyncio.Future[T]) -> None:
        self.turn.release()
        if not running.cancelled():
            running.exception()
