"""A loop: something that is done again and again until the process ends."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hotline.clock import Clock

log = logging.getLogger(__name__)

MAX_WAIT_S = 5.0
MAX_DOUBLED = 8


@dataclass(slots=True)
class Loop:
    """Runs `work` every `every_s` seconds.

    `work` gives how much it did; it is called again at once while it finds something. A failure
    is logged and tried again after a growing wait: a loop never ends by itself.
    """

    name: str
    work: Callable[[], Awaitable[int]]
    every_s: float
    clock: Clock

    async def run(self) -> None:
        """Work until cancelled."""
        failures = 0
        while True:
            try:
                worked = await self.work()
                failures = 0
                if worked:
                    continue
            except Exception:
                failures += 1
                log.exception("loop %s failed, try %d", self.name, failures)
            wait = self.every_s * 2 ** min(failures, MAX_DOUBLED)
            await self.clock.sleep(min(wait, max(MAX_WAIT_S, self.every_s)))
