"""A worker of the office as a process of the tests' own, beside those of a supervisor."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from config.settings import ROOT


@dataclass(slots=True)
class WorkerProcess:
    """A worker that is started again whenever it ends."""

    environment: Mapping[str, str]
    process: asyncio.subprocess.Process | None = None

    async def keep(self) -> None:
        """Run it until cancelled."""
        while True:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "backend", "worker"), cwd=ROOT, env=self.environment
            )
            try:
                await self.process.wait()
            finally:
                self.kill()
                await self.process.wait()  # else its transport is left to the garbage collector

    def kill(self) -> None:
        """Kill it as a power cut would."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
