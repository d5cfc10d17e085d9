"""A whole case as the case page shows it: steps, files, reports, call, transcripts, notices."""

from typing import Final
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store import cases, jobs, outbox
from backend.store.call_cases import case_of_call
from backend.store.case_found import CaseFile, Found
from backend.store.gather import Gathered, Rows
from backend.store.links import LINK, MOST_BESIDE, TO_IT, below_query, bound_query
from backend.store.privacy_rows import CaseHoldRow, ErasedRow
from backend.store.rows import (
    CallEventRow,
    CallRow,
    CaseMediaRow,
    CaseRow,
    ContactRow,
    MediaRow,
    NoticeRow,
    ReportRow,
    TranscriptRow,
)
from backend.store.scopes import about_scope
from backend.store.telephony_rows import JoinedCallerRow, SurveyRow
from hotline.call import CallEventType, call_id
from hotline.case.case import Case
from hotline.channel import Channel
from hotline.job import TRANSCRIPTS
from hotline.report import Contact
from hotline.rights.scopes import Scope
from hotline.wire import encode


async def load(connection: AsyncConnection, number: str) -> CaseFile:
    """Give the whole file of a case, or raise NotFound."""
    return await of_case(connection, await cases.load(connection, number))


async def of_case(connection: AsyncConnection, case: Case) -> CaseFile:
    """Give the file of a case as it stands now."""
    values: dict[str, object] = {
        "case": case.id,
        "to_it": encode([{"other": case.number}]).decode(),
    }
    if case.links:
        first = case.links[0]
        values["link"] = encode([{"kind": first.kind, "other": first.other}]).decode()
    if case.call is not None:
        values["call"] = call_id(case.call)
    found = await _FILE[bool(case.links), case.call is not None].ask(connection, values)
    calls, given_up = found.get("calls", []), found.get("given_up", [])
    return CaseFile(
        case=case,
        steps=[cases.step_from(row) for row in found["steps"]],
        media=found["media"],
        reports=found["reports"],
        calls=calls,
        marks=found["marks"] if calls else [],
        transcripts=found["transcripts"],
        given_up=given_up[0]["reason"] if calls and given_up else None,
        notices=found["notices"],
        joined=found["joined"],
        bound=found["bound"],
        held=found["held"],
        erased=found["erased"],
        surveys=found.get("surveys", []),
    )


async def first_contact(connection: AsyncConnection, case: UUID) -> tuple[UUID, Contact] | None:
    """Give who reported a case first, or None where nobody is known (any more)."""
    rows = await connection.execute(
        select(
            ContactRow.id,
            ContactRow.channel,
            ContactRow.address,
            ContactRow.name,
            ContactRow.language,
        )
        .join(ReportRow, ReportRow.contact_id == ContactRow.id)
        .where(ReportRow.case_id == case)
        .order_by(ReportRow.received_at)
        .limit(1)
    )
    row = rows.first()
    return None if row is None else (row[0], Contact(Channel(row[1]), row[2], row[3], row[4]))


