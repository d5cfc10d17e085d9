"""One request over a socket of its own, written byte by byte: no client library tidies it up."""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

ANSWER_S: Final = 60.0
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})")
_SAFE: Final = (b"\r\nX-Content-Type-Options: nosniff", b"\r\nX-Frame-Options: DENY")
_TOLD: Final = (b"Traceback (most recent call last)", b"aiohttp/", b"asyncpg", b"sqlalchemy")


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it goes out. `rest_s` is how long its last byte is held back."""

    method: str
    target: str
    headers: tuple[str, ...] = ()
    body: bytes = b""
    rest_s: float = 0.0
    route: str = ""
    who: str = ""

    def head(self, host: str) -> bytes:
        """The bytes before the body."""
        named = any(one.lower().startswith("host:") for one in self.headers)
        lines = [f"{self.method} {self.target} HTTP/1.1", *([] if named else [f"Host: {host}"])]
        counted = any(
            one.lower().startswith(("content-length:", "transfer-encoding:"))
            for one in self.headers
        )
        if not counted:
            lines.append(f"Content-Length: {len(self.body)}")
        head = "\r\n".join([*lines, *self.headers, "Connection: close", "", ""])
        return head.encode("latin-1", "replace")

    def __str__(self) -> str:
        """A line by which the request can be made again."""
        headers = [one[:120] for one in self.headers]
        return (
            f"{self.who}: {self.method} {self.target[:300]} {headers} {self.body[:400]!r}"
            f"{' slowly' if self.rest_s else ''}"
        )


@dataclass(frozen=True, slots=True)
class Got:
    """An answer: its status (0: none came), its first bytes, and what is wrong with it."""

    status: int
    text: bytes = b""
    wrong: list[str] = field(default_factory=list)


async def send(port: int, sent: Sent) -> Got:
    """Send a request and read its answer to the end; streams are left when they have begun."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(ANSWER_S + sent.rest_s):
            return _judged(await _spoken(reader, writer, sent, f"127.0.0.1:{port}"))
    except TimeoutError:
        return Got(0, b"", ["no answer in time"])
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def _spoken(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: Sent, host: str
) -> bytes:
    got = b""
    try:
        writer.write(sent.head(host) + (sent.body[:-1] if sent.rest_s else sent.body))
        await writer.drain()
        if sent.rest_s:
            await asyncio.sleep(sent.rest_s)
            writer.write(sent.body[-1:])
        while not got.startswith(b"HTTP/1.1 101"):
            block = await reader.read(65_536)
            if not block:
                break
            got += block[: max(0, 200_000 - len(got))]
    except ConnectionError:
        return got
    return got


def _judged(got: bytes) -> Got:
    while got.startswith(b"HTTP/1.1 100"):
        got = got.partition(b"\r\n\r\n")[2]
    found = _STATUS.match(got)
    if found is None:
        # A connection that is shut on what is no HTTP is an answer too.
        return Got(0, got)
    status = int(found[1])
    wrong = [f"status {status}"] if status >= 500 else []
    if status >= 200:
        wrong += [f"without {one.decode().strip()}" for one in _SAFE if one not in got]
    wrong += [f"tells {one.decode()}" for one in _TOLD if one in got]
    return Got(status, got[:4_000], wrong)
