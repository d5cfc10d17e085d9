"""Cases on hold, and what is kept about somebody: told, handed out, and erased by two people."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from backend.desks.audit import What, record
from backend.desks.context import AppContext
from backend.store import (
    about_person,
    cases,
    contacts,
    erasure,
    nights,
    person_erasing,
    privacy,
    seen_clock,
    views,
)
from backend.store.about_person import CaseOfPerson
from backend.store.erasure import Erasing
from backend.store.privacy import StoredHold, StoredWish
from backend.store.session import Connection, Transaction
from hotline.channel import Channel
from hotline.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from hotline.ids import new_id
from hotline.people import Actor, masked
from hotline.privacy import DataKind
from hotline.report import Contact
from hotline.rights.permissions import ERASE
from hotline.rights.scopes import is_everything
from hotline.sanitize import sanitize_line, says_something
from hotline.telephone import read_telephone
from hotline.wire import Meta, encode

MAX_REASON: Final = 500
ERASED: Final = "erased"
REFUSED: Final = "refused"
# What says nothing more about somebody but that they were asked about.
_WISHES: Final = "wishes"
Reason = Annotated[str, Meta(max_length=MAX_REASON)]


@dataclass(frozen=True, slots=True)
class Whose:
    """Who is meant: a telephone number, or a chat by its channel and address."""

    channel: Channel
    address: Annotated[str, Meta(max_length=100)]


@dataclass(frozen=True, slots=True)
class ErasureAsked:
    """Who is to be erased, and why: what they wrote, say, and how it was known to be them."""

    channel: Channel
    address: Annotated[str, Meta(max_length=100)]
    reason: Reason


@dataclass(frozen=True, slots=True)
class Kept:
    """How much is kept about somebody, by what it is, and what stands against erasing it.

    `held` and `going` are numbers of cases, `wish` is what was asked for last.
    """

    counts: dict[str, int]
    held: list[str]
    going: list[str]
    wish: StoredWish | None


async def hold(office: AppContext, actor: Actor, number: str, reason: str) -> None:
    """Put a case on hold, so that nothing of it is erased; Conflict where it is."""
    said = _reason(reason)

    async def work(transaction: Transaction) -> None:
        case = await _seen(transaction, actor, number)
        made = new_id(transaction.now), case, said, actor.person, transaction.now
        if not await privacy.hold(transaction.connection, *made):
            raise Conflict(f"{number} is on hold", code="conflict")
        await record(transaction, What.HOLD_SET, actor.person, case=case, reason=said)

    await office.store.transaction(office.clock.now, work)


async def release(office: AppContext, actor: Actor, number: str, reason: str) -> None:
    """End the hold of a case; Conflict where there is none."""
    said = _reason(reason)

    async def work(transaction: Transaction) -> None:
        case = await _seen(transaction, actor, number)
        ended = case, said, actor.person, transaction.now
        if not await privacy.release(transaction.connection, *ended):
            raise Conflict(f"{number} is not on hold", code="conflict")
        await record(transaction, What.HOLD_ENDED, actor.person, case=case, reason=said)

    await office.store.transaction(office.clock.now, work)


async def held(office: AppContext, actor: Actor) -> list[StoredHold]:
    """Give the cases on hold that somebody may know of, the newest hold first."""
    async with office.store.connect() as connection:
        return await privacy.held(connection, actor.rights.scope(ERASE))


async def kept(office: AppContext, actor: Actor, whose: Whose) -> Kept:
    """Tell how much is kept about somebody; Forbidden for who does not see the whole city."""
    _check_whole(actor)
    contact = _contact(office, whose.channel, whose.address)
    ident = office.contacts.of(contact.channel, contact.address)
    async with office.store.connect() as connection:
        given = ident, contact.channel, contact.address
        counts = await about_person.counts_of(connection, *given)
        found = [one.id for one in await about_person.cases_of(connection, ident)]
        found += await about_person.joined_by(connection, ident)
        standing = await erasure.standing_against(connection, sorted(office.city.ends), found)
        wish = await privacy.newest_wish(connection, ident)
    return Kept(counts, *standing, wish)


async def export(
    office: AppContext, actor: Actor, whose: Whose
) -> dict[str, list[dict[str, object]]]:
    """Give all that is kept about somebody, for them; it is written down who took it out."""
    _check_whole(actor)
    contact = _contact(office, whose.channel, whose.address)
    ident = office.contacts.of(contact.channel, contact.address)

    async def work(transaction: Transaction) -> dict[str, list[dict[str, object]]]:
        given = ident, contact.channel, contact.address
        told = await about_person.all_of(transaction.connection, *given)
        subject = f"{contact.channel} {masked(contact.address)}"
        await record(transaction, What.PERSON_EXPORTED, actor.person, subject=subject)
        return told

    return await office.store.transaction(office.clock.now, work)


@dataclass(frozen=True, slots=True)
class Going:
    """What an erasure would take now: how much of what, of which cases, and what stands against it.

    `stays` are the cases whose own words would stay. `seen` names all of it: who agrees says it.
    """

    wish: StoredWish
    counts: dict[str, int]
    cases: list[str]
    stays: list[str]
    held: list[str]
    going: list[str]
    seen: str


async def going(office: AppContext, actor: Actor, ident: UUID) -> Going:
    """Tell what would go if somebody agreed to a wish now; NotFound where there is none."""
    _check_whole(actor)

    async def work(transaction: Transaction) -> Going:
        return await _going(office, transaction, await _wish(transaction.connection, ident))

    return await office.store.transaction(office.clock.now, work)


async def _going(office: AppContext, transaction: Transaction, wish: StoredWish) -> Going:
    connection = transaction.connection
    found = await about_person.cases_of(connection, wish.contact)
    joined = await about_person.joined_by(connection, wish.contact)
    contact = await contacts.contact(connection, wish.contact)
    alone = [one.id for one in found if one.alone]
    counts = (
        {}
        if contact is None
        else await person_erasing.going_of(connection, office.contacts, contact, alone)
    )
    touched = [*(one.id for one in found), *joined]
    held, open_ = await erasure.standing_against(connection, sorted(office.city.ends), touched)
    numbers = [one.number for one in found]
    stays = [one.number for one in found if not one.alone]
    named = encode([str(wish.id), sorted(counts.items()), numbers, stays])
    seen = hashlib.sha256(named).hexdigest()
    return Going(wish, counts, numbers, stays, held, open_, seen)


async def ask(office: AppContext, actor: Actor, asked: ErasureAsked) -> StoredWish:
    """Write down that somebody is to be erased; nothing goes before another person agrees.

    Asked for again it is the same wish, also when it is done and nothing has come since. Raises
    Refused (case_held, case_open, caller_restricted) where something stands against it.
    """
    _check_whole(actor)
    said = _reason(asked.reason)
    contact = _contact(office, asked.channel, asked.address)
    ident = office.contacts.of(contact.channel, contact.address)

    async def work(transaction: Transaction) -> StoredWish:
        connection, now = transaction.connection, transaction.now
        await privacy.in_line(connection, ident)
        known = await privacy.newest_wish(connection, ident)
        if known is not None and known.done_at is None:
            return known
        given = ident, contact.channel, contact.address
        counts = await about_person.counts_of(connection, *given)
        if not any(many for name, many in counts.items() if name != _WISHES):
            if known is not None:
                return known
            raise NotFound("nothing is kept of them")
        found = await _check_free(office, transaction, ident)
        alone = [case.id for case in found if case.alone]
        would = await person_erasing.going_of(connection, office.contacts, contact, alone)
        tail = masked(contact.address)
        made = new_id(now), ident, str(contact.channel), tail, said, actor.person, now
        one = StoredWish(*made, "", None, "", [{"counts": would}])
        await privacy.add_wish(connection, one)
        await record(
            transaction, What.ERASURE_ASKED, actor.person, subject=str(one.id), reason=said
        )
        return one

    return await office.store.transaction(office.clock.now, work)


async def agree(office: AppContext, actor: Actor, ident: UUID, seen: str) -> StoredWish:
    """Agree as the second person to what was `seen`: it is erased at once, and told again as done.

    Raises Refused (same_person; not_open where it was declined; what stands against it, as ask),
    and Conflict (erasure_changed) where other things would go than were seen.
    """
    _check_whole(actor)

    async def work(transaction: Transaction) -> StoredWish:
        connection, now = transaction.connection, transaction.now
        one = await _wish(connection, ident)
        if one.outcome == ERASED:
            return one
        if one.done_at is not None:
            raise Refused("it was declined", code="not_open")
        if one.asked_by == actor.person:
            raise Refused("another person agrees", code="same_person")
        found = await _check_free(office, transaction, one.contact)
        would = await _going(office, transaction, one)
        if seen != would.seen:
            raise Conflict("what would go has changed", code="erasure_changed")
        subject = str(one.id)
        touched = await _erase(office, transaction, one, found)
        for other in touched - {case.id for case in found}:
            await record(transaction, What.ERASED, actor.person, subject=subject, case=other)
        for case in found:
            await record(transaction, What.ERASED, actor.person, subject=subject, case=case.id)
            transaction.emit_change("case", case.number)
        if not found:
            await record(transaction, What.ERASED, actor.person, subject=subject)
        cases_of = [{"number": case.number, "stays": not case.alone} for case in found]
        told = [{"counts": would.counts}, *cases_of]
        await privacy.settle(connection, ident, actor.person, now, ERASED, told)
        return await _wish(connection, ident)

    return await office.store.transaction(office.clock.now, work)


def staying(wish: StoredWish) -> list[str]:
    """Give the cases whose own words stay after an erasure: somebody else told of them, too."""
    return [one["number"] for one in wish.told if isinstance(one, dict) and one.get("stays")]


async def decline(office: AppContext, actor: Actor, ident: UUID) -> StoredWish:
    """Do not erase; Refused (not_open) where it is settled."""
    _check_whole(actor)

    async def work(transaction: Transaction) -> StoredWish:
        one = await _wish(transaction.connection, ident)
        if one.done_at is not None:
            raise Refused("it is settled", code="not_open")
        await privacy.settle(
            transaction.connection, ident, actor.person, transaction.now, REFUSED, []
        )
        await record(transaction, What.ERASURE_DECLINED, actor.person, subject=str(one.id))
        return await _wish(transaction.connection, ident)

    return await office.store.transaction(office.clock.now, work)


@dataclass(frozen=True, slots=True)
class LastNight:
    """When what was kept long enough went last (None: never), and how much of each kind.

    `doubted_at` is what the clock showed when it was believed no more, so that nothing goes, and
    `seen_at` when it was believed last.
    """

    at: datetime | None
    went: list[dict[str, object]]
    doubted_at: datetime | None = None
    seen_at: datetime | None = None


async def last_night(office: AppContext) -> LastNight:
    """Give what the last night took."""
    async with office.store.connect() as connection:
        at, went = await nights.last(connection) or (None, [])
        clock = await seen_clock.read(connection)
    if clock is None or clock.doubted_at is None:
        return LastNight(at, went)
    return LastNight(at, went, clock.doubted_at, clock.seen_at)


async def wishes(office: AppContext, actor: Actor) -> list[StoredWish]:
    """Give what was asked for, the newest first."""
    _check_whole(actor)
    async with office.store.connect() as connection:
        return await privacy.wishes(connection)


async def _erase(
    office: AppContext, transaction: Transaction, one: StoredWish, found: list[CaseOfPerson]
) -> set[UUID]:
    """Erase all that is kept about somebody; gives of which cases anything went."""
    connection, now = transaction.connection, transaction.now
    contact = await contacts.contact(connection, one.contact)
    asked = Erasing(
        kind=DataKind.CONTACT,
        before=now,
        ended=False,
        ends=sorted(office.city.ends),
        fields=office.city.fields_of_people,
        how=str(one.id),
    )
    if contact is None:
        return set()
    given = contact, [case.id for case in found if case.alone], now
    return set(await person_erasing.erase_person(connection, office.contacts, asked, *given))


async def _check_free(
    office: AppContext, transaction: Transaction, contact: UUID
) -> list[CaseOfPerson]:
    """Give somebody's cases, locked; Refused where something stands against erasing them."""
    connection = transaction.connection
    found = await about_person.cases_of(connection, contact)
    ends = sorted(office.city.ends)
    touched = [one.id for one in found] + await about_person.joined_by(connection, contact)
    on_hold, going = await erasure.standing_against(connection, ends, touched)
    if on_hold:
        raise Refused("a case is on hold", code="case_held", numbers=_some(on_hold))
    if going:
        raise Refused("a case goes on", code="case_open", numbers=_some(going))
    if await about_person.is_restricted(connection, contact, transaction.now):
        raise Refused("something is held against them", code="caller_restricted")
    return found


