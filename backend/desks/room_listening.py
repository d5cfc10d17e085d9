"""The duty chief listens to a seat's talk, whispers to it, or joins it: each is in the audit."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.desks.audit import What, record
from backend.desks.context import AppContext
from backend.store import listenings, seats
from backend.store.listenings import ChiefListening
from backend.store.session import Transaction
from hotline.errors import Invalid, NotFound, Refused
from hotline.ids import id_of
from hotline.people import Actor
from hotline.room.listening import ListenEnd, ListenOver, ListenSeen, ListenWanted, ListenWay
from hotline.room.seat import BUSY, SeatState

# What nobody was there to do within this time is not done later.
FRESH: Final = timedelta(seconds=10)


async def ask(
    office: AppContext, actor: Actor, seat: str, call: str, way: ListenWay, reason: str
) -> ChiefListening:
    """Let the exchange ring one's own seat, and listen there to another one's talk.

    Raises Invalid for a reason that the city does not have, Refused where one has no seat that is
    free for it, listens already, or the other one does not talk in the call.
    """
    if all(reason != one.id for one in office.city.room.listen_reasons):
        raise Invalid("reason", f"{reason!r} is no reason to listen", code="no_listen_reason")

    async def work(transaction: Transaction) -> ChiefListening:
        found = await seats.of_person(transaction.connection, actor.person, lock=True)
        if found is None or found.state is SeatState.OFF:
            raise Refused(f"{actor.person} has no seat that is on", code="seat_off")
        if found.state in BUSY:
            raise Refused(f"{actor.person} has a call", code="own_call")
        going_on = await listenings.going_on(transaction.connection, lock=True)
        if any(one.by_seat == found.name for one in going_on):
            raise Refused(f"{actor.person} listens already", code="listens_already")
        other = (await seats.named(transaction.connection, [seat])).get(seat)
        if other is None or other.state is not SeatState.TALKING or other.call != call:
            raise Refused(f"{seat} does not talk in {call}", code="talk_over")
        return await listenings.add(
            transaction,
            {
                "chief": actor.person, "by_seat": found.name, "seat": seat,
                "person": other.person, "call": call, "way": way, "reason": reason,
            },
        )  # fmt: skip

    return await office.store.transaction(office.clock.now, work)


async def turn(office: AppContext, actor: Actor, ident: UUID, way: ListenWay) -> ChiefListening:
    """Turn one's own listening to another way; NotFound for none that goes on."""

    async def work(transaction: Transaction) -> ChiefListening:
        one = await _own(transaction, actor, ident)
        return await _turned(transaction, one, way)

    return await office.store.transaction(office.clock.now, work)


async def stop(office: AppContext, actor: Actor, ident: UUID) -> None:
    """End one's own listening; NotFound for none that goes on."""

    async def work(transaction: Transaction) -> None:
        one = await _own(transaction, actor, ident)
        if not one.ended:
            await listenings.change(transaction, one, ended=ListenEnd.STOPPED)

    await office.store.transaction(office.clock.now, work)


async def _own(transaction: Transaction, actor: Actor, ident: UUID) -> ChiefListening:
    going_on = await listenings.going_on(transaction.connection, lock=True)
    found = next((one for one in going_on if one.id == ident), None)
    if found is None or found.chief != actor.person:
        raise NotFound(f"no listening {ident} of {actor.person}", code="not_found")
    return found


async def _turned(transaction: Transaction, one: ChiefListening, way: ListenWay) -> ChiefListening:
    if way is one.way:
        return one
    if one.began_at is not None:
        await _record(transaction, What.LISTENING_TURNED, replace(one, way=way))
    return await listenings.change(transaction, one, way=way)


async def see(
    transaction: Transaction,
    seen: Iterable[ListenSeen],
    over: Iterable[ListenOver],
    on: Collection[str],
) -> tuple[ListenWanted, ...]:
    """Keep what the exchange shows of listenings; give those that are to be up.

    Each is told in the audit when its chief has answered, turns it, and when it is over. It ends
    where the chief's seat is not among those that are `on`.
    """
    going_on = {one.id: one for one in await listenings.going_on(transaction.connection, lock=True)}
    for told in seen:
        one = going_on.get(id_of(told.id) or _NONE)
        if one is None:
            continue
        if told.is_on and one.began_at is None:
            one = await listenings.change(transaction, one, began_at=transaction.now)
            await _record(transaction, What.LISTENING_BEGAN, one)
        if told.turned is not None:
            one = await _turned(transaction, one, told.turned)
        going_on[one.id] = one
    for done in over:
        ended = going_on.pop(id_of(done.id) or _NONE, None)
        if ended is not None:
            await _is_over(transaction, ended, ended.ended or done.why)
    for one in list(going_on.values()):
        if one.by_seat not in on and not one.ended:
            one = going_on[one.id] = await listenings.change(transaction, one, ended=ListenEnd.LEFT)
        late = one.at <= transaction.now - FRESH
        if not one.given and (one.ended or late):
            await _is_over(transaction, going_on.pop(one.id), one.ended or ListenEnd.FAILED)
    wanted = [one for one in going_on.values() if not one.ended]
    await listenings.give(transaction, [one for one in wanted if not one.given])
    return tuple(
        ListenWanted(str(one.id), one.by_seat, one.seat, one.call, one.way, begun=one.given)
        for one in wanted
    )


async def _is_over(transaction: Transaction, one: ChiefListening, why: str) -> None:
    one = await listenings.change(transaction, one, ended=why, over_at=transaction.now)
    if one.began_at is not None:
        await _record(transaction, What.LISTENING_ENDED, one)


async def _record(transaction: Transaction, what: What, one: ChiefListening) -> None:
    """Write down who, to whom, in which call, which way and why; how it ended."""
    told = [one.seat, one.person, one.call, one.way]
    if one.over_at is not None and one.began_at is not None:
        told += [one.began_at.isoformat(timespec="seconds"), one.ended]
    await record(transaction, what, one.chief, subject=" ".join(told), reason=one.reason)


_NONE: Final = UUID(int=0)
