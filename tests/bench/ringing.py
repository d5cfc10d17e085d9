"""Callers who only send signals; a process of its own, and a light one: a few packets a call.

Prints {"begun", "done", "within", "failed", "seconds", "cpu", "sent"} as JSON: `within` counts the
calls that were over in the time asked for, `sent` says when each caller's INVITE went out first.
"""

import argparse
import asyncio
import json
import resource
import secrets
import socket
import sys
from dataclasses import dataclass, field
from typing import cast

from hotline.clock import SystemClock
from ivr.handset.message import describe
from ivr.handset.phone import DISCARD_PORT

CLOCK = SystemClock()
FIRST_WAIT = 0.5
GIVE_UP = 12.0
# Calls that are kept in flight begin one after the other; what they do at first is not counted.
RAMP_S = 1.0
BUFFER = 4 << 20
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Plan:
    """How calls are made: so many in flight, or so many a second; `stay` hangs up ourselves."""

    port: int
    number: str
    first: int
    seconds: float
    in_flight: int = 0
    rate: float = 0.0
    stay: float | None = None


@dataclass(slots=True)
class Caller:
    """One call; `resend` is what goes out again while nobody answers it."""

    name: str
    sent: float
    resend: bytes
    target: bytes = b""
    to: bytes = b""
    heard: bool = False
    answered: bool = False
    wait: float = FIRST_WAIT
    timer: asyncio.TimerHandle | None = None


@dataclass(slots=True)
class Tally:
    """What came of the calls."""

    begun: int = 0
    done: int = 0
    within: int = 0
    failed: int = 0
    sent: dict[str, float] = field(default_factory=dict)


