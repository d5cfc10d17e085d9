"""Running the processes under one supervisor until a signal ends it."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from pathlib import Path

from backend.cli.ground import NotPossible
from backend.cli.processes import processes
from backend.supervisor import NotReady, Supervisor, Told
from config.settings import Settings, child_environment
from hotline.clock import SystemClock


@contextlib.asynccontextmanager
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


async def start_rest(supervisor: Supervisor, settings: Settings) -> None:
    """Start everything that does not run yet, one after the other."""
    for child in processes(settings):
        if supervisor.pid(child.name) is None:
            await supervisor.start(child)


def stop_event() -> asyncio.Event:
    """An event that is set when somebody asks this process to end."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked.set)
    return asked
