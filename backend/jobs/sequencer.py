"""The sequencer: numbers changes after commit; one process at a time, whichever holds the lock."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Final

from backend.store import feed
from backend.store.session import Store, listen
from hotline.clock import pause

log = logging.getLogger(__name__)

# A notification may be lost, so it looks by itself too.
POLL_S: Final = 0.5
# So long further asking is gathered: many writers ask once.
GATHER_S: Final = 0.01


@dataclass(slots=True)
class Sequencer:
    """Numbers changes as soon as it is asked to, and looks every half second in any case."""

    store: Store
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Number until cancelled; a lost database is waited for."""
        while True:
            try:
                await self._hold()
            except Exception:
                log.exception("the feed stands still; trying again")
            # What woke it while it could not work must not let it try without a pause.
            self.woken.clear()
            await pause(self.woken, 1.0)

    async def _hold(self) -> None:
        """Be the sequencer as long as the connection lives, unless another process is it.

        The lock belongs to the connection, so the connection ends with the holding: one that went
        back to the pool would keep the lock and leave the feed without a sequencer.
        """
        async with self.store.alone() as connection:
            if not await feed.lock(connection):
                return
            await listen(connection, feed.CHANGES, self.woken.set)
            while True:
                self.woken.clear()
                if await feed.number(connection) < feed.AT_ONCE:
                    await pause(self.woken, POLL_S)


@dataclass(slots=True)
class ChangeAnnouncer:
    """Asks for the sequencer, wherever it runs, after this process has written changes."""

    store: Store

    async def run(self) -> None:
        """Ask until cancelled; what could not be asked is found by the sequencer itself."""
        while True:
            await self.store.changed.wait()
            self.store.changed.clear()
            try:
                async with self.store.connect() as connection:
                    await feed.notify_changes(connection)
            except Exception as error:
                log.info("the sequencer could not be asked: %r", error)
            await asyncio.sleep(GATHER_S)
