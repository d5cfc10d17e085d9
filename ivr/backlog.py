"""What waits in one folder of the spool, handed to lanes as they come free."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

from hotline.clock import Clock
from hotline.queue import Lanes, Patience
from ivr.spool import Spool

# So many uploads or calls that take their time go on beside the lanes.
SLOW = 48


class Backlog:
    """A folder that is listed once, oldest first, and anew when all of it was handed out.

    What comes meanwhile is younger, and what has to wait comes with a later listing: neither
    costs a look at the whole folder for every item that is brought.
    """

    def __init__(
        self,
        spool: Spool,
        kind: str,
        bring: Callable[[str], Awaitable[None]],
        clock: Clock,
        patience: Patience,
        at_once: int,
    ):
        self._spool = spool
        self._kind = kind
        self._bring = bring
        self._names: deque[str] = deque()
        self.lanes = Lanes(clock, patience, at_once, slow=SLOW, freed=self._fill)

    async def look(self) -> bool:
        """Begin what is due, as far as lanes are free; gives whether some of it waits for one."""
        if not self._names:
            self._names.extend(await asyncio.to_thread(self._spool.names, self._kind))
        self._fill()
        return bool(self._names)

    async def work_off(self) -> None:
        """Bring all that is due now, and wait for its end."""
        while await self.look() and self.lanes.away is None:
            await self.lanes.settle()
        await self.lanes.settle()

    def _fill(self) -> None:
        while self._names and self.lanes.free > 0:
            name = self._names.popleft()
            self.lanes.start(
                name,
                partial(self._bring, name),
                partial(self._spool.set_aside, self._kind, name),
            )
