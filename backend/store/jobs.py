"""Jobs: what is to be done later, each once, by whoever is there to do it.

A job is taken in one of two ways. *Inside*, its row is locked by the transaction that does the work
and takes it away, so it is done exactly once and is free again the moment a worker dies. *Outside*,
it is leased: nobody else gets it until the lease has run out, and no session is held meanwhile.
What failed for good stays as a dead letter with its reason, until a person wishes it back.

Locks are taken in one order, a case before its jobs; whoever takes jobs waits for no lock at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    SmallInteger,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from backend.store.base import TWICE, Row
from backend.store.gather import Rows
from backend.store.rows import CaseRow
from hotline.queue import Aside

MAX_MIRRORED: Final = 10_000
# Tries are counted up to here: a number that no column holds would stop the whole queue.
MAX_TRIES: Final = 32_767
# So many are shown, and tried again, at once.
MAX_DEAD: Final = 200


class JobState(StrEnum):
    """Where a job stands: waiting or leased, dead, or a dead letter that is wished back."""

    WAITING = "waiting"
    DEAD = "dead"
    WISHED = "wished"


# A job that is asked for again is a new one: whoever works on the old one has lost it.
ANEW = (
    "ON CONFLICT (queue, ref) DO UPDATE SET lane = EXCLUDED.lane, case_id = EXCLUDED.case_id, "
    "body = EXCLUDED.body, due = EXCLUDED.due, tries = 0, lease_until = NULL, holder = '', "
    "state = EXCLUDED.state, reason = '', since = EXCLUDED.since"
)


class JobRow(Row):
    """A job: which of which queue, of which case, when it is due, and who has leased it.

    A `lane` is a part of a queue that is asked for by itself. `since` is when it was written down,
    or when it died.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_due", "queue", "lane", "due", postgresql_where=text("state = 'waiting'")),
        Index("ix_job_tried", "queue", postgresql_where=text("state = 'waiting' AND tries > 0")),
        Index("ix_job_dead", "since", "ref", postgresql_where=text("state <> 'waiting'")),
        {"info": {TWICE: ANEW}},
    )

    queue: Mapped[str] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(primary_key=True)
    lane: Mapped[str]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    body: Mapped[dict[str, Any]]
    due: Mapped[datetime]
    tries: Mapped[int] = mapped_column(SmallInteger)
    lease_until: Mapped[datetime | None]
    holder: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    since: Mapped[datetime]


JOB = JobRow.__table__
CASE = CaseRow.__table__
_ONE_MORE: Final = func.least(JOB.c.tries, MAX_TRIES - 1) + 1


@dataclass(frozen=True, slots=True)
class Job:
    """A job that was taken; `tries` counts those that went before, or this one where leased."""

    queue: str
    ref: str
    case: UUID | None
    body: Mapping[str, Any]
    due: datetime
    tries: int
    reason: str = ""
    holder: str = ""


_COLUMNS: Final = (
    *(JOB.c.queue, JOB.c.ref, JOB.c.case_id, JOB.c.body, JOB.c.due, JOB.c.tries),
    JOB.c.reason,
)


def job_row(
    queue: str,
    ref: str,
    due: datetime,
    now: datetime,
    body: Mapping[str, Any],
    *,
    case: UUID | None = None,
    lane: str = "",
) -> dict[str, Any]:
    """Give the row of a new job."""
    return {
        "queue": queue,
        "ref": ref,
        "lane": lane,
        "case_id": case,
        "body": body,
        "due": due,
        "tries": 0,
        "lease_until": None,
        "holder": "",
        "state": JobState.WAITING,
        "reason": "",
        "since": now,
    }


def _free(now: datetime) -> ColumnElement[bool]:
    """The condition under which a job may be taken."""
    unleased = JOB.c.lease_until.is_(None) | (JOB.c.lease_until <= now)
    return (JOB.c.state == JobState.WAITING) & (JOB.c.due <= now) & unleased


def _this(queue: str, ref: str) -> ColumnElement[bool]:
    return (JOB.c.queue == queue) & (JOB.c.ref == ref)


async def take(
    connection: AsyncConnection, queue: str, now: datetime, limit: int
) -> list[tuple[Job, Mapping[str, Any]]]:
    """Lock jobs that are due, each with the row of its case, until this transaction ends.

    What somebody else has locked, the case included, is left to its next turn.
    """
    case = [column.label(f"case_{column.name}") for column in CASE.c]
    query: Select[*tuple[Any, ...]] = (
        select(*_COLUMNS, *case)
        .join(CASE, CASE.c.id == JOB.c.case_id)
        .where(JOB.c.queue == queue, JOB.c.lane == "", _free(now))
        .order_by(JOB.c.due)
        .limit(limit)
        # A step may refer to the case meanwhile; nobody may write it.
        .with_for_update(key_share=True, skip_locked=True)
    )
    taken: list[tuple[Job, Mapping[str, Any]]] = []
    for row in await connection.execute(query):
        own = len(_COLUMNS)
        of_case = {column.name: value for column, value in zip(CASE.c, row[own:], strict=True)}
        taken.append((Job(*row[:own]), of_case))
    return taken


