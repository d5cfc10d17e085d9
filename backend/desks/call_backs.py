"""Call-backs (回拨): who is to be rung, when the phone connector is told so, and what became."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID

from backend.desks.audit import What, record
from backend.desks.authorization import check_may, scope_of
from backend.desks.context import AppContext
from backend.store import alarms, call_backs, callers, calls, outbox
from backend.store.session import Transaction
from hotline.call import CallEvent, CallEventType
from hotline.channel import Channel
from hotline.contract import CallBackAsked
from hotline.errors import Invalid, NotFound, Refused
from hotline.ids import new_id
from hotline.notice import CallEnd, Notice
from hotline.people import Actor
from hotline.report import Contact
from hotline.rights.permissions import UNMASK
from hotline.room import call_back as rules
from hotline.room.alarm import AlarmKind, RoomAlarm
from hotline.room.call_back import USUAL, CallBack, CallBackSource, CallBackState
from hotline.room.exchange import CallBackOrder, RoomSeen
from hotline.room.plan import CallBackRule
from hotline.room.seat import Seat, SeatState
from hotline.telephone import read_telephone

# The words by which somebody is told that nobody reached them.
TEMPLATE: Final = "told.call_back"
# A call whose end is told later than this is history.
LATE: Final = timedelta(days=1)
# Those that have ended are shown for so long.
SHOWN: Final = timedelta(days=1)
WORDS: Final = (CallEventType.RECORDED, CallEventType.NUMBER_SAID)
# What happens in calls that call-backs follow.
FOLLOWED: Final = frozenset({*WORDS, CallEventType.SEAT_ANSWERED, CallEventType.ENDED})


async def ask(office: AppContext, asked: CallBackAsked) -> None:
    """Keep that a caller wants to be rung, with the place that they had; asked again it is one.

    Raises Refused where nobody is rung now, or not this number; NotFound for no call.
    """
    rule, zone = office.city.room.call_back, office.city.room.zone
    if rule is None or not rule.is_open(office.clock.now(), zone):
        raise Refused("nobody is rung back now", code="call_back_closed")
    read = read_telephone(asked.number, office.city.telephone)
    if read is None or not office.city.rings(read.number):
        raise Refused(f"{len(asked.number)} digits are not rung", code="not_rung")

    async def work(transaction: Transaction) -> None:
        call = await callers.call_of(transaction.connection, asked.call)
        if call is None:
            raise NotFound(f"no call {asked.call}", code="no_call")
        if not call.address:
            raise Refused("who withholds their number is not rung", code="withheld")
        told = await callers.events_of(transaction.connection, call.key)
        if any(one.mark is CallEventType.CALL_BACK for one in told):
            return  # the answer to the first time was lost
        contact = office.contacts.row(Contact(Channel.PHONE, read.number, "", asked.language))
        transaction.add("contact", contact)
        calls.add_note(transaction, CallEvent(call.key, CallEventType.CALL_BACK, transaction.now))
        await transaction.flush()
        one = CallBack(
            id=new_id(transaction.now), contact=contact["id"], number=read.number,
            language=asked.language, source=CallBackSource.ASKED, call=call.key,
            queue=asked.queue, priority=asked.priority, since=min(asked.since, transaction.now),
            state=CallBackState.WAITING, due=transaction.now,
        )  # fmt: skip
        await _take(office, transaction, one)

    await office.store.transaction(office.clock.now, work)


async def _take(office: AppContext, transaction: Transaction, one: CallBack) -> None:
    """Keep a new one; a number has one that is open, and is missed once a day."""
    connection = transaction.connection
    await call_backs.hold(connection, one.contact)
    there = next(iter(await call_backs.open_of(connection, {one.contact}, ())), None)
    if there is not None:
        await call_backs.save(transaction, there, rules.joined(there, one))
        return
    midnight = _midnight(office, transaction.now)
    if one.source is not CallBackSource.ASKED:
        last = await call_backs.missed_since(connection, one.contact, midnight)
        if last is not None:
            await call_backs.save(transaction, last, replace(last, calls=last.calls + one.calls))
            return
    elif await call_backs.tries_since(connection, one.contact, midnight) >= office.city.calls.a_day:
        raise Refused("rung often enough today", code="day_limit")
    await call_backs.add(transaction, one)


def _midnight(office: AppContext, now: datetime) -> datetime:
    zone = office.city.zone
    return datetime.combine(now.astimezone(zone).date(), time(), zone)


async def take_events(
    office: AppContext, transaction: Transaction, events: Iterable[CallEvent]
) -> None:
    """Follow what happened in calls: who was met is rung no more, who was missed will be.

    Marks that were told before are none of these events.
    """
    rule = office.city.room.call_back
    told = [one for one in events if one.mark in FOLLOWED]
    if rule is None or not told:
        return
    connection = transaction.connection
    contacts = await calls.contacts_of_calls(connection, {one.key for one in told})
    # All that are looked at are locked at first, in one order for everybody.
    await call_backs.open_of(connection, set(contacts.values()), {one.key for one in told})
    ended = {one.key: one for one in told if one.mark is CallEventType.ENDED}
    if ended:
        await _follow_ends(office, transaction, ended, rule)
    await _follow_served(transaction, [one for one in told if _serves(one)], contacts)


def _serves(event: CallEvent) -> bool:
    left_words = rules.is_leg(event.key) and event.mark in WORDS
    return event.mark is CallEventType.SEAT_ANSWERED or left_words


async def _follow_served(
    transaction: Transaction, served: Sequence[CallEvent], contacts: Mapping[str, UUID]
) -> None:
    """Let nobody be rung who has talked with a seat since, or left their words."""
    known = {contacts[one.key] for one in served if one.key in contacts}
    keys = {one.key for one in served}
    for old in await call_backs.open_of(transaction.connection, known, keys) if served else ():
        new = old
        for one in served:
            theirs = one.key in (old.call, old.leg)
            theirs |= contacts.get(one.key) == old.contact and one.at >= old.since
            if theirs and one.mark in WORDS:
                new = rules.left_words(new, one.at)
            elif theirs:
                new = rules.met(new, one.key, one.at)
        await call_backs.save(transaction, old, new)


async def _follow_ends(
    office: AppContext,
    transaction: Transaction,
    ended: Mapping[str, CallEvent],
    rule: CallBackRule,
) -> None:
    """Let who called be rung back where nobody served them; who may not be rung is shown so.

    Many calls of one number are looked at once.
    """
    connection, now = transaction.connection, transaction.now
    events = defaultdict[str, list[CallEvent]](list)
    for event in await callers.events_of(connection, *ended):
        events[event.key].append(event)
    missed = dict[UUID, CallBack]()
    for call in await callers.calls_of(connection, ended):
        source = rules.missed(events[call.key], rule)
        if source is None or not call.address or now - ended[call.key].at > LATE:
            continue
        queued = (one.at for one in events[call.key] if one.mark is CallEventType.QUEUED)
        one = CallBack(
            id=new_id(now), contact=call.contact, number=call.address, language=call.language,
            source=source, call=call.key, queue=office.city.room.skill_of(call.language).queue,
            priority=USUAL, since=min(*queued, ended[call.key].at, now),
            state=CallBackState.WAITING, due=now,
        )  # fmt: skip
        there = missed.get(call.contact)
        missed[call.contact] = rules.joined(there, one) if there else one
    # In one order, so that two who hold several do not wait for each other.
    for contact in sorted(missed):
        one = missed[contact]
        rung = office.city.rings(one.number)
        one = one if rung else rules.not_rung(one, CallEnd.MAY_NOT_RING, now)
        await _take(office, transaction, one)


async def look(
    office: AppContext, transaction: Transaction, seen: RoomSeen, standing: Sequence[Seat]
) -> tuple[CallBackOrder, ...]:
    """Put right what the exchange shows of those on their way, and give whom to ring now."""
    rule, room = office.city.room.call_back, office.city.room
    rows = await call_backs.all_open(transaction.connection) if rule is not None else []
    if rule is None or not rows:
        return ()
    now = transaction.now
    rows = await _settle(office, transaction, rows, seen, rule)
    if not room.is_open(now):
        return ()
    is_open = rule.is_open(now, room.zone)
    manned = {queue for one in standing if one.state is not SeatState.OFF
              for queue in _queues(office, one)}  # fmt: skip
    # Who speaks what nobody there does waits for everybody's seats, as on the line.
    moved = [
        one if one.queue in manned else replace(one, queue=room.skills[0].queue)
        for one in rows
        if is_open or one.at_once or one.state is CallBackState.CALLING
    ]
    seats = [
        frozenset(_queues(office, one))
        for one in standing
        if one.name in seen.registered and rules.is_free_soon(one, rule, now)
    ]
    due = {one.id for one in rules.due_now(moved, seen.waiting, seats, now)}
    return await _ring(office, transaction, [one for one in rows if one.id in due])


async def _settle(
    office: AppContext,
    transaction: Transaction,
    rows: Iterable[CallBack],
    seen: RoomSeen,
    rule: CallBackRule,
) -> list[CallBack]:
    """Take what became of those on their way; gives those that are open still."""
    ends = {one.leg: one.end for one in seen.not_reached}
    up, left = set(seen.calls), []
    for old in rows:
        new = (
            rules.failed(old, ends[old.leg], rule, transaction.now)
            if old.leg in ends
            else rules.seen(old, up, rule, transaction.now)
        )
        await call_backs.save(transaction, old, new)
        if new.is_open:
            left.append(new)
        elif new.state is CallBackState.UNREACHED:
            outbox.add(transaction, _message(office, transaction, new))
    return left


def _message(office: AppContext, transaction: Transaction, one: CallBack) -> Notice:
    """Give what somebody is told whom nobody reached."""
    return Notice(
        id=new_id(transaction.now),
        key=f"call_back:{one.id}",
        case=None,
        channel=Channel.PHONE,
        address=one.number,
        template=TEMPLATE,
        language=one.language,
        not_before=office.city.may_ring(transaction.now),
    )


async def _ring(
    office: AppContext, transaction: Transaction, rows: Collection[CallBack]
) -> tuple[CallBackOrder, ...]:
    """Let people be rung, but for those who need it no more."""
    now, connection = transaction.now, transaction.connection
    missed = {one.call for one in rows if one.source is not CallBackSource.ASKED}
    told = await call_backs.with_words(connection, missed)
    orders = []
    for old in rows:
        if old.call in told:
            await call_backs.save(transaction, old, rules.left_words(old, now))
        elif not office.city.rings(old.number):
            new = rules.not_rung(old, CallEnd.MAY_NOT_RING, now)
            await call_backs.save(transaction, old, new)
        else:
            new = rules.rings(old, now)
            await call_backs.save(transaction, old, new)
            await _tell_dear(office, transaction, new)
            kept = new.since if new.source is CallBackSource.ASKED else None
            orders.append(CallBackOrder(new.leg, new.number, new.language, kept))
    return tuple(orders)


async def _tell_dear(office: AppContext, transaction: Transaction, one: CallBack) -> None:
    """Tell the duty chief of a call that costs much; it is made all the same."""
    if office.city.room.is_dear(one.number):
        about = f"{one.id}/{one.number}"
        dear = RoomAlarm(AlarmKind.DEAR_CALL, transaction.now, about, one.number)
        await alarms.raise_once(transaction, dear)


def _queues(office: AppContext, seat: Seat) -> tuple[int, ...]:
    person = office.city.organisation.people.get(seat.person)
    skills = office.city.room.of_skills(person.skills if person else ())
    return tuple(one.queue for one in skills)


async def listed(office: AppContext, actor: Actor) -> list[CallBack]:
    """Give those that are open, first in line first, and those that ended today, newest first."""
    async with office.store.connect() as connection:
        return await call_backs.listed(connection, office.clock.now() - SHOWN, scope_of(actor))


async def ring_now(office: AppContext, actor: Actor, ident: UUID) -> None:
    """Let one be rung as soon as a seat is there for it. Raises NotFound, or Refused."""
    await _act(
        office, ident, actor, What.CALL_BACK_HASTENED, lambda one, now: rules.ring_now(one, now)
    )


async def done(office: AppContext, actor: Actor, ident: UUID, said: str) -> None:
    """Take that it was done by hand; what is said tells how."""
    said = _said(said)
    await _act(
        office, ident, actor, What.CALL_BACK_DONE,
        lambda one, now: rules.done(one, actor.person, said, now),
    )  # fmt: skip


async def drop(office: AppContext, actor: Actor, ident: UUID, reason: str) -> None:
    """Ring nobody, for a reason."""
    reason = _said(reason)
    await _act(
        office, ident, actor, What.CALL_BACK_DROPPED,
        lambda one, now: rules.drop(one, actor.person, reason, now),
    )  # fmt: skip


async def number_of(
    office: AppContext, actor: Actor, ident: UUID, code: str = "", words: str = ""
) -> str:
    """Give the number in the open; who looked, and why, is written down.

    The reason is one of the city's by its code, words of one's own, or both; Invalid for none.
    """
    check_may(actor, UNMASK)
    reason = office.city.privacy.reason_of(code, words)

    async def work(transaction: Transaction) -> str:
        one = await _loaded(transaction, actor, ident)
        await record(
            *(transaction, What.CONTACT_OPENED, actor.person), subject=f"{ident}", reason=reason
        )
        return one.number

    return await office.store.transaction(office.clock.now, work)


def _said(text: str) -> str:
    if not text.strip():
        raise Invalid("said", "says nothing", code="input_missing")
    return text.strip()


async def _act(
    office: AppContext, ident: UUID, actor: Actor, what: What, change: rules.Change
) -> None:
    async def work(transaction: Transaction) -> None:
        one = await _loaded(transaction, actor, ident)
        await call_backs.save(transaction, one, change(one, transaction.now))
        await record(transaction, what, actor.person, subject=f"{ident}")

    await office.store.transaction(office.clock.now, work)


async def _loaded(transaction: Transaction, actor: Actor, ident: UUID) -> CallBack:
    one = await call_backs.load(transaction.connection, ident, scope_of(actor))
    if one is None:
        raise NotFound(f"no call-back {ident}", code="not_found")
    return one
