"""The reader: one a backend; folds the feed into the counts and hands it to who listens here."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from backend.jobs.sequencer import POLL_S
from backend.store import feed
from backend.store.feed import FeedItem, Snapshot
from backend.store.session import Connection, Store, listen
from hotline.case.tally import Tally
from hotline.clock import pause

log = logging.getLogger(__name__)

# A listener that has not done with its changes after this time has failed.
LISTENER_S: Final = 15.0
MAX_WAITING: Final = 5_000

Hear = Callable[[list[FeedItem]], Awaitable[None]]


@dataclass(slots=True)
class Courier:
    """Hands changes to one listener, in order; the reader waits for none of them.

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
class FeedReader:
    """Reads the feed from where it stood at the start, as soon as numbers were given."""

    store: Store
    tally: Tally
    couriers: list[Courier] = field(default_factory=list)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    seq: int = 0
    last: UUID | None = None
    counted: frozenset[UUID] = frozenset()

    def add(self, hear: Hear, missed: Callable[[], None] = lambda: None) -> None:
        """Add somebody who is handed every change, and told where some were missed."""
        self.couriers.append(Courier(hear, missed))

    async def run(self) -> None:
        """Read until cancelled; a lost database is waited for."""
        carrying = [asyncio.create_task(courier.run()) for courier in self.couriers]
        try:
            while True:
                try:
                    await self._follow()
                except Exception:
                    log.exception("the feed is not read; trying again")
                self.woken.clear()
                await pause(self.woken, 1.0)
        finally:
            for task in carrying:
                task.cancel()

    async def _follow(self) -> None:
        async with self.store.alone() as connection:
            await listen(connection, feed.NUMBERED, self.woken.set)
            if not self.tally.is_loaded:
                await self._begin()
            elif await feed.id_at(connection, self.seq) != self.last:
                # A server that stood in for another has lost the newest and gives numbers anew.
                await self._begin_anew()
            while True:
                self.woken.clear()
                if await self._read(connection) < feed.AT_ONCE:
                    await pause(self.woken, POLL_S)

    async def _begin(self) -> None:
        """Count everything once, and read on from that moment."""
        async with self.store.one_moment() as connection:
            self._load(await feed.snapshot(connection))

    async def _begin_anew(self) -> None:
        """Begin once more, and let all who listen know that they have missed something."""
        log.error("the feed is read anew from where it stands now")
        await self._begin()
        for courier in self.couriers:
            courier.missed()

    def _load(self, found: Snapshot) -> None:
        self.tally.load(found.standings)
        self.seq, self.last, self.counted = found.seq, found.last, found.waiting

    async def _read(self, connection: Connection) -> int:
        items = await feed.after(connection, self.seq, feed.AT_ONCE)
        if not items:
            return 0
        for item in items:
            if item.id not in self.counted:
                self.tally.fold(item.before, item.after)
        self.seq, self.last = items[-1].seq, items[-1].id
        for courier in self.couriers:
            courier.take(items)
        if any(item.is_unread for item in items):
            await self._begin_anew()
        return len(items)
