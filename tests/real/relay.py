"""A line between two programs that a test cuts in the middle of what is said."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Relay:
    """Hands on what comes to a port, until it comes by the words at which it is cut, once.

    `before`: they do not arrive any more.
    """

    port: int
    words: bytes = b""
    before: bool = True
    cuts: int = 0
    own_port: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut_at(self, words: bytes, *, before: bool) -> None:
        """Cut the line at these words when they come next."""
        self.words, self.before = words, before

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a connection and make one to where it leads."""
        there, thither = await asyncio.open_connection("127.0.0.1", self.port)
        self._open |= {writer, thither}
        await asyncio.gather(self._carry(reader, thither), self._carry(there, writer))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await _read(reader):
            is_cut = bool(self.words) and self.words in data
            if not (is_cut and self.before):
                writer.write(data)
            if is_cut:
                self.words = b""
                self.cuts += 1
                await asyncio.sleep(0 if self.before else 0.05)
                self.close()
        writer.close()

    def close(self) -> None:
        """End every connection."""
        for one in self._open:
            one.close()
        self._open.clear()


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(65536)
    except OSError:
        return b""


@asynccontextmanager
async def relay_to(port: int) -> AsyncIterator[Relay]:
    """Listen on a port of its own for what goes to another."""
    relay = Relay(port)
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    relay.own_port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        relay.close()
