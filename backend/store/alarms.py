"""What the duty chief of the telephone room has to know at once, as rows that stay."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.session import Transaction
from backend.store.telephony_rows import AlarmRow
from hotline.call import CallEvent, CallEventType
from hotline.case.case import Case
from hotline.ids import new_id
from hotline.room.alarm import AlarmKind, KeptAlarm, RoomAlarm

# So many are shown: those that nobody has seen, then the newest.
MOST: Final = 100
# A case that was told earlier alarms nobody any more: its words are looked at late.
NEW: Final = timedelta(hours=1)


async def raise_once(transaction: Transaction, alarm: RoomAlarm) -> bool:
    """Keep an alarm and tell of it; False for one that was raised before."""
    row = {
        "id": new_id(transaction.now),
        "kind": alarm.kind,
        "about": alarm.about,
        "at": alarm.at,
        "said": alarm.said,
        "call": alarm.call,
        "number": alarm.number,
        "seen_by": "",
    }
    rows = await transaction.connection.execute(
        insert(AlarmRow).values(**row).on_conflict_do_nothing().returning(AlarmRow.id)
    )
    ident = rows.scalar_one_or_none()
    if ident is None:
        return False
    transaction.emit_change("room", str(ident))
    return True


async def take_emergencies(transaction: Transaction, events: list[CallEvent]) -> None:
    """Raise an alarm for each call whose caller says that somebody is in danger."""
    for one in events:
        if one.mark is CallEventType.EMERGENCY:
            told = RoomAlarm(AlarmKind.EMERGENCY, one.at, one.key, one.value[:300], call=one.key)
            await raise_once(transaction, told)


async def take_danger(transaction: Transaction, case: Case) -> None:
    """Raise an alarm for a new case whose words say that somebody is in danger."""
    if transaction.now - case.received_at < NEW:
        # Who pressed the key for it has raised the alarm of this call already.
        about, call = case.call or case.number, case.call or ""
        told = RoomAlarm(
            *(AlarmKind.EMERGENCY, transaction.now, about, case.text[:300], call),
            number=case.number,
        )
        await raise_once(transaction, told)


async def see(transaction: Transaction, ident: UUID, person: str) -> bool:
    """Keep who has seen an alarm first; False where there is none."""
    found = await transaction.connection.execute(select(AlarmRow.id).where(AlarmRow.id == ident))
    if found.first() is None:
        return False
    new = (AlarmRow.id == ident) & AlarmRow.seen_at.is_(None)
    seen = update(AlarmRow).where(new).values(seen_by=person, seen_at=transaction.now)
    if (await transaction.connection.execute(seen.returning(AlarmRow.id))).first() is not None:
        transaction.emit_change("room", str(ident))
    return True


async def listed(connection: AsyncConnection, since: datetime) -> list[KeptAlarm]:
    """Give those that nobody has seen, and those since an instant, the newest first."""
    wanted = AlarmRow.seen_at.is_(None) | (AlarmRow.at >= since)
    rows = await connection.execute(
        select(AlarmRow.__table__)
        .where(wanted)
        .order_by(AlarmRow.seen_at.is_(None).desc(), AlarmRow.at.desc(), AlarmRow.id.desc())
        .limit(MOST)
    )
    return [_alarm(row) for row in rows]


def _alarm(row: Any) -> KeptAlarm:
    told = RoomAlarm(AlarmKind(row.kind), row.at, row.about, row.said, row.call, row.number)
    return KeptAlarm(row.id, told, row.seen_by, row.seen_at)
