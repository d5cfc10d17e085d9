"""Rings those whom the office wants rung back, each once, and tells who was not reached."""

import asyncio
import logging
import threading
from typing import Final

from hotline.notice import CallEnd
from hotline.room.exchange import CallBackOrder, NotReached
from ivr.manager import Exchange

log = logging.getLogger(__name__)

RING_S: Final = 30.0
KEPT: Final = 500


class CallBackRinger:
    """Rings beside the looks at the room; what it has to tell waits until it is taken.

    Of who answers, the call itself tells; of what nobody knows, the lines that are up.
    """

    def __init__(self, exchange: Exchange, own_number: str):
        self._exchange = exchange
        self._own_number = own_number
        self._lock = threading.Lock()
        self._told: list[NotReached] = []
        self._ringing: set[asyncio.Task[None]] = set()
        # What was rung here, the newest last: an order that comes twice is one.
        self._rung: dict[str, None] = {}

    @property
    def told(self) -> tuple[NotReached, ...]:
        """Who was not reached, as far as nobody has taken it."""
        with self._lock:
            return tuple(self._told)

    def taken(self, told: tuple[NotReached, ...]) -> None:
        """Forget what somebody has taken."""
        with self._lock:
            self._told = [one for one in self._told if one not in told]

    def reached_nobody(self, leg: str, end: CallEnd) -> None:
        """Take that a call came to nothing; calls tell it from their threads."""
        log.info("call-back %s: %s", leg, end)
        with self._lock:
            self._told.append(NotReached(leg, end))

    def ring(self, order: CallBackOrder) -> None:
        """Ring somebody; the same order twice is one."""
        if order.leg not in self._rung:
            self._rung = dict.fromkeys([*list(self._rung)[-KEPT:], order.leg])
            task = asyncio.create_task(self._ring(order), name=order.leg)
            self._ringing.add(task)
            task.add_done_callback(self._over)

    async def _ring(self, order: CallBackOrder) -> None:
        end = await self._exchange.ring_back(order, self._own_number, RING_S)
        if end not in (CallEnd.ANSWERED, CallEnd.UNTOLD):
            self.reached_nobody(order.leg, end)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._ringing.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("%s was not rung", task.get_name(), exc_info=task.exception())

    async def stop(self) -> None:
        """End; calls that ring go on in the exchange."""
        for task in list(self._ringing):
            task.cancel()
