"""The cast as a process: python -m backend.demo; switched off by CAST=off."""

import asyncio
import logging
import signal
from datetime import timedelta

from backend.city import make_city
from backend.city_files import files_by
from backend.demo import accounts
from backend.demo.actors import DemoActors
from backend.demo.play import read_play
from config.logs import set_up
from config.private import keep_private
from config.settings import Settings, from_environment
from hotline.clock import Clock, SystemClock, pause
from hotline.errors import HotlineError

LOG = logging.getLogger("hotline.cast")
MAX_WAIT_S = 60.0


async def play(settings: Settings, clock: Clock, stop: asyncio.Event) -> None:
    """Play until told to stop; an office that is away is waited for."""
    failures = 0
    actors = DemoActors(
        settings.backend_url,
        accounts.read(settings),
        clock,
        timedelta(seconds=settings.cast.pause_s),
        settings.home.language,
        read_play(settings.city_folder, make_city(files_by(settings)).workflow),
    )
    try:
        while not stop.is_set():
            if not actors.accounts:
                actors.accounts = accounts.read(settings)
            failures = 0 if await _looked(actors) else failures + 1
            await pause(stop, min(settings.cast.look_s * 2 ** min(failures, 6), MAX_WAIT_S))
    finally:
        await actors.close()


async def _looked(actors: DemoActors) -> bool:
    try:
        await actors.look()
    except HotlineError as error:
        LOG.warning("the cast waits: %s", error)
        return False
    return True


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, stop.set)
    await play(settings, SystemClock(), stop)


def main() -> None:
    """Play, unless the cast is switched off."""
    settings = from_environment()
    set_up(settings.log)
    keep_private(settings.home.data_dir)
    if settings.cast.enabled:
        asyncio.run(_run(settings))


if __name__ == "__main__":
    main()
