"""Binding chats to people by one-use codes, and taking them away again."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from backend.desks.audit import REPEATED, What, record
from backend.desks.context import AppContext
from backend.passwords import ALPHABET
from backend.store import chats, drafts, outbox, people
from backend.store.chats import Chat
from backend.store.session import Transaction
from hotline.channel import Channel
from hotline.errors import Forbidden, Invalid, NotFound
from hotline.ids import new_id
from hotline.notice import Notice
from hotline.numerals import narrow
from hotline.organisation import Person
from hotline.people import Actor, masked
from hotline.rights.permissions import PEOPLE
from hotline.words import LANGUAGES

CODE_LETTERS: Final = 8


@dataclass(frozen=True, slots=True)
class BoundChat:
    """A person's chat, of which only the end of the address shows.

    One that `lacks_factor` was bound without the second factor that a post of its person asks for:
    it may do nothing for the office, and no notice is sent to it.
    """

    channel: Channel
    address_masked: str
    lacks_factor: bool


async def make_code(
    office: AppContext, minutes: float, person: str, by: Actor, *, by_factor: bool = False
) -> tuple[str, datetime]:
    """Make a one-use code that binds a chat to a person: (code, when it runs out).

    `by_factor` says that who makes it has signed in with a second factor; it counts for
    themselves alone.
    """
    _check_may(office, person, by)
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LETTERS))

    async def work(transaction: Transaction) -> datetime:
        connection, now = transaction.connection, transaction.now
        expires_at = now + timedelta(minutes=minutes)
        given = connection, _hash(code), person, by.person, now, expires_at
        await chats.add_code(*given, by_factor=by_factor and by.person == person)
        await record(transaction, What.CODE_MADE, by.person, subject=person)
        return expires_at

    return code, await office.store.transaction(office.clock.now, work)


async def bind(
    office: AppContext, code: str, channel: Channel, address: str, language: str
) -> Actor:
    """Bind a chat to the person a code was made for; the code is then used up.

    Raises Invalid (bad_code) for a code that is unknown, used or too old. A message may come
    twice: a chat that hands in its code again is told the same while it is still bound, and no
    longer.
    """
    hashed = _hash("".join(letter for letter in narrow(code).lower() if letter in ALPHABET))

    async def work(transaction: Transaction) -> Person | None:
        connection, now = transaction.connection, transaction.now
        used = await chats.use_code(connection, hashed, channel, address, now)
        person, proved = used or (None, False)
        again = None if person else await chats.still_bound(connection, hashed, channel, address)
        known = office.city.organisation.people.get(person or again or "")
        if known is None:
            where = _where(Chat(channel, address, "", ""))
            await record(transaction, What.CODE_REFUSED, "", subject=where, once_in=REPEATED)
        elif person:
            spoken = language if language in LANGUAGES else LANGUAGES[0]
            chat = Chat(channel, address, known.code, spoken, proved)
            gone = await chats.bind_chat(connection, chat, now)
            await record(transaction, What.CHAT_BOUND, person, subject=_where(chat))
            await _tell(transaction, [one for one in gone if one.address != address])
            await _forget(transaction, [one for one in gone if not _is_same(one, chat)])
        return known

    known = await office.store.transaction(office.clock.now, work)
    if known is None:
        raise Invalid("code", "unknown, used or too old", code="bad_code")
    async with office.store.connect() as connection:
        chosen = await people.working_post(connection, known.code)
    actor = office.city.organisation.actor(known.code, office.clock.now(), chosen)
    return actor or known.actor()


async def unbind(office: AppContext, person: str, channel: Channel, by: Actor) -> None:
    """Take a person's chat of a channel away and tell it so; NotFound (no_chat) where none is."""
    _check_may(office, person, by)

    async def work(transaction: Transaction) -> None:
        if not await take_chats(transaction, person, by.person, channel):
            raise NotFound(f"{person} has no chat of {channel}", code="no_chat")

    await office.store.transaction(office.clock.now, work)


async def take_chats(
    transaction: Transaction, person: str, by: str, channel: Channel | None = None
) -> list[Chat]:
    """Take a person's chats and waiting codes away, tell the chats so, and give them."""
    gone = await chats.unbind(transaction.connection, person, channel)
    for one in gone:
        subject = f"{person} {_where(one)}"
        await record(transaction, What.CHAT_UNBOUND, by, subject=subject)
    await _tell(transaction, gone)
    await _forget(transaction, gone)
    return gone


async def chats_of(
    office: AppContext, person: str, by: Actor, asking: Collection[str] = ()
) -> list[BoundChat]:
    """Give a person's chats, masked, to themselves and to administrators."""
    _check_may(office, person, by)
    async with office.store.connect() as connection:
        found = await chats.chats_of(connection, [person])
    return [shown(office, one, asking) for one in found]


def shown(office: AppContext, chat: Chat, asking: Collection[str]) -> BoundChat:
    """Give a chat as the console shows it."""
    return BoundChat(chat.channel, masked(chat.address), lacks_factor(office, chat, asking))


def lacks_factor(office: AppContext, chat: Chat, asking: Collection[str]) -> bool:
    """Tell whether a chat was bound without the second factor that its person's posts ask for.

    What is sent may be of any post that they hold, so one of them is enough.
    """
    if chat.by_factor or not asking:
        return False
    organisation, now = office.city.organisation, office.clock.now()
    known = organisation.people.get(chat.person)
    held = (None, *(one.id for one in known.posts_at(now))) if known is not None else ()
    actors = (organisation.actor(chat.person, now, post) for post in held)
    return any(one and not one.rights.permissions.isdisjoint(asking) for one in actors)


async def actor_of(
    office: AppContext, channel: Channel, address: str, asking: Collection[str] = ()
) -> Actor | None:
    """Give who a chat is bound to, or None for a citizen's.

    Raises Forbidden (chat_without_factor) where their post has one of the permissions `asking` for
    a second factor, and the chat was bound without.
    """
    async with office.store.connect() as connection:
        found = await chats.person_of_chat(connection, channel, address)
    if found is None:
        return None
    person, chosen, by_factor = found
    actor = office.city.organisation.actor(person, office.clock.now(), chosen)
    if actor is not None and not by_factor and not actor.rights.permissions.isdisjoint(asking):
        raise Forbidden(f"the chat of {person} has no second factor", code="chat_without_factor")
    return actor


def _check_may(office: AppContext, person: str, by: Actor) -> None:
    """Everybody for themselves, administrators for all; others hear of no such person."""
    if by.person != person and not by.rights.may(PEOPLE):
        raise NotFound(f"{by.person} is not to know of {person}", code="no_person")
    office.city.organisation.person(person)


async def _tell(transaction: Transaction, gone: Sequence[Chat]) -> None:
    """Tell chats that they are bound no longer, and nothing else that waits for their person."""
    connection, now = transaction.connection, transaction.now
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
        outbox.add(transaction, notice)


async def _forget(transaction: Transaction, gone: Sequence[Chat]) -> None:
    """Let go of what was begun in chats by whom they were taken from: it is about their cases."""
    for chat in gone:
        await drafts.drop_draft(transaction.connection, chat.channel, chat.address)


def _is_same(one: Chat, other: Chat) -> bool:
    return (one.address, one.person) == (other.address, other.person)


def _where(chat: Chat) -> str:
    """A chat as the audit names it."""
    return f"{chat.channel} {masked(chat.address)}"


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
