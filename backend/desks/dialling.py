"""A seat rings the citizen of a case (外呼): the exchange dials, no number is typed or shown."""

import secrets
from dataclasses import replace
from typing import Final

from backend.desks import audit
from backend.desks.asking import may_ask
from backend.desks.audit import What
from backend.desks.context import AppContext
from backend.store import alarms, calls, cases, contacts, orders, revisits, seats
from backend.store.session import Transaction
from hotline.call import DIALLED, CallEvent, CallEventType, CallRing, call_id
from hotline.channel import Channel
from hotline.errors import Forbidden, NotFound, Refused
from hotline.people import Actor
from hotline.report import Contact
from hotline.rights.permissions import UNMASK
from hotline.room.alarm import AlarmKind, RoomAlarm
from hotline.room.exchange import OrderKind
from hotline.room.seat import BUSY, Seat, SeatState
from hotline.sanitize import sanitize_line, says_something
from hotline.telephone import read_telephone

# Why somebody is not rung now; the last two may be overruled with a reason.
NOT_NOW: Final = ("not_rung", "do_not_call", "out_of_hours")


async def dial(office: AppContext, actor: Actor, number: str, reason: str = "") -> None:
    """Let the exchange ring one's own telephone, and then who told of a case.

    Raises NotFound (no_seat, no_contact), Refused (seat_busy, or why they are not rung now): with a
    reason whoever may see the number in the open overrules the hours and "do not call".
    """
    why = sanitize_line(reason)

    async def work(transaction: Transaction) -> None:
        connection, now = transaction.connection, transaction.now
        seat = await seats.of_person(connection, actor.person, lock=True)
        if seat is None or seat.state is SeatState.OFF:
            raise NotFound(f"{actor.person} sits at no telephone", code="no_seat")
        if seat.state in BUSY or await orders.is_dialling(connection, seat.name, now):
            raise Refused(f"{actor.person} is in a call", code="seat_busy")
        case = await cases.load(connection, number)
        told = await contacts.contacts_of(connection, case.id)
        reached = (one for one in told if one.channel is Channel.PHONE and one.address)
        contact = next(reached, None)
        if contact is None:
            raise NotFound(f"nobody can be rung about {number}", code="no_contact")
        address = await _check(office, transaction, actor, contact, why)
        key = f"{DIALLED}{int(now.timestamp())}-{secrets.randbelow(10**9)}"
        row = office.contacts.row(contact)
        calls.add_ring(transaction, CallRing(key, address, now), call_id(key), row)
        calls.add_note(transaction, CallEvent(key, CallEventType.DIALLED, now, seat.name))
        transaction.emit_change("call", key)
        await _order(office, transaction, replace(seat, call=key), number, address)
        await audit.record(
            transaction, What.CITIZEN_DIALLED, actor.person, case=case.id, subject=key, reason=why
        )

    await office.store.transaction(office.clock.now, work)


async def _check(
    office: AppContext, transaction: Transaction, actor: Actor, contact: Contact, why: str
) -> str:
    """Give the number that is rung, or raise why it is not."""
    read = read_telephone(contact.address, office.city.telephone)
    if read is None or not office.city.rings(read.number):
        raise Refused("the city does not ring such numbers", code="not_rung")
    whose = office.contacts.of(contact.channel, contact.address)
    stopped = await revisits.stopped(transaction.connection, whose)
    closed = may_ask(office.city, transaction.now) != transaction.now
    if stopped is None and not closed:
        return read.number
    if not says_something(why):
        code = "do_not_call" if stopped is not None else "out_of_hours"
        raise Refused("it takes a reason", code=code)
    if not actor.rights.may(UNMASK):
        raise Forbidden(f"{actor.person} overrules nobody")
    return read.number


async def _order(
    office: AppContext, transaction: Transaction, seat: Seat, number: str, address: str
) -> None:
    kind = OrderKind.DIAL
    await orders.add(transaction, seat, seat.person, kind, number, address, 0)
    if office.city.room.is_dear(address):
        about = f"{seat.call}/{address}"
        dear = RoomAlarm(AlarmKind.DEAR_CALL, transaction.now, about, address, call=seat.call)
        await alarms.raise_once(transaction, dear)
