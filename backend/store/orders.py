"""What seats want done with their calls: each is handed to the exchange once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.session import Transaction
from backend.store.telephony_rows import OrderRow
from hotline.ids import id_of, new_id
from hotline.room.exchange import OrderDone, OrderKind, RoomOrder
from hotline.room.seat import Seat

# What nobody was there to do within this time is not done later: the caller is elsewhere by then.
FRESH: Final = timedelta(seconds=10)


class OrderState(StrEnum):
    """How far an order is."""

    NEW = "new"
    GIVEN = "given"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class OrderTold:
    """An order of a seat as its page is told of it."""

    kind: OrderKind
    target: str
    at: datetime
    state: OrderState
    reason: str


async def add(
    transaction: Transaction, seat: Seat, kind: OrderKind, target: str, number: str, queue: int
) -> None:
    """Write down what a seat wants done with its call."""
    await transaction.connection.execute(
        insert(OrderRow).values(
            id=new_id(transaction.now),
            seat=seat.name,
            person=seat.person,
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


async def give(transaction: Transaction) -> tuple[RoomOrder, ...]:
    """Hand out what is to be done now; what is handed out is so once."""
    new = (OrderRow.state == OrderState.NEW) & (OrderRow.at > transaction.now - FRESH)
    rows = await transaction.connection.execute(
        update(OrderRow)
        .where(OrderRow.id.in_(select(OrderRow.id).where(new).with_for_update()))
        .values(state=OrderState.GIVEN)
        .returning(OrderRow.__table__)
    )
    found = sorted(rows, key=lambda one: one.id)
    return tuple(
        RoomOrder(str(one.id), OrderKind(one.kind), one.call, one.seat, one.number, int(one.queue))
        for one in found
    )


async def settle(transaction: Transaction, done: Iterable[OrderDone]) -> None:
    """Keep what became of orders, and tell their seats."""
    for one in done:
        ident = id_of(one.id)
        if ident is None:
            continue
        state = OrderState.FAILED if one.failed else OrderState.DONE
        mine = (OrderRow.id == ident) & (OrderRow.state == OrderState.GIVEN)
        rows = await transaction.connection.execute(
            update(OrderRow)
            .where(mine)
            .values(state=state, reason=one.failed)
            .returning(OrderRow.seat)
        )
        seat = rows.scalar_one_or_none()
        if seat is not None:
            transaction.emit_change("seat", seat)


async def last_of(connection: AsyncConnection, seat: str, call: str) -> OrderTold | None:
    """Give what a seat wanted done last with a call, or None."""
    rows = await connection.execute(
        select(OrderRow.__table__)
        .where(OrderRow.seat == seat, OrderRow.call == call)
        .order_by(OrderRow.at.desc(), OrderRow.id.desc())
        .limit(1)
    )
    one = rows.first()
    if one is None:
        return None
    return OrderTold(OrderKind(one.kind), one.target, one.at, OrderState(one.state), one.reason)


def is_open(told: OrderTold, now: datetime) -> bool:
    """Tell whether an order waits for the exchange still, which is soon over."""
    waits = told.state in (OrderState.NEW, OrderState.GIVEN)
    return waits and told.at > now - FRESH


def is_stale(told: OrderTold, now: datetime) -> bool:
    """Tell whether an order was never taken and will not be any more."""
    return told.state is OrderState.NEW and told.at <= now - FRESH
