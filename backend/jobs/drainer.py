"""The one drainer: numbers changes after commit and hands them on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from backend.store import feed
from backend.store.feed import FeedItem
from backend.store.session import Store

log = logging.getLogger(__name__)

POLL_S = 0.5


@dataclass(slots=True)
class Drainer:
    """Drains the change table as soon as it is woken, and every half second in any case."""

    store: Store
    listeners: list[Callable[[list[FeedItem]], Awaitable[None]]] = field(default_factory=list)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Let the drainer look now."""
        self.woken.set()

    async def run(self) -> None:
        """Drain until cancelled; a lost database is waited for."""
        while True:
            try:
                await self._hold()
            except Exception:
                log.exception("the feed stands still; trying again")
            await self._pause(1.0)

    async def _hold(self) -> None:
        """Be the drainer as long as the connection lives, unless another process is it."""
        async with self.store.connect() as connection:
            if not await feed.lock(connection):
                return
            while True:
                self.woken.clear()
                items = await feed.drain(connection)
                if not items:
                    await self._pause(POLL_S)
                    continue
                for listener in self.listeners:
                    await listener(items)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.woken.wait(), seconds)
        except TimeoutError:
            return
