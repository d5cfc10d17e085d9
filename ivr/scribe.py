"""Keeps the process that writes recordings down; the phone connector never loads the model."""

import asyncio
import logging
import sys

from hotline.clock import Clock

log = logging.getLogger(__name__)

RESTART_SECONDS = 15.0


async def keep_scribe(clock: Clock) -> None:
    """Run the scribe as a child process, and again when it ends; it ends with this process."""
    while True:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ivr.transcription", "--child", stdin=asyncio.subprocess.DEVNULL
        )
        try:
            status = await child.wait()
        except asyncio.CancelledError:
            child.terminate()
            await child.wait()
            raise
        log.warning("the scribe ended with %s; started again", status)
        await clock.sleep(RESTART_SECONDS)
