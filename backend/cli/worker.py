"""`hotline worker`: does the office's jobs; several may run beside each other."""

import argparse
import asyncio
import faulthandler
import os
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from backend.cli.command import Command, CommandContext
from backend.cli.running import stop_event
from backend.desks.context import ContextSource
from backend.following import ReleaseFollower
from backend.jobs.log_keeper import Signing
from backend.jobs.partitioning import kept_by
from backend.jobs.runner import Worker
from backend.media import MediaStore
from backend.office import knows, open_office
from backend.operations.postgres import database_url
from backend.operations.preflight import log_signer
from backend.signed_memory import SignedMemory
from config.settings import Settings
from hotline.clock import SystemClock

# Whoever rings or clicks comes before what is done later.
NICE: Final = 5
HUNG_S: Final = 60.0


def arguments(part: argparse.ArgumentParser) -> None:
    """Take the file by which others see that it lives."""
    part.add_argument(
        "--sign", type=Path, metavar="FILE", help="touch this file as long as the worker lives"
    )


def run(given: CommandContext) -> int:
    """Work until a signal ends it."""
    os.nice(NICE)
    asyncio.run(_work(given.settings, given.options.sign))
    return 0


async def _work(settings: Settings, sign: Path | None) -> None:
    opened = await open_office(settings, SystemClock(), database_url(settings), listening=1)
    source = ContextSource(opened.context)
    follower = ReleaseFollower(opened.release, knows(settings), source)
    stop, astray = stop_event(), timedelta(seconds=settings.health.clock_skew_s)
    files = MediaStore(settings.home.data_dir / "media", settings.media)
    worker = Worker(
        *(source, partial(_lives, sign), astray, kept_by(settings.database)),
        night=settings.privacy.retention_hour,
        ahead=timedelta(days=settings.privacy.clock_ahead_days),
        drop_file=files.drop,
        signing=signing_of(settings),
    )
    working = asyncio.create_task(worker.run())
    following = asyncio.create_task(follower.run())
    try:
        await stop.wait()
    finally:
        faulthandler.cancel_dump_traceback_later()
        for task in (working, following):
            task.cancel()
        for task in (working, following):
            with suppress(asyncio.CancelledError):
                await task
        files.close()
        await opened.context.store.close()


def signing_of(settings: Settings) -> Signing:
    """Give who signs where the log stands, and how often."""
    every = timedelta(seconds=settings.record.checkpoint_s)
    return Signing(log_signer(settings), every, SignedMemory(settings.log_memory_file))


def _lives(sign: Path | None) -> None:
    """Put off the end of a process whose loop stands still: it says where, and is started anew."""
    faulthandler.dump_traceback_later(HUNG_S, exit=True)
    if sign is not None:
        # A full or broken disk is told of by others.
        with suppress(OSError):
            sign.touch()


COMMAND = Command(run, arguments)
