"""Making the parts of tables that grow with time ahead of it, and dropping those that are old."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final, TypeVar

from backend.store import partitions
from backend.store.partitions import CALLS, FEED, FIRST, PARTITIONED, Partitioned
from backend.store.session import Store
from config.sections import DatabaseSettings
from hotline.clock import Clock
from hotline.errors import Unavailable

log = logging.getLogger(__name__)

# Who holds a table mostly lets go within a moment.
TRIES: Final = 10
PAUSE_S: Final = 0.5
T = TypeVar("T")


def kept_by(settings: DatabaseSettings) -> dict[str, timedelta]:
    """Give how long what is in tables is kept, by the table; what is for ever is not named."""
    kept = {FEED.table: timedelta(days=settings.feed_days)}
    if settings.call_days:
        kept |= {one.table: timedelta(days=settings.call_days) for one in CALLS}
    return kept


@dataclass(frozen=True, slots=True)
class PartitionKeeper:
    """Keeps the parts of every table; `kept` says how long, by the table, and for ever otherwise.

    Any number may run; one at a time changes a part.
    """

    store: Store
    clock: Clock
    kept: Mapping[str, timedelta] = field(default_factory=dict)

    async def keep(self) -> int:
        """Make and drop what is to be; a table that is held is left to the next turn."""
        for one in PARTITIONED:
            try:
                await self._keep(one)
            except Unavailable as error:
                log.warning("the parts of %s are as they were: %s", one.table, error)
        return 0

    async def _keep(self, one: Partitioned) -> None:
        now, kept = self.clock.now(), self.kept.get(one.table)
        since = FIRST if kept is None else max(FIRST, one.span.start(now - kept))
        async with self.store.connect() as connection:
            parts = await partitions.look(connection, one, now, since)
        for start in partitions.missing(one, parts, now):
            await self._patiently(partial(partitions.make, self.store, one, start))
        if kept is None:
            return
        await partitions.empty_rest(self.store, one, now - kept)
        for start in partitions.outlived(one, parts, now, kept):
            if await self._patiently(partial(partitions.drop, self.store, one, start)):
                log.info("dropped the part of %s from %s", one.table, start.date())

    async def _patiently(self, change: Callable[[], Awaitable[T]]) -> T:
        for _ in range(TRIES - 1):
            try:
                return await change()
            except Unavailable:
                await self.clock.sleep(PAUSE_S)
        return await change()
