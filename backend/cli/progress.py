"""Telling a person how far a long step is: one line, its seconds, and how it ended."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TextIO

from hotline.clock import Clock

WIDTH = 46
TICK_S = 1.0


@dataclass(slots=True)
class ProgressStep:
    """A step under way; `note` is shown behind its seconds."""

    label: str
    begun: float
    note: str = ""


@dataclass(slots=True)
class Progress:
    """Shows steps on a terminal as they go, elsewhere as they end."""

    clock: Clock
    out: TextIO = field(default_factory=lambda: sys.stdout)

    @asynccontextmanager
    async def step(self, label: str) -> AsyncIterator[ProgressStep]:
        """Show a step for the length of the block."""
        step = ProgressStep(label, self.clock.monotonic())
        ticking = asyncio.create_task(self._tick(step))
        try:
            yield step
        except BaseException:
            await _end(ticking)
            self._show(step, "✗\n")
            raise
        await _end(ticking)
        self._show(step, "✓\n")

    async def _tick(self, step: ProgressStep) -> None:
        while self.out.isatty():
            self._show(step, "")
            await self.clock.sleep(TICK_S)

    def _show(self, step: ProgressStep, end: str) -> None:
        seconds = self.clock.monotonic() - step.begun
        start = "\r" if self.out.isatty() else ""
        gap = " " * max(1, WIDTH - width(step.label))
        self.out.write(f"{start}  {step.label}{gap}{seconds:5.1f} s  {step.note} {end}")
        self.out.flush()


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def width(text: str) -> int:
    """Columns of a text on a terminal; a Chinese character takes two."""
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)
