"""Clients that post on connections they keep open; a process of its own, and a light one.

What they post comes from a Tally: reports here, moves of tests.bench.moving.

Prints {"done", "failed", "seconds", "cpu"} as JSON.
"""

import argparse
import asyncio
import json
import resource
import sys
from abc import ABC, abstractmethod
from itertools import count
from pathlib import Path
from typing import cast

from hotline.channel import Channel
from hotline.clock import SystemClock
from hotline.place.point import Point
from hotline.report import Contact, NewReport
from hotline.wire import encode

CLOCK = SystemClock()
TEXT = "中山东路128号门前的井盖丢失了"
POINT = Point(121.5, 29.8)
ADDRESSES = 1_000
GRACE_S = 10.0


def report(tag: str, number: int) -> NewReport:
    """Give the report that every figure of the intake takes in."""
    contact = Contact(Channel.TELEGRAM, f"c{number % ADDRESSES + 1}")
    key = f"{tag}:{number:09d}"
    return NewReport(Channel.TELEGRAM, key, contact, CLOCK.now(), text=TEXT, point=POINT)


class Tally(ABC):
    """What all clients of a run share."""

    def __init__(self, seconds: float):
        self.done = self.failed = 0
        self.until = CLOCK.monotonic() + seconds

    @abstractmethod
    def request(self) -> bytes:
        """Give the next request."""


class Reports(Tally):
    """Reports of one tag."""

    def __init__(self, tag: str, token: str, seconds: float):
        super().__init__(seconds)
        self.tag = tag
        self.head = (
            "POST /connector/reports HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: "
        ).encode()
        self.numbers = count(1)

    def request(self) -> bytes:
        """Give the next report."""
        body = encode(report(self.tag, next(self.numbers)))
        return b"%s%d\r\n\r\n%s" % (self.head, len(body), body)


class Client(asyncio.Protocol):
    """One connection: the next request goes out when the answer to the last is in."""

    def __init__(self, tally: Tally):
        self.tally = tally
        self.ended = asyncio.get_running_loop().create_future()
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self.tally.request())

    def data_received(self, data: bytes) -> None:
        """Take an answer, or a part of it."""
        self._heard += data
        head, there, body = self._heard.partition(b"\r\n\r\n")
        if not there or len(body) < _length(head):
            return
        self._heard = b""
        if CLOCK.monotonic() > self.tally.until:
            self._transport.close()
            return
        if head.startswith(b"HTTP/1.1 200 "):
            self.tally.done += 1
        else:
            self.tally.failed += 1
            sys.stderr.write(f"posting: {head[:60]!r} {body[:200]!r}\n")
        self._transport.write(self.tally.request())

    def connection_lost(self, exc: Exception | None) -> None:
        """Count a connection that was cut."""
        if CLOCK.monotonic() <= self.tally.until:
            self.tally.failed += 1
        self.ended.set_result(None)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def post(port: int, tally: Tally, seconds: float, clients: int) -> dict[str, float]:
    """Post from all clients for a while."""
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(lambda: Client(tally), "127.0.0.1", port) for _ in range(clients)]  # fmt: skip # noqa: E501
    async with asyncio.timeout(seconds + GRACE_S):
        await asyncio.gather(*(client.ended for _, client in made))
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime
    return {"done": tally.done, "failed": tally.failed, "seconds": seconds, "cpu": round(cpu, 2)}


def main(arguments: list[str]) -> int:
    """Post as the command line says."""
    parser = argparse.ArgumentParser(prog="tests.bench.posting", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token", type=Path, required=True, help="file with the connector's token")
    parser.add_argument("--tag", required=True, help="begins the key of every report")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--clients", type=int, required=True)
    asked = parser.parse_args(arguments)
    token = asked.token.read_text("ascii").strip()
    tally = Reports(asked.tag, token, asked.seconds)
    told = asyncio.run(post(asked.port, tally, asked.seconds, asked.clients))
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
