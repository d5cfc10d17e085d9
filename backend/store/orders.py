"""What seats want done with their calls: each is handed to the exchange once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import case, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.session import Transaction
from backend.store.telephony_rows import OrderRow, SeatRow
from hotline.ids import id_of, new_id
from hotline.room.exchange import OrderDone, OrderFailed, OrderKind, RoomOrder
from hotline.room.seat import Seat, SeatState

# What nobody was there to do within this time is not done later: the caller is elsewhere by then.
FRESH: Final = timedelta(seconds=10)
# Nobody is rung for longer; and why a caller is back is told for as long as a call may last.
RINGS_FOR: Final = timedelta(minutes=2)
MOST_DIALLED: Final = 20
TOLD_FOR: Final = timedelta(hours=3)


class OrderState(StrEnum):
    """How far an order is: it rings until who is rung by it has answered, then it is done."""

    NEW = "new"
    GIVEN = "given"
    RINGS = "rings"
    DONE = "done"
    FAILED = "failed"


_DIALS: Final = OrderRow.kind == OrderKind.DIAL
# A citizen's number is kept no longer than it takes to ring them: the call knows whose it is.
_KEPT_NUMBER: Final = case((_DIALS, ""), else_=OrderRow.number)
BEGUN: Final = (OrderState.GIVEN, OrderState.RINGS)


@dataclass(frozen=True, slots=True)
class OrderTold:
    """An order of a seat as its page is told of it."""

    kind: OrderKind
    target: str
    at: datetime
    state: OrderState
    reason: str


async def add(
    transaction: Transaction,
    seat: Seat,
    person: str,
    kind: OrderKind,
    target: str,
    number: str,
    queue: int,
) -> None:
    """Write down what somebody wants done with the call of a seat, theirs or another one's."""
    await transaction.connection.execute(
        insert(OrderRow).values(
            id=new_id(transaction.now),
            seat=seat.name,
            person=person,
            call=seat.call,
            kind=kind,
            target=target,
            number=number,
            queue=queue,
            at=transaction.now,
            state=OrderState.NEW,
            reason="",
        )
    )
    transaction.emit_change("seat", seat.name)


async def add_move(
    transaction: Transaction, person: str, call: str, target: str, queue: int
) -> None:
    """Write down that a duty chief wants a caller who waits to wait in another queue."""
    values = {
        "id": new_id(transaction.now), "seat": "", "person": person, "call": call,
        "kind": OrderKind.MOVE, "target": target, "number": "", "queue": queue,
        "at": transaction.now, "state": OrderState.NEW, "reason": "",
    }  # fmt: skip
    await transaction.connection.execute(insert(OrderRow).values(**values))
    # The connector looks at the room at once when it hears of a seat, whichever.
    transaction.emit_change("seat", call)


async def give(transaction: Transaction) -> tuple[RoomOrder, ...]:
    """Hand out what is to be done now; what is handed out is so once."""
    new = (OrderRow.state == OrderState.NEW) & (OrderRow.at > transaction.now - FRESH)
    rows = await transaction.connection.execute(
        update(OrderRow)
        .where(OrderRow.id.in_(select(OrderRow.id).where(new).with_for_update()))
        .values(state=OrderState.GIVEN)
        .returning(OrderRow.__table__)
    )
    return _orders(rows)


async def begun(transaction: Transaction) -> tuple[RoomOrder, ...]:
    """Give what was handed out and has not come to an end; what is too old has failed."""
    await transaction.connection.execute(
        update(OrderRow)
        .where(_DIALS, OrderRow.state == OrderState.NEW, OrderRow.at <= transaction.now - FRESH)
        .values(state=OrderState.FAILED, reason=OrderFailed.NOT_UP, number="")
    )
    open_still = OrderRow.state.in_(BEGUN)
    there = OrderRow.seat.in_(select(SeatRow.name))
    late = OrderRow.at <= transaction.now - RINGS_FOR
    recent = OrderRow.at > transaction.now - TOLD_FOR
    lost = await transaction.connection.execute(
        update(OrderRow)
        .where(open_still, there, late, recent)
        .values(state=OrderState.FAILED, reason=OrderFailed.NO_ANSWER, number=_KEPT_NUMBER)
        .returning(OrderRow.seat)
    )
    for seat in lost.scalars():
        transaction.emit_change("seat", seat)
    since = OrderRow.at > transaction.now - RINGS_FOR
    rows = await transaction.connection.execute(
        select(OrderRow.__table__).where(open_still, there, since)
    )
    return _orders(rows)


def _orders(rows: Iterable[Any]) -> tuple[RoomOrder, ...]:
    found = sorted(rows, key=lambda one: one.id)
    return tuple(
        RoomOrder(str(one.id), OrderKind(one.kind), one.call, one.seat, one.number, int(one.queue))
        for one in found
    )


