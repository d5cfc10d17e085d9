"""Work for a process of its own: bytes in, bytes out, and gone with whoever asked."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress
from pathlib import Path


async def run_once(
    command: tuple[str, ...], given: bytes, most_s: float, **env: str
) -> tuple[int, bytes, bytes]:
    """Run a module of ours for one answer: its code, what it gave, and why not.

    Of the environment it has `env`, and where our packages are. TimeoutError where it takes longer.
    """
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, *command),
        stdin=PIPE, stdout=PIPE, stderr=PIPE, env={"PYTHONPATH": path, **env},
    )  # fmt: skip
    try:
        async with asyncio.timeout(most_s):
            told, why = await child.communicate(given)
    finally:
        # Whoever asked may have gone: nobody reads what it would give.
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    return child.returncode or 0, told, why
