"""Calls out and in over one UDP socket: the dialogs of a simple telephone."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import cast

from hotline.clock import Clock
from hotline.errors import HotlineError
from ivr.handset.message import (
    VIA_BRANCH,
    Message,
    address_in,
    describe,
    parse,
    sound_of,
    tag_of,
    user_of,
)
from ivr.handset.rtp import Pacer, Stream, open_stream
from ivr.pcm import Samples

log = logging.getLogger(__name__)

FIRST_WAIT = 0.5
MAX_WAIT = 4.0
GIVE_UP = 32.0
ALLOW = "INVITE, ACK, BYE, CANCEL, INFO, OPTIONS, UPDATE, NOTIFY"
DISCARD_PORT = 9

Address = tuple[str, int]


class CallFailed(HotlineError):
    """The other side did not take the call; `status` is SIP's, 0 for no answer at all."""

    code = "call_failed"

    def __init__(self, message: str, status: int = 0):
        super().__init__(message)
        self.status = status


class Call:
    """One call, placed or taken; `stream` is None where only signals are sent."""

    def __init__(self, phone: "SipPhone", call_id: str, peer: Address, *, incoming: bool):
        self.phone = phone
        self.id = call_id
        self.peer = peer
        self.incoming = incoming
        self.stream: Stream | None = None
        self.local = self.remote = self.target = ""
        self.routes: list[tuple[str, str]] = []
        self.sequence = 1
        self.answered = asyncio.Event()
        self.ended = asyncio.Event()
        self.status = 0
        self.caller = ""
        self.invite: Message | None = None
        self.ack: bytes = b""
        self.acked = asyncio.Event()
        self._replies: dict[tuple[str, str], bytes] = {}

    async def wait_answer(self, seconds: float = 20.0) -> None:
        """Wait until the other side picks up; CallFailed where it does not."""
        try:
            async with asyncio.timeout(seconds):
                await _first(self.answered, self.ended)
        except TimeoutError:
            await self.hang_up()
            raise CallFailed(f"no answer in {seconds} s") from None
        if not self.answered.is_set():
            raise CallFailed(f"refused with {self.status}", self.status)

    async def wait_end(self, seconds: float) -> bool:
        """Wait until the call is over; false where it still goes on."""
        try:
            async with asyncio.timeout(seconds):
                await self.ended.wait()
        except TimeoutError:
            return False
        return True

    async def say(self, samples: Samples) -> None:
        """Speak in real time."""
        if self.stream is not None and not self.ended.is_set():
            await self.stream.say(samples)

    async def press(self, key: str) -> None:
        """Press a key as a telephone event in the sound stream."""
        if self.stream is not None and not self.ended.is_set():
            await self.stream.press(key)

    async def press_info(self, key: str) -> None:
        """Press a key by a SIP INFO request."""
        body = f"Signal={key}\r\nDuration=160\r\n"
        await self._ask("INFO", body, "application/dtmf-relay")

    async def hang_up(self) -> None:
        """End the call, answered or not."""
        if self.ended.is_set():
            return
        if self.answered.is_set():
            await self._ask("BYE")
            self.finish()
        elif self.incoming:
            self.refuse(603, "Decline")
        else:
            await self.phone.cancel(self)

    def ring(self) -> None:
        """Tell an incoming call that we ring."""
        assert self.invite is not None
        self.phone.reply(self, self.invite, 180, "Ringing")

    def refuse(self, status: int = 486, reason: str = "Busy Here") -> None:
        """Turn an incoming call away."""
        assert self.invite is not None
        self.phone.reply(self, self.invite, status, reason)
        self.status = status
        self.finish()

    async def answer(self, *, sound: bool = True) -> None:
        """Take an incoming call; returns when the other side knows."""
        assert self.invite is not None
        peer = sound_of(self.invite.body)
        if sound:
            self.stream = await open_stream(self.phone.host, self.phone.clock, self.phone.pacer)
        self.answered.set()
        port = self.stream.port if self.stream is not None else DISCARD_PORT
        body = describe(self.phone.host, port)
        wait, waited = FIRST_WAIT, 0.0
        while not self.acked.is_set() and not self.ended.is_set() and waited < GIVE_UP:
            self.phone.reply(self, self.invite, 200, "OK", body)
            if self.stream is not None and peer is not None:
                self.stream.start(peer)
            waited += wait
            await _soon(_first(self.acked, self.ended), wait)
            wait = min(wait * 2, MAX_WAIT)

    async def _ask(self, method: str, body: str = "", kind: str = "") -> Message | None:
        self.sequence += 1
        request = self.phone.request(self, method, self.sequence, body, kind)
        return await self.phone.exchange(request, self.peer)

    def finish(self) -> None:
        """Put the call away."""
        if self.stream is not None:
            self.stream.stop()
        self.ended.set()
        self.phone.forget(self)

    def remember(self, request: Message, answer: bytes) -> None:
        """Keep an answer for the case that its request comes again."""
        self._replies[request.branch, request.method] = answer

    def answer_before(self, request: Message) -> bytes | None:
        """Give the answer that this very request has had."""
        return self._replies.get((request.branch, request.method))


