"""What callers are to hear while many call about one matter, as rows that stay."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.session import Transaction
from backend.store.telephony_rows import BulletinRow
from hotline.room.bulletin import Bulletin

# So many are shown, the newest first.
MOST: Final = 50
_PUBLISHING: Final = 4_711_010


async def add(transaction: Transaction, one: Bulletin) -> None:
    """Keep a bulletin; who is on the line is told."""
    row = {
        "id": one.id,
        "text": one.text,
        "text_en": one.text_en,
        "sound": one.sound,
        "case_number": one.case,
        "since": one.since,
        "until": one.until,
        "made_by": one.made_by,
        "ended_by": "",
    }
    await transaction.connection.execute(insert(BulletinRow).values(**row))
    transaction.emit_change("room", str(one.id))


async def end_all(transaction: Transaction, person: str) -> None:
    """End what is heard now: one is heard at a time, also of several that come at once."""
    await transaction.connection.execute(select(func.pg_advisory_xact_lock(_PUBLISHING)))
    open_ones = BulletinRow.ended_at.is_(None) & (BulletinRow.until > transaction.now)
    done = {"ended_by": person, "ended_at": transaction.now}
    await transaction.connection.execute(update(BulletinRow).where(open_ones).values(**done))


async def end(transaction: Transaction, ident: UUID, person: str) -> bool:
    """End one; False where none of that id is to be ended."""
    mine = (BulletinRow.id == ident) & BulletinRow.ended_at.is_(None)
    mine &= BulletinRow.until > transaction.now
    done = update(BulletinRow).where(mine).values(ended_by=person, ended_at=transaction.now)
    if (await transaction.connection.execute(done.returning(BulletinRow.id))).first() is None:
        return False
    transaction.emit_change("room", str(ident))
    return True


async def load(connection: AsyncConnection, ident: UUID) -> Bulletin | None:
    """Give one, or None."""
    rows = await connection.execute(select(BulletinRow.__table__).where(BulletinRow.id == ident))
    found = rows.first()
    return None if found is None else _bulletin(found)


async def heard(connection: AsyncConnection, now: datetime) -> Bulletin | None:
    """Give what callers hear now, or None."""
    open_ones = BulletinRow.ended_at.is_(None) & (BulletinRow.until > now)
    rows = await connection.execute(
        select(BulletinRow.__table__)
        .where(open_ones, BulletinRow.since <= now)
        .order_by(BulletinRow.since.desc(), BulletinRow.id.desc())
        .limit(1)
    )
    found = rows.first()
    return None if found is None else _bulletin(found)


async def listed(connection: AsyncConnection) -> list[Bulletin]:
    """Give all, the newest first."""
    rows = await connection.execute(
        select(BulletinRow.__table__)
        .order_by(BulletinRow.since.desc(), BulletinRow.id.desc())
        .limit(MOST)
    )
    return [_bulletin(row) for row in rows]


def _bulletin(row: Any) -> Bulletin:
    return Bulletin(
        row.id,
        row.text,
        row.text_en,
        row.sound,
        row.case_number,
        row.since,
        row.until,
        row.made_by,
        row.ended_by,
        row.ended_at,
    )
