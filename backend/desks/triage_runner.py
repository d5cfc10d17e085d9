"""Understanding words on threads that are left, and told to end, when they take too long."""

import asyncio
import ctypes
import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Thread
from typing import Final, TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")
MAX_IN_LINE: Final = 16
# Threads that go on although they were told to end: no connector's words are risked beyond these.
MAX_LEFT: Final = 8
MAX_S: Final = 5.0


@dataclass(slots=True)
class TriageRunner:
    """How words are understood: each on a thread of its own, for a limited time.

    No pool is shared: one whose threads all hang, or are all taken by other work, would let the
    words of everybody else wait for one, and their time run out before they are looked at.
    """

    longest_s: float = MAX_S
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    in_line: int = 0
    left: list[Thread] = field(default_factory=list)

    async def of(self, think: Callable[[], T]) -> T | None:
        """Give what comes of thinking while a connector waits: one at a time, and few in line.

        None where it takes too long, the line counted in, or too many wait already.
        """
        self._count_left()
        if self.in_line >= MAX_IN_LINE or len(self.left) >= MAX_LEFT:
            return None
        self.in_line += 1
        try:
            async with asyncio.timeout(self.longest_s), self.turn:
                return await self.alone(think)
        except TimeoutError:
            log.warning("words for a connector took longer than %g s to understand", self.longest_s)
            return None
        finally:
            self.in_line -= 1

    async def alone(self, think: Callable[[], T]) -> T:
        """Give what comes of thinking, at once; TimeoutError where it takes too long."""
        self._count_left()
        end: Future[T] = Future()
        end.set_running_or_notify_cancel()
        # The end of the process waits for no such thread.
        thread = Thread(target=_run, args=(think, end), name="understanding", daemon=True)
        thread.start()
        try:
            async with asyncio.timeout(self.longest_s):
                return await asyncio.wrap_future(end)
        finally:
            if not end.done():
                _tell_to_end(thread)
                self.left.append(thread)

    def _count_left(self) -> None:
        self.left = [thread for thread in self.left if thread.is_alive()]


def _run(think: Callable[[], T], end: "Future[T]") -> None:
    try:
        end.set_result(think())
    except BaseException as error:
        if not end.done():
            end.set_exception(error)


def _tell_to_end(thread: Thread) -> None:
    """Let a thread end at its next step; one that waits outside of Python's code goes on."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit)
    )
