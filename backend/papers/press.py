"""Setting papers beside the office's work: a process of its own for each, few at once."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from backend.child import run_once
from backend.papers.paper import Paper
from hotline.errors import Unavailable
from hotline.wire import encode

# 300 photos take some 15 s; whoever waits longer has gone.
MAX_S: Final = 180.0
AT_ONCE: Final = 2


@dataclass(slots=True)
class Press:
    """Sets papers in a font."""

    font: Path
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def pdf(self, paper: Paper) -> bytes:
        """Give a paper as PDF; Unavailable where there is no font, or it takes too long."""
        if not self.font.is_file():
            raise Unavailable("papers.font is not there", retry_after=60.0)
        command = ("-m", "backend.papers.pdf", str(self.font))
        try:
            async with self.turn:
                code, body, _ = await run_once(command, encode(paper), MAX_S, MALLOC_ARENA_MAX="1")
        except TimeoutError:
            raise Unavailable("the paper takes too long to set", retry_after=60.0) from None
        if code != 0:
            raise Unavailable("the paper could not be set", retry_after=60.0)
        return body
