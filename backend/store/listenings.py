"""Listenings of duty chiefs as rows: each is handed to the exchange once, and stays on record."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.session import Transaction
from backend.store.telephony_rows import ListeningRow
from hotline.ids import new_id
from hotline.room.listening import ListenEnd, ListenWay

_OPEN: Final = ListeningRow.over_at.is_(None)


@dataclass(frozen=True, slots=True)
class ChiefListening:
    """A listening; it is over with `over_at`, and is to end where it is `ended` already."""

    id: UUID
    chief: str
    by_seat: str
    seat: str
    person: str
    call: str
    way: ListenWay
    reason: str
    at: datetime
    given: bool
    began_at: datetime | None
    ended: str
    over_at: datetime | None


async def add(transaction: Transaction, asked: dict[str, str]) -> ChiefListening:
    """Write down that a chief wants to listen."""
    row = {
        **asked, "id": new_id(transaction.now), "at": transaction.now, "given": False, "ended": "",
    }  # fmt: skip
    made = await transaction.connection.execute(
        insert(ListeningRow).values(**row).returning(ListeningRow.__table__)
    )
    return _changed(transaction, made.one())


async def going_on(connection: AsyncConnection, *, lock: bool = False) -> list[ChiefListening]:
    """Give those that are not over, the oldest first."""
    asked = select(ListeningRow.__table__).where(_OPEN).order_by(ListeningRow.at, ListeningRow.id)
    rows = await connection.execute(asked.with_for_update() if lock else asked)
    return [_listening(row) for row in rows]


async def ended_of(connection: AsyncConnection, chief: str, since: datetime) -> str:
    """Give how somebody's last listening ended since an instant; "" for none, and one by them."""
    rows = await connection.execute(
        select(ListeningRow.ended)
        .where(ListeningRow.chief == chief, ListeningRow.over_at >= since)
        .order_by(ListeningRow.over_at.desc())
        .limit(1)
    )
    ended = rows.scalar_one_or_none() or ""
    return "" if ended in (ListenEnd.STOPPED, ListenEnd.HUNG_UP) else ended


async def change(transaction: Transaction, one: ChiefListening, **values: Any) -> ChiefListening:
    """Keep what has changed of one, and tell who leads the room."""
    rows = await transaction.connection.execute(
        update(ListeningRow)
        .where(ListeningRow.id == one.id)
        .values(**values)
        .returning(ListeningRow.__table__)
    )
    return _changed(transaction, rows.one())


async def give(transaction: Transaction, new: Iterable[ChiefListening]) -> None:
    """Keep that some were handed out, which they are once."""
    mine = ListeningRow.id.in_([one.id for one in new])
    await transaction.connection.execute(update(ListeningRow).where(mine).values(given=True))


async def end_of_call(transaction: Transaction, seat: str, call: str, why: ListenEnd) -> None:
    """Let those who listen to a seat's talk in a call go."""
    here = _OPEN & (ListeningRow.seat == seat) & (ListeningRow.call == call)
    rows = await transaction.connection.execute(
        update(ListeningRow)
        .where(here, ListeningRow.ended == "")
        .values(ended=why)
        .returning(ListeningRow.by_seat)
    )
    for by_seat in rows.scalars():
        transaction.emit_change("seat", by_seat)


def _changed(transaction: Transaction, row: Any) -> ChiefListening:
    transaction.emit_change("seat", row.by_seat)
    return _listening(row)


def _listening(row: Any) -> ChiefListening:
    told = {**row._mapping, "way": ListenWay(row.way)}
    return ChiefListening(**told)
