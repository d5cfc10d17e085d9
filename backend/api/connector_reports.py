"""What every connector asks for: reports, files, notices, and signs of life."""

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import unquote

from aiohttp import web

from backend.api.connector_guard import (
    CHANNELS,
    CONNECTOR,
    MESSAGES,
    PHONE,
    Where,
    check_channel,
    check_kind,
)
from backend.api.http import answer, blocks_of, body_of
from backend.api.keys import MEDIA, OFFICE, SETTINGS, Route
from backend.desks import acceptance, aside, chat, media, notices, telephone
from backend.desks.queues import caught
from backend.media import kind_of
from hotline.errors import Forbidden, Invalid, NotFound
from hotline.health import BOTS, IVR, SCRIBE, Beat
from hotline.notice import Settled
from hotline.report import Attachment, Channel, NewReport
from hotline.wire import CHAT_HEADER, convert

# The processes that come with each connector's token.
PARTS: Final = {PHONE: frozenset({IVR, SCRIBE}), MESSAGES: frozenset({BOTS})}


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


ROUTES: tuple[Route, ...] = (
    Route("POST", "/connector/beat", beat, "A sign of life; answered with what to bring back"),
    Route("POST", "/connector/reports", submit, "Hand in a report, once per channel and key"),
    Route("POST", "/connector/newest", newest, "The newest case of a number or chat"),
    Route("PUT", "/connector/media", put_media, "Store a file durably"),
    Route("GET", "/connector/media/{sha256}", get_media, "A stored file"),
    Route("POST", "/connector/cases/{number}/media", attach, "Link a stored file to a case"),
    Route("POST", "/connector/notices/lease", lease_notices, "Lease notices that are due"),
    Route("POST", "/connector/notices/settle", settle_notices, "Tell how leased notices ended"),
)
