"""Tries of queued work: counted before it is done, and what was set aside with its reason."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    SmallInteger,
    and_,
    delete,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import Row
from backend.store.gather import Rows
from hotline.queue import Aside, Patience

MAX_WAIT = timedelta(hours=1)
# The case page looks for these.
TRANSCRIPTS = "transcripts"


class AttemptState(StrEnum):
    """Where an item stands."""

    TRIED = "tried"
    ASIDE = "aside"


class AttemptRow(Row):
    """An item of a queue that was tried and is not done."""

    __tablename__ = "attempt"

    queue: Mapped[str] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    tries: Mapped[int] = mapped_column(SmallInteger)
    next_try: Mapped[datetime]
    reason: Mapped[str]
    since: Mapped[datetime]


# `dues`: when the item is tried again after its first try, after its second and so on.
_BEGIN = text(
    "INSERT INTO attempt AS a (queue, ref, state, tries, next_try, reason, since) "
    "VALUES (:queue, :ref, 'tried', 1, (CAST(:dues AS timestamptz[]))[1], '', :now) "
    "ON CONFLICT (queue, ref) DO UPDATE SET tries = a.tries + 1, "
    "next_try = (CAST(:dues AS timestamptz[]))[LEAST(a.tries + 1, CAST(:most AS int))] "
    "RETURNING tries"
)


def may_be_tried(queue: str, ref: ColumnElement[str], now: datetime) -> ColumnElement[bool]:
    """Give the condition under which an item is neither set aside nor has to wait.

    A wait that is longer than any was written while a clock went ahead, and is none.
    """
    held = select(AttemptRow.ref).where(
        AttemptRow.queue == queue,
        AttemptRow.ref == ref,
        or_(
            AttemptRow.state != AttemptState.TRIED,
            and_(AttemptRow.next_try > now, AttemptRow.next_try <= now + MAX_WAIT),
        ),
    )
    return ~held.exists()


async def begin(
    connection: AsyncConnection, queue: str, ref: str, patience: Patience, now: datetime
) -> int:
    """Count a try, which is on record before the work; gives the how many-th it is."""
    dues = [now + timedelta(seconds=wait) for wait in patience.waits]
    given: dict[str, Any] = {"queue": queue, "ref": ref, "now": now}
    given |= {"dues": dues, "most": len(dues)}
    rows = await connection.execute(_BEGIN, given)
    return int(rows.scalar_one())


async def forget(connection: AsyncConnection, queue: str, refs: Sequence[str]) -> None:
    """Let go of items that are done, or that shall be tried as if they were new."""
    await connection.execute(
        delete(AttemptRow).where(AttemptRow.queue == queue, AttemptRow.ref.in_(refs))
    )


async def fail(connection: AsyncConnection, queue: str, ref: str, reason: str) -> None:
    """Write why a try failed; the item waits for the next one."""
    await connection.execute(
        update(AttemptRow)
        .where(AttemptRow.queue == queue, AttemptRow.ref == ref)
        .values(reason=reason)
    )


async def tries(connection: AsyncConnection, queue: str, ref: str) -> int:
    """Give how often an item was tried."""
    rows = await connection.execute(
        select(AttemptRow.tries).where(AttemptRow.queue == queue, AttemptRow.ref == ref)
    )
    return int(rows.scalar_one_or_none() or 0)


async def set_aside(connection: AsyncConnection, aside: Aside) -> None:
    """Set an item aside with its reason; one that gave none keeps what is written already."""
    row = {
        "queue": aside.queue,
        "ref": aside.ref,
        "state": AttemptState.ASIDE,
        "tries": 0,
        "next_try": aside.since,
        "reason": aside.reason,
        "since": aside.since,
    }
    kept = func.coalesce(func.nullif(aside.reason, ""), AttemptRow.reason)
    await connection.execute(
        insert(AttemptRow)
        .values(row)
        .on_conflict_do_update(
            index_elements=["queue", "ref"], set_={"state": AttemptState.ASIDE, "reason": kept}
        )
    )


async def listed(connection: AsyncConnection, limit: int = 200) -> list[Aside]:
    """Give what lies aside, oldest first."""
    rows = await connection.execute(
        select(AttemptRow.queue, AttemptRow.ref, AttemptRow.reason, AttemptRow.since)
        .where(AttemptRow.state != AttemptState.TRIED)
        .order_by(AttemptRow.since, AttemptRow.ref)
        .limit(limit)
    )
    return [Aside(*row) for row in rows]


async def aside_of(connection: AsyncConnection, queue: str, refs: Sequence[str]) -> list[str]:
    """Give which of these items lie aside."""
    rows = await connection.execute(
        select(AttemptRow.ref).where(
            AttemptRow.queue == queue,
            AttemptRow.ref.in_(refs),
            AttemptRow.state != AttemptState.TRIED,
        )
    )
    return list(rows.scalars())


def reasons_below(queue: str, beginning: BindParameter[str]) -> Rows:
    """Give the query for why an item whose name so begins lies aside; no row where none does."""
    return (
        select(AttemptRow.reason)
        .where(
            AttemptRow.queue == queue,
            AttemptRow.ref.startswith(beginning),
            AttemptRow.state != AttemptState.TRIED,
        )
        .limit(1)
    )
