"""The fake backend behind HTTP, as the phone connector asks it; it can be told to answer badly."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from types import NoneType
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from backend.api.http import problem
from hotline import contract
from hotline.brief import CaseBrief
from hotline.call import CallEvent, CallEventType, CallRing
from hotline.channel import Channel
from hotline.clock import Clock
from hotline.contract import (
    AttachAsked,
    Endpoint,
    LeaseAsked,
    NewestAsked,
    Numbers,
    NumbersAsked,
)
from hotline.errors import HotlineError
from hotline.ids import new_id
from hotline.media import Attachment, MediaKind
from hotline.notice import NoticeTask, Settled
from hotline.report import NewReport
from hotline.wire import decode, encode
from tests.fakes.backend import FakeBackend

TOKEN = "test-token"
NOW = datetime.fromisoformat("2026-11-22T08:00:00+00:00")
Answer = Callable[[Any, web.Request], Awaitable[object]]


class ServedBackend:
    """A fake backend that listens, and what its tests look at.

    `bad` holds the keys of calls that it answers with a status of their own; 0: with no answer.
    """

    def __init__(self, clock: Clock):
        self.fake = FakeBackend(clock)
        self.requests = 0
        self.bad: dict[str, int] = {}

    # --- what a test looks at

    @property
    def rings(self) -> dict[str, CallRing]:
        """The calls on record, by their keys."""
        return self.fake.telephone.rings

    @property
    def notes(self) -> set[CallEvent]:
        """The marks of all calls."""
        return self.fake.telephone.notes

    def marks(self, key: str) -> list[CallEventType]:
        """Give the marks of a call in the order of time."""
        return self.fake.telephone.marks(key)

    @property
    def reports(self) -> dict[str, NewReport]:
        """The reports of calls, by their keys."""
        return {key: report for (_, key), (report, _) in self.fake.reports.items()}

    @property
    def numbers(self) -> dict[str, str]:
        """The numbers of the reports, by their keys."""
        return {key: receipt.number for (_, key), (_, receipt) in self.fake.reports.items()}

    @property
    def attached(self) -> dict[str, list[str]]:
        """The recordings of each report, by its number."""
        found: dict[str, list[str]] = {}
        for number, sha256 in self.fake.attached.values():
            found.setdefault(number, []).append(sha256)
        return found

    def recording_of(self, number: str) -> bytes:
        """Give the one recording of a report."""
        (sha256,) = self.attached[number]
        return self.fake.files.find(sha256)

    @property
    def settled(self) -> list[Settled]:
        """How leased notices ended, in the order in which it was told."""
        return self.fake.notices.answers

    def owe(self, *tasks: NoticeTask) -> None:
        """Let notices be due now; one that is there already, as after its wait or its lease."""
        for task in tasks:
            self.fake.notices.hurry(task)

    # --- HTTP

    def app(self) -> web.Application:
        """Give the HTTP application."""
        app = web.Application(middlewares=[self._gate], client_max_size=64 << 20)
        for endpoint, answer in answers(self.fake):
            app.router.add_route(endpoint.method, endpoint.path, handling(endpoint, answer))
        return app

    @web.middleware
    async def _gate(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.requests += 1
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.Response(status=401, body=encode({"code": "bad_token"}))
        try:
            return await self._bad(request) or await handler(request)
        except HotlineError as error:
            return problem(error, "en")

    async def _bad(self, request: web.Request) -> web.Response | None:
        """Answer what is about a bad call, and nothing else."""
        said = (await request.read()).decode("utf-8", "replace") + request.path
        for key, status in self.bad.items():
            if key in said and status:
                return web.Response(status=status, body=encode({"code": "told_so"}))
            if key in said:
                await asyncio.sleep(600)
        return None


def handling(endpoint: Endpoint[Any, Any], answer: Answer) -> Handler:
    """Give what answers requests for an endpoint."""

    async def handle(request: web.Request) -> web.Response:
        raw: Any = await request.read()
        asked = raw if endpoint.body in (bytes, NoneType) else decode(raw, endpoint.body)
        given = await answer(asked, request)
        return web.Response(body=given if isinstance(given, bytes) else encode(given))

    return handle


def answers(fake: FakeBackend) -> list[tuple[Endpoint[Any, Any], Answer]]:
    """Give what a phone connector may ask for, and how the fake answers it."""

    async def numbers(asked: NumbersAsked, _: web.Request) -> Numbers:
        return Numbers(await fake.lease_numbers(asked.count))

    async def newest(asked: NewestAsked, _: web.Request) -> CaseBrief | None:
        return await fake.newest_case(asked.channel, asked.address, asked.number)

    async def upload(body: bytes, request: web.Request) -> Attachment:
        return await fake.upload_bytes(body, MediaKind(request.query["kind"]))

    async def attach(asked: AttachAsked, request: web.Request) -> None:
        number = request.match_info["number"]
        await fake.attach(number, asked.sha256, asked.kind, asked.key)

    async def lease(asked: LeaseAsked, _: web.Request) -> list[NoticeTask]:
        return await fake.lease_notices(asked.channels, asked.limit, asked.address)

    return [
        (contract.RING, lambda call, _: fake.ring(call)),
        (contract.NOTE_CALLS, lambda notes, _: fake.note_call(notes)),
        (contract.STATUS, lambda asked, _: fake.status(asked.call, asked.number, asked.tail)),
        (contract.SURVEY, lambda asked, _: fake.survey(asked.call)),
        (contract.CALL_BACK, lambda asked, _: fake.call_back(asked)),
        (contract.REVISIT, lambda said, _: fake.revisit(said)),
        (contract.ROOM, lambda seen, _: fake.see_room(seen)),
        (contract.ALARM, lambda told, _: fake.alarm(told)),
        (contract.TALK_HEARD, lambda heard, _: fake.talk_heard(heard)),
        (contract.LEASE_NUMBERS, numbers),
        (
            contract.TAKE_TRANSCRIPTS,
            lambda _, request: fake.transcript_tasks(int(request.query["limit"])),
        ),
        (contract.FAIL_TRANSCRIPT, lambda failed, _: fake.transcript_failed(failed)),
        (contract.PUT_TRANSCRIPT, lambda heard, _: fake.put_transcript(heard)),
        (contract.CITY, lambda asked, _: fake.city(asked.release, spoken=asked.spoken)),
        (contract.BEAT, lambda beat, _: fake.beat(beat)),
        (contract.SUBMIT, lambda report, _: fake.submit(report)),
        (contract.NEWEST, newest),
        (contract.OWN, lambda where, _: fake.own_cases(where.channel, where.address)),
        (contract.PUT_MEDIA, upload),
        (contract.GET_MEDIA, lambda _, request: fake.media(request.match_info["sha256"])),
        (contract.ATTACH, attach),
        (contract.LEASE_NOTICES, lease),
        (contract.SETTLE_NOTICES, lambda settled, _: fake.settle_notices(settled)),
    ]


def notice_task(
    number: str, address: str, template: str = "told.closed", attempt: int = 1
) -> NoticeTask:
    """Give a notice to be said on the phone."""
    return NoticeTask(
        new_id(NOW), f"{number}:{template}", Channel.PHONE, address, template, "zh_CN", number,
        "closed", attempt,
    )  # fmt: skip
