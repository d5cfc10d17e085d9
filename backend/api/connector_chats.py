"""What the message connectors ask for: chats, the cases of whom they belong to, and drafts."""

from aiohttp import web

from backend.api import codes
from backend.api.connector_guard import CONNECTOR, check_channel
from backend.api.keys import OFFICE
from backend.api.permissions import BY_MESSAGES
from backend.api.route import Route, at
from backend.desks import binding, casework, chat
from hotline import contract
from hotline.card import CaseCard, Understood
from hotline.case.changes import case_changes
from hotline.contract import ActAsked, BindAsked, KeptDraft, UnderstandAsked, Where
from hotline.errors import Forbidden
from hotline.people import Actor
from hotline.report import MAX_WORDS, Channel


async def bind(request: web.Request, asked: BindAsked) -> Actor:
    """Bind a chat to the person that a code was made for."""
    check_channel(request, asked.channel)
    return await binding.bind(
        request.app[OFFICE], asked.code, asked.channel, asked.address, asked.language
    )


async def actor(request: web.Request, where: Where) -> Actor | None:
    """Give who a chat belongs to."""
    check_channel(request, where.channel)
    return await chat.actor_of(request.app[OFFICE], where.channel, where.address)


async def tasks(request: web.Request, where: Where) -> list[CaseCard]:
    """Give the cases that lie with whom a chat belongs to."""
    actor = await _actor_of(request, where.channel, where.address)
    return await chat.tasks(request.app[OFFICE], actor)


async def card(request: web.Request, where: Where) -> CaseCard:
    """Give the card of a case."""
    actor = await _actor_of(request, where.channel, where.address)
    return await chat.card(request.app[OFFICE], request.match_info["number"], actor)


async def _actor_of(request: web.Request, channel: Channel, address: str) -> Actor:
    """Give whom a chat belongs to: a connector says which chat it is, and never who."""
    check_channel(request, channel)
    actor = await chat.actor_of(request.app[OFFICE], channel, address)
    if actor is None:
        raise Forbidden("the chat belongs to no post", code="not_bound")
    return actor


async def act(request: web.Request, asked: ActAsked) -> CaseCard:
    """Make a move as whom the chat belongs to."""
    office, number = request.app[OFFICE], request.match_info["number"]
    person = await _actor_of(request, asked.channel, asked.address)
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
    return await chat.after_act(office, number, person)


async def understand(request: web.Request, asked: UnderstandAsked) -> Understood:
    """Give what understanding makes of some words."""
    return await chat.understand(request.app[OFFICE], asked.text[:MAX_WORDS], asked.point)


async def load_draft(request: web.Request, where: Where) -> dict[str, object] | None:
    """Give a chat's draft."""
    check_channel(request, where.channel)
    return await chat.load_draft(request.app[OFFICE], where.channel, where.address)


async def save_draft(request: web.Request, kept: KeptDraft) -> None:
    """Keep or drop a chat's draft."""
    check_channel(request, kept.channel)
    await chat.save_draft(request.app[OFFICE], kept.channel, kept.address, kept.draft)


_NOT_BOUND = ("not_bound",)
ROUTES: tuple[Route, ...] = (
    at(contract.BIND, bind, "Bind a chat by a one-use code", BY_MESSAGES, ("bad_code",)),
    at(contract.ACTOR, actor, "Who a chat belongs to", BY_MESSAGES),
    at(
        contract.TASKS,
        tasks,
        "Cases that lie with whom a chat belongs to",
        BY_MESSAGES,
        _NOT_BOUND,
    ),
    at(
        contract.CARD,
        card,
        "A case as a chat's person may see it",
        BY_MESSAGES,
        (*_NOT_BOUND, "no_case"),
    ),
    at(
        contract.ACT,
        act,
        "Make a move as a chat's person",
        BY_MESSAGES,
        (*_NOT_BOUND, *codes.OF_MOVE_BY_CONNECTOR),
    ),
    at(contract.UNDERSTAND, understand, "Class, place and urgency of some words", BY_MESSAGES),
    at(contract.LOAD_DRAFT, load_draft, "A chat's draft", BY_MESSAGES),
    at(contract.SAVE_DRAFT, save_draft, "Keep or drop a chat's draft", BY_MESSAGES),
)
