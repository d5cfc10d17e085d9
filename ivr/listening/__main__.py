"""The process that listens to talks: `python -m ivr.listening --child`.

It reads which legs will come, a line of JSON each, and tells first by which port they do. It ends
with its input.
"""

import asyncio
import logging
import os
import sys

from backend.client import BackendClient
from config.logs import set_up
from config.private import keep_private
from config.settings import Settings, from_environment
from hotline.clock import SystemClock
from hotline.errors import HotlineError, Invalid
from hotline.wire import decode
from ivr.listening.audio_socket import AudioSocket
from ivr.listening.listener import LegExpected, TalkListener
from ivr.listening.voices import voices_of_leg
from ivr.listening.writer_process import WriterProcess

log = logging.getLogger(__name__)

# Between calls, which have none, and what writes down (10).
NICE = 5


async def serve(settings: Settings) -> None:
    """Listen until there is no more input."""
    token, clock = settings.connector_token("ivr"), SystemClock()
    client = BackendClient(
        settings.backend_url, token, timeout_seconds=settings.connectors.timeout_s
    )
    writer = WriterProcess(clock)
    listener = TalkListener(client, writer, clock, voices_of_leg)
    socket = AudioSocket(listener.hear, clock)
    port = await socket.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    running = asyncio.create_task(listener.run())
    try:
        async for line in await _lines():
            try:
                listener.expect(decode(line, LegExpected))
            except Invalid as error:
                log.warning("a line says nothing of a leg: %s", error)
    finally:
        running.cancel()
        await socket.close()
        await writer.end()
        await client.close()


async def _lines() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def main() -> int:
    """Listen, with low priority, until the input ends."""
    os.nice(NICE)
    settings = from_environment()
    set_up(settings.log)
    keep_private(settings.home.data_dir)
    try:
        asyncio.run(serve(settings))
    except KeyboardInterrupt:
        return 0
    except (HotlineError, OSError) as error:
        sys.stderr.write(f"ivr.listening: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