async def list_calls(connection: AsyncConnection, scope: Scope, limit: int) -> list[Found]:
    """Give the newest calls with their end and the number of the case that came of each.

    Those of cases outside the scope are left out, and take no place of others. Of several cases of
    one call it is the first.
    """
    ended = (
        select(func.max(CallEventRow.at))
        .where(CallEventRow.call_id == CallRow.id, CallEventRow.mark == CallEventType.ENDED)
        .scalar_subquery()
    )
    last = (
        select(CallEventRow.mark)
        .where(CallEventRow.call_id == CallRow.id)
        .order_by(CallEventRow.at.desc(), CallEventRow.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    newest = (
        select(CallRow.id, CaseRow.number)
        .outerjoin(CaseRow, CaseRow.id == case_of_call(CallRow.key))
        .where(about_scope(scope))
        .order_by(CallRow.started_at.desc(), CallRow.key)
        .limit(limit)
        .subquery()
    )
    rows = await connection.execute(
        select(
            CallRow.key,
            CallRow.started_at,
            ContactRow.address,
            newest.c.number,
            ended.label("ended_at"),
            last.label("state"),
        )
        .join(newest, newest.c.id == CallRow.id)
        .outerjoin(ContactRow, ContactRow.id == CallRow.contact_id)
        .order_by(CallRow.started_at.desc(), CallRow.key)
    )
    return [dict(row) for row in rows.mappings()]


async def list_notices(
    connection: AsyncConnection, scope: Scope, state: str | None, limit: int
) -> list[Found]:
    """Give the newest notices of a state, or of all, with the number of their case (or None).

    Those about cases outside the scope are left out.
    """
    query = outbox.shown(CaseRow.number).outerjoin(CaseRow, CaseRow.id == NoticeRow.case_id)
    query = query.where(about_scope(scope))
    if state is not None:
        query = query.where(NoticeRow.state == state)
    rows = await connection.execute(query.order_by(NoticeRow.id.desc()).limit(limit))
    return [dict(row) for row in rows.mappings()]


async def numbers_of_notices(connection: AsyncConnection, notices: list[UUID]) -> dict[str, str]:
    """Give the case number of each notice."""
    if not notices:
        return {}
    rows = await connection.execute(
        select(NoticeRow.id, CaseRow.number)
        .join(CaseRow, CaseRow.id == NoticeRow.case_id)
        .where(NoticeRow.id.in_(notices))
    )
    return {str(row[0]): row[1] for row in rows}


_CASE: Final[BindParameter[UUID]] = bindparam("case")
_CALL: Final[BindParameter[UUID]] = bindparam("call")
_ABOUT: Final[dict[str, Rows]] = {
    "steps": cases.steps_query(_CASE),
    "media": (
        select(
            CaseMediaRow.key,
            CaseMediaRow.sha256,
            CaseMediaRow.kind,
            CaseMediaRow.at,
            MediaRow.mime,
        )
        .join(MediaRow, MediaRow.sha256 == CaseMediaRow.sha256)
        .where(CaseMediaRow.case_id == _CASE)
        .order_by(CaseMediaRow.at, CaseMediaRow.key)
    ),
    "reports": (
        select(
            ReportRow.id,
            ReportRow.channel,
            ReportRow.text,
            ReportRow.place_text,
            ReportRow.lon,
            ReportRow.lat,
            ReportRow.said_at,
            ReportRow.received_at,
            ContactRow.channel.label("contact_channel"),
            ContactRow.address,
            ContactRow.name,
        )
        .outerjoin(ContactRow, ContactRow.id == ReportRow.contact_id)
        .where(ReportRow.case_id == _CASE)
        .order_by(ReportRow.received_at)
    ),
    "transcripts": (
        select(TranscriptRow.__table__)
        .where(TranscriptRow.case_id == _CASE)
        .order_by(TranscriptRow.at)
    ),
    "joined": (
        select(JoinedCallerRow.at, ContactRow.address, func.count().over().label("count"))
        .join(ContactRow, ContactRow.id == JoinedCallerRow.contact_id)
        .where(JoinedCallerRow.case_id == _CASE)
        .order_by(JoinedCallerRow.at.desc())
        .limit(MOST_BESIDE)
    ),
    "bound": below_query(TO_IT),
    "held": (
        select(CaseHoldRow.reason, CaseHoldRow.made_by, CaseHoldRow.made_at).where(
            CaseHoldRow.case_id == _CASE, CaseHoldRow.ended_at.is_(None)
        )
    ),
    "erased": (
        select(ErasedRow.kind, ErasedRow.at, ErasedRow.how).where(ErasedRow.case_id == _CASE)
    ),
    "notices": outbox.shown().where(NoticeRow.case_id == _CASE).order_by(NoticeRow.id),
}
_ABOUT_CALL: Final[dict[str, Rows]] = {
    "calls": (
        select(CallRow.key, CallRow.id, CallRow.started_at, ContactRow.address)
        .outerjoin(ContactRow, ContactRow.id == CallRow.contact_id)
        .where(CallRow.id == _CALL)
    ),
    "marks": (
        select(CallEventRow.mark, CallEventRow.at, CallEventRow.value)
        .where(CallEventRow.call_id == _CALL)
        .order_by(CallEventRow.at, CallEventRow.id)
    ),
    "surveys": select(SurveyRow.__table__).where(SurveyRow.id == _CALL),
    "given_up": jobs.reasons_of(TRANSCRIPTS, _CASE),
}
_ABOUT_LINKS: Final[dict[str, Rows]] = {"bound": bound_query(_CASE, TO_IT, LINK)}
# By whether the case has links of its own, and whether it came by a call.
_FILE: Final = {
    (False, False): Gathered(_ABOUT),
    (False, True): Gathered({**_ABOUT, **_ABOUT_CALL}),
    (True, False): Gathered({**_ABOUT, **_ABOUT_LINKS}),
    (True, True): Gathered({**_ABOUT, **_ABOUT_LINKS, **_ABOUT_CALL}),
}