class SipPhone(asyncio.DatagramProtocol):
    """A telephone: places and takes any number of calls on one event loop."""

    def __init__(self, clock: Clock):
        self.clock = clock
        self.pacer = Pacer(clock)
        self.host, self.port = "127.0.0.1", 0
        self.on_call: Callable[[Call], Awaitable[None]] | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._calls: dict[str, Call] = {}
        self._waiting: dict[tuple[str, str], asyncio.Queue[Message]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket."""
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.host, self.port = transport.get_extra_info("sockname")[:2]

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Sort a message to its call or question."""
        message = parse(data)
        if message is None:
            return
        if message.status:
            self._take_answer(message)
        else:
            self._take_request(message, addr)

    async def call(
        self,
        number: str,
        server: Address,
        caller: str,
        *,
        name: str = "",
        sound: bool = True,
        events: bool = True,
    ) -> Call:
        """Place a call; `wait_answer` on what you get tells when it is taken.

        Without `events` the telephone has no keys but those that are heard in its sound.
        """
        call = Call(self, f"{secrets.token_hex(10)}@{self.host}", server, incoming=False)
        shown = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '" ' if name else ""
        call.local = f"{shown}<sip:{caller}@{self.host}:{self.port}>;tag={secrets.token_hex(6)}"
        call.target = f"sip:{number}@{server[0]}:{server[1]}"
        call.remote = f"<{call.target}>"
        if sound:
            call.stream = await open_stream(self.host, self.clock, self.pacer)
        port = call.stream.port if call.stream is not None else DISCARD_PORT
        self._calls[call.id] = call
        call.invite = self.request(
            call,
            "INVITE",
            call.sequence,
            describe(self.host, port, events=events),
            "application/sdp",
        )
        self._spawn(self._invite(call, call.invite))
        return call

    async def cancel(self, call: Call) -> None:
        """Take back a call that nobody has answered."""
        assert call.invite is not None
        cancel = Message("CANCEL", call.target)
        cancel.headers = [
            (n, v) for n, v in call.invite.headers
            if n in ("Via", "From", "To", "Call-ID", "Max-Forwards")
        ]  # fmt: skip
        cancel.headers.append(("CSeq", f"{call.invite.sequence[0]} CANCEL"))
        await self.exchange(cancel, call.peer)
        await call.wait_end(FIRST_WAIT)
        if not call.ended.is_set():
            call.finish()

    def request(
        self, call: Call, method: str, sequence: int, body: str = "", kind: str = ""
    ) -> Message:
        """Give a request of a call, a new transaction."""
        branch = f"{VIA_BRANCH}{secrets.token_hex(8)}"
        message = Message(method, call.target, body=body)
        message.headers = [
            ("Via", f"SIP/2.0/UDP {self.host}:{self.port};branch={branch};rport"),
            *call.routes,
            ("From", call.local), ("To", call.remote), ("Call-ID", call.id),
            ("CSeq", f"{sequence} {method}"), ("Max-Forwards", "70"),
            ("Contact", f"<sip:{user_of(call.local)}@{self.host}:{self.port}>"),
            ("Allow", ALLOW),
        ]  # fmt: skip
        if kind:
            message.headers.append(("Content-Type", kind))
        return message

    async def exchange(self, request: Message, peer: Address) -> Message | None:
        """Send a request until it is answered for good; None where it never is."""
        async for answer in self._answers(request, peer):
            if answer.status >= 200:
                return answer
        return None

    def reply(
        self, call: Call | None, request: Message, status: int, reason: str, body: str = ""
    ) -> None:
        """Answer a request."""
        answer = Message(status=status, reason=reason, body=body)
        answer.headers = [*request.all("Via"), *request.all("Record-Route")]
        to = request.get("To")
        if call is not None and not tag_of(to):
            to = call.local
        answer.headers += [("From", request.get("From")), ("To", to)]
        answer.headers += [("Call-ID", request.call_id), ("CSeq", request.get("CSeq"))]
        answer.headers += [("Contact", f"<sip:{self.host}:{self.port}>"), ("Allow", ALLOW)]
        if body:
            answer.headers.append(("Content-Type", "application/sdp"))
        data = answer.encode()
        if call is not None:
            call.remember(request, data)
            self._send(data, call.peer)

    def forget(self, call: Call) -> None:
        """Drop a finished call a little later: its last message may come again."""
        loop = asyncio.get_running_loop()
        loop.call_later(GIVE_UP / 4, self._calls.pop, call.id, None)

    async def hang_up(self) -> None:
        """End every call that goes on."""
        await asyncio.gather(*(call.hang_up() for call in list(self._calls.values())))

    def close(self) -> None:
        """Put the telephone away; calls that go on are left alone."""
        for task in self._tasks:
            task.cancel()
        for call in list(self._calls.values()):
            if call.stream is not None:
                call.stream.stop()
        self.pacer.stop()
        if self._transport is not None:
            self._transport.close()

    async def _invite(self, call: Call, invite: Message) -> None:
        async for answer in self._answers(invite, call.peer):
            if answer.status < 200:
                continue
            if answer.status < 300:
                self._taken(call, answer)
            else:
                self._acknowledge(call, invite, answer)
                call.status = answer.status
                call.finish()
            return
        call.finish()

    def _taken(self, call: Call, answer: Message) -> None:
        call.remote = answer.get("To")
        call.target = address_in(answer.get("Contact")) or call.target
        call.routes = [("Route", value) for _, value in reversed(answer.all("Record-Route"))]
        call.status = answer.status
        ack = self.request(call, "ACK", call.sequence)
        call.ack = ack.encode()
        self._send(call.ack, call.peer)
        peer = sound_of(answer.body)
        if call.stream is not None and peer is not None:
            call.stream.start(peer)
        call.answered.set()

    def _acknowledge(self, call: Call, invite: Message, answer: Message) -> None:
        ack = Message("ACK", invite.target)
        ack.headers = [("Via", invite.get("Via")), ("From", invite.get("From"))]
        ack.headers += [("To", answer.get("To")), ("Call-ID", call.id)]
        ack.headers += [("CSeq", f"{invite.sequence[0]} ACK"), ("Max-Forwards", "70")]
        self._send(ack.encode(), call.peer)

    async def _answers(self, request: Message, peer: Address) -> AsyncIterator[Message]:
        """Yield the answers to a request, sending it again while there is none."""
        key = (request.branch, request.method)
        queue: asyncio.Queue[Message] = asyncio.Queue()
        self._waiting[key] = queue
        data, wait, waited, heard = request.encode(), FIRST_WAIT, 0.0, False
        try:
            self._send(data, peer)
            while waited < GIVE_UP or (heard and request.method == "INVITE"):
                try:
                    async with asyncio.timeout(wait):
                        answer = await queue.get()
                except TimeoutError:
                    waited += wait
                    wait = min(wait * 2, MAX_WAIT)
                    if not (heard and request.method == "INVITE"):
                        self._send(data, peer)
                    continue
                heard = True
                yield answer
        finally:
            self._waiting.pop(key, None)

    def _take_answer(self, message: Message) -> None:
        _, method = message.sequence
        queue = self._waiting.get((message.branch, method))
        if queue is not None:
            queue.put_nowait(message)
            return
        call = self._calls.get(message.call_id)
        if call is not None and method == "INVITE" and 200 <= message.status < 300 and call.ack:
            self._send(call.ack, call.peer)

    def _take_request(self, message: Message, addr: Address) -> None:
        call = self._calls.get(message.call_id)
        if call is not None and (again := call.answer_before(message)) is not None:
            self._send(again, addr)
            return
        match message.method:
            case "INVITE" if call is None:
                self._take_call(message, addr)
            case "ACK" if call is not None:
                call.acked.set()
            case "CANCEL" if call is not None:
                self.reply(call, message, 200, "OK")
                call.refuse(487, "Request Terminated")
            case "BYE" if call is not None:
                self.reply(call, message, 200, "OK")
                call.finish()
            case "INVITE" if call is not None and call.stream is not None:
                self.reply(call, message, 200, "OK", describe(self.host, call.stream.port))
            case "ACK":
                pass
            case _:
                self._answer_stranger(call, message, addr)

    def _answer_stranger(self, call: Call | None, message: Message, addr: Address) -> None:
        if call is not None:
            self.reply(call, message, 200, "OK")
            return
        stranger = Call(self, message.call_id, addr, incoming=True)
        stranger.local = message.get("To") + f";tag={secrets.token_hex(6)}"
        known = message.method == "OPTIONS"
        self.reply(stranger, message, *((200, "OK") if known else (481, "Call Does Not Exist")))

    def _take_call(self, message: Message, addr: Address) -> None:
        call = Call(self, message.call_id, addr, incoming=True)
        call.invite = message
        call.local = message.get("To") + f";tag={secrets.token_hex(6)}"
        call.remote = message.get("From")
        call.target = address_in(message.get("Contact"))
        call.routes = [("Route", value) for _, value in message.all("Record-Route")]
        call.caller = user_of(message.get("From"))
        self._calls[call.id] = call
        self.reply(call, message, 100, "Trying")
        if self.on_call is None:
            call.refuse(480, "Temporarily Unavailable")
            return
        self._spawn(self._serve(call))

    async def _serve(self, call: Call) -> None:
        assert self.on_call is not None
        await self.on_call(call)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _send(self, data: bytes, peer: Address) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, peer)


async def open_phone(clock: Clock, host: str = "127.0.0.1", port: int = 0) -> SipPhone:
    """Give a telephone on an address; port 0 takes a free one."""
    loop = asyncio.get_running_loop()
    _, phone = await loop.create_datagram_endpoint(lambda: SipPhone(clock), local_addr=(host, port))
    return phone


async def _first(*events: asyncio.Event) -> None:
    """Wait for whichever event comes first."""
    tasks = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def _soon(work: Awaitable[None], seconds: float) -> None:
    """Wait for something, but not longer than this."""
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        return
