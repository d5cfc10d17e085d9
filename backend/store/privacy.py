"""Cases on hold, and wishes that what is kept about somebody is erased, as rows that stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.privacy_rows import CaseHoldRow, ErasureRow
from backend.store.rows import CaseRow, FormerContactRow
from backend.store.scopes import in_scope
from hotline.rights.scopes import Scope

_HOLD: Final = CaseHoldRow
_WISH: Final = ErasureRow
# So many are shown, the newest first.
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class StoredHold:
    """A case on hold by its number: why, by whom, since when."""

    number: str
    reason: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class StoredWish:
    """A wish to be erased: whose by the end of the address, why, and what came of it."""

    id: UUID
    contact: UUID
    channel: str
    tail: str
    reason: str
    asked_by: str
    asked_at: datetime
    done_by: str
    done_at: datetime | None
    outcome: str
    told: list[Any]

    @property
    def counts(self) -> dict[str, int]:
        """How much would have gone when it was asked for, or went; empty where nobody knows."""
        first = self.told[0] if self.told else None
        return first.get("counts", {}) if isinstance(first, dict) else {}


async def hold(
    connection: AsyncConnection, ident: UUID, case: UUID, reason: str, person: str, now: datetime
) -> bool:
    """Put a case on hold; False where it is. The caller has locked the case."""
    if await is_held(connection, case):
        return False
    row = {"id": ident, "case_id": case, "reason": reason, "made_by": person, "made_at": now}
    await connection.execute(insert(_HOLD).values(**row, ended_by="", ended_why=""))
    return True


async def is_held(connection: AsyncConnection, case: UUID) -> bool:
    """Tell whether a case is on hold."""
    asked = select(_HOLD.id).where(_HOLD.case_id == case, _HOLD.ended_at.is_(None))
    return (await connection.execute(asked)).first() is not None


async def release(
    connection: AsyncConnection, case: UUID, reason: str, person: str, now: datetime
) -> bool:
    """End the hold of a case; False where there is none."""
    done = update(_HOLD).where(_HOLD.case_id == case, _HOLD.ended_at.is_(None))
    ended = await connection.execute(done.values(ended_at=now, ended_by=person, ended_why=reason))
    return bool(ended.rowcount)


async def held(connection: AsyncConnection, scope: Scope) -> list[StoredHold]:
    """Give the cases of a scope that are on hold, the newest hold first."""
    rows = await connection.execute(
        select(CaseRow.number, _HOLD.reason, _HOLD.made_by, _HOLD.made_at)
        .join(CaseRow, CaseRow.id == _HOLD.case_id)
        .where(_HOLD.ended_at.is_(None), in_scope(scope))
        .order_by(_HOLD.made_at.desc())
        .limit(MOST)
    )
    return [StoredHold(*row) for row in rows]


_FORMER: Final = FormerContactRow
# A wish is logged by the id that the contact had when it was asked for.
_CONTACT_NOW: Final = func.coalesce(
    select(_FORMER.contact_id).where(_FORMER.id == _WISH.contact_id).scalar_subquery(),
    _WISH.contact_id,
)
_COLUMNS: Final = (
    *(_WISH.id, _CONTACT_NOW, _WISH.channel, _WISH.tail, _WISH.reason),
    *(_WISH.asked_by, _WISH.asked_at, _WISH.done_by, _WISH.done_at, _WISH.outcome, _WISH.told),
)


_IN_LINE: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:contact, 4711023))")


async def in_line(connection: AsyncConnection, contact: UUID) -> None:
    """Let nobody else ask that a contact is erased until this transaction ends."""
    await connection.execute(_IN_LINE, {"contact": str(contact)})


async def add_wish(connection: AsyncConnection, one: StoredWish) -> None:
    """Keep a wish."""
    await connection.execute(
        insert(_WISH).values(
            id=one.id,
            contact_id=one.contact,
            channel=one.channel,
            tail=one.tail,
            reason=one.reason,
            asked_by=one.asked_by,
            asked_at=one.asked_at,
            done_by="",
            outcome="",
            told=one.told,
        )
    )


async def newest_wish(connection: AsyncConnection, contact: UUID) -> StoredWish | None:
    """Give the newest wish about a contact, or None."""
    had = select(_FORMER.id).where(_FORMER.contact_id == contact)
    asked = select(*_COLUMNS).where(or_(_WISH.contact_id == contact, _WISH.contact_id.in_(had)))
    rows = await connection.execute(asked.order_by(_WISH.asked_at.desc(), _WISH.id.desc()).limit(1))
    row = rows.first()
    return None if row is None else StoredWish(*row)


async def wish(connection: AsyncConnection, ident: UUID) -> StoredWish | None:
    """Give a wish, locked, or None."""
    rows = await connection.execute(select(*_COLUMNS).where(_WISH.id == ident).with_for_update())
    row = rows.first()
    return None if row is None else StoredWish(*row)


async def wishes(connection: AsyncConnection) -> list[StoredWish]:
    """Give the wishes, the newest first."""
    rows = await connection.execute(select(*_COLUMNS).order_by(_WISH.id.desc()).limit(MOST))
    return [StoredWish(*row) for row in rows]


async def settle(
    connection: AsyncConnection,
    ident: UUID,
    person: str,
    now: datetime,
    outcome: str,
    told: Sequence[object],
) -> None:
    """Keep what came of a wish."""
    done = update(_WISH).where(_WISH.id == ident)
    await connection.execute(
        done.values(done_by=person, done_at=now, outcome=outcome, told=list(told))
    )
