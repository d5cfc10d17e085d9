"""Running the processes under one supervisor until a signal ends it."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path

from backend.operations.preflight import NotPossible
from backend.operations.supervisor import Child, NotReady, Supervisor, Told
from config.settings import Settings, child_environment
from hotline.clock import SystemClock


@asynccontextmanager
async def supervised(
    settings: Settings, files: list[Path], told: Told
) -> AsyncIterator[Supervisor]:
    """A supervisor with nothing running yet; whatever is started in the block ends with it."""
    logs = settings.home.data_dir / "log"
    supervisor = Supervisor(logs, child_environment(files), SystemClock(), told)
    try:
        yield supervisor
    except NotReady as error:
        raise NotPossible(str(error)) from None
    finally:
        await supervisor.stop()


Shown = Callable[[str], AbstractAsyncContextManager[object]]
"""Given a child's name: a block that lasts until the child is ready."""


async def start_together(
    supervisor: Supervisor, children: list[Child], shown: Shown = lambda _: nullcontext()
) -> None:
    """Start what does not run yet, side by side: each can wait for the others by itself."""
    missing = [child for child in children if supervisor.pid(child.name) is None]
    starting = {child.name: asyncio.create_task(supervisor.start(child)) for child in missing}
    try:
        for name, task in starting.items():
            async with shown(name):
                await task
    finally:
        for task in starting.values():
            task.cancel()
        await asyncio.gather(*starting.values(), return_exceptions=True)


def stop_event() -> asyncio.Event:
    """An event that is set when somebody asks this process to end."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked.set)
    return asked
