"""Binding chats to people by one-use codes, and taking them away again."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from backend.desks.audit import REPEATED, What, record
from backend.desks.context import AppContext
from backend.passwords import ALPHABET
from backend.store import chats, outbox
from backend.store.chats import Chat
from backend.store.session import Connection
from hotline.errors import Invalid, NotFound
from hotline.ids import new_id
from hotline.notice import Notice
from hotline.numerals import narrow
from hotline.people import Actor, Post, masked
from hotline.report import Channel
from hotline.words import LANGUAGES

CODE_LETTERS: Final = 8


@dataclass(frozen=True, slots=True)
class BoundChat:
    """A person's chat, of which only the end of the address shows."""

    channel: Channel
    address_masked: str


async def make_code(
    office: AppContext, minutes: float, person: str, by: Actor
) -> tuple[str, datetime]:
    """Make a one-use code that binds a chat to a person: (code, when it runs out)."""
    _check_may(office, person, by)
    now = office.clock.now()
    expires_at = now + timedelta(minutes=minutes)
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LETTERS))
    async with office.store.begin() as connection:
        await chats.add_code(connection, _hash(code), person, by.person, now, expires_at)
        await record(connection, now, What.CODE_MADE, by.person, subject=person)
    return code, expires_at


async def bind(
    office: AppContext, code: str, channel: Channel, address: str, language: str
) -> Actor:
    """Bind a chat to the person a code was made for; the code is then used up.

    Raises Invalid (bad_code) for a code that is unknown, used or too old. A message may come
    twice: a chat that hands in its code again is told the same while it is still bound, and no
    longer.
    """
    now = office.clock.now()
    hashed = _hash("".join(letter for letter in narrow(code).lower() if letter in ALPHABET))
    async with office.store.begin() as connection:
        person = await chats.use_code(connection, hashed, channel, address, now)
        again = None if person else await chats.still_bound(connection, hashed, channel, address)
        known = office.city.organisation.people.get(person or again or "")
        if person and known:
            spoken = language if language in LANGUAGES else LANGUAGES[0]
            chat = Chat(channel, address, known.code, spoken)
            gone = await chats.bind_chat(connection, chat, now)
            await record(connection, now, What.CHAT_BOUND, person, subject=_where(chat))
            await _tell(connection, [one for one in gone if one.address != address], now)
    if known is None:
        async with office.store.connect() as connection:
            subject = _where(Chat(channel, address, "", ""))
            await record(connection, now, What.CODE_REFUSED, "", subject=subject, once_in=REPEATED)
        raise Invalid("code", "unknown, used or too old", code="bad_code")
    return known.actor()


async def unbind(office: AppContext, person: str, channel: Channel, by: Actor) -> None:
    """Take a person's chat of a channel away and tell it so; NotFound (no_chat) where none is."""
    _check_may(office, person, by)
    now = office.clock.now()
    async with office.store.begin() as connection:
        if not await take_chats(connection, person, now, by.person, channel):
            raise NotFound(f"{person} has no chat of {channel}", code="no_chat")


async def take_chats(
    connection: Connection, person: str, now: datetime, by: str, channel: Channel | None = None
) -> list[Chat]:
    """Take a person's chats and waiting codes away, tell the chats so, and give them."""
    gone = await chats.unbind(connection, person, channel)
    for one in gone:
        subject = f"{person} {_where(one)}"
        await record(connection, now, What.CHAT_UNBOUND, by, subject=subject)
    await _tell(connection, gone, now)
    return gone


async def chats_of(office: AppContext, person: str, by: Actor) -> list[BoundChat]:
    """Give a person's chats, masked, to themselves and to administrators."""
    _check_may(office, person, by)
    async with office.store.connect() as connection:
        return [shown(one) for one in await chats.chats_of(connection, [person])]


def shown(chat: Chat) -> BoundChat:
    """Give a chat as the console shows it."""
    return BoundChat(chat.channel, masked(chat.address))


async def actor_of(office: AppContext, channel: Channel, address: str) -> Actor | None:
    """Give who a chat is bound to, or None for a citizen's."""
    async with office.store.connect() as connection:
        person = await chats.person_of_chat(connection, channel, address)
    known = office.city.organisation.people.get(person or "")
    return known.actor() if known is not None else None


def _check_may(office: AppContext, person: str, by: Actor) -> None:
    """Everybody for themselves, administrators for all; others hear of no such person."""
    if by.person != person and by.post is not Post.ADMINISTRATOR:
        raise NotFound(f"{by.person} is not to know of {person}", code="no_person")
    office.city.organisation.person(person)


async def _tell(connection: Connection, gone: Sequence[Chat], now: datetime) -> None:
    """Tell chats that they are bound no longer, and nothing else that waits for their person."""
    for chat in gone:
        await outbox.drop_of_chat(connection, chat.channel, chat.address, chat.person, now)
        entry = new_id(now)
        notice = Notice(
            id=entry,
            key=f"unbound:{entry}",
            case=None,
            channel=chat.channel,
            address=chat.address,
            template="bot.unbound",
            language=chat.language,
            not_before=now,
        )
        await outbox.add(connection, notice, now)


def _where(chat: Chat) -> str:
    """A chat as the audit names it."""
    return f"{chat.channel} {masked(chat.address)}"


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
