"""What every connector asks for: reports, files, notices, and signs of life."""

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import unquote

from aiohttp import web

from backend.api import codes
from backend.api.connector_guard import (
    CHANNELS,
    CONNECTOR,
    check_channel,
    check_kind,
)
from backend.api.guard import asking_factor
from backend.api.http import blocks_of
from backend.api.keys import SETTINGS
from backend.api.office_keys import MEDIA, office_of
from backend.api.permissions import BY_CONNECTORS, MESSAGES, PHONE
from backend.api.route import BYTES, FILE, Route, at
from backend.desks import acceptance, aside, chat, citizens, media, notices, revisits, telephone
from hotline import contract
from hotline.brief import CaseBrief
from hotline.channel import Channel
from hotline.contract import AttachAsked, LeaseAsked, NewestAsked, Where
from hotline.errors import Forbidden, Invalid, NotFound
from hotline.health import BOTS, IVR, SCRIBE, Beat, Ref
from hotline.media import Attachment, MediaKind
from hotline.notice import NoticeTask, Settled
from hotline.queue import caught
from hotline.report import NewReport, Receipt
from hotline.revisit import RevisitSaid, RevisitTold
from hotline.wire import CHAT_HEADER, convert

# The processes that come with each connector's token.
PARTS: Final = {PHONE: frozenset({IVR, SCRIBE}), MESSAGES: frozenset({BOTS})}


async def beat(request: web.Request, told: Beat) -> list[Ref]:
    """Take a sign of life."""
    if told.part not in PARTS[request[CONNECTOR]]:
        raise Forbidden(f"{told.part!r} is no part of this connector")
    return await aside.beat(office_of(request), told)


async def submit(request: web.Request, report: NewReport) -> Receipt:
    """Take in a report; whose it is, is known by the chat, whatever the connector says."""
    check_channel(request, report.channel)
    if report.contact.channel is not report.channel:
        raise Invalid("contact", "has another channel than the report")
    if request[CONNECTOR] != PHONE and (report.call or report.number):
        raise Invalid("number", "calls and leased numbers are the phone connector's")
    if report.reporter is not None:
        reporter = await chat.collector_of(
            office_of(request), report.contact, asking_factor(request)
        )
        report = replace(report, reporter=reporter)
    if report.channel is not Channel.PHONE and report.reporter is None:
        most = request.app[SETTINGS].connectors.reports_a_day
        await acceptance.check_day_limit(office_of(request), report, most)
    return await acceptance.record(office_of(request), report, connector=request[CONNECTOR])


async def newest(request: web.Request, asked: NewestAsked) -> CaseBrief | None:
    """Give the newest case of a number or chat, or its case of a report number."""
    check_channel(request, asked.channel)
    office = office_of(request)
    brief = await telephone.newest(office, asked.channel, asked.address, asked.number)
    if brief is None or asked.channel is Channel.PHONE:
        return brief
    return await citizens.with_actions(office, brief)


async def own(request: web.Request, where: Where) -> list[CaseBrief]:
    """Give the newest case of a number or chat, then its others that are open, newest first."""
    check_channel(request, where.channel)
    return await telephone.own(office_of(request), where.channel, where.address)


@dataclass(frozen=True, slots=True)
class FileQuery:
    """What a file is evidence of."""

    kind: MediaKind


async def put_media(request: web.Request, query: FileQuery) -> Attachment:
    """Store a file; it is on disk and on record when the answer comes."""
    kind = query.kind
    check_kind(request, kind)
    office, store = office_of(request), request.app[MEDIA]
    holders = media.by_connector(request[CONNECTOR])
    file = await store.put(blocks_of(request), kind)
    return await media.stored(office, file, store.size(file.sha256), holders)


async def get_media(request: web.Request) -> web.StreamResponse:
    """Give a stored file of a kind that this connector carries; any other is as good as none."""
    store = request.app[MEDIA]
    sha256 = request.match_info["sha256"]
    path, mime = store.find(sha256), store.mime(sha256)
    if mime.startswith("audio/") != (request[CONNECTOR] == PHONE):
        raise NotFound(f"no file {sha256} for the connector {request[CONNECTOR]}")
    return web.FileResponse(path, headers={"Content-Type": mime})