class Callers(asyncio.DatagramProtocol):
    """All callers behind one socket; messages are cut, not parsed."""

    def __init__(self, plan: Plan):
        self.plan = plan
        self.tally = Tally()
        self.loop = asyncio.get_running_loop()
        self.over = self.loop.create_future()
        self._calls: dict[bytes, Caller] = {}
        self._salt = secrets.token_hex(4)
        self._sound = describe(HOST, DISCARD_PORT).encode()
        self._closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket and begin."""
        self._transport = cast(asyncio.DatagramTransport, transport)
        self._own = b"%s:%d" % (HOST.encode(), transport.get_extra_info("sockname")[1])
        # What begins together runs in step for a while: a ramp, and as long again to mix.
        ramp = 2 * RAMP_S if self.plan.in_flight else 0.0
        self._since = CLOCK.monotonic() + ramp + (self.plan.stay or 0.0)
        self._until = self._since + self.plan.seconds
        self.loop.call_later(ramp + self.plan.seconds, self._close)
        if self.plan.rate:
            self._at_rate(self.loop.time())
        for turn in range(self.plan.in_flight):
            self.loop.call_later(RAMP_S * turn / self.plan.in_flight, self._begin)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Take a message of the exchange."""
        key = _header(data, b"Call-ID")
        call = self._calls.get(key)
        if data.startswith(b"SIP/2.0 "):
            if call is not None:
                self._answered(key, call, data)
        elif data.startswith(b"BYE "):
            self._reply(data)
            if call is not None:
                self._finish(key, call, good=call.answered)
        elif not data.startswith(b"ACK "):
            self._reply(data)

    def _at_rate(self, due: float) -> None:
        if self._closing:
            return
        self._begin()
        due += 1 / self.plan.rate
        self.loop.call_at(due, self._at_rate, due)

    def _begin(self) -> None:
        index = self.tally.begun
        self.tally.begun += 1
        name = str(self.plan.first + index)
        key = f"{index}-{self._salt}".encode()
        call = Caller(name, CLOCK.monotonic(), b"")
        call.target = f"sip:{self.plan.number}@{HOST}:{self.plan.port}".encode()
        call.to = b"<%s>" % call.target
        body = b"Content-Type: application/sdp\r\n"
        call.resend = self._request(key, call, b"INVITE", 1, body, self._sound)
        self.tally.sent[name] = call.sent
        self._calls[key] = call
        self._transport.sendto(call.resend)
        call.timer = self.loop.call_later(call.wait, self._again, key, call)

    def _request(
        self, key: bytes, call: Caller, method: bytes, number: int, more: bytes = b"",
        body: bytes = b"",
    ) -> bytes:  # fmt: skip
        name = call.name.encode()
        return (
            b"%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%s;rport\r\n"
            b"From: <sip:%s@%s>;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n"
            b"Contact: <sip:%s@%s>\r\nMax-Forwards: 70\r\n%sContent-Length: %d\r\n\r\n%s"
        ) % (
            method, call.target, self._own, key, method, name, self._own, key, call.to, key,
            number, method, name, self._own, more, len(body), body,
        )  # fmt: skip

    def _again(self, key: bytes, call: Caller) -> None:
        """Send again what nobody has answered, and give up in the end."""
        if CLOCK.monotonic() - call.sent > GIVE_UP + (self.plan.stay or 0.0):
            self._finish(key, call, good=False)
            return
        if not call.heard:
            self._transport.sendto(call.resend)
            call.wait *= 2
        call.timer = self.loop.call_later(call.wait, self._again, key, call)

    def _answered(self, key: bytes, call: Caller, data: bytes) -> None:
        status = int(data[8:11])
        if status < 200:
            call.heard = True
        elif _header(data, b"CSeq").endswith(b"BYE"):
            self._finish(key, call, good=status < 300)
        elif status < 300:
            self._taken(key, call, data)
        else:
            call.to = _header(data, b"To")
            self._transport.sendto(self._request(key, call, b"ACK", 1))
            self._finish(key, call, good=False)

    def _taken(self, key: bytes, call: Caller, data: bytes) -> None:
        """Acknowledge, as often as the exchange says that it has picked up."""
        call.heard = True
        call.to = _header(data, b"To")
        call.target = _header(data, b"Contact").partition(b"<")[2].partition(b">")[0]
        self._transport.sendto(self._request(key, call, b"ACK", 1))
        if not call.answered and self.plan.stay is not None:
            self.loop.call_later(self.plan.stay, self._hang_up, key, call)
        call.answered = True

    def _hang_up(self, key: bytes, call: Caller) -> None:
        if key not in self._calls:
            return
        call.resend, call.heard = self._request(key, call, b"BYE", 2), False
        self._transport.sendto(call.resend)

    def _reply(self, data: bytes) -> None:
        names = (b"Via", b"From", b"To", b"Call-ID", b"CSeq")
        lines = b"".join(b"%s: %s\r\n" % (name, _header(data, name)) for name in names)
        self._transport.sendto(b"SIP/2.0 200 OK\r\n" + lines + b"Content-Length: 0\r\n\r\n")

    def _finish(self, key: bytes, call: Caller, *, good: bool) -> None:
        del self._calls[key]
        if call.timer is not None:
            call.timer.cancel()
        if good:
            self.tally.done += 1
            self.tally.within += self._since <= CLOCK.monotonic() <= self._until
        else:
            self.tally.failed += 1
        if self.plan.in_flight and not self._closing:
            self._begin()
        self._end_if_over()

    def _close(self) -> None:
        self._closing = True
        self._end_if_over()

    def _end_if_over(self) -> None:
        if self._closing and not self._calls and not self.over.done():
            # A BYE whose answer was lost comes again; stay for it a moment.
            self.loop.call_later(0.2, self._end)

    def _end(self) -> None:
        if not self.over.done():
            self.over.set_result(None)


def _header(data: bytes, name: bytes) -> bytes:
    start = data.find(b"\r\n" + name + b":")
    if start < 0:
        return b""
    start += len(name) + 3
    return data[start : data.find(b"\r\n", start)].strip()


async def ring(plan: Plan) -> Tally:
    """Make calls as planned; returns when the last one is over."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        own.setblocking(False)
        own.bind((HOST, 0))
        own.connect((HOST, plan.port))
        transport, callers = await loop.create_datagram_endpoint(lambda: Callers(plan), sock=own)
        try:
            await callers.over
        finally:
            transport.close()
    return callers.tally


def main(arguments: list[str]) -> int:
    """Call as the command line says."""
    parser = argparse.ArgumentParser(prog="tests.bench.ringing", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="the exchange's SIP port")
    parser.add_argument("--number", required=True, help="number to dial")
    parser.add_argument("--first", type=int, required=True, help="number of the first caller")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--in-flight", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0.0, help="calls a second")
    parser.add_argument("--stay", type=float, default=None, help="hang up after so many seconds")
    plan = Plan(**vars(parser.parse_args(arguments)))
    tally = asyncio.run(ring(plan))
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "begun": tally.begun, "done": tally.done, "within": tally.within, "failed": tally.failed,
        "seconds": plan.seconds, "cpu": round(used.ru_utime + used.ru_stime, 2),
        "sent": tally.sent,
    }  # fmt: skip
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