async def settle(
    transaction: Transaction, done: Iterable[OrderDone], rings: Iterable[str] = ()
) -> None:
    """Keep what became of orders, and tell their seats, and who has the call since."""
    for one in done:
        state = OrderState.FAILED if one.failed else OrderState.DONE
        await _keep(transaction, one.id, BEGUN, state, one.failed)
    for ident in rings:
        await _keep(transaction, ident, (OrderState.GIVEN,), OrderState.RINGS, "")


async def _keep(
    transaction: Transaction,
    order: str,
    before: tuple[OrderState, ...],
    state: OrderState,
    reason: str,
) -> None:
    ident = id_of(order)
    if ident is None:
        return
    rows = await transaction.connection.execute(
        update(OrderRow)
        .where(OrderRow.id == ident, OrderRow.state.in_(before))
        .values(state=state, reason=reason, number=_KEPT_NUMBER)
        .returning(OrderRow.seat, OrderRow.call)
    )
    mine = rows.first()
    if mine is None:
        return
    at = select(SeatRow.name).where(SeatRow.call == mine.call)
    there = await transaction.connection.execute(at)
    for seat in sorted({mine.seat, *there.scalars()}):
        transaction.emit_change("seat", seat)


async def last_of(connection: AsyncConnection, seat: str, call: str) -> OrderTold | None:
    """Give what a seat wanted done last with a call, or None."""
    rows = await connection.execute(
        select(OrderRow.__table__)
        .where(OrderRow.seat == seat, OrderRow.call == call)
        .order_by(OrderRow.at.desc(), OrderRow.id.desc())
        .limit(1)
    )
    return _told(rows.first())


def _told(one: Any | None) -> OrderTold | None:
    if one is None:
        return None
    return OrderTold(OrderKind(one.kind), one.target, one.at, OrderState(one.state), one.reason)


async def last_in(connection: AsyncConnection, call: str, now: datetime) -> OrderTold | None:
    """Give what any seat wanted done last with a call of the last hours, or None."""
    mine = (OrderRow.call == call) & OrderRow.seat.in_(select(SeatRow.name))
    rows = await connection.execute(
        select(OrderRow.__table__)
        .where(mine, OrderRow.at > now - TOLD_FOR)
        .order_by(OrderRow.at.desc(), OrderRow.id.desc())
        .limit(1)
    )
    return _told(rows.first())


async def asking(connection: AsyncConnection, seat: Seat) -> str | None:
    """Give who asks a seat about the call that rings or is talked in there: it is not its own."""
    others = await connection.execute(
        select(SeatRow.name, SeatRow.person).where(
            SeatRow.call == seat.call, SeatRow.name != seat.name, SeatRow.state == SeatState.TALKING
        )
    )
    for other in others:
        told = await last_of(connection, other.name, seat.call)
        asks = told is not None and told.kind is OrderKind.CONSULT
        if asks and told is not None and told.state in (*BEGUN, OrderState.DONE):
            return str(other.person)
    return None


def is_open(told: OrderTold, now: datetime) -> bool:
    """Tell whether an order waits for the exchange still, which is soon over."""
    waits = told.state in (OrderState.NEW, OrderState.GIVEN)
    return waits and told.at > now - FRESH


def is_stale(told: OrderTold, now: datetime) -> bool:
    """Tell whether an order was never taken and will not be any more."""
    return told.state is OrderState.NEW and told.at <= now - FRESH


def is_running(told: OrderTold) -> bool:
    """Tell whether an order has not come to its end."""
    return told.state not in (OrderState.DONE, OrderState.FAILED)


@dataclass(frozen=True, slots=True)
class Dialled:
    """A call that a seat has placed to the citizen of a case, and what came of it."""

    call: str
    person: str
    at: datetime
    state: OrderState
    reason: str


async def is_dialling(connection: AsyncConnection, seat: str, now: datetime) -> bool:
    """Tell whether a call that a seat has placed rings somebody, or is about to."""
    open_still = OrderRow.state.in_((OrderState.NEW, *BEGUN))
    rows = await connection.execute(
        select(OrderRow.id)
        .where(_DIALS, OrderRow.seat == seat, open_still, OrderRow.at > now - RINGS_FOR)
        .limit(1)
    )
    return rows.first() is not None


async def dialled_of(connection: AsyncConnection, number: str) -> list[Dialled]:
    """Give the calls that were placed to the citizen of a case, the newest first."""
    rows = await connection.execute(
        select(OrderRow.call, OrderRow.person, OrderRow.at, OrderRow.state, OrderRow.reason)
        .where(_DIALS, OrderRow.target == number)
        .order_by(OrderRow.at.desc(), OrderRow.id.desc())
        .limit(MOST_DIALLED)
    )
    return [Dialled(row[0], row[1], row[2], OrderState(row[3]), row[4]) for row in rows]
