"""Seats (坐席): who sits at a telephone, and what the exchange is to make of it.

What the exchange tells comes twice: as events of calls, at once, and as the whole room, again and
again. Both lead to the same, so that nothing that was missed stays wrong for longer than a look.
"""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from backend.desks import call_backs, room_listening
from backend.desks.context import AppContext
from backend.store import alarms, bulletins, drafts, listenings, orders, seats
from backend.store import people as accounts
from backend.store.orders import OrderState, OrderTold
from backend.store.seats import NO_TELEPHONE, SeatTelephone
from backend.store.session import Transaction
from hotline.call import CallEvent, CallEventType
from hotline.errors import Invalid, NotFound, Refused
from hotline.people import Actor
from hotline.rights.permissions import TAKE_CALLS
from hotline.room import seat as states
from hotline.room.alarm import AlarmKind, RoomAlarm
from hotline.room.exchange import Leg, OrderKind, RoomSeen, RoomWanted, SeatWanted
from hotline.room.listening import ListenEnd
from hotline.room.plan import RoomPlan
from hotline.room.seat import BUSY, Device, Seat, SeatState
from hotline.room.typed import CALL_DRAFT, CallDraft
from hotline.wire import keep

# Of the digest by which telephones sign in; the exchange says the same.
REALM: Final = "hotline"
# A telephone that is away for longer is gone: its seat is off. A page that is read anew takes less.
LINE_LOST: Final = timedelta(seconds=20)
# Into one on the desk somebody has to type first how it signs in.
DESK_LOST: Final = timedelta(minutes=5)
# What comes behind asking somebody, and behind nothing else.
BEHIND_CONSULT: Final = (OrderKind.COMPLETE, OrderKind.BACK)
# Events of calls that tell of a seat; the value is its name, and behind it why it was missed.
OF_SEATS: Final = frozenset(
    {
        CallEventType.SEAT_RINGING,
        CallEventType.SEAT_MISSED,
        CallEventType.SEAT_ANSWERED,
        CallEventType.SEAT_LEFT,
    }
)


@dataclass(frozen=True, slots=True)
class LineGiven:
    """How a seat's telephone signs in; the password is good until the next one is given."""

    name: str
    password: str


async def mine(office: AppContext, actor: Actor) -> Seat | None:
    """Give one's own seat, or None before the first time."""
    async with office.store.connect() as connection:
        return await seats.of_person(connection, actor.person)


async def device_of(office: AppContext, seat: Seat | None) -> Device:
    """Give what a seat's telephone is."""
    if seat is None:
        return Device.BROWSER
    async with office.store.connect() as connection:
        return (await seats.telephones(connection, [seat.name]))[seat.name].device


async def go_online(
    office: AppContext, actor: Actor, device: Device = Device.BROWSER
) -> tuple[Seat, LineGiven]:
    """Take one's seat: be ready, and get a password for its telephone that nobody had before."""
    password = secrets.token_urlsafe(24)

    async def work(transaction: Transaction) -> tuple[Seat, LineGiven]:
        old = await seats.of_person(transaction.connection, actor.person, lock=True)
        seat = old or await seats.make(transaction, actor.person)
        new = states.go_online(seat, transaction.now)
        await seats.save(transaction, [(seat, new)])
        telephone = SeatTelephone(digest_of(seat.name, password), device)
        await seats.set_telephone(transaction, seat.name, telephone)
        return new, LineGiven(seat.name, password)

    return await office.store.transaction(office.clock.now, work)


async def act(office: AppContext, actor: Actor, what: str, reason: str = "") -> Seat:
    """Do what somebody wants of their seat: off, pause, resume or extend.

    Raises NotFound where they have none, Refused for what is not possible now.
    """
    if what == "pause" and all(reason != one.id for one in office.city.room.pauses):
        raise Invalid("reason", f"{reason!r} is no reason for a pause", code="no_pause_reason")

    async def work(transaction: Transaction) -> Seat:
        old = await seats.of_person(transaction.connection, actor.person, lock=True)
        if old is None:
            raise NotFound(f"{actor.person} has no seat", code="no_seat")
        new = _acted(office, old, what, reason, transaction)
        await seats.save(transaction, [(old, new)])
        if new.state is SeatState.OFF:
            await seats.set_telephone(transaction, new.name, NO_TELEPHONE)
        return new

    return await office.store.transaction(office.clock.now, work)


