"""What the message connectors ask for: chats, the cases of whom they belong to, and drafts."""

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from backend.api.connector_guard import CONNECTOR, Where, check_channel, where_of
from backend.api.http import answer, body_of
from backend.api.keys import OFFICE, Route
from backend.desks import binding, casework, chat
from hotline.case.changes import case_changes
from hotline.errors import Forbidden
from hotline.people import Actor
from hotline.place.point import Point
from hotline.report import MAX_WORDS, Channel
from hotline.wire import convert


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


ROUTES: tuple[Route, ...] = (
    Route("POST", "/connector/bind", bind, "Bind a chat by a one-use code"),
    Route("POST", "/connector/actor", actor, "Who a chat belongs to"),
    Route("POST", "/connector/tasks", tasks, "Cases that lie with whom a chat belongs to"),
    Route("POST", "/connector/cases/{number}", card, "A case as a chat's person may see it"),
    Route("POST", "/connector/cases/{number}/act", act, "Make a move as a chat's person"),
    Route("POST", "/connector/understand", understand, "Class, place and urgency of some words"),
    Route("POST", "/connector/drafts/load", load_draft, "A chat's draft"),
    Route("POST", "/connector/drafts/save", save_draft, "Keep or drop a chat's draft"),
)
