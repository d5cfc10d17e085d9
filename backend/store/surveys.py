"""What callers were asked behind their calls, as rows of which each answer is written once."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ScalarSelect, func, literal, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.call_cases import case_of_call
from backend.store.rows import CaseRow, ContactRow, MediaRow, ReportRow
from backend.store.scopes import about_scope
from backend.store.telephony_rows import JoinedCallerRow, SurveyRow
from hotline.call import call_id
from hotline.media import MediaKind
from hotline.rights.scopes import Scope
from hotline.room.survey import CallSurvey

_SURVEY: Final = SurveyRow


async def case_about(connection: AsyncConnection, key: str, contact: UUID) -> UUID | None:
    """Give the case that a call is about: told or joined in it, else its caller's newest one.

    Who withholds their number has none that could be found by it.
    """
    joined = (
        select(JoinedCallerRow.case_id)
        .where(JoinedCallerRow.call_key == key)
        .order_by(JoinedCallerRow.at.desc())
    )
    newest = (
        select(ReportRow.case_id)
        .join(ContactRow, ContactRow.id == ReportRow.contact_id)
        .where(ReportRow.contact_id == contact, ContactRow.address != "")
        .order_by(ReportRow.received_at.desc())
    )
    told = case_of_call(literal(key))
    found = select(func.coalesce(told, _first(joined), _first(newest)))
    return (await connection.execute(found)).scalar_one()  # type: ignore[no-any-return]


def _first(query: object) -> ScalarSelect[UUID]:
    return query.limit(1).scalar_subquery()  # type: ignore[attr-defined,no-any-return]


async def was_asked(connection: AsyncConnection, case: UUID, since: datetime) -> bool:
    """Tell whether somebody was asked about a case since an instant."""
    told_in = select(CaseRow.call).where(CaseRow.id == case, CaseRow.call.is_not(None))
    rows = await connection.execute(
        select(_SURVEY.id)
        .where(
            _SURVEY.asked_at >= since,
            or_(_SURVEY.case_id == case, _SURVEY.call_key.in_(told_in)),
        )
        .limit(1)
    )
    return rows.first() is not None


async def ask(connection: AsyncConnection, key: str, case: UUID | None, now: datetime) -> bool:
    """Keep that a call's caller is asked; False where they were before."""
    row = {"id": call_id(key), "call_key": key, "case_id": case, "asked_at": now}
    made = await connection.execute(
        insert(_SURVEY)
        .values(**row, grade="", comment="")
        .on_conflict_do_nothing()
        .returning(_SURVEY.id)
    )
    return made.first() is not None


async def answer(connection: AsyncConnection, key: str, grade: str, at: datetime) -> bool:
    """Keep what was answered; False where it was answered before, or never asked."""
    done = (
        update(_SURVEY)
        .where(_SURVEY.id == call_id(key), _SURVEY.grade == "")
        .values(grade=grade, said_at=at)
        .returning(_SURVEY.id)
    )
    return (await connection.execute(done)).first() is not None


async def comment(connection: AsyncConnection, key: str, sha256: str) -> None:
    """Keep what was said to an answer, by a recording that is stored; the first one counts."""
    there = select(MediaRow.sha256).where(
        MediaRow.sha256 == sha256, MediaRow.mime == MediaKind.RECORDING.mime
    )
    await connection.execute(
        update(_SURVEY)
        .where(_SURVEY.id == call_id(key), _SURVEY.comment == "", there.exists())
        .values(comment=sha256)
    )


async def of_calls(connection: AsyncConnection, keys: Collection[str]) -> dict[str, CallSurvey]:
    """Give what callers were asked and answered, by the keys of their calls."""
    if not keys:
        return {}
    rows = await connection.execute(
        select(
            *(_SURVEY.call_key, _SURVEY.asked_at, _SURVEY.grade),
            *(_SURVEY.said_at, _SURVEY.comment),
        ).where(_SURVEY.id.in_([call_id(key) for key in keys]))
    )
    return {row.call_key: CallSurvey(*row) for row in rows}


async def counts(connection: AsyncConnection, since: datetime, scope: Scope) -> dict[str, int]:
    """Count the callers who were asked since an instant by their answers ("": nothing).

    Those whose calls are about cases out of the scope are left out.
    """
    rows = await connection.execute(
        select(_SURVEY.grade, func.count())
        .outerjoin(CaseRow, CaseRow.id == _SURVEY.case_id)
        .where(_SURVEY.asked_at >= since, about_scope(scope))
        .group_by(_SURVEY.grade)
    )
    return {grade: int(count) for grade, count in rows}


async def may_hear(connection: AsyncConnection, scope: Scope, sha256: str) -> bool:
    """Tell whether a recording was said to a survey of a call that somebody may see."""
    rows = await connection.execute(
        select(true())
        .select_from(_SURVEY)
        .outerjoin(CaseRow, CaseRow.id == _SURVEY.case_id)
        .where(_SURVEY.comment == sha256, about_scope(scope))
        .limit(1)
    )
    return rows.first() is not None
