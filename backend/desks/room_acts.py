"""What a duty chief does about seats and calls of others: each is on record as the chief's."""

from typing import Final

from backend.desks import call_draft, seating
from backend.desks.audit import What, record
from backend.desks.authorization import scope_of
from backend.desks.context import AppContext
from backend.store import callers, orders, seats
from backend.store.seats import NO_TELEPHONE
from backend.store.session import Transaction
from hotline.errors import Invalid, NotFound, Refused
from hotline.people import Actor
from hotline.room import seat as states
from hotline.room.exchange import OrderKind
from hotline.room.seat import Next, SeatState
from hotline.room.waiting import waits

# What a seat may be put into, by what is asked.
FORCED: Final = {
    "ready": SeatState.READY, "pause": SeatState.PAUSED, "off": SeatState.OFF,
}  # fmt: skip


async def force(
    office: AppContext, actor: Actor, seat: str, what: str, reason: str, why: str
) -> None:
    """Put a seat into a state; one that has a call goes there behind it.

    Its person is told who did it and `why`. Raises Invalid for a pause without a reason of the
    city, and where nothing is said; NotFound for no seat, Refused for one that is off.
    """
    if not why.strip():
        raise Invalid("why", "says nothing", code="input_missing")
    if what == "pause" and all(reason != one.id for one in office.city.room.pauses):
        raise Invalid("reason", f"{reason!r} is no reason for a pause", code="no_pause_reason")
    to = Next(FORCED[what], reason if what == "pause" else "", actor.person, why.strip())

    async def work(transaction: Transaction) -> None:
        old = (await seats.named(transaction.connection, [seat])).get(seat)
        if old is None:
            raise NotFound(f"no seat {seat}", code="not_found")
        new = states.force(old, to, transaction.now)
        await seats.save(transaction, [(old, new)])
        if new.state is SeatState.OFF:
            await seats.set_telephone(transaction, new.name, NO_TELEPHONE)
        told = " ".join(one for one in (old.name, old.person, what, to.reason) if one)
        await record(transaction, What.SEAT_FORCED, actor.person, subject=told, reason=to.why)

    await office.store.transaction(office.clock.now, work)


async def move(office: AppContext, actor: Actor, call: str, target: str) -> None:
    """Lead a caller to another skill, or out of a talk to somebody of the address book, too.

    Out of a talk it is an order of the seat's, given by the chief. Raises Invalid for a target that
    the plan does not have, Refused where the caller neither waits nor talks, or nobody sits there.
    """
    skill = office.city.room.skill(target)

    async def work(transaction: Transaction) -> None:
        talking = await seats.talking_in(transaction.connection, call)
        if talking is not None:
            kind = OrderKind.TRANSFER if skill is None else OrderKind.REQUEUE
            await seating.place_order(
                office, transaction, talking, actor.person, call, kind, target
            )
        elif skill is None:
            raise Invalid("target", f"{target!r} is no skill to wait for", code="no_target")
        else:
            events = await callers.events_of(transaction.connection, call)
            if not waits(events):
                raise Refused(f"the caller of {call} does not wait", code="not_waiting")
            if not await seating.is_manned(office, transaction, skill.queue):
                raise Refused(f"nobody sits at {target}", code="nobody_there")
            await orders.add_move(transaction, actor.person, call, target, skill.queue)
        await record(transaction, What.CALL_MOVED, actor.person, subject=f"{call} {target}")

    await office.store.transaction(office.clock.now, work)


async def take_draft(office: AppContext, actor: Actor, call: str) -> None:
    """Open the form of a call that a seat has, and write in it beside the seat, or register it.

    Both keep what they type: the form tells each what the other has changed. Raises NotFound
    where nobody has answered it, or its case is out of the actor's sight.
    """

    async def work(transaction: Transaction) -> None:
        if not await callers.is_in_sight(transaction.connection, call, scope_of(actor)):
            raise NotFound(f"nobody has answered {call}", code="no_call")
        whose = await call_draft.take_over(transaction, call, actor.person)
        told = f"{call} {whose}"
        await record(transaction, What.DRAFT_TAKEN, actor.person, subject=told)

    await office.store.transaction(office.clock.now, work)