def _some(numbers: list[str]) -> str:
    return ", ".join(numbers[:5])


async def _wish(connection: Connection, ident: UUID) -> StoredWish:
    found = await privacy.wish(connection, ident)
    if found is None:
        raise NotFound("nothing is called so")
    return found


async def _seen(transaction: Transaction, actor: Actor, number: str) -> UUID:
    """Give a case that somebody may put on hold, locked; NotFound where they may not know of it."""
    scope = actor.rights.scope(ERASE)
    if not await views.is_in_scope(transaction.connection, scope, number):
        raise NotFound(f"no case {number} for {actor.person}", code="no_case")
    return (await cases.load(transaction.connection, number, lock=True)).id


def _check_whole(actor: Actor) -> None:
    """What is kept about somebody may be of cases anywhere."""
    if not is_everything(actor.rights.scope(ERASE)):
        raise Forbidden(f"{actor.person} does not see the whole city")


def _reason(text: str) -> str:
    said = sanitize_line(text).strip()
    if not says_something(said):
        raise Invalid("reason", "says nothing", code="input_missing")
    return said


def _contact(office: AppContext, channel: Channel, address: str) -> Contact:
    """Give who is meant, in the one form of their address; Invalid for what is none."""
    given = address.strip()
    if channel is not Channel.PHONE:
        if not given:
            raise Invalid("address", "says nothing", code="input_missing")
        return Contact(channel, given)
    read = read_telephone(given, office.city.telephone)
    if read is None or not read.known:
        raise Invalid("phone", f"{given[:40]!r} is no telephone number", code="bad_phone")
    return Contact(channel, read.number)
