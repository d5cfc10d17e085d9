"""What the connectors ask for: phone and message connectors, each with its own token."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import unquote

from aiohttp import WSMsgType, web

from backend.api.connector_guard import (
    CHANNELS,
    CONNECTOR,
    CONNECTORS,
    MESSAGES,
    PHONE,
    CommandLine,
    Where,
    check_channel,
    check_kind,
    guarded,
    read_connectors,
    where_of,
)
from backend.api.http import answer, blocks_of, body_of, number_in
from backend.api.keys import MEDIA, OFFICE, SETTINGS, Route
from backend.desks import acceptance, aside, binding, casework, chat, media, notices, telephone
from backend.desks.queues import caught
from backend.media import kind_of
from config.settings import Settings
from hotline.call import CallEvent, CallRing, FailedTranscript, NewTranscript
from hotline.case.changes import case_changes
from hotline.errors import Forbidden, Invalid, NotFound
from hotline.health import BOTS, IVR, SCRIBE, Beat
from hotline.notice import Settled
from hotline.people import Actor
from hotline.place.point import Point
from hotline.report import MAX_WORDS, Attachment, Channel, NewReport
from hotline.wire import CHAT_HEADER, convert

MAX_NUMBERS = 1_000
SEND_S = 5.0
# The processes that come with each connector's token.
PARTS: Final = {PHONE: frozenset({IVR, SCRIBE}), MESSAGES: frozenset({BOTS})}
log = logging.getLogger(__name__)


async def ring(request: web.Request) -> web.Response:
    """Put a call on record."""
    call = await body_of(request, CallRing)
    return answer(await telephone.ring(request.app[OFFICE], call))


async def note_calls(request: web.Request) -> web.Response:
    """Add marks to calls."""
    await telephone.note(request.app[OFFICE], await body_of(request, list[CallEvent]))
    return answer({})


async def lease_numbers(request: web.Request) -> web.Response:
    """Lease report numbers to a connector."""
    count = (await body_of(request, dict[str, int])).get("count", 0)
    if not 1 <= count <= MAX_NUMBERS:
        raise Invalid("count", f"must be between 1 and {MAX_NUMBERS}")
    return answer({"numbers": await request.app[OFFICE].numbers.lease(request[CONNECTOR], count)})


async def transcript_tasks(request: web.Request) -> web.Response:
    """Hand out recordings to be written down; the try is counted."""
    limit = number_in(request, "limit", 10, 100)
    return answer(await telephone.transcript_tasks(request.app[OFFICE], limit))


async def transcript_failed(request: web.Request) -> web.Response:
    """Take that a recording could not be written down."""
    failed = await body_of(request, FailedTranscript)
    await telephone.transcript_failed(request.app[OFFICE], failed)
    return answer({})


async def put_transcript(request: web.Request) -> web.Response:
    """Take what an engine heard."""
    await telephone.put_transcript(request.app[OFFICE], await body_of(request, NewTranscript))
    return answer({})


async def beat(request: web.Request) -> web.Response:
    """Take a sign of life."""
    told = await body_of(request, Beat)
    if told.part not in PARTS[request[CONNECTOR]]:
        raise Forbidden(f"{told.part!r} is no part of this connector")
    return answer(await aside.beat(request.app[OFFICE], told))


async def submit(request: web.Request) -> web.Response:
    """Take in a report; whose it is, is known by the chat, whatever the connector says."""
    report = await body_of(request, NewReport)
    check_channel(request, report.channel)
    if report.contact.channel is not report.channel:
        raise Invalid("contact", "has another channel than the report")
    if request[CONNECTOR] != PHONE and (report.call or report.number):
        raise Invalid("number", "calls and leased numbers are the phone connector's")
    if report.reporter is not None:
        reporter = await chat.collector_of(request.app[OFFICE], report.contact)
        report = replace(report, reporter=reporter)
    if report.channel is not Channel.PHONE and report.reporter is None:
        most = request.app[SETTINGS].connectors.reports_a_day
        await acceptance.check_day_limit(request.app[OFFICE], report, most)
    return answer(
        await acceptance.record(request.app[OFFICE], report, connector=request[CONNECTOR])
    )


@dataclass(frozen=True, slots=True)
class NewestAsked:
    """A chat or a telephone number, and a report number where one was named."""

    channel: Channel
    address: str
    number: str = ""


async def newest(request: web.Request) -> web.Response:
    """Give the newest case of a number or chat, or its case of a report number."""
    asked = await body_of(request, NewestAsked)
    check_channel(request, asked.channel)
    office = request.app[OFFICE]
    return answer(await telephone.newest(office, asked.channel, asked.address, asked.number))


async def put_media(request: web.Request) -> web.Response:
    """Store a file; it is on disk and on record when the answer comes."""
    kind = kind_of(request.query.get("kind", ""))
    check_kind(request, kind)
    office, store = request.app[OFFICE], request.app[MEDIA]
    holders = await _holders(request)
    file = await store.put(blocks_of(request), kind)
    await media.stored(office, file, store.size(file.sha256), holders)
    return answer(file)


async def get_media(request: web.Request) -> web.StreamResponse:
    """Give a stored file of a kind that this connector carries; any other is as good as none."""
    store = request.app[MEDIA]
    sha256 = request.match_info["sha256"]
    path, mime = store.find(sha256), store.mime(sha256)
    if mime.startswith("audio/") != (request[CONNECTOR] == PHONE):
        raise NotFound(f"no file {sha256} for the connector {request[CONNECTOR]}")
    return web.FileResponse(path, headers={"Content-Type": mime})


async def attach(request: web.Request) -> web.Response:
    """Link a stored file to a case."""
    body = await body_of(request, dict[str, str])
    number, kind = request.match_info["number"], kind_of(body.get("kind", ""))
    check_kind(request, kind)
    sha256, key = body.get("sha256", ""), body.get("key", "")
    request.app[MEDIA].find(sha256)
    file = Attachment(sha256, kind, kind.mime)
    holders = await _holders(request) | media.by_connector(request[CONNECTOR])
    await media.attach(request.app[OFFICE], number, file, key, holders)
    return answer({})


async def _holders(request: web.Request) -> frozenset[str]:
    """Who hands a file in: the chat that the connector names, and the person it belongs to."""
    # A header holds any bytes; those that are no text stand for no chat that there is.
    named = request.headers.get(CHAT_HEADER, "").encode("utf-8", "replace").decode()
    channel, there, address = unquote(named).partition(":")
    if not there:
        return media.by_connector(request[CONNECTOR])
    office, where = request.app[OFFICE], convert({"channel": channel, "address": address}, Where)
    check_channel(request, where.channel)
    holders = media.by_contact(office, where.channel, where.address)
    person = await chat.actor_of(office, where.channel, where.address)
    return holders if person is None else holders | media.by_person(person.person)


@dataclass(frozen=True, slots=True)
class LeaseAsked:
    """Which notices a connector wants."""

    channels: list[Channel]
    limit: int = 10
    address: str | None = None


async def lease_notices(request: web.Request) -> web.Response:
    """Lease notices to a connector."""
    asked = await body_of(request, LeaseAsked)
    for channel in asked.channels:
        check_channel(request, channel)
    limit = max(1, min(asked.limit, 100))
    office = request.app[OFFICE]
    return answer(await notices.lease(office, asked.channels, asked.address, limit))


async def settle_notices(request: web.Request) -> web.Response:
    """Take how leased notices ended."""
    office, channels = request.app[OFFICE], CHANNELS[request[CONNECTOR]]
    for one in await body_of(request, list[Settled]):
        # One that cannot be taken is leased again after a while; the others are settled.
        await caught(notices.settle(office, one, channels))
    return answer({})


@dataclass(frozen=True, slots=True)
class BindAsked:
    """A one-use code, and the chat it was typed in."""

    code: str
    channel: Channel
    address: str
    language: str = "zh_CN"


async def bind(request: web.Request) -> web.Response:
    """Bind a chat to the person that a code was made for."""
    asked = await body_of(request, BindAsked)
    check_channel(request, asked.channel)
    actor = await binding.bind(
        request.app[OFFICE], asked.code, asked.channel, asked.address, asked.language
    )
    return answer(actor)


async def actor(request: web.Request) -> web.Response:
    """Give who a chat belongs to."""
    where = await where_of(request)
    return answer(await chat.actor_of(request.app[OFFICE], where.channel, where.address))


async def tasks(request: web.Request) -> web.Response:
    """Give the cases that lie with whom a chat belongs to."""
    actor = await _actor_of(request, await where_of(request))
    return answer(await chat.tasks(request.app[OFFICE], actor))


async def card(request: web.Request) -> web.Response:
    """Give the card of a case."""
    actor = await _actor_of(request, await where_of(request))
    return answer(await chat.card(request.app[OFFICE], request.match_info["number"], actor))


async def _actor_of(request: web.Request, where: Where) -> Actor:
    """Give whom a chat belongs to: a connector says which chat it is, and never who."""
    actor = await chat.actor_of(request.app[OFFICE], where.channel, where.address)
    if actor is None:
        raise Forbidden("the chat belongs to no post", code="not_bound")
    return actor


@dataclass(frozen=True, slots=True)
class ActAsked:
    """A move that somebody wants to make in a chat."""

    action: str
    channel: Channel
    address: str
    key: str
    version: int | None = None
    note: str = ""
    media: tuple[str, ...] = ()
    given: dict[str, Any] = field(default_factory=dict)


async def act(request: web.Request) -> web.Response:
    """Make a move as whom the chat belongs to."""
    asked = await body_of(request, ActAsked)
    check_channel(request, asked.channel)
    office = request.app[OFFICE]
    number = request.match_info["number"]
    person = await _actor_of(request, Where(asked.channel, asked.address))
    await casework.act(
        office,
        number,
        asked.action,
        person,
        key=asked.key,
        version=asked.version,
        note=asked.note,
        media=asked.media,
        given=case_changes(asked.given),
        connector=request[CONNECTOR],
    )
    return answer(await chat.after_act(office, number, person))


@dataclass(frozen=True, slots=True)
class UnderstandAsked:
    """Words, and where the person stands."""

    text: str
    point: Point | None = None


async def understand(request: web.Request) -> web.Response:
    """Give what understanding makes of some words."""
    asked = await body_of(request, UnderstandAsked)
    text = asked.text[:MAX_WORDS]
    return answer(await chat.understand(request.app[OFFICE], text, asked.point))


async def load_draft(request: web.Request) -> web.Response:
    """Give a chat's draft."""
    where = await where_of(request)
    return answer(await chat.load_draft(request.app[OFFICE], where.channel, where.address))


