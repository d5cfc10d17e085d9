"""Sound from the exchange as it comes (Asterisk's AudioSocket): one connection a leg of a talk.

A frame is a kind (1 byte), a length (2 bytes, the high one first) and so many bytes. Sound has
8 kHz, 16 bit, mono. Nothing is said back: the exchange hears of us only that we hang up.
"""

import asyncio
import logging
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final
from uuid import UUID

import numpy as np

from hotline.clock import Clock
from ivr.pcm import RATE, Samples

log = logging.getLogger(__name__)

HANGUP, NAME, SOUND, ERROR = 0x00, 0x01, 0x10, 0xFF
HEAD: Final = struct.Struct(">BH")
# Who says not who they are in so long is let go.
NAME_S: Final = 5.0
# Many telephones send nothing while nobody speaks: behind so long that is silence.
GAP_S: Final = 0.25

Sound = AsyncIterator[Samples]
Hear = Callable[[UUID, Sound], Awaitable[None]]


class AudioSocket:
    """Takes connections, and hands each to `hear` by the id that the exchange was told for it."""

    def __init__(self, hear: Hear, clock: Clock):
        self._hear = hear
        self._clock = clock
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Take connections from this machine from now on; gives the port."""
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Take no more."""
        if self._server is not None:
            self._server.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(NAME_S):
                kind, told = await read_frame(reader)
            if kind == NAME and len(told) == 16:
                await self._hear(UUID(bytes=told), sound_of(reader, self._clock))
        except (TimeoutError, EOFError, OSError) as error:
            log.info("a leg that is listened to ended: %r", error)
        finally:
            writer.close()


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Give the next frame; raises EOFError at the end."""
    kind, length = HEAD.unpack(await reader.readexactly(HEAD.size))
    return kind, await reader.readexactly(length) if length else b""


async def sound_of(reader: asyncio.StreamReader, clock: Clock) -> Sound:
    """Give the sound of a leg until it ends, in time: where none comes, silence is given."""
    coming: asyncio.Queue[Samples | None] = asyncio.Queue()
    pump = asyncio.create_task(_pump(reader, coming))
    began, given = clock.monotonic(), 0
    try:
        while True:
            try:
                async with asyncio.timeout(GAP_S):
                    sound = await coming.get()
            except TimeoutError:
                missing = int((clock.monotonic() - began - GAP_S) * RATE) - given
                sound = np.zeros(max(missing, 0), dtype=np.int16)
            if sound is None:
                return
            given += len(sound)
            yield sound
    finally:
        pump.cancel()


async def _pump(reader: asyncio.StreamReader, coming: "asyncio.Queue[Samples | None]") -> None:
    """Bring the sound of a leg as it comes, and None at its end."""
    try:
        while True:
            kind, told = await read_frame(reader)
            if kind == SOUND:
                whole = told[: len(told) // 2 * 2]
                coming.put_nowait(np.frombuffer(whole, dtype="<i2").astype(np.int16))
            elif kind in (HANGUP, ERROR):
                break
    except (EOFError, OSError) as error:
        log.debug("a leg ended: %r", error)
    coming.put_nowait(None)
