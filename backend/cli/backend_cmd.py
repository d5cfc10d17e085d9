"""`hotline backend`: the backend's HTTP server, alone."""

import asyncio
import errno
import gc

from aiohttp import web

from backend.api.server import Runner
from backend.app import build_app
from backend.cli.command import Command, CommandContext
from backend.cli.running import stop_event
from backend.operations.postgres import database_url
from backend.operations.preflight import NotPossible, make_tokens
from config.settings import Settings
from hotline.clock import SystemClock


def run(given: CommandContext) -> int:
    """Serve until a signal ends it."""
    make_tokens(given.settings)
    asyncio.run(_serve(given.settings))
    return 0


async def _serve(settings: Settings) -> None:
    app = await build_app(settings, SystemClock(), database_url(settings))
    # A city's maps and words stay as long as the process: they need not be walked for garbage.
    gc.freeze()
    runner = Runner(app, settings)
    await runner.setup()
    try:
        await _listen(runner, settings)
        await stop_event().wait()
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    host, port = settings.web.host, settings.web.port
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        why = "is in use" if error.errno == errno.EADDRINUSE else error.strerror
        raise NotPossible(f"web.port: {host}:{port} {why}") from None


COMMAND = Command(run)
