"""What is held against the numbers of callers who misuse the hotline, as rows that stay."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.rows import ContactRow
from backend.store.telephony_rows import NuisanceRow
from hotline.room.nuisance import Nuisance, NuisanceLevel

# So many are shown, the newest first.
MOST: Final = 200


async def add(connection: AsyncConnection, one: Nuisance) -> None:
    """Keep what somebody wants to hold against a number."""
    row = {
        "id": one.id,
        "contact_id": one.contact,
        "level": one.level,
        "reason": one.reason,
        "asked_by": one.asked_by,
        "asked_at": one.asked_at,
        "until": one.until,
        "agreed_by": "",
        "ended_by": "",
    }
    await connection.execute(insert(NuisanceRow).values(**row))


async def is_open(
    connection: AsyncConnection, contact: UUID, level: NuisanceLevel, now: datetime
) -> bool:
    """Tell whether this is asked for or counts already."""
    rows = await connection.execute(
        select(NuisanceRow.id).where(
            NuisanceRow.contact_id == contact,
            NuisanceRow.level == level,
            NuisanceRow.ended_at.is_(None),
            NuisanceRow.until > now,
        )
    )
    return rows.first() is not None


async def load(connection: AsyncConnection, ident: UUID) -> Nuisance | None:
    """Give one, locked, or None."""
    rows = await connection.execute(
        select(NuisanceRow.__table__).where(NuisanceRow.id == ident).with_for_update()
    )
    found = rows.first()
    return None if found is None else _nuisance(found)


async def agree(connection: AsyncConnection, ident: UUID, person: str, at: datetime) -> None:
    """Keep that another person agrees: it counts from now on."""
    mine = NuisanceRow.id == ident
    await connection.execute(update(NuisanceRow).where(mine).values(agreed_by=person, agreed_at=at))


async def end(connection: AsyncConnection, ident: UUID, person: str, at: datetime) -> None:
    """Keep that somebody has ended it."""
    mine = NuisanceRow.id == ident
    await connection.execute(update(NuisanceRow).where(mine).values(ended_by=person, ended_at=at))


async def held(connection: AsyncConnection, contact: UUID, now: datetime) -> Nuisance | None:
    """Give what is held against a caller now, or None; what was agreed to last counts."""
    agreed = NuisanceRow.agreed_at.is_not(None) & NuisanceRow.ended_at.is_(None)
    rows = await connection.execute(
        select(NuisanceRow.__table__)
        .where(NuisanceRow.contact_id == contact, agreed, NuisanceRow.until > now)
        .order_by(NuisanceRow.agreed_at.desc())
        .limit(1)
    )
    found = rows.first()
    return None if found is None else _nuisance(found)


async def listed(connection: AsyncConnection) -> list[tuple[Nuisance, str]]:
    """Give all that were asked for with their numbers, the newest first."""
    rows = await connection.execute(
        select(*NuisanceRow.__table__.c, ContactRow.address)
        .join(ContactRow, ContactRow.id == NuisanceRow.contact_id)
        .order_by(NuisanceRow.asked_at.desc())
        .limit(MOST)
    )
    return [(_nuisance(row), row.address) for row in rows]


def _nuisance(row: Any) -> Nuisance:
    return Nuisance(
        row.id,
        row.contact_id,
        NuisanceLevel(row.level),
        row.reason,
        row.asked_by,
        row.asked_at,
        row.until,
        row.agreed_by,
        row.agreed_at,
        row.ended_by,
        row.ended_at,
    )
