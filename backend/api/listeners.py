"""The consoles that listen to the live feed: what each may see, and what waits to be sent to it."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from backend.queries.feed_frame import FeedFrame
from hotline.case.tally import Viewer
from hotline.rights.scopes import Scope
from hotline.wire import encode

QUEUE: Final = 256
RELOAD: Final = encode(FeedFrame("reload"))
ALIVE: Final = encode(FeedFrame("alive"))
# A console takes a longer silence for a line that is cut, see ALIVE's reader in state/feed.ts.
ALIVE_S: Final = 10.0


@dataclass(slots=True, eq=False)
class Listener:
    """A console that listens: what it may see, and what waits to be sent to it.

    Who `leads` the telephone room hears of every seat.
    """

    scope: Scope
    session: str
    viewer: Viewer
    person: str = ""
    leads: bool = False
    counts: bytes = b""
    queue: asyncio.Queue[tuple[int, bytes] | None] = field(
        default_factory=lambda: asyncio.Queue(QUEUE)
    )

    def put(self, seq: int, message: bytes) -> None:
        """Let a message wait; one that is too slow is told to read everything again."""
        if self.queue.full():
            self.reload()
        else:
            self.queue.put_nowait((seq, message))

    async def next(self, within_s: float) -> tuple[int, bytes] | None:
        """Wait for what is to be sent next; a word that the line lives where nothing comes."""
        try:
            async with asyncio.timeout(within_s):
                return await self.queue.get()
        except TimeoutError:
            return 0, ALIVE

    def tell_counts(self, counts: bytes) -> None:
        """Tell how many cases there are, unless that was told last."""
        if counts != self.counts:
            self.counts = counts
            self.put(0, counts)

    def reload(self) -> None:
        """Drop what waits, say that all is to be read again, and end."""
        self._clear()
        self.queue.put_nowait((0, RELOAD))
        self.queue.put_nowait(None)

    def end(self) -> None:
        """End without a word."""
        self._clear()
        self.queue.put_nowait(None)

    def _clear(self) -> None:
        while not self.queue.empty():
            self.queue.get_nowait()


@dataclass(slots=True)
class Listeners:
    """All consoles that listen; any may come or go while they are gone through."""

    _there: set[Listener] = field(default_factory=set)

    def __iter__(self) -> Iterator[Listener]:
        return iter(list(self._there))

    def __len__(self) -> int:
        return len(self._there)

    def join(self, listener: Listener) -> None:
        """Add a console."""
        self._there.add(listener)

    def leave(self, listener: Listener) -> None:
        """Let a console go."""
        self._there.discard(listener)

    def reload(self) -> None:
        """Make every console read again, because changes were missed."""
        for listener in self:
            listener.reload()

    def reload_of(self, person: str) -> None:
        """Make somebody's consoles read again, because they see other cases now."""
        for listener in self:
            if listener.person == person:
                listener.reload()

    def drop(self, session: str) -> None:
        """End the feeds of a session that has ended."""
        for listener in self:
            if listener.session == session:
                listener.end()

    def close(self) -> None:
        """End all feeds, because the server ends."""
        for listener in self:
            listener.end()


LISTENERS: web.AppKey[Listeners] = web.AppKey("listeners", Listeners)