async def first_due(connection: AsyncConnection, queue: str, until: datetime) -> datetime | None:
    """Give when the next job of a queue is due, where that is not after an instant."""
    rows = await connection.execute(
        select(func.min(JOB.c.due)).where(
            JOB.c.queue == queue,
            JOB.c.lane == "",
            JOB.c.state == JobState.WAITING,
            JOB.c.due <= until,
        )
    )
    due: datetime | None = rows.scalar_one()
    return due


async def lease(
    connection: AsyncConnection,
    queue: str,
    holder: str,
    now: datetime,
    until: datetime,
    limit: int,
    *,
    lane: str = "",
    also: ColumnElement[bool] | None = None,
) -> list[Job]:
    """Lease jobs that are due, and count the try; nobody else gets them until the lease ends."""
    wanted = (JOB.c.queue == queue) & (JOB.c.lane == lane) & _free(now)
    ready = (
        select(JOB.c.queue, JOB.c.ref)
        .where(wanted if also is None else wanted & also)
        .order_by(JOB.c.due)
        .limit(limit)
        .with_for_update(skip_locked=True, of=JOB)
        .cte("ready")
    )
    rows = await connection.execute(
        update(JobRow)
        .where(JOB.c.queue == ready.c.queue, JOB.c.ref == ready.c.ref)
        .values(tries=_ONE_MORE, lease_until=until, holder=holder)
        .returning(*_COLUMNS)
    )
    taken = (replace(Job(*row), holder=holder) for row in rows)
    return sorted(taken, key=lambda one: (one.due, one.ref))


async def extend(
    connection: AsyncConnection,
    queue: str,
    holder: str,
    now: datetime,
    until: datetime,
    refs: Sequence[str] | None = None,
) -> None:
    """Put off the end of leases that a holder still works on: all of a queue, or some."""
    mine = (JOB.c.queue == queue) & (JOB.c.holder == holder) & (JOB.c.tries > 0)
    if refs is not None:
        mine &= JOB.c.ref.in_(refs)
    await connection.execute(
        update(JobRow)
        .where(mine, JOB.c.state == JobState.WAITING, JOB.c.lease_until > now)
        .values(lease_until=until)
    )


async def refs_of(connection: AsyncConnection, queue: str, case: UUID) -> set[str]:
    """Give the refs of all jobs of a queue that a case has, the dead letters too."""
    mine = (JOB.c.queue == queue) & (JOB.c.case_id == case)
    return set((await connection.execute(select(JOB.c.ref).where(mine))).scalars())


async def is_held(connection: AsyncConnection, job: Job) -> bool:
    """Lock a leased job; False where somebody else has it by now, or it has become another."""
    rows = await connection.execute(
        select(JOB.c.ref)
        .where(_this(job.queue, job.ref), JOB.c.tries == job.tries, _held_by(job))
        .with_for_update()
    )
    return rows.first() is not None


async def leased(
    connection: AsyncConnection, queue: str, ref: str, *, lock: bool = False
) -> Job | None:
    """Give a job that somebody has leased, or None; with `lock`, nobody else ends it meanwhile."""
    query = select(*_COLUMNS, JOB.c.holder).where(
        _this(queue, ref), JOB.c.state == JobState.WAITING, JOB.c.holder != ""
    )
    rows = await connection.execute(query.with_for_update() if lock else query)
    row = rows.first()
    return None if row is None else Job(*row[:-1], holder=row[-1])


async def give_back(connection: AsyncConnection, job: Job, due: datetime) -> None:
    """Give a leased job back, as if it had not been tried, until it is due."""
    await connection.execute(
        update(JobRow)
        .where(_this(job.queue, job.ref), JOB.c.tries == job.tries, _held_by(job))
        .values(tries=JOB.c.tries - 1, due=due, lease_until=None, holder="")
    )


async def renew(connection: AsyncConnection, job: Job, due: datetime) -> None:
    """Let a job that is locked wait until it is due, as if it were new."""
    await connection.execute(
        update(JobRow).where(_this(job.queue, job.ref)).values(tries=0, due=due, reason="")
    )


async def put_off(connection: AsyncConnection, job: Job, due: datetime, reason: str) -> None:
    """Count a try that failed, and let the job wait; unless it has become another meanwhile."""
    await connection.execute(
        update(JobRow)
        .where(_this(job.queue, job.ref), JOB.c.tries == job.tries, _held_by(job))
        .values(
            tries=JOB.c.tries if job.holder else _ONE_MORE,
            due=due,
            reason=reason,
            lease_until=None,
            holder="",
        )
    )