async def save_draft(request: web.Request) -> web.Response:
    """Keep or drop a chat's draft."""
    body = await body_of(request, dict[str, Any])
    where = convert({"channel": body.get("channel"), "address": body.get("address")}, Where)
    check_channel(request, where.channel)
    draft = convert(body.get("draft"), dict[str, Any] | None)  # type: ignore[arg-type]
    await chat.save_draft(request.app[OFFICE], where.channel, where.address, draft)
    return answer({})


async def commands(request: web.Request) -> web.StreamResponse:
    """Hold the line over which quick commands go to a connector."""
    socket = web.WebSocketResponse(heartbeat=10)
    await socket.prepare(request)
    line, lines = CommandLine(), request.app[CONNECTORS].lines
    lines.add(line)
    sending = asyncio.create_task(_send(socket, line))
    try:
        async for message in socket:
            if message.type is WSMsgType.ERROR:
                break
    finally:
        lines.discard(line)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    return socket


async def _send(socket: web.WebSocketResponse, line: CommandLine) -> None:
    """Send what waits for a connector until it does not take it any more."""
    try:
        while True:
            text = await line.waiting.get()
            async with asyncio.timeout(SEND_S):
                await socket.send_str(text)
    except (TimeoutError, ConnectionError) as error:
        log.info("a connector was let go: %r", error)
    await socket.close()


