"""What a duty chief does about seats and calls of others: each is on record as the chief's."""

from typing import Final

from backend.desks.audit import What, record
from backend.desks.context import AppContext
from backend.store import seats
from backend.store.seats import NO_TELEPHONE
from backend.store.session import Transaction
from hotline.errors import Invalid, NotFound
from hotline.people import Actor
from hotline.room import seat as states
from hotline.room.seat import Next, SeatState

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