async def die(connection: AsyncConnection, job: Job, reason: str, now: datetime) -> bool:
    """Make a job a dead letter; False where it has become another meanwhile."""
    rows = await connection.execute(
        update(JobRow)
        .where(_this(job.queue, job.ref), JOB.c.tries == job.tries, _held_by(job))
        .values(
            tries=JOB.c.tries if job.holder else _ONE_MORE,
            state=JobState.DEAD,
            reason=reason,
            since=now,
            lease_until=None,
            holder="",
        )
        .returning(JOB.c.ref)
    )
    return rows.first() is not None


def _held_by(job: Job) -> ColumnElement[bool]:
    return (JOB.c.holder == job.holder) & (JOB.c.state == JobState.WAITING)


async def dead(
    connection: AsyncConnection, limit: int = MAX_DEAD, queues: Sequence[str] = ()
) -> list[tuple[Aside, JobState]]:
    """Give the dead letters of all queues, or of some, oldest first."""
    told = (JOB.c.queue, JOB.c.ref, JOB.c.reason, JOB.c.since, func.coalesce(CaseRow.number, ""))
    query = select(*told, JOB.c.state).outerjoin_from(JOB, CaseRow, CaseRow.id == JOB.c.case_id)
    if queues:
        query = query.where(JOB.c.queue.in_(queues))
    rows = await connection.execute(
        query.where(JOB.c.state != JobState.WAITING).order_by(JOB.c.since, JOB.c.ref).limit(limit)
    )
    # A state that nobody knows here is as good as dead: a person can bring it back.
    wished, dead = JobState.WISHED, JobState.DEAD
    return [(Aside(*row[:5]), wished if row[5] == wished else dead) for row in rows]


async def revive(
    connection: AsyncConnection,
    queue: str,
    ref: str,
    now: datetime,
    body: Mapping[str, Any] | None = None,
) -> bool:
    """Let a dead letter be tried as if it were new; False where there is none."""
    values: dict[str, Any] = {"state": JobState.WAITING, "tries": 0, "due": now}
    values |= {"reason": "", "since": now} | ({} if body is None else {"body": body})
    rows = await connection.execute(
        update(JobRow)
        .where(_this(queue, ref), JOB.c.state.not_in([JobState.WAITING, JobState.WISHED]))
        .values(values)
        .returning(JOB.c.ref)
    )
    return rows.first() is not None


def reasons_of(queue: str, case: BindParameter[UUID]) -> Rows:
    """Give the query for why a case's job of a queue is a dead letter; no row where none is."""
    mine = (JOB.c.queue == queue) & (JOB.c.case_id == case)
    return select(JOB.c.reason).where(mine, JOB.c.state != JobState.WAITING).limit(1)


async def put_aside(
    connection: AsyncConnection, one: Aside, *, state: JobState = JobState.DEAD
) -> None:
    """Write down what lies aside somewhere else; without a reason it keeps the one it has."""
    row = job_row(one.queue, one.ref, one.since, one.since, {})
    kept_reason = func.coalesce(func.nullif(one.reason, ""), JobRow.reason)
    await connection.execute(
        insert(JobRow)
        .values(row | {"state": state, "reason": one.reason})
        .on_conflict_do_update(
            index_elements=["queue", "ref"], set_={"state": state, "reason": kept_reason}
        )
    )


async def mirror(
    connection: AsyncConnection, queues: Sequence[str], there: Sequence[Aside]
) -> list[Aside]:
    """Write down what lies aside somewhere else, and give what is wished back of it, once."""
    known = {
        (one.queue, one.ref): state for one, state in await dead(connection, MAX_MIRRORED, queues)
    }
    for one in there:
        if (one.queue, one.ref) not in known:
            await put_aside(connection, one)
    left = {(one.queue, one.ref) for one in there}
    wished = [one for one in there if known.get((one.queue, one.ref)) is JobState.WISHED]
    # What is refused again after it was brought back is written down anew, with its new reason.
    gone = [key for key in known if key not in left] + [(one.queue, one.ref) for one in wished]
    for queue, ref in gone:
        await remove(connection, queue, [ref])
    return wished


async def remove(connection: AsyncConnection, queue: str, refs: Sequence[str]) -> None:
    """Take jobs away."""
    await connection.execute(delete(JobRow).where(JOB.c.queue == queue, JOB.c.ref.in_(refs)))


async def right_clocks(
    connection: AsyncConnection,
    queue: str,
    now: datetime,
    longest: datetime,
    lease: datetime,
    *,
    planned: bool = True,
) -> None:
    """End waits and leases of a queue that are longer than any: a clock went ahead then.

    Where first tries are `planned` their instant is nobody's wait: a light may turn in a month.
    """
    mine = (JOB.c.queue == queue) & (JOB.c.state == JobState.WAITING)
    if planned:
        mine &= JOB.c.tries > 0
    await connection.execute(
        update(JobRow)
        .where(mine, (JOB.c.due > longest) | (JOB.c.lease_until > lease))
        .values(due=now, lease_until=None, holder="")
    )
