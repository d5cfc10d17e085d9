"""Callers who misuse the hotline: asked for by a seat, agreed to by another, ended by a date."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from backend.desks.audit import What, record
from backend.desks.authorization import scope_of
from backend.desks.call_draft import is_own
from backend.desks.context import AppContext
from backend.store import callers, nuisances
from backend.store.session import Transaction
from hotline.errors import Forbidden, Invalid, NotFound, Refused
from hotline.ids import new_id
from hotline.people import Actor
from hotline.rights.permissions import RESTRICT
from hotline.room.nuisance import LONGEST, Nuisance, NuisanceLevel
from hotline.wire import Meta


@dataclass(frozen=True, slots=True)
class NuisanceAsked:
    """What is to be held against the number of a call (its key), why, and for how many days."""

    call: Annotated[str, Meta(max_length=200)]
    level: NuisanceLevel
    reason: Annotated[str, Meta(max_length=500)]
    days: int


async def ask(office: AppContext, actor: Actor, asked: NuisanceAsked) -> None:
    """Write down what is to be held against the number of a call; it counts for nobody yet.

    Raises Forbidden for a call of another seat, or of none; NotFound for one that is not on record
    or out of the sight of who may restrict any; Refused for what is asked for already and for a
    withheld number: everybody who withholds theirs is one, and nobody of them is
    blocked.
    """
    if not asked.reason.strip():
        raise Invalid("reason", "says nothing", code="input_missing")
    if not 1 <= asked.days <= LONGEST.days:
        raise Invalid("days", f"is not between 1 and {LONGEST.days}", code="out_of_range")

    async def work(transaction: Transaction) -> None:
        now = transaction.now
        await _check_may_ask(transaction, actor, asked.call)
        call = await callers.call_of(transaction.connection, asked.call)
        if call is None:
            raise NotFound(f"no call {asked.call}", code="no_call")
        if not call.address:
            raise Refused("a withheld number is never blocked", code="withheld")
        if await nuisances.is_open(transaction.connection, call.contact, asked.level, now):
            raise Refused("it is asked for already", code="asked_already")
        until = now + timedelta(days=asked.days)
        one = Nuisance(
            id=new_id(now),
            contact=call.contact,
            level=asked.level,
            reason=asked.reason.strip(),
            asked_by=actor.person,
            asked_at=now,
            until=until,
        )
        await nuisances.add(transaction.connection, one)
        await record(transaction, What.NUISANCE_ASKED, actor.person, subject=f"{one.id}")

    await office.store.transaction(office.clock.now, work)


async def _check_may_ask(transaction: Transaction, actor: Actor, call: str) -> None:
    """Refuse calls of others alike, whether they are there or not."""
    connection = transaction.connection
    if await is_own(connection, call, actor, transaction.now):
        return
    if not actor.rights.may(RESTRICT):
        raise Forbidden(f"{call} is no call of {actor.person}", code="not_yours")
    if not await callers.is_in_sight(connection, call, scope_of(actor)):
        raise NotFound(f"no call {call} for {actor.person}", code="no_call")


async def agree(office: AppContext, actor: Actor, ident: UUID) -> None:
    """Agree as the second person: it counts from now on."""

    async def work(transaction: Transaction) -> None:
        one = await _loaded(transaction, ident)
        one.check_agreeable(actor.person, transaction.now)
        await nuisances.agree(transaction.connection, ident, actor.person, transaction.now)
        await record(transaction, What.NUISANCE_AGREED, actor.person, subject=f"{ident}")

    await office.store.transaction(office.clock.now, work)


async def end(office: AppContext, actor: Actor, ident: UUID) -> None:
    """End it, or what was only asked for."""

    async def work(transaction: Transaction) -> None:
        one = await _loaded(transaction, ident)
        if one.ended_at is not None:
            raise Refused("it has ended", code="not_open")
        await nuisances.end(transaction.connection, ident, actor.person, transaction.now)
        await record(transaction, What.NUISANCE_ENDED, actor.person, subject=f"{ident}")

    await office.store.transaction(office.clock.now, work)


async def listed(office: AppContext) -> tuple[list[tuple[Nuisance, str]], datetime]:
    """Give all that were asked for with their numbers, and the instant by which they are judged."""
    async with office.store.connect() as connection:
        return await nuisances.listed(connection), office.clock.now()


async def _loaded(transaction: Transaction, ident: UUID) -> Nuisance:
    one = await nuisances.load(transaction.connection, ident)
    if one is None:
        raise NotFound(f"nothing called {ident}", code="not_found")
    return one
