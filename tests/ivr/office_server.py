"""A backend of the tests: answers the phone connector over HTTP, strict about keys and order."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from aiohttp import web
from aiohttp.typedefs import Handler

from hotline.brief import CaseBrief
from hotline.call import CallEvent, CallEventType, CallKnown, CallRing
from hotline.channel import Channel
from hotline.clock import SystemClock
from hotline.errors import Invalid
from hotline.ids import new_id
from hotline.media import Attachment, MediaKind
from hotline.notice import NoticeTask, Settled
from hotline.number import make_number
from hotline.report import NewReport, Receipt
from hotline.wire import decode, encode, received

TOKEN = "test-token"
NOW = datetime.fromisoformat("2026-11-22T08:00:00+00:00")
# Connectors in real time call too, and what they tell is judged by it.
CLOCK = SystemClock()


@dataclass(slots=True)
class Backend:
    """What the backend of a test has been told, and how it shall behave.

    `bad` holds the keys of calls that it answers with a status of their own; 0: with no answer.
    """

    rings: dict[str, CallRing] = field(default_factory=dict)
    notes: set[CallEvent] = field(default_factory=set)
    reports: dict[str, NewReport] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    media: dict[str, bytes] = field(default_factory=dict)
    attached: dict[str, list[str]] = field(default_factory=dict)
    attach_keys: set[str] = field(default_factory=set)
    newest: dict[str, CaseBrief] = field(default_factory=dict)
    languages: dict[str, str] = field(default_factory=dict)
    due: list[NoticeTask] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    serial: int = 1000
    requests: int = 0
    down: bool = False
    refuse_reports: bool = False
    bad: dict[str, int] = field(default_factory=dict)

    def marks(self, key: str) -> list[CallEventType]:
        """Give the marks of a call in the order of time."""
        return [n.mark for n in sorted(self.notes, key=lambda n: n.at) if n.key == key]

    def recording_of(self, number: str) -> bytes:
        """Give the one recording of a report."""
        (sha,) = self.attached[number]
        return self.media[sha]

    def app(self) -> web.Application:
        """Give the HTTP application."""
        app = web.Application(middlewares=[self._gate], client_max_size=64 << 20)
        app.router.add_post("/connector/calls", self._ring)
        app.router.add_post("/connector/calls/notes", self._note)
        app.router.add_post("/connector/numbers", self._numbers)
        app.router.add_post("/connector/reports", self._report)
        app.router.add_post("/connector/newest", self._newest)
        app.router.add_put("/connector/media", self._upload)
        app.router.add_post("/connector/cases/{number}/media", self._attach)
        app.router.add_post("/connector/notices/lease", self._lease)
        app.router.add_post("/connector/notices/settle", self._settle)
        return app

    @web.middleware
    async def _gate(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.requests += 1
        if self.down:
            return web.Response(status=503, body=encode({"code": "unavailable", "retry_after": 1}))
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.Response(status=401, body=encode({"code": "bad_token"}))
        try:
            return await self._bad(request) or await handler(request)
        except Invalid as error:
            body = {"code": error.code, "field": error.field, "detail": error.reason}
            return web.Response(status=400, body=encode(body))

    async def _bad(self, request: web.Request) -> web.Response | None:
        """Answer what is about a bad call, and nothing else."""
        said = (await request.read()).decode("utf-8", "replace") + request.path
        for key, status in self.bad.items():
            if key in said and status:
                return web.Response(status=status, body=encode({"code": "told_so"}))
            if key in said:
                await asyncio.sleep(600)
        return None

    async def _ring(self, request: web.Request) -> web.Response:
        ring = received(await request.read(), CallRing, CLOCK.now())
        self.rings.setdefault(ring.key, ring)
        language = self.languages.get(ring.caller, "zh_CN")
        known = CallKnown(new_id(NOW), language, self.newest.get(ring.caller))
        return web.Response(body=encode(known))

    async def _note(self, request: web.Request) -> web.Response:
        notes = decode(await request.read(), list[CallEvent])
        if any(note.key not in self.rings for note in notes):
            return web.Response(status=404, body=encode({"code": "no_call"}))
        for note in notes:
            self.notes.add(note)
            if note.mark is CallEventType.LANGUAGE:
                self.languages[self.rings[note.key].caller] = note.value
        return web.Response(body=b"{}")

    async def _numbers(self, request: web.Request) -> web.Response:
        count = decode(await request.read(), dict[str, int])["count"]
        self.serial += count
        fresh = [make_number(n) for n in range(self.serial - count, self.serial)]
        return web.Response(body=encode({"numbers": fresh}))

    async def _report(self, request: web.Request) -> web.Response:
        report = received(await request.read(), NewReport, CLOCK.now())
        if self.refuse_reports:
            return web.Response(status=422, body=encode({"code": "refused"}))
        fresh = report.key not in self.reports
        if fresh:
            self.serial += 1
            number = report.number or make_number(self.serial)
            if number in self.numbers.values():
                return web.Response(status=409, body=encode({"code": "conflict"}))
            self.reports[report.key], self.numbers[report.key] = report, number
        receipt = Receipt(new_id(NOW), self.numbers[report.key], fresh, "reported")
        return web.Response(body=encode(receipt))

    async def _newest(self, request: web.Request) -> web.Response:
        address = decode(await request.read(), dict[str, str])["address"]
        return web.Response(body=encode(self.newest.get(address)))

    async def _upload(self, request: web.Request) -> web.Response:
        body = await request.read()
        sha = hashlib.sha256(body).hexdigest()
        self.media[sha] = body
        return web.Response(body=encode(Attachment(sha, MediaKind.RECORDING, "audio/wav")))

    async def _attach(self, request: web.Request) -> web.Response:
        body = decode(await request.read(), dict[str, str])
        number = request.match_info["number"]
        if number not in self.numbers.values() or body["sha256"] not in self.media:
            return web.Response(status=404, body=encode({"code": "not_found"}))
        if body["key"] not in self.attach_keys:
            self.attach_keys.add(body["key"])
            self.attached.setdefault(number, []).append(body["sha256"])
        return web.Response(body=b"{}")

    async def _lease(self, request: web.Request) -> web.Response:
        await request.read()
        leased, self.due = self.due, []
        return web.Response(body=encode(leased))

    async def _settle(self, request: web.Request) -> web.Response:
        self.settled += decode(await request.read(), list[Settled])
        return web.Response(body=b"{}")


def notice_task(
    number: str, address: str, template: str = "told.closed", attempt: int = 1
) -> NoticeTask:
    """Give a notice to be said on the phone."""
    ident: UUID = new_id(NOW)
    return NoticeTask(
        ident, f"{number}:{template}", Channel.PHONE, address, template, "zh_CN", number, "closed",
        attempt,
    )  # fmt: skip
