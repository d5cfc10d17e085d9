"""Setting papers beside the office's work: a process of its own for each, few at once."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

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
        async with self.turn:
            return await self._set(encode(paper))

    async def _set(self, told: bytes) -> bytes:
        path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "backend.papers.pdf", str(self.font)),
            env={"PYTHONPATH": path, "MALLOC_ARENA_MAX": "1"},
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
        )
        try:
            async with asyncio.timeout(MAX_S):
                body, _ = await process.communicate(told)
        except TimeoutError:
            raise Unavailable("the paper takes too long to set", retry_after=60.0) from None
        finally:
            # Whoever asked may have gone: nobody reads what it would give.
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise Unavailable("the paper could not be set", retry_after=60.0)
        return body
