"""A job: something that is done again and again until the process ends."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from hotline.clock import Clock

log = logging.getLogger(__name__)

MAX_WAIT_S = 30.0


@dataclass(slots=True)
class Job:
    """Runs `work` when woken and every `every_s` seconds.

    `work` gives how much it did; it is called again at once while it finds something. A failure
    is logged and tried again after a growing wait: a job never ends by itself.
    """

    name: str
    work: Callable[[], Awaitable[int]]
    every_s: float
    clock: Clock
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Let the job look now."""
        self.woken.set()

    async def run(self) -> None:
        """Work until cancelled."""
        failures = 0
        while True:
            self.woken.clear()
            try:
                if await self.work():
                    failures = 0
                    continue
                failures = 0
            except Exception:
                failures += 1
                log.exception("job %s failed, try %d", self.name, failures)
            await self._pause(min(self.every_s * 2**failures, MAX_WAIT_S))

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.woken.wait(), seconds)
        except TimeoutError:
            return