async def leave_seat(transaction: Transaction, person: str) -> None:
    """Let somebody leave their seat, when a call is over; nothing where they have none."""
    old = await seats.of_person(transaction.connection, person, lock=True)
    if old is not None and old.state is not SeatState.OFF:
        await _turn(transaction, [(old, states.go_off(old, transaction.now))])


def _may_sit(office: AppContext, person: str, chosen: str | None) -> bool:
    actor = office.city.organisation.actor(person, office.clock.now(), chosen)
    return actor is not None and actor.rights.may(TAKE_CALLS)


def _acted(
    office: AppContext, seat: Seat, what: str, reason: str, transaction: Transaction
) -> Seat:
    match what:
        case "off":
            return states.go_off(seat, transaction.now)
        case "pause":
            return states.pause(seat, reason, transaction.now)
        case "resume":
            return states.resume(seat, transaction.now)
        case "extend":
            return states.extend(seat, timedelta(seconds=office.city.room.extend_s))
    raise Invalid("what", f"{what!r} is nothing that a seat does")


async def order(office: AppContext, actor: Actor, call: str, kind: OrderKind, target: str) -> None:
    """Let the exchange do something with the call that one talks in.

    Raises Invalid for a target that the plan does not have, Refused where one does not talk in it.
    """

    async def work(transaction: Transaction) -> None:
        seat = await seats.of_person(transaction.connection, actor.person, lock=True)
        if seat is None:
            raise Refused(f"{actor.person} does not talk in {call}", code="not_talking")
        await place_order(office, transaction, seat, actor.person, call, kind, target)

    await office.store.transaction(office.clock.now, work)


async def place_order(
    office: AppContext,
    transaction: Transaction,
    seat: Seat,
    person: str,
    call: str,
    kind: OrderKind,
    target: str,
) -> None:
    """Write down what somebody wants done with the call that a seat (locked) talks in.

    Raises Invalid for a target that the plan does not have, Refused where it does not talk in it.
    """
    number, queue = _where(office.city.room, kind, target)
    if seat.state is not SeatState.TALKING or seat.call != call:
        raise Refused(f"{seat.person} does not talk in {call}", code="not_talking")
    last = await orders.last_of(transaction.connection, seat.name, call)
    if last is not None and orders.is_open(last, transaction.now):
        raise Refused("what was ordered before is not done yet", code="order_open")
    if await orders.asking(transaction.connection, seat) is not None:
        raise Refused(f"{seat.person} is asked about {call}", code="not_talking")
    _check_asked(kind, last)
    if queue and not await is_manned(office, transaction, queue, besides=seat.name):
        # Who waits where nobody sits would be asked for their words by a machine.
        raise Refused(f"nobody sits at queue {queue}", code="nobody_there")
    await orders.add(transaction, seat, person, kind, target, number, queue)
    # Whoever is asked, joins or is given the call has nobody listen whom they were not told of.
    await listenings.end_of_call(transaction, seat.name, call, ListenEnd.SEAT_ORDERED)
    if number and office.city.room.is_dear(number):
        about = f"{call}/{number}"
        dear = RoomAlarm(AlarmKind.DEAR_CALL, transaction.now, about, number, call=call)
        await alarms.raise_once(transaction, dear)


def _check_asked(kind: OrderKind, last: OrderTold | None) -> None:
    """Raise Refused for what comes behind asking where nobody is asked, or has answered yet."""
    if kind not in BEHIND_CONSULT:
        return
    if last is None or last.kind not in (OrderKind.CONSULT, OrderKind.COMPLETE):
        raise Refused("nobody was asked", code="nobody_asked")
    if last.state is OrderState.FAILED and last.kind is OrderKind.CONSULT:
        raise Refused("who was asked is not there", code="nobody_asked")
    if kind is OrderKind.COMPLETE and orders.is_running(last):
        raise Refused("who is asked has not answered", code="nobody_answered")


