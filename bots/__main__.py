"""The message connectors' command: Telegram, the same conversations in a terminal, health."""

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any

from bots import gateway
from bots.console import Guest, run_console
from bots.telegram import service
from config.logs import set_up
from config.private import keep_private
from config.settings import (
    DEMO,
    Settings,
    SettingsError,
    files_named,
    from_environment,
    load_with,
    terminal_language,
)
from hotline.clock import SystemClock
from hotline.errors import HotlineError

WRONG = 2
# The library's wire writes the address of every request, and the address holds the token.
TALKATIVE = ("httpx", "httpcore", "telegram")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for; gives the exit code, 2 for what has to be set right."""
    options = _options(arguments)
    try:
        settings = _settings(console=options.console)
        _log(settings, console=options.console)
        return asyncio.run(_run(settings, options))
    except (SettingsError, HotlineError, OSError) as error:
        sys.stderr.write(f"bots: {' '.join(str(error).split())}\n")
        return WRONG
    except KeyboardInterrupt:
        return 0


def _settings(*, console: bool) -> Settings:
    """The settings; a terminal is for the demo, so it reads them as the demo does.

    Whether a terminal may speak is up to the backend, by its own settings.
    """
    return load_with([DEMO, *files_named()]) if console else from_environment()


async def _run(settings: Settings, options: argparse.Namespace) -> int:
    clock = SystemClock()
    if options.check:
        return await _check(settings)
    if options.console:
        guest = Guest(options.person or "", options.name, terminal_language())
        await run_console(settings, clock, guest, (sys.stdin, sys.stdout))
        return 0
    if not settings.telegram.token:
        sys.stdout.write("bots: telegram.token is not set, there is nothing to run\n")
        return 0
    await _until_told(service.serve(settings, clock))
    return 0


async def _check(settings: Settings) -> int:
    """Say in one line whether the parts answer that this connector needs."""
    await gateway.check_backend(settings)
    bot = await service.check(settings) if settings.telegram.token else ""
    sys.stdout.write(f"bots: the backend answers{f', Telegram as {bot}' if bot else ''}\n")
    return 0


async def _until_told(work: Coroutine[Any, Any, None]) -> None:
    """Work until it ends by itself or a signal ends it."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bots", description=__doc__)
    parser.add_argument("--console", action="store_true", help="converse in this terminal")
    parser.add_argument("--as", dest="person", help="as this post or person; else as a citizen")
    parser.add_argument("--name", default="", help="name of the citizen at the terminal")
    parser.add_argument("--check", action="store_true", help="say whether everything answers")
    return parser.parse_args(arguments)


def _log(settings: Settings, *, console: bool) -> None:
    set_up(replace(settings.log, level="error") if console else settings.log)
    keep_private(settings.home.data_dir)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


if __name__ == "__main__":
    sys.exit(main())
