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
# A listener that has not done with its changes after this time has failed.
LISTENER_S = 15.0
MAX_WAITING = 5_000

Hear = Callable[[list[FeedItem]], Awaitable[None]]


@dataclass(slots=True)
class Courier:
    """Hands changes to one listener, in order; the drainer waits for none of them.

    `missed` is called where changes could not be handed on.
    """

    hear: Hear
    missed: Callable[[], None] = lambda: None
    waiting: list[FeedItem] = field(default_factory=list)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, items: list[FeedItem]) -> None:
        """Let changes wait for the listener; far too many are let go of."""
        self.waiting += items
        if len(self.waiting) > MAX_WAITING:
            log.error("a listener of the feed missed %d changes", len(self.waiting))
            self.waiting.clear()
            self.missed()
        self.woken.set()

    async def run(self) -> None:
        """Hand on until cancelled; a failure is the listener's own."""
        while True:
            await self.woken.wait()
            self.woken.clear()
            items, self.waiting = self.waiting, []
            if not items:
                continue
            try:
                async with asyncio.timeout(LISTENER_S):
                    await self.hear(items)
            except Exception:
                log.exception("a listener of the feed failed on %d changes", len(items))
                self.missed()


@dataclass(slots=True)
class Drainer:
    """Drains the change table as soon as it is woken, and every half second in any case."""

    store: Store
    couriers: list[Courier] = field(default_factory=list)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, hear: Hear, missed: Callable[[], None] = lambda: None) -> None:
        """Add somebody who is handed every change, and told where some were missed."""
        self.couriers.append(Courier(hear, missed))

    def wake(self) -> None:
        """Let the drainer look now."""
        self.woken.set()

    async def run(self) -> None:
        """Drain until cancelled; a lost database is waited for."""
        carrying = [asyncio.create_task(courier.run()) for courier in self.couriers]
        try:
            while True:
                try:
                    await self._hold()
                except Exception:
                    log.exception("the feed stands still; trying again")
                await self._pause(1.0)
        finally:
            for task in carrying:
                task.cancel()

    async def _hold(self) -> None:
        """Be the drainer as long as the connection lives, unless another process is it.

        The lock belongs to the connection, so the connection ends with the holding: one that went
        back to the pool would keep the lock and leave the feed without a drainer.
        """
        async with self.store.alone() as connection:
            if not await feed.lock(connection):
                return
            while True:
                self.woken.clear()
                items = await feed.drain(connection)
                if not items:
                    await self._pause(POLL_S)
                    continue
                for courier in self.couriers:
                    courier.take(items)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.woken.wait(), seconds)
        except TimeoutError:
            return