def _where(room: RoomPlan, kind: OrderKind, target: str) -> tuple[str, int]:
    """Give the number or the queue that an order leads to; neither for what needs none."""
    if kind is OrderKind.DIAL:
        raise Invalid("kind", "a citizen is rung from their case", code="no_target")
    if kind in BEHIND_CONSULT:
        return "", 0
    if kind is OrderKind.MOVE:
        raise Invalid("kind", "is nothing that a seat does", code="no_target")
    outside = room.target(target) if kind is not OrderKind.REQUEUE else None
    skill = room.skill(target) if kind in (OrderKind.REQUEUE, OrderKind.CONSULT) else None
    if outside is None and skill is None:
        raise Invalid("target", f"{target!r} is nobody to hand a call to", code="no_target")
    return (outside.number, 0) if outside else ("", skill.queue if skill else 0)


async def is_manned(
    office: AppContext, transaction: Transaction, queue: int, besides: str = ""
) -> bool:
    """Tell whether anybody (but for one seat) sits where callers of a queue wait for."""
    people, room = office.city.organisation.people, office.city.room
    others = [one for one in await seats.all_on(transaction.connection) if one.name != besides]
    known = (people[one.person].skills for one in others if one.person in people)
    return any(queue == skill.queue for skills in known for skill in room.of_skills(skills))


async def ordered(office: AppContext, seat: Seat | None) -> OrderTold | None:
    """Give what a seat wanted done last with its call, or None.

    Who gets a call that another order has brought back sees that one, and why it failed.
    """
    if seat is None or not seat.call:
        return None
    now = office.clock.now()
    async with office.store.connect() as connection:
        told = await orders.last_of(connection, seat.name, seat.call)
        if told is None or (seat.state in BUSY and told.at < seat.since):
            last = await orders.last_in(connection, seat.call, now)
            is_back = last is not None and last.state is OrderState.FAILED
            is_back = is_back and seat.state in BUSY
            told = last if is_back else None
    if told is not None and orders.is_stale(told, now):
        return replace(told, state=OrderState.FAILED)
    return told


async def asked_by(office: AppContext, seat: Seat | None) -> str | None:
    """Give who asks a seat about a call of their own, that rings or is talked in there, or None."""
    if seat is None or seat.state not in BUSY:
        return None
    async with office.store.connect() as connection:
        return await orders.asking(connection, seat)


async def take_events(
    office: AppContext, transaction: Transaction, events: Iterable[CallEvent]
) -> None:
    """Let seats follow what happened in calls, in the order in which it did."""
    told = sorted((one for one in events if one.mark in OF_SEATS), key=lambda one: one.at)
    names = {one.value.partition(" ")[0] for one in told}
    found = await seats.named(transaction.connection, names)
    # One by one: what is told at once after the connector was away goes on record as it was.
    changes = []
    for one in told:
        name, _, missed = one.value.partition(" ")
        if name not in found:
            continue
        old, found[name] = found[name], _followed(office, found[name], one, missed)
        changes.append((old, found[name]))
        if one.mark is CallEventType.SEAT_ANSWERED:
            draft = keep(CALL_DRAFT, CallDraft(found[name].person))
            await drafts.open_of_call(transaction.connection, one.key, draft, transaction.now)
    await seats.save(transaction, changes)


def _followed(office: AppContext, seat: Seat, event: CallEvent, missed: str) -> Seat:
    match event.mark:
        case CallEventType.SEAT_RINGING:
            return states.rings(seat, event.key, event.at)
        case CallEventType.SEAT_ANSWERED:
            return states.answers(seat, event.key, event.at)
        case CallEventType.SEAT_MISSED:
            return states.stops_ringing(seat, event.key, event.at, missed)
    wrap_up = timedelta(seconds=office.city.room.wrap_up_s)
    return states.is_left(seat, event.key, event.at, wrap_up)


async def see_room(office: AppContext, seen: RoomSeen) -> RoomWanted:
    """Put right what the whole room shows otherwise than events told; give what is to be there."""
    legs = {one.seat: one for one in seen.legs}

    async def work(transaction: Transaction) -> RoomWanted:
        await orders.settle(transaction, seen.done, seen.rings)
        begun = await orders.begun(transaction)
        await seats.seen_lines(transaction, seen.registered)
        known = await seats.all_on(transaction.connection, legs)
        last = await seats.lines(transaction.connection)
        lines = await seats.telephones(transaction.connection, [one.name for one in known])
        changes = []
        for old in known:
            new = _put_right(office, old, legs.get(old.name), seen)
            on_desk = lines[old.name].device is Device.PHONE
            away = transaction.now - last.get(old.name, old.since)
            if away > (DESK_LOST if on_desk else LINE_LOST) and new.state not in BUSY:
                new = states.go_off(new, transaction.now)
            changes.append((old, new))
        await seats.save(transaction, changes)
        standing = [new for _, new in changes]
        on = {one.name for one in standing if one.state is not SeatState.OFF}
        listens = await room_listening.see(transaction, seen.listens, seen.listened, on)
        wanted = _wanted(office, standing, lines, {one.by for one in listens})
        heard = await bulletins.heard(transaction.connection, transaction.now)
        told = heard.told if heard else None
        back = await call_backs.look(office, transaction, seen, standing)
        return RoomWanted(wanted, await orders.give(transaction), told, begun, back, listens)

    return await office.store.transaction(office.clock.now, work)


