"""Whom the office rings back, as rows that stay; one number has one that is open."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.call_cases import case_of_call
from backend.store.rows import CaseRow, ContactRow
from backend.store.scopes import about_scope
from backend.store.session import Transaction
from backend.store.telephony_rows import CallBackRow
from hotline.channel import Channel
from hotline.rights.scopes import Scope
from hotline.room.call_back import CallBack, CallBackSource, CallBackState

# So many are shown: those that are open, then what ended last.
MOST: Final = 500
_ROW: Final = CallBackRow.__table__
# What a row and a record of it share by the same names.
_SHARED: Final = (
    *("language", "call", "queue", "priority", "since", "due", "tries", "calls", "first_at"),
    *("given_at", "leg", "is_up", "at_once", "reason", "said", "ended_by", "ended_at"),
)
_OPEN: Final = _ROW.c.ended_at.is_(None)
# Who was to be rung because of some calls that are erased is nobody then, and rung no more.
NOBODY_RUNG: Final = f"""
UPDATE call_back SET contact_id = CAST(:nobody AS uuid), said = '',
  state = CASE WHEN ended_at IS NULL THEN '{CallBackState.DROPPED}' ELSE state END,
  ended_at = coalesce(ended_at, :now)
WHERE call IN (SELECT key FROM call WHERE id = {{calls}})"""
OF_CALLS: Final = "ANY(CAST(CAST(:calls AS text[]) AS uuid[]))"
# The case that came of the call that asks for one.
_CASE: Final = case_of_call(_ROW.c.call)


async def hold(connection: AsyncConnection, contact: UUID) -> None:
    """Let nobody else begin one for a contact until this transaction ends."""
    await connection.execute(
        select(ContactRow.id).where(ContactRow.id == contact).with_for_update(key_share=True)
    )


async def add(transaction: Transaction, one: CallBack) -> None:
    """Keep a new one."""
    row = {"id": one.id, "contact_id": one.contact, "made_at": transaction.now, **_values(one)}
    await transaction.connection.execute(insert(CallBackRow).values(**row))
    transaction.emit_change("call", one.call)


async def save(transaction: Transaction, old: CallBack, new: CallBack) -> None:
    """Keep one as it stands now, and tell the consoles so."""
    if new == old:
        return
    await transaction.connection.execute(
        update(CallBackRow).where(CallBackRow.id == new.id).values(**_values(new))
    )
    transaction.emit_change("call", new.call)


async def all_open(connection: AsyncConnection) -> list[CallBack]:
    """Give those that are open, locked."""
    return await _found(connection, _locked(_select(_OPEN)))


def _locked(asked: Select[Any]) -> Select[Any]:
    # By contact, as new ones are begun: nobody waits for whom they hold up.
    return asked.order_by(_ROW.c.contact_id, _ROW.c.id).with_for_update(of=_ROW)


async def open_of(
    connection: AsyncConnection, contacts: Collection[UUID], legs: Collection[str]
) -> list[CallBack]:
    """Give those that are open of some contacts, or on their way by some calls, locked."""
    theirs = _ROW.c.contact_id.in_(contacts) | _ROW.c.leg.in_(legs)
    return await _found(connection, _locked(_select(_OPEN & theirs)))


async def missed_since(
    connection: AsyncConnection, contact: UUID, since: datetime
) -> CallBack | None:
    """Give the newest of a contact's since an instant that it did not ask for, locked, or None."""
    mine = (_ROW.c.contact_id == contact) & (_ROW.c.made_at >= since)
    mine &= _ROW.c.source != CallBackSource.ASKED
    asked = _select(mine).order_by(_ROW.c.id.desc()).limit(1).with_for_update(of=_ROW)
    return next(iter(await _found(connection, asked)), None)


async def tries_since(connection: AsyncConnection, contact: UUID, since: datetime) -> int:
    """Count how often a contact has been rung back by what was begun since an instant."""
    mine = (_ROW.c.contact_id == contact) & (_ROW.c.made_at >= since)
    rows = await connection.execute(select(func.coalesce(func.sum(_ROW.c.tries), 0)).where(mine))
    return int(rows.scalar_one())


async def load(connection: AsyncConnection, ident: UUID, scope: Scope) -> CallBack | None:
    """Give one, locked, or None; also for one whose call came to a case outside the scope."""
    asked = _select(_ROW.c.id == ident).outerjoin(CaseRow, CaseRow.id == _CASE)
    asked = asked.where(about_scope(scope)).with_for_update(of=_ROW)
    return next(iter(await _found(connection, asked)), None)


async def listed(connection: AsyncConnection, since: datetime, scope: Scope) -> list[CallBack]:
    """Give those that are open, first in line first, then those that ended since, newest first.

    Those of calls that cases outside the scope came of are left out.
    """
    wanted = _OPEN | (_ROW.c.ended_at >= since)
    is_missed = _ROW.c.source != CallBackSource.ASKED
    in_line = (is_missed, _ROW.c.priority.desc(), _ROW.c.since, _ROW.c.id)
    order = (_ROW.c.ended_at.desc().nulls_first(), *in_line)
    asked = _select(wanted).outerjoin(CaseRow, CaseRow.id == _CASE).where(about_scope(scope))
    return await _found(connection, asked.order_by(*order).limit(MOST))


async def with_words(connection: AsyncConnection, calls: Collection[str]) -> frozenset[str]:
    """Give those of some calls whose callers have left their words: a case came of each."""
    if not calls:
        return frozenset()
    rows = await connection.execute(select(CaseRow.call).where(CaseRow.call.in_(calls)))
    return frozenset(one for one in rows.scalars() if one)


def _select(wanted: ColumnElement[bool]) -> Select[Any]:
    number = ContactRow.address.label("number")
    found = select(_ROW, number).join(ContactRow, ContactRow.id == _ROW.c.contact_id)
    return found.where(wanted, ContactRow.channel == Channel.PHONE)


async def _found(connection: AsyncConnection, asked: Select[Any]) -> list[CallBack]:
    return [_call_back(row) for row in await connection.execute(asked)]


def _values(one: CallBack) -> dict[str, Any]:
    shared = {name: getattr(one, name) for name in _SHARED}
    return {**shared, "source": one.source, "state": one.state}


def _call_back(row: Any) -> CallBack:
    return CallBack(
        id=row.id,
        contact=row.contact_id,
        number=row.number,
        source=CallBackSource(row.source),
        state=CallBackState(row.state),
        **{name: getattr(row, name) for name in _SHARED},
    )
