"""What is on record of who calls: the call's own events, earlier calls, and cases."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, false, func, literal, not_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.call_cases import case_of_call
from backend.store.rows import CallEventRow, CallRow, CaseRow, ContactRow, ReportRow
from backend.store.scopes import about_scope, in_scope
from backend.store.session import Transaction
from backend.store.telephony_rows import JoinedCallerRow
from hotline.call import CallEvent, CallEventType, call_id
from hotline.rights.scopes import Scope


@dataclass(frozen=True, slots=True)
class CallOnRecord:
    """A call with who calls."""

    key: str
    line: str
    started_at: datetime
    contact: UUID
    address: str
    name: str
    language: str


async def call_of(connection: AsyncConnection, key: str) -> CallOnRecord | None:
    """Give a call by its key, or None where it is not on record."""
    return next(iter(await calls_of(connection, [key])), None)


async def calls_of(connection: AsyncConnection, keys: Collection[str]) -> list[CallOnRecord]:
    """Give some calls by their keys, those that are on record."""
    rows = await connection.execute(
        select(
            *(CallRow.key, CallRow.line, CallRow.started_at, CallRow.contact_id),
            *(ContactRow.address, ContactRow.name, ContactRow.language),
        )
        .join(ContactRow, ContactRow.id == CallRow.contact_id)
        .where(CallRow.id.in_([call_id(key) for key in keys]))
    )
    return [CallOnRecord(*found) for found in rows]


async def hold(connection: AsyncConnection, key: str) -> bool:
    """Lock a call until the transaction ends; False where it is not on record."""
    asked = select(CallRow.id).where(CallRow.id == call_id(key)).with_for_update(key_share=True)
    return (await connection.execute(asked)).first() is not None


async def addresses_of(connection: AsyncConnection, keys: Collection[str]) -> dict[str, str]:
    """Give the numbers that call, by the keys of their calls."""
    rows = await connection.execute(
        select(CallRow.key, ContactRow.address)
        .join(ContactRow, ContactRow.id == CallRow.contact_id)
        .where(CallRow.id.in_([call_id(key) for key in keys]))
    )
    return {one.key: one.address for one in rows}


async def events_of(connection: AsyncConnection, *keys: str) -> list[CallEvent]:
    """Give what happened in a call, or in some, in the order in which it did."""
    rows = await connection.execute(
        select(CallEventRow.call_key, CallEventRow.mark, CallEventRow.at, CallEventRow.value)
        .where(CallEventRow.call_id.in_([call_id(key) for key in keys]))
        .order_by(CallEventRow.at, CallEventRow.id)
    )
    return [CallEvent(one.call_key, CallEventType(one.mark), one.at, one.value) for one in rows]


async def is_emergency(connection: AsyncConnection, key: str) -> bool:
    """Tell whether the caller said by a key that somebody is in danger."""
    mark = CallEventRow
    danger = (mark.call_id == call_id(key)) & (mark.mark == CallEventType.EMERGENCY)
    return (await connection.execute(select(mark.id).where(danger).limit(1))).first() is not None


async def join_cases(transaction: Transaction, events: list[CallEvent]) -> list[str]:
    """Keep which callers joined known cases; what names no case or call is left out.

    Gives the number of the case for each who had not joined it before.
    """
    joined: list[str] = []
    for one in events:
        if one.mark is not CallEventType.CASE_JOINED:
            continue
        found = (
            select(
                CaseRow.id, literal(one.key), CallRow.contact_id, literal(one.at, DateTime(True))
            )
            .join(CallRow, CallRow.id == call_id(one.key))
            .where(CaseRow.number == one.value)
        )
        columns = ["case_id", "call_key", "contact_id", "at"]
        row = insert(JoinedCallerRow).from_select(columns, found).on_conflict_do_nothing()
        made = await transaction.connection.execute(row.returning(JoinedCallerRow.case_id))
        joined += [one.value for _ in made]
    return joined


async def calls_before(connection: AsyncConnection, contact: UUID, key: str, scope: Scope) -> int:
    """Give how many other calls of a contact are on record, without those of cases out of scope."""
    rows = await connection.execute(
        select(func.count())
        .select_from(CallRow)
        .outerjoin(CaseRow, CaseRow.id == case_of_call(CallRow.key))
        .where(CallRow.contact_id == contact, CallRow.id != call_id(key), about_scope(scope))
    )
    return int(rows.scalar_one())


async def refused_status(
    connection: AsyncConnection, call: CallOnRecord, number: str, since: datetime
) -> tuple[int, int]:
    """Give how often wrong digits were keyed in: in a call; by its caller, or for a number.

    Of the last two the higher counts. Who withholds their number is counted in the call and for
    the report's number alone: they all are one contact.
    """
    mark, rang = CallEventRow, CallRow
    wrong = mark.mark == CallEventType.STATUS_REFUSED
    here = select(func.count()).select_from(mark).where(mark.call_id == call_id(call.key), wrong)
    in_call = int((await connection.execute(here)).scalar_one())
    at_all = select(func.count()).select_from(mark)
    of_number = at_all.where(mark.value == number, mark.at >= since, wrong)
    for_number = int((await connection.execute(of_number)).scalar_one())
    if not call.address:
        return in_call, for_number
    all_day = (
        select(func.count())
        .select_from(mark)
        .join(rang, rang.id == mark.call_id)
        .where(rang.contact_id == call.contact, mark.at >= since, wrong)
    )
    by_caller = int((await connection.execute(all_day)).scalar_one())
    return in_call, max(by_caller, for_number)


async def is_in_sight(connection: AsyncConnection, key: str, scope: Scope) -> bool:
    """Tell whether a call came of no case, or of one in a scope."""
    rows = await connection.execute(
        select(CallRow.id)
        .outerjoin(CaseRow, CaseRow.id == case_of_call(CallRow.key))
        .where(CallRow.id == call_id(key), about_scope(scope))
    )
    return rows.first() is not None


async def elsewhere(
    connection: AsyncConnection, keys: Collection[str], scope: Scope
) -> frozenset[str]:
    """Give those of some calls that cases outside a scope came of."""
    if not keys:
        return frozenset()
    rows = await connection.execute(
        select(CallRow.key)
        .join(CaseRow, CaseRow.id == case_of_call(CallRow.key))
        .where(
            CallRow.id.in_([call_id(key) for key in keys]),
            not_(func.coalesce(in_scope(scope), false())),
        )
    )
    return frozenset(rows.scalars())


async def numbers_in(connection: AsyncConnection, key: str, scope: Scope) -> list[str]:
    """Give the numbers of the cases in a scope that were told in a call, the newest first."""
    rows = await connection.execute(
        select(CaseRow.number)
        .where(CaseRow.call == key, in_scope(scope))
        .order_by(CaseRow.id.desc())
    )
    return list(rows.scalars())


async def numbers_of(
    connection: AsyncConnection, contact: UUID, scope: Scope, limit: int
) -> list[str]:
    """Give the numbers of a contact's cases in a scope, the newest report first."""
    rows = await connection.execute(
        select(CaseRow.number)
        .join(ReportRow, ReportRow.case_id == CaseRow.id)
        .where(ReportRow.contact_id == contact, in_scope(scope))
        .order_by(ReportRow.received_at.desc())
        .limit(limit)
    )
    return list(dict.fromkeys(rows.scalars()))
