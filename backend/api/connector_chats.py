"""What the message connectors ask for: chats, the cases of whom they belong to, and drafts."""

from collections.abc import AsyncIterator
from dataclasses import replace

from aiohttp import web

from backend.api import codes
from backend.api.connector_guard import CONNECTOR, check_channel
from backend.api.guard import asking_factor
from backend.api.keys import SETTINGS
from backend.api.multipart import FORM, MultipartForm
from backend.api.office_keys import MEDIA, office_of
from backend.api.permissions import BY_MESSAGES
from backend.api.route import Route, at
from backend.desks import binding, cards, casework, chat, citizens, media, telephone, witnessing
from backend.desks.owner import owner_of
from backend.operations.preflight import log_signer
from hotline import contract
from hotline.brief import CaseBrief
from hotline.card import CaseCard, Understood
from hotline.channel import Channel
from hotline.contract import (
    ActAsked,
    AnswerAsked,
    BindAsked,
    ChatAsked,
    ChatOpened,
    ChatOwner,
    KeptDraft,
    PhotoTaken,
    UnderstandAsked,
    Where,
)
from hotline.errors import Forbidden, Invalid, TooLarge
from hotline.media import MediaKind
from hotline.people import Actor
from hotline.record.proof_file import LogProof
from hotline.report import MAX_WORDS

# An album's.
MAX_PHOTOS = 10


async def bind(request: web.Request, asked: BindAsked) -> ChatOwner:
    """Bind a chat to the person that a code was made for."""
    check_channel(request, asked.channel)
    office = office_of(request)
    actor = await binding.bind(office, asked.code, asked.channel, asked.address, asked.language)
    return owner_of(office, actor)


async def open_chat(request: web.Request) -> ChatOpened:
    """Give all of a chat that a message needs, and store the photos that came with it."""
    form = MultipartForm(request)
    asked = await form.record("chat", ChatAsked)
    check_channel(request, asked.channel)
    office = office_of(request)
    actor, without = None, False
    try:
        actor = await chat.actor_of(office, asked.channel, asked.address, asking_factor(request))
    except Forbidden:
        # It is anybody's chat then, until it is bound anew.
        without = True
    holders = media.by_chat(office, asked.channel, asked.address, actor)
    photos = [
        await _photo(request, blocks, holders) async for blocks in form.files("photo", MAX_PHOTOS)
    ]
    opened = await cards.opened(office, asked.channel, asked.address, actor, asked.number)
    return replace(opened, photos=tuple(photos), without_factor=without)


async def _photo(
    request: web.Request, blocks: AsyncIterator[bytes], holders: frozenset[str]
) -> PhotoTaken:
    """Store a photo; a bad one is told of and spoils no other."""
    store = request.app[MEDIA]
    try:
        file = await store.put(blocks, MediaKind.PHOTO)
    except (Invalid, TooLarge) as error:
        return PhotoTaken(None, error.code)
    size = store.size(file.sha256)
    return PhotoTaken(await media.stored(office_of(request), file, size, holders))


async def tasks(request: web.Request, where: Where) -> list[CaseCard]:
    """Give the cases that lie with whom a chat belongs to."""
    actor = await _actor_of(request, where.channel, where.address)
    return await cards.tasks(office_of(request), actor)


async def card(request: web.Request, where: Where) -> CaseCard:
    """Give the card of a case."""
    actor = await _actor_of(request, where.channel, where.address)
    return await cards.card(office_of(request), request.match_info["number"], actor)


async def _actor_of(request: web.Request, channel: Channel, address: str) -> Actor:
    """Give whom a chat belongs to: a connector says which chat it is, and never who."""
    check_channel(request, channel)
    asking = asking_factor(request)
    actor = await chat.actor_of(office_of(request), channel, address, asking)
    if actor is None:
        raise Forbidden("the chat belongs to no post", code="not_bound")
    return actor


async def act(request: web.Request, asked: ActAsked) -> CaseCard:
    """Make a move as whom the chat belongs to."""
    office, number = office_of(request), request.match_info["number"]
    person = await _actor_of(request, asked.channel, asked.address)
    moved = await casework.act(
        office,
        number,
        asked.action,
        person,
        key=asked.key,
        version=asked.version,
        note=asked.note,
        media=asked.media,
        given=asked.given,
        fix=asked.fix,
        connector=request[CONNECTOR],
        in_sight=True,
        draft=None if asked.draft is None else (asked.channel, asked.address, asked.draft),
    )
    return await cards.after_act(office, moved, person)


async def answer(request: web.Request, asked: AnswerAsked) -> CaseBrief:
    """Make a move on a case as who told of it in the chat."""
    check_channel(request, asked.channel)
    office, chat_of = office_of(request), (asked.channel, asked.address)
    number = request.match_info["number"]
    brief = await telephone.newest(office, *chat_of, number)
    await casework.act(
        office,
        citizens.acted_on(brief),
        asked.action,
        citizens.citizen_of(office.city),
        # All of them act as one person: the chat tells their keys apart.
        key=f"{office.contacts.of(*chat_of)}/{office.contacts.hidden(asked.key)}",
        former=f"{office.contacts.of(*chat_of)}/{asked.key}",
        note=asked.note,
        media=asked.media,
        holders=media.by_contact(office, *chat_of),
    )
    changed = await telephone.newest(office, *chat_of, number)
    assert changed is not None, "it was theirs"
    return await citizens.with_actions(office, changed)


async def proof(request: web.Request, where: Where) -> LogProof:
    """Give the proof that what a chat has told of is in the log."""
    check_channel(request, where.channel)
    office, number = office_of(request), request.match_info["number"]
    brief = await telephone.newest(office, where.channel, where.address, number)
    public = log_signer(request.app[SETTINGS]).public
    return await witnessing.proof_of(office, brief, public)


async def understand(request: web.Request, asked: UnderstandAsked) -> Understood:
    """Give what understanding makes of some words."""
    return await chat.understand(office_of(request), asked.text[:MAX_WORDS], asked.point)


async def save_draft(request: web.Request, kept: KeptDraft) -> None:
    """Keep a chat's draft."""
    check_channel(request, kept.channel)
    await chat.save_draft(office_of(request), kept.channel, kept.address, kept.draft)


_NOT_BOUND = ("not_bound", "chat_without_factor")
ROUTES: tuple[Route, ...] = (
    at(contract.BIND, bind, "Bind a chat by a one-use code", BY_MESSAGES, ("bad_code",)),
    Route(
        contract.OPEN_CHAT.method,
        contract.OPEN_CHAT.path,
        open_chat,
        "All of a chat that a message needs",
        BY_MESSAGES,
        takes=FORM,
    ),
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
    at(
        contract.ANSWER,
        answer,
        "Make a move on a case as who told of it",
        BY_MESSAGES,
        codes.OF_MOVE_BY_CONNECTOR,
    ),
    at(
        contract.PROOF,
        proof,
        "The proof that what a chat has told of is in the log",
        BY_MESSAGES,
        ("no_case", "proof_early", "log_damaged"),
    ),
    at(contract.UNDERSTAND, understand, "Class, place and urgency of some words", BY_MESSAGES),
    at(contract.SAVE_DRAFT, save_draft, "Keep a chat's draft", BY_MESSAGES),
)
