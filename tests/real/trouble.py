"""Parts of a running hotline that hang or stay away for a while."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from tests.real.stack import Stack


@contextmanager
def frozen(stack: Stack, part: str) -> Iterator[None]:
    """Let a part hang for the block: its ports are there and nobody answers."""
    pid = stack.pid(part)
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def kept_down(stack: Stack, part: str) -> AsyncIterator[None]:
    """Kill a part, and again whenever the supervisor has started it, for the block."""
    assert stack.kill(part)
    killing = asyncio.create_task(_keep_killing(stack, part))
    try:
        yield
    finally:
        killing.cancel()
        await asyncio.gather(killing, return_exceptions=True)


async def _keep_killing(stack: Stack, part: str) -> None:
    while True:
        stack.kill(part)
        await asyncio.sleep(0.05)
