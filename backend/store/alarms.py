"""What the duty chief of the telephone room has to know at once, as rows that stay."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from backend.store.call_cases import case_of_call
from backend.store.rows import CaseRow
from backend.store.scopes import about_scope
from backend.store.session import Transaction
from backend.store.telephony_rows import AlarmRow
from hotline.call import CallEvent, CallEventType
from hotline.case.case import Case
from hotline.ids import new_id
from hotline.rights.scopes import Scope
from hotline.room.alarm import AlarmKind, KeptAlarm, RoomAlarm

# So many are shown: those that nobody has seen, then the newest.
MOST: Final = 100
# A case that was told earlier alarms nobody any more: its words are looked at late.
NEW: Final = timedelta(hours=1)
_NAMED = aliased(CaseRow)
# The case that an alarm is about: the one that it names, or the one that came of its call.
_CASE: Final = func.coalesce(
    select(_NAMED.id).where(_NAMED.number == AlarmRow.number).scalar_subquery(),
    case_of_call(AlarmRow.call),
)


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


async def see(transaction: Transaction, ident: UUID, person: str, scope: Scope) -> bool:
    """Keep who has seen an alarm first; False for none, and for one about a case elsewhere."""
    found = await transaction.connection.execute(
        select(AlarmRow.id)
        .outerjoin(CaseRow, CaseRow.id == _CASE)
        .where(AlarmRow.id == ident, about_scope(scope))
    )
    if found.first() is None:
        return False
    new = (AlarmRow.id == ident) & AlarmRow.seen_at.is_(None)
    seen = update(AlarmRow).where(new).values(seen_by=person, seen_at=transaction.now)
    if (await transaction.connection.execute(seen.returning(AlarmRow.id))).first() is not None:
        transaction.emit_change("room", str(ident))
    return True


async def listed(connection: AsyncConnection, since: datetime, scope: Scope) -> list[KeptAlarm]:
    """Give those that nobody has seen, and those since an instant, the newest first.

    Those about cases outside the scope are left out.
    """
    wanted = AlarmRow.seen_at.is_(None) | (AlarmRow.at >= since)
    rows = await connection.execute(
        select(AlarmRow.__table__)
        .outerjoin(CaseRow, CaseRow.id == _CASE)
        .where(wanted, about_scope(scope))
        .order_by(AlarmRow.seen_at.is_(None).desc(), AlarmRow.at.desc(), AlarmRow.id.desc())
        .limit(MOST)
    )
    return [_alarm(row) for row in rows]


async def cases_of(
    connection: AsyncConnection, idents: Collection[UUID]
) -> dict[str, dict[str, Any]]:
    """Give who has a part in the cases that alarms are about, and where they lie, by the alarms."""
    if not idents:
        return {}
    rows = await connection.execute(
        select(AlarmRow.id, CaseRow.assigned, CaseRow.cell)
        .join(CaseRow, CaseRow.id == _CASE)
        .where(AlarmRow.id.in_(idents))
    )
    return {str(row["id"]): dict(row) for row in rows.mappings()}


def _alarm(row: Any) -> KeptAlarm:
    told = RoomAlarm(AlarmKind(row.kind), row.at, row.about, row.said, row.call, row.number)
    return KeptAlarm(row.id, told, row.seen_by, row.seen_at)