def _put_right(office: AppContext, seat: Seat, leg: Leg | None, seen: RoomSeen) -> Seat:
    if leg is None:
        wrap_up = timedelta(seconds=office.city.room.wrap_up_s)
        if seat.state is SeatState.RINGING:
            return states.stops_ringing(seat, seat.call, seen.at, "")
        return states.is_left(seat, seat.call, seen.at, wrap_up)
    if leg.talking:
        there = seat.state is SeatState.TALKING and seat.call == leg.call
        return seat if there else states.answers(seat, leg.call, seen.at)
    there = seat.state is SeatState.RINGING and seat.call == leg.call
    return seat if there else states.rings(seat, leg.call, seen.at)


def _wanted(
    office: AppContext,
    standing: Iterable[Seat],
    known: Mapping[str, SeatTelephone],
    listening: Collection[str],
) -> tuple[SeatWanted, ...]:
    """Give the seats that are to be there; no call rings at one that listens to another one."""
    on = [one for one in standing if one.state is not SeatState.OFF]
    room, people = office.city.room, office.city.organisation.people
    wanted = []
    for one in on:
        person = people.get(one.person)
        skills = room.of_skills(person.skills if person else ())
        # Who is being rung stays among those who are rung: another call may want them next.
        rung = one.is_rung or one.state is SeatState.RINGING
        rung = rung and one.name not in listening
        queues = tuple(skill.queue for skill in skills)
        shown = person.name if person else one.person
        telephone = known[one.name]
        browser = telephone.device is Device.BROWSER
        secret = telephone.secret
        away = one.state is SeatState.PAUSED
        wanted.append(SeatWanted(one.name, rung, queues, secret, shown, browser, away))
    return tuple(wanted)


async def turn_due(office: AppContext) -> int:
    """Turn the seats whose time behind a call is over; gives how many there were."""

    async def work(transaction: Transaction) -> int:
        found = await seats.due(transaction.connection, transaction.now)
        return await _turn(
            transaction, ((one, states.turns(one, transaction.now)) for one in found)
        )

    return await office.store.transaction(office.clock.now, work)


async def leave_absent(office: AppContext) -> int:
    """Take off the seats of people who are signed in nowhere, or may sit at none any more.

    Gives how many there were.
    """
    async with office.store.connect() as connection:
        there = await accounts.signed_in(connection, office.clock.now())
        on = await seats.people_on(connection)
    able = {one for one, chosen in there.items() if _may_sit(office, one, chosen)}
    gone = [name for name, person in on.items() if person not in able]
    if not gone:
        return 0

    async def work(transaction: Transaction) -> int:
        found = (await seats.named(transaction.connection, gone)).values()
        left = ((one, states.go_off(one, transaction.now)) for one in found)
        return await _turn(transaction, left)

    return await office.store.transaction(office.clock.now, work)


async def _turn(transaction: Transaction, changes: Iterable[tuple[Seat, Seat]]) -> int:
    """Keep how seats stand now; gives how many stand otherwise."""
    changed = list(changes)
    await seats.save(transaction, changed)
    for _, new in changed:
        if new.state is SeatState.OFF:
            await seats.set_telephone(transaction, new.name, NO_TELEPHONE)
    return sum(new != old for old, new in changed)


def digest_of(name: str, password: str) -> str:
    """Give the digest by which SIP knows a password (RFC 2617: MD5 of name, realm and password)."""
    told = f"{name}:{REALM}:{password}".encode()
    return hashlib.md5(told, usedforsecurity=False).hexdigest()
