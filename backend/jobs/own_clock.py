"""Whether this process's clock is right: who is far off the database's does nothing by it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from backend.store import beats, server_clock
from backend.store.session import Connection, Store
from hotline.clock import Clock
from hotline.health import ASTRAY

log = logging.getLogger(__name__)
NONE: Final = timedelta(0)


@dataclass(slots=True)
class OwnClock:
    """Judges a clock by the database's; it may be off by `most`."""

    store: Store
    clock: Clock
    most: timedelta
    _off: timedelta = NONE
    # The instant at which the steady seconds began, as it was when the clock was judged last.
    _began: datetime | None = None
    _judging: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def judge(self) -> int:
        """Compare with the database's clock and tell of it; there is never more to do at once."""
        async with self._judging, self.store.connect() as connection:
            began, before = self._beginning(), self.clock.now()
            there = await server_clock.read(connection)
            # Nobody knows when it was read while this process waited for the answer.
            off = max(before - there, NONE) or min(self.clock.now() - there, NONE)
            await self._tell(connection, off)
            self._off, self._began = off, began
            if not self._is_small(off):
                await beats.keep(connection, ASTRAY, there, there + off, {})
        return 0

    async def is_right(self) -> bool:
        """Tell whether the clock is right; one that was set since it was judged is judged anew."""
        if self._began is None or not self._is_small(self._beginning() - self._began):
            await self.judge()
        return self._is_small(self._off)

    def only_by_it(self, work: Callable[[], Awaitable[int]]) -> Callable[[], Awaitable[int]]:
        """Give work that is left to others as long as this clock is wrong."""

        async def run() -> int:
            return await work() if await self.is_right() else 0

        return run

    async def _tell(self, connection: Connection, off: timedelta) -> None:
        """Say so where the clock has become wrong, and where it is right again."""
        was, is_right = self._is_small(self._off), self._is_small(off)
        if was and not is_right:
            log.error(
                "this machine's clock is %.0f s %s the database's: no job is done here until both "
                "agree; switch on time synchronisation (NTP)",
                abs(off.total_seconds()),
                "ahead of" if off > NONE else "behind",
            )
        elif is_right and not was:
            log.warning("this machine's clock agrees with the database's again: jobs are done")
            await beats.forget(connection, ASTRAY)

    def _beginning(self) -> datetime:
        return self.clock.now() - timedelta(seconds=self.clock.monotonic())

    def _is_small(self, off: timedelta) -> bool:
        return abs(off) <= self.most
