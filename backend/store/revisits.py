"""What citizens are asked after closing, what they answered, and who does not want to be rung."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.revisit_rows import DoNotCallRow, RevisitAnswerRow, RevisitRow
from backend.store.rows import CaseRow, NoticeRow
from backend.store.scopes import in_scope
from backend.store.writes import Writes
from hotline.channel import Channel
from hotline.ids import new_id
from hotline.notice import NoticeState
from hotline.revisit import ASKS, Question, Revisit, RevisitAnswer
from hotline.rights.scopes import Scope

_ASKED: Final = RevisitRow
_ANSWER: Final = RevisitAnswerRow
_STOP: Final = DoNotCallRow
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:revisit, 4711029))")


def add(writes: Writes, ident: UUID, case: UUID, contact: UUID, channel: Channel) -> None:
    """Keep that somebody is going to be asked about a case."""
    row = {"id": ident, "case_id": case, "contact_id": contact, "channel": channel}
    writes.add("revisit", {**row, "made_at": writes.now})


async def load(connection: AsyncConnection, ident: UUID, *, lock: bool = False) -> Revisit | None:
    """Give what was asked, with the answers; locked, nobody else answers meanwhile."""
    if lock:
        await connection.execute(_LOCK, {"revisit": str(ident)})
    rows = await connection.execute(select(_ASKED.__table__).where(_ASKED.id == ident))
    row = rows.mappings().first()
    return None if row is None else (await _with_answers(connection, [row]))[0]


async def of_case(connection: AsyncConnection, case: UUID) -> list[Revisit]:
    """Give what was asked about a case, the newest first."""
    rows = await connection.execute(
        select(_ASKED.__table__).where(_ASKED.case_id == case).order_by(_ASKED.id.desc())
    )
    return await _with_answers(connection, list(rows.mappings()))


async def _with_answers(connection: AsyncConnection, asked: list[Any]) -> list[Revisit]:
    if not asked:
        return []
    rows = await connection.execute(
        select(*(_ANSWER.revisit_id, _ANSWER.question, _ANSWER.value, _ANSWER.at, _ANSWER.person))
        .where(_ANSWER.revisit_id.in_([one["id"] for one in asked]))
        .order_by(_ANSWER.at, _ANSWER.key)
    )
    found: dict[UUID, list[RevisitAnswer]] = {}
    for ident, question, value, at, person in rows:
        found.setdefault(ident, []).append(RevisitAnswer(Question(question), value, at, person))
    return [
        Revisit(
            *(one["id"], one["case_id"], one["contact_id"], Channel(one["channel"])),
            one["made_at"],
            tuple(found.get(one["id"], ())),
        )
        for one in asked
    ]


async def is_known(connection: AsyncConnection, ident: UUID, key: str) -> bool:
    """Tell whether an answer has come by a key before."""
    rows = await connection.execute(
        select(_ANSWER.key).where(_ANSWER.revisit_id == ident, _ANSWER.key == key)
    )
    return rows.first() is not None


async def answer(connection: AsyncConnection, ident: UUID, key: str, given: RevisitAnswer) -> None:
    """Keep an answer; the caller has locked what was asked."""
    row = {"revisit_id": ident, "key": key, "question": given.question, "value": given.value}
    await connection.execute(
        insert(_ANSWER).values(**row, at=given.at, person=given.person).on_conflict_do_nothing()
    )


async def stop(
    connection: AsyncConnection, contact: UUID, reason: str, person: str, now: datetime
) -> bool:
    """Keep that somebody is not to be rung; False where that is known."""
    row = {"id": new_id(now), "contact_id": contact, "reason": reason, "made_by": person}
    made = await connection.execute(
        insert(_STOP)
        .values(**row, made_at=now, ended_by="", ended_why="")
        .on_conflict_do_nothing()
        .returning(_STOP.id)
    )
    return made.first() is not None


async def allow(
    connection: AsyncConnection, contact: UUID, reason: str, person: str, now: datetime
) -> bool:
    """End that somebody is not to be rung; False where they are not."""
    done = (
        update(_STOP)
        .where(_STOP.contact_id == contact, _STOP.ended_at.is_(None))
        .values(ended_at=now, ended_by=person, ended_why=reason)
        .returning(_STOP.id)
    )
    return (await connection.execute(done)).first() is not None


async def stopped(connection: AsyncConnection, contact: UUID) -> tuple[str, str, datetime] | None:
    """Give why, by whom and since when somebody is not to be rung; None where they may be."""
    rows = await connection.execute(
        select(_STOP.reason, _STOP.made_by, _STOP.made_at).where(
            _STOP.contact_id == contact, _STOP.ended_at.is_(None)
        )
    )
    row = rows.first()
    return None if row is None else (row[0], row[1], row[2])


@dataclass(frozen=True, slots=True)
class Unreached:
    """Somebody whom the machine asked in vain: about which case, since when, why, how often."""

    id: UUID
    number: str
    made_at: datetime
    channel: str
    error: str
    tries: int


async def unreached(connection: AsyncConnection, scope: Scope, limit: int) -> list[Unreached]:
    """Give whom nobody has reached, of cases in a scope that stand as they were asked about.

    Whoever has answered since, to a seat or by a button, is none of them, nor is who does not want
    to be rung. The newest come first.
    """
    given = select(_ANSWER.key).where(_ANSWER.revisit_id == _ASKED.id)
    stop = select(_STOP.id).where(_STOP.contact_id == _ASKED.contact_id, _STOP.ended_at.is_(None))
    rows = await connection.execute(
        select(
            *(_ASKED.id, CaseRow.number, _ASKED.made_at, _ASKED.channel),
            *(NoticeRow.error, func.coalesce(NoticeRow.tries, 0)),
        )
        .join(NoticeRow, NoticeRow.id == _ASKED.id)
        .join(CaseRow, CaseRow.id == _ASKED.case_id)
        .where(
            NoticeRow.state == NoticeState.FAILED,
            NoticeRow.fields[ASKS].astext == CaseRow.stage,
            ~given.exists(),
            ~stop.exists(),
            in_scope(scope),
        )
        .order_by(_ASKED.id.desc())
        .limit(limit)
    )
    return [Unreached(*row) for row in rows]
