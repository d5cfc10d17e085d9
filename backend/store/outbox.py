"""The outbox: notices wait here until a connector has delivered them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.rows import CaseRow, NoticeRow
from hotline.notice import Notice, NoticeState, NoticeTask, values_of
from hotline.queue import one_line
from hotline.report import MAX_WORDS, Channel

LEASE = timedelta(seconds=90)
# No wait is longer: a day at a channel's wish, and the hours in which citizens are rung.
MAX_WAIT = timedelta(days=3)
# A lease that ran out is taken again: delivery is at least once, and the connector's own key (an
# edited message, a call that is still up) keeps the person from being told twice where it can.
# One that ends later than a new one would was given while a clock went ahead, and is none; nor is
# a wait that is longer than any.
_LEASE = text(
    "WITH ready AS (SELECT id, case_id FROM notice WHERE state IN ('waiting', 'leased') "
    "AND channel = ANY(:channels) AND (CAST(:address AS text) IS NULL OR address = :address) "
    "AND (next_try <= :now OR next_try > :longest) "
    "AND (lease_until IS NULL OR lease_until <= :now OR lease_until > :until) "
    "ORDER BY next_try LIMIT :limit FOR UPDATE SKIP LOCKED) "
    "UPDATE notice AS n SET state = 'leased', lease_until = :until, attempts = n.attempts + 1 "
    "FROM ready LEFT JOIN cases AS c ON c.id = ready.case_id WHERE n.id = ready.id "
    "RETURNING n.id, n.key, n.channel, n.address, n.template, n.language, n.fields, n.person, "
    "n.attempts, COALESCE(c.number, '') AS number, COALESCE(c.stage, '') AS stage, c.department"
)


def notice_row(notice: Notice, now: datetime) -> dict[str, Any]:
    """Give the row of a new notice."""
    return {
        "id": notice.id,
        "key": notice.key,
        "case_id": notice.case,
        "channel": notice.channel,
        "address": notice.address,
        "person": notice.person,
        "template": notice.template,
        "language": notice.language,
        "fields": notice.values,
        "created_at": now,
        "state": NoticeState.WAITING,
        "attempts": 0,
        "next_try": notice.not_before,
        "lease_until": None,
        "error": "",
        "message": "",
        "words": "",
        "settled_at": None,
        "away_since": None,
    }


async def lease(
    connection: AsyncConnection,
    channels: Sequence[Channel],
    address: str | None,
    limit: int,
    now: datetime,
) -> list[NoticeTask]:
    """Lease what is due for these channels; nobody else gets it until the lease ends.

    The value `department` is the code of the department that has the case then.
    """
    rows = await connection.execute(
        _LEASE,
        {
            "channels": [str(channel) for channel in channels],
            "address": address,
            "now": now,
            "until": now + LEASE,
            "longest": now + MAX_WAIT,
            "limit": limit,
        },
    )
    return [_task(row) for row in rows.mappings()]


def _task(row: RowMapping) -> NoticeTask:
    return NoticeTask(
        id=row["id"],
        key=row["key"],
        channel=Channel(row["channel"]),
        address=row["address"],
        template=row["template"],
        language=row["language"],
        number=row["number"],
        stage=row["stage"],
        attempt=row["attempts"],
        values={"department": row["department"] or ""} | values_of(row["fields"]),
        person=row["person"],
    )


async def calls_since(connection: AsyncConnection, number: str, since: datetime) -> int:
    """Count how often a number has been rung for notices since an instant, this time included."""
    rows = await connection.execute(
        select(func.coalesce(func.sum(NoticeRow.attempts), 0)).where(
            NoticeRow.channel == Channel.PHONE,
            NoticeRow.address == number,
            NoticeRow.next_try >= since,
        )
    )
    return int(rows.scalar_one())


async def give_up(
    connection: AsyncConnection, channel: Channel, most: int, why: str, now: datetime
) -> list[UUID]:
    """Fail what was leased so often and never told of: it ends whoever tries to deliver it."""
    rows = await connection.execute(
        update(NoticeRow)
        .where(
            NoticeRow.state == NoticeState.LEASED,
            NoticeRow.channel == channel,
            NoticeRow.lease_until <= now,
            NoticeRow.attempts >= most,
        )
        .values(
            state=NoticeState.FAILED,
            lease_until=None,
            settled_at=now,
            error=func.coalesce(func.nullif(NoticeRow.error, ""), why),
        )
        .returning(NoticeRow.id)
    )
    return list(rows.scalars())


async def leased(connection: AsyncConnection, notice: UUID) -> tuple[Channel, int, str] | None:
    """Give (channel, attempts, case number) of a notice that is leased now, or None."""
    rows = await connection.execute(
        select(NoticeRow.channel, NoticeRow.attempts, func.coalesce(CaseRow.number, ""))
        .outerjoin(CaseRow, CaseRow.id == NoticeRow.case_id)
        .where(NoticeRow.id == notice, NoticeRow.state == NoticeState.LEASED)
    )
    row = rows.first()
    return None if row is None else (Channel(row[0]), row[1], row[2])


async def settle(
    connection: AsyncConnection,
    notice: UUID,
    state: NoticeState,
    *,
    now: datetime,
    error: str = "",
    message: str = "",
    words: str = "",
    next_try: datetime | None = None,
    away: bool = False,
) -> None:
    """Write how a leased notice ended, or when it is tried again; `away` counts as no try."""
    values: dict[str, Any] = {
        "state": state,
        "lease_until": None,
        "away_since": func.coalesce(NoticeRow.away_since, now) if away else None,
        "error": one_line(error),
        "message": one_line(message)[:200],
        "words": words[:MAX_WORDS],
    }
    if next_try is not None:
        values["next_try"] = next_try
    if away:
        values["attempts"] = NoticeRow.attempts - 1
    if state is not NoticeState.WAITING:
        values["settled_at"] = now
    await connection.execute(
        update(NoticeRow)
        .where(NoticeRow.id == notice, NoticeRow.state == NoticeState.LEASED)
        .values(values)
    )


async def drop_of_chat(
    connection: AsyncConnection, channel: Channel, address: str, person: str, now: datetime
) -> None:
    """Drop what still waits for a person in a chat that is theirs no longer."""
    await connection.execute(
        update(NoticeRow)
        .where(
            NoticeRow.channel == channel,
            NoticeRow.address == address,
            NoticeRow.person == person,
            NoticeRow.state == NoticeState.WAITING,
        )
        .values(state=NoticeState.DROPPED, settled_at=now)
    )


async def try_again(connection: AsyncConnection, notice: UUID, now: datetime) -> bool:
    """Put a failed notice back into the outbox; False when it has not failed."""
    rows = await connection.execute(
        update(NoticeRow)
        .where(NoticeRow.id == notice, NoticeRow.state == NoticeState.FAILED)
        .values(
            state=NoticeState.WAITING,
            attempts=0,
            next_try=now,
            error="",
            settled_at=None,
            away_since=None,
        )
        .returning(NoticeRow.id)
    )
    return rows.first() is not None


async def held_up(connection: AsyncConnection, before: datetime) -> int:
    """Count what waits since an instant: its far side is away, or no connector comes for it."""
    rows = await connection.execute(
        select(func.count()).where(
            NoticeRow.state.in_((NoticeState.WAITING, NoticeState.LEASED)),
            or_(NoticeRow.away_since <= before, NoticeRow.next_try <= before),
        )
    )
    return int(rows.scalar_one())


async def undeliverable(
    connection: AsyncConnection, limit: int
) -> list[tuple[UUID, str, datetime]]:
    """Give (id, why, since) of notices that failed for good, newest first."""
    rows = await connection.execute(
        select(NoticeRow.id, NoticeRow.error, NoticeRow.settled_at, NoticeRow.created_at)
        .where(NoticeRow.state == NoticeState.FAILED)
        .order_by(NoticeRow.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1], row[2] or row[3]) for row in rows]