_PHONE_ROUTES: Final = (
    Route("POST", "/connector/calls", ring, "Put a call on record before a word is said"),
    Route("POST", "/connector/calls/notes", note_calls, "Add marks to calls"),
    Route("POST", "/connector/numbers", lease_numbers, "Lease report numbers"),
    Route("POST", "/connector/transcripts/take", transcript_tasks, "Take recordings to write down"),
    Route(
        "POST", "/connector/transcripts/failed", transcript_failed, "Tell why one was not written"
    ),
    Route("POST", "/connector/transcripts", put_transcript, "Hand in a transcript"),
)
_MESSAGE_ROUTES: Final = (
    Route("POST", "/connector/bind", bind, "Bind a chat by a one-use code"),
    Route("POST", "/connector/actor", actor, "Who a chat belongs to"),
    Route("POST", "/connector/tasks", tasks, "Cases that lie with whom a chat belongs to"),
    Route("POST", "/connector/cases/{number}", card, "A case as a chat's person may see it"),
    Route("POST", "/connector/cases/{number}/act", act, "Make a move as a chat's person"),
    Route("POST", "/connector/understand", understand, "Class, place and urgency of some words"),
    Route("POST", "/connector/drafts/load", load_draft, "A chat's draft"),
    Route("POST", "/connector/drafts/save", save_draft, "Keep or drop a chat's draft"),
)
_ROUTES_OF_BOTH: Final = (
    Route("POST", "/connector/beat", beat, "A sign of life; answered with what to bring back"),
    Route("POST", "/connector/reports", submit, "Hand in a report, once per channel and key"),
    Route("POST", "/connector/newest", newest, "The newest case of a number or chat"),
    Route("PUT", "/connector/media", put_media, "Store a file durably"),
    Route("GET", "/connector/media/{sha256}", get_media, "A stored file"),
    Route("POST", "/connector/cases/{number}/media", attach, "Link a stored file to a case"),
    Route("POST", "/connector/notices/lease", lease_notices, "Lease notices that are due"),
    Route("POST", "/connector/notices/settle", settle_notices, "Tell how leased notices ended"),
    Route("GET", "/connector/commands", commands, "Line for quick commands (WebSocket)"),
)
GUARDED: Final[Sequence[tuple[Sequence[Route], frozenset[str]]]] = (
    (_PHONE_ROUTES, frozenset({PHONE})),
    (_MESSAGE_ROUTES, frozenset({MESSAGES})),
    (_ROUTES_OF_BOTH, frozenset({PHONE, MESSAGES})),
)


def declared() -> Iterator[tuple[Route, str]]:
    """Give every route of the connectors with the connectors that may call it, for docs/api.md."""
    for routes, connectors in GUARDED:
        for route in routes:
            yield route, ", ".join(sorted(connectors))


def add(app: web.Application, settings: Settings) -> None:
    """Add the connectors to an application that has its office and media already."""
    app[CONNECTORS] = read_connectors(settings)
    for routes, connectors in GUARDED:
        for route in routes:
            app.router.add_route(route.method, route.path, guarded(route.handler, connectors))
