"""Keeps the process that writes utterances down: what hangs or dies there is begun anew."""

import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from typing import Any, Final

from hotline.clock import Clock
from hotline.errors import HotlineError
from ivr.listening.speech_queue import LegSaid
from ivr.listening.writer import pack

log = logging.getLogger(__name__)

COMMAND: Final = (sys.executable, "-m", "ivr.listening.writer", "--child")
# The model is loaded in so long, and no utterance takes longer than this.
READY_S: Final = 60.0
ONE_S: Final = 15.0
# It is not begun at once again: what breaks at the start would be broken all day.
AGAIN_S: Final = 5.0


class WriterFailed(HotlineError):
    """An utterance was not written down: the process died, hung or said what nobody understands."""

    code = "writer_failed"


class WriterProcess:
    """One process, and one utterance in it at a time."""

    def __init__(
        self, clock: Clock, command: Sequence[str] = COMMAND, one_s: float = ONE_S,
        ready_s: float = READY_S,
    ):  # fmt: skip
        self._clock = clock
        self._command = command
        self._one_s = one_s
        self._ready_s = ready_s
        self._process: asyncio.subprocess.Process | None = None
        self._begun: float | None = None

    async def write_down(self, said: LegSaid) -> tuple[str, float | None]:
        """Give text ("": nothing was heard) and confidence of an utterance; raises WriterFailed."""
        try:
            process = await self.begin()
            assert process.stdin is not None
            async with asyncio.timeout(self._one_s):
                process.stdin.write(pack(said.utterance.sound, said.language))
                await process.stdin.drain()
                told = await self._line(process)
            confidence = told.get("confidence")
            return str(told["text"]), None if confidence is None else float(confidence)
        except (TimeoutError, OSError, ValueError, KeyError) as error:
            await self.end()
            raise WriterFailed(f"the recogniser failed: {error!r}") from error

    async def begin(self) -> asyncio.subprocess.Process:
        """Give the process, begun and ready."""
        if self._process is not None and self._process.returncode is None:
            return self._process
        if self._begun is not None:
            await self._clock.sleep(max(0.0, self._begun + AGAIN_S - self._clock.monotonic()))
        self._begun = self._clock.monotonic()
        self._process = process = await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(self._ready_s):
            await self._line(process)
        return process

    async def _line(self, process: asyncio.subprocess.Process) -> dict[str, Any]:
        assert process.stdout is not None
        line = await process.stdout.readline()
        if not line:
            raise OSError(f"it ended with {await process.wait()}")
        told = json.loads(line)
        if not isinstance(told, dict):
            raise OSError("it said something else")
        return told

    async def end(self) -> None:
        """Kill the process, whatever it does."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
