"""The outbox: notices wait here until a connector has delivered them, each with a job of its own.

A lease that ran out is taken again: delivery is at least once, and the connector's own key (an
edited message, a call that is still up) keeps the person from being told twice where it can.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Text,
    bindparam,
    cast,
    delete,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.gather import Rows
from backend.store.jobs import JobRow, job_row
from backend.store.rows import NoticeRow
from backend.store.writes import Writes
from hotline.case.case import HANDLER
from hotline.channel import Channel
from hotline.job import NOTICES
from hotline.notice import Notice, NoticeState, NoticeTask, values_of
from hotline.organisation import DEPARTMENT
from hotline.queue import one_line
from hotline.report import MAX_WORDS
from hotline.revisit import ASKS

NOTICE = NoticeRow.__table__
# A notice's job counts its tries as long as there is one; the notice keeps what it has come to.
OF_NOTICE: Final = (JobRow.queue == NOTICES) & (JobRow.ref == cast(NoticeRow.id, Text))
TRIES: Final = func.coalesce(NoticeRow.tries, JobRow.tries, 0)


def shown(*more: Any) -> Rows:
    """Give the query for notices as the console shows them: with tries and next try of the job."""
    own = (column for column in NOTICE.c if column.name != "tries")
    tried = (TRIES.label("tries"), JobRow.due.label("next_try"))
    return select(*own, *tried, *more).outerjoin_from(NoticeRow, JobRow, OF_NOTICE)


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
        "tries": None,
        "error": "",
        "message": "",
        "words": "",
        "settled_at": None,
        "away_since": None,
    }


def add(writes: Writes, notice: Notice) -> None:
    """Put a notice into the outbox, with the job of delivering it."""
    writes.add("notice", notice_row(notice, writes.now))
    writes.add("job", _job(notice, writes.now))
    writes.emit_change("notice", str(notice.id))


def _job(notice: Notice, now: datetime) -> dict[str, Any]:
    return job_row(
        *(NOTICES, str(notice.id), notice.not_before, now, {}),
        case=notice.case,
        lane=notice.channel,
    )


def at_address(channel: Channel, address: str) -> ColumnElement[bool]:
    """The condition of jobs whose notice goes to an address of a channel."""
    mine = (NoticeRow.channel == channel) & (NoticeRow.address == address)
    waiting = NoticeRow.state == NoticeState.WAITING
    return JobRow.ref.in_(select(cast(NoticeRow.id, Text)).where(mine, waiting))


async def tasks_of(connection: AsyncConnection, tries: Mapping[UUID, int]) -> list[NoticeTask]:
    """Give what to deliver of notices whose jobs are leased, with the tries of those, in order.

    The value `department` is the code of the department that has the case then.
    """
    rows = await connection.execute(_TASKS, {"ids": list(tries)})
    known = set(Channel)
    tasks = [_task(row, tries[row["id"]]) for row in rows.mappings() if row["channel"] in known]
    order = list(tries)
    return sorted(tasks, key=lambda task: order.index(task.id))


_TASKS = text(
    "SELECT n.id, n.key, n.channel, n.address, n.template, n.language, n.fields, n.person, "
    "COALESCE(c.number, '') AS number, COALESCE(c.stage, '') AS stage, "
    f"c.assignments->'{HANDLER}'->>'org' AS {DEPARTMENT} "
    "FROM notice AS n LEFT JOIN cases AS c ON c.id = n.case_id WHERE n.id = ANY(:ids)"
)


def _task(row: RowMapping, attempt: int) -> NoticeTask:
    return NoticeTask(
        id=row["id"],
        key=row["key"],
        channel=Channel(row["channel"]),
        address=row["address"],
        template=row["template"],
        language=row["language"],
        number=row["number"],
        stage=row["stage"],
        attempt=attempt,
        values={DEPARTMENT: row[DEPARTMENT] or ""} | values_of(row["fields"]),
        person=row["person"],
    )


async def calls_since(connection: AsyncConnection, number: str, since: datetime) -> int:
    """Count how often a number has been rung for notices since an instant, this time included."""
    rows = await connection.execute(
        select(func.coalesce(func.sum(TRIES), 0))
        .outerjoin_from(NoticeRow, JobRow, OF_NOTICE)
        .where(
            NoticeRow.channel == Channel.PHONE,
            NoticeRow.address == number,
            or_(
                NoticeRow.settled_at >= since,
                NoticeRow.settled_at.is_(None)
                & ((JobRow.due >= since) | (JobRow.lease_until >= since)),
            ),
        )
    )
    return int(rows.scalar_one())


async def waiting(connection: AsyncConnection, notice: UUID) -> tuple[Channel, bool] | None:
    """Give the channel of a notice that waits, and whether it asks; None where none waits."""
    rows = await connection.execute(
        select(NoticeRow.channel, NoticeRow.fields.has_key(ASKS)).where(
            NoticeRow.id == notice, NoticeRow.state == NoticeState.WAITING
        )
    )
    row = rows.first()
    return None if row is None else (Channel(row[0]), bool(row[1]))


@dataclass(frozen=True, slots=True)
class NoticeStands:
    """How far a notice is: its state, why it waits or failed, its tries, and when the next is."""

    state: str
    error: str
    tries: int
    next: datetime | None


async def states_of(
    connection: AsyncConnection, notices: Collection[UUID]
) -> dict[UUID, NoticeStands]:
    """Give how far some notices are, by their ids."""
    rows = await connection.execute(
        select(NoticeRow.id, NoticeRow.state, NoticeRow.error, TRIES, JobRow.due)
        .outerjoin_from(NoticeRow, JobRow, OF_NOTICE)
        .where(NoticeRow.id.in_(list(notices)))
    )
    return {row[0]: NoticeStands(*row[1:]) for row in rows}


async def settle(
    connection: AsyncConnection,
    notice: UUID,
    state: NoticeState,
    *,
    now: datetime,
    error: str = "",
    message: str = "",
    words: str = "",
    tries: int | None = None,
    away: bool = False,
) -> None:
    """Write how a notice ended, with its `tries` where its job is taken away, or why it waits."""
    values: dict[str, Any] = {
        "state": state,
        "away_since": func.coalesce(NoticeRow.away_since, now) if away else None,
        "error": one_line(error),
        "message": one_line(message)[:200],
        "words": words[:MAX_WORDS],
    }
    if state is not NoticeState.WAITING:
        values |= {"settled_at": now, "tries": tries}
    await connection.execute(
        update(NoticeRow)
        .where(NoticeRow.id == notice, NoticeRow.state == NoticeState.WAITING)
        .values(values)
    )


async def drop_of_chat(
    connection: AsyncConnection, channel: Channel, address: str, person: str, now: datetime
) -> None:
    """Drop what still waits for a person in a chat that is theirs no longer.

    What is on its way right now is not called back.
    """
    mine = (NoticeRow.channel == channel) & (NoticeRow.address == address)
    mine &= (NoticeRow.person == person) & (NoticeRow.state == NoticeState.WAITING)
    gone = await connection.execute(
        delete(JobRow)
        .where(
            JobRow.queue == NOTICES,
            JobRow.ref.in_(select(cast(NoticeRow.id, Text)).where(mine)),
            JobRow.lease_until.is_(None) | (JobRow.lease_until <= now),
        )
        .returning(JobRow.ref, JobRow.tries)
    )
    dropped = [{"notice": UUID(ref), "made": tries, "at": now} for ref, tries in gone]
    if dropped:
        await connection.execute(_DROP, dropped)


_DROP: Final = (
    update(NoticeRow)
    .where(NoticeRow.id == bindparam("notice"))
    .values(state=NoticeState.DROPPED, settled_at=bindparam("at"), tries=bindparam("made"))
)


async def try_again(connection: AsyncConnection, notice: UUID) -> None:
    """Let a failed notice wait as if it were new, as its job does."""
    await connection.execute(
        update(NoticeRow)
        .where(NoticeRow.id == notice, NoticeRow.state == NoticeState.FAILED)
        .values(
            state=NoticeState.WAITING,
            error="",
            settled_at=None,
            away_since=None,
        )
    )


async def held_up(connection: AsyncConnection, before: datetime) -> int:
    """Count what waits since an instant: its far side is away, or no connector comes for it."""
    rows = await connection.execute(
        select(func.count())
        .join_from(NoticeRow, JobRow, OF_NOTICE)
        .where(
            NoticeRow.state == NoticeState.WAITING,
            or_(NoticeRow.away_since <= before, JobRow.due <= before),
        )
    )
    return int(rows.scalar_one())
