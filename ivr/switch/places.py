"""Which place in a queue a caller has who comes back to it: by when they first began to wait."""

import asyncio
import logging
import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from hotline.clock import Clock
from ivr.manager import Exchange
from ivr.switch.seen import InQueue, waiting_in

log = logging.getLogger(__name__)

PATIENCE_S: Final = 1.0
# Nobody waits for longer.
KEPT: Final = timedelta(hours=2)
END: Final = 0
# Who waits is as it was told for so long.
FRESH_S: Final = 0.5


class QueuePlaces:
    """Remembers since when callers wait; asked from their threads, which it lets wait little."""

    def __init__(self, exchange: Exchange, clock: Clock, loop: asyncio.AbstractEventLoop):
        self._exchange = exchange
        self._clock = clock
        self._loop = loop
        self._lock = threading.Lock()
        self._since: dict[str, datetime] = {}
        self._asking = threading.Lock()
        self._asked_at = float("-inf")
        self._waiting: tuple[InQueue, ...] | None = ()

    def begins(self, call: str, since: datetime) -> None:
        """Remember since when a call waits; the exchange tells that by the second alone."""
        now = self._clock.now()
        with self._lock:
            kept = {key: at for key, at in self._since.items() if now - at < KEPT}
            self._since = kept | {call: since}

    def since(self, call: str) -> datetime | None:
        """Give since when a call has waited; None for one that nobody told of."""
        with self._lock:
            return self._since.get(call)

    def place_of(self, queue: int, call: str, since: datetime, priority: int) -> int:
        """Give the place of a call that comes back; the end where nobody tells who waits."""
        self.begins(call, since)
        now = self._clock.now()
        with self._lock:
            known = dict(self._since)
        told = self._told()
        if told is None:
            log.warning("who waits is not told: to the end of the queue", extra={"call": call})
            return END
        there = (one for one in told if one.queue == queue and one.call != call)
        return place_among(there, known, now, since, priority)

    def _told(self) -> tuple[InQueue, ...] | None:
        """Give who waits; of many who ask at once, one asks the exchange."""
        with self._asking:
            if self._clock.monotonic() - self._asked_at < FRESH_S:
                return self._waiting
            asked = asyncio.run_coroutine_threadsafe(self._exchange.queues(), self._loop)
            told = None
            try:
                told = asked.result(PATIENCE_S)
            except TimeoutError:
                asked.cancel()
            # That nobody tells is remembered as well: the next ones wait no second each for it.
            self._asked_at = self._clock.monotonic()
            self._waiting = None if told is None else waiting_in(told)
            return self._waiting


def place_among(
    there: Iterable[InQueue],
    known: dict[str, datetime],
    now: datetime,
    since: datetime,
    priority: int,
) -> int:
    """Give a place behind all who go before, and who are alike and have waited for longer."""
    begun = (
        (-one.priority, known.get(one.call, now - timedelta(seconds=one.seconds))) for one in there
    )
    return 1 + sum(1 for one in begun if one <= (-priority, since))