async def attach(request: web.Request, asked: AttachAsked) -> None:
    """Link a stored file to a case."""
    number = request.match_info["number"]
    check_kind(request, asked.kind)
    request.app[MEDIA].find(asked.sha256)
    file = Attachment(asked.sha256, asked.kind, asked.kind.mime)
    holders = await _holders(request) | media.by_connector(request[CONNECTOR])
    office, key = office_of(request), asked.key
    hidden = key if request[CONNECTOR] == PHONE else office.contacts.hidden(key)
    await media.attach(office, number, file, hidden, holders, former=key)


async def _holders(request: web.Request) -> frozenset[str]:
    """Who hands a file in: the chat that the connector names, and the person it belongs to."""
    # A header holds any bytes; those that are no text stand for no chat that there is.
    named = request.headers.get(CHAT_HEADER, "").encode("utf-8", "replace").decode()
    channel, there, address = unquote(named).partition(":")
    if not there:
        return media.by_connector(request[CONNECTOR])
    office, where = office_of(request), convert({"channel": channel, "address": address}, Where)
    check_channel(request, where.channel)
    person = await chat.actor_of(office, where.channel, where.address)
    return media.by_chat(office, where.channel, where.address, person)


async def lease_notices(request: web.Request, asked: LeaseAsked) -> list[NoticeTask]:
    """Lease notices to a connector."""
    for channel in asked.channels:
        check_channel(request, channel)
    limit = max(1, min(asked.limit, 100))
    office = office_of(request)
    asking = asking_factor(request)
    return await notices.lease(office, asked.channels, asked.address, limit, asking)


async def settle_notices(request: web.Request, ended: list[Settled]) -> None:
    """Take how leased notices ended."""
    office, channels = office_of(request), CHANNELS[request[CONNECTOR]]
    for one in ended:
        # One that cannot be taken is leased again after a while; the others are settled.
        await caught(notices.settle(office, one, channels))


async def revisit(request: web.Request, said: RevisitSaid) -> RevisitTold:
    """Take what a citizen answers who was asked after closing."""
    check_channel(request, said.channel)
    return await revisits.answer(office_of(request), said)


ROUTES: tuple[Route, ...] = (
    at(
        contract.BEAT,
        beat,
        "A sign of life; answered with what to bring back",
        BY_CONNECTORS,
        ("forbidden",),
    ),
    at(
        contract.SUBMIT,
        submit,
        "Hand in a report, once per channel and key",
        BY_CONNECTORS,
        codes.OF_REPORT,
    ),
    at(contract.NEWEST, newest, "The newest case of a number or chat", BY_CONNECTORS),
    at(contract.OWN, own, "The newest case of a number or chat, and its open ones", BY_CONNECTORS),
    Route(
        contract.PUT_MEDIA.method,
        contract.PUT_MEDIA.path,
        put_media,
        "Store a file durably",
        BY_CONNECTORS,
        codes.OF_FILE,
        takes=BYTES,
    ),
    Route(
        contract.GET_MEDIA.method,
        contract.GET_MEDIA.path,
        get_media,
        "A stored file",
        BY_CONNECTORS,
        ("not_found",),
        gives=FILE,
    ),
    replace(
        at(
            contract.ATTACH,
            attach,
            "Link a stored file to a case",
            BY_CONNECTORS,
            codes.OF_ATTACH,
        ),
        headers=(CHAT_HEADER,),
    ),
    at(contract.LEASE_NOTICES, lease_notices, "Lease notices that are due", BY_CONNECTORS),
    at(contract.SETTLE_NOTICES, settle_notices, "Tell how leased notices ended", BY_CONNECTORS),
    at(
        contract.REVISIT,
        revisit,
        "Bring what a citizen answers after closing",
        BY_CONNECTORS,
        ("no_revisit", "no_case"),
    ),
)
