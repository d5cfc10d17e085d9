"""Cases, their steps and lights: writing a step and reading a case back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, CTE, BindParameter, RowMapping, Uuid, any_, bindparam, select, true
from sqlalchemy import case as when
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.store.gather import Gathered, Rows
from backend.store.jobs import JobState, job_row, refs_of
from backend.store.rows import CaseRow, ContactRow, MoveKeyRow, ReportRow, StepRow
from backend.store.scopes import in_scope, waits_for
from backend.store.session import Transaction
from backend.store.writes import Writes
from hotline.brief import CaseBrief
from hotline.case.case import HANDLER, Case, PhotoProof, Step
from hotline.case.case_clock import HANDLING_CLOCK
from hotline.case.changes import STEP as STEP_SCHEMA
from hotline.case.changes import known_changes
from hotline.case.tally import standing_of
from hotline.case.timers import are_of_calendar, timers_of
from hotline.case.workflow import Rules
from hotline.errors import NotFound
from hotline.form.beside import NOTE
from hotline.job import TIMER_JOB, TIMERS, TRIAGE_JOB, UNDERSTANDING, TimerJob, TriageJob
from hotline.organisation import DEPARTMENT
from hotline.rights.scopes import Scope, Waiting
from hotline.wire import brought_up, convert, keep

_PLAIN = tuple(one.name for one in fields(Case) if one.name != "point")
CASE = CaseRow.__table__
STEP = StepRow.__table__


def case_row(case: Case) -> dict[str, Any]:
    """Give the row of a case."""
    row = {name: getattr(case, name) for name in _PLAIN}
    row["lon"] = case.point.lon if case.point else None
    row["lat"] = case.point.lat if case.point else None
    row["stage_due"], row["assigned"] = case.stage_clock.due_at, case.assigned
    return row


def case_from(row: RowMapping | Mapping[str, Any]) -> Case:
    """Give the case of a row."""
    values = {name: row[name] for name in _PLAIN}
    if row["lon"] is not None and row["lat"] is not None:
        values["point"] = {"lon": row["lon"], "lat": row["lat"]}
    return convert(values, Case)


def step_row(step: Step, key: str | None) -> dict[str, Any]:
    """Give the row of a step."""
    return {
        "id": step.id,
        "case_id": step.case,
        "seq": step.seq,
        "action": step.action,
        "at": step.at,
        "person": step.person,
        "post": step.post,
        NOTE: step.note,
        "media": step.media,
        "proofs": step.proofs,
        "changes": step.changes,
        "key": key,
        "via": step.via,
        "schema": STEP_SCHEMA.version,
        "erased_at": None,
    }


def step_from(row: Mapping[Any, Any]) -> Step:
    """Give the step of a row, whichever version wrote it."""
    row = brought_up(STEP_SCHEMA, row)
    return Step(
        id=row["id"],
        case=row["case_id"],
        seq=row["seq"],
        action=row["action"],
        at=row["at"],
        person=row["person"],
        post=row["post"],
        note=row[NOTE],
        media=tuple(row["media"]),
        changes=known_changes(row["changes"]),
        via=row.get("via"),
        proofs=convert(row["proofs"], tuple[PhotoProof, ...]),
        erased=row.get("erased_at") is not None,
    )


def add_step(
    writes: Writes,
    before: Case | None,
    case: Case,
    step: Step,
    rules: Rules,
    *,
    key: str | None = None,
    by: Rules | None = None,
) -> None:
    """Write a step with the case it makes of the one before and the timers to come; tell of it.

    `rules` are those that the case goes by, `by` those that it went by before, where it changes.
    """
    if step.seq == 1:
        writes.add("cases", case_row(case))
    else:
        writes.update_case(case_row(case))
    writes.add("step", step_row(step, key))
    _set_timers(writes, before, case, rules, by or rules)
    if "text" in step.changes and may_be_understood(case) and not case.understood:
        add_triage(writes, case)
    stood = None if before is None else standing_of(before)
    writes.emit_change("case", case.number, stood, standing_of(case))


def _set_timers(writes: Writes, before: Case | None, case: Case, rules: Rules, by: Rules) -> None:
    """Take away the timers that a case has no more, and add those that it had not before."""
    had = {} if before is None else timers_of(before, by)
    has = timers_of(case, rules)
    for name, at in had.items() - has.items():
        # One that died stays to be seen, though nobody needs it any more.
        writes.end_job(TIMERS, _ref(case, name, at), but=JobState.DEAD)
    for name, at in has.items() - had.items():
        writes.add_job(timer_row(case, name, at, writes.now))


async def right_timers(transaction: Transaction, before: Case, case: Case, rules: Rules) -> None:
    """Write down the timers of a case that are due otherwise by a calendar that counts now.

    `case` is what a step, if there was one, has made of the one before: its timers are written.
    """
    if not are_of_calendar(case, rules):
        return
    has, stays = timers_of(case, rules), timers_of(before, rules).items()
    written = await refs_of(transaction.connection, TIMERS, case.id)
    wanted = {_ref(case, name, at): (name, at) for name, at in has.items()}
    for ref in sorted(written - wanted.keys()):
        transaction.end_job(TIMERS, ref, but=JobState.DEAD)
    for ref, one in wanted.items():
        if ref not in written and one in stays:
            transaction.add_job(timer_row(case, *one, transaction.now))


def timer_row(case: Case, name: str, at: datetime, now: datetime) -> dict[str, Any]:
    """Give the row of the job that does a timer of a case."""
    body = keep(TIMER_JOB, TimerJob(name))
    return job_row(TIMERS, _ref(case, name, at), at, now, body, case=case.id)


def _ref(case: Case, name: str, at: datetime) -> str:
    # The same timer comes again for another instant, and the same row is not written twice at once.
    return f"{case.number}/{name}@{at.timestamp():.6f}"


def add_triage(writes: Writes, case: Case) -> None:
    """Let the words of a case be understood; who works on those it had before has lost them."""
    body = keep(TRIAGE_JOB, TriageJob())
    row = job_row(UNDERSTANDING, case.number, writes.now, writes.now, body, case=case.id)
    writes.add("job", row)


def may_be_understood(case: Case) -> bool:
    """Tell whether a case has words and no person has decided yet what it is."""
    return bool(case.text) and not case.is_decided


async def load(connection: AsyncConnection, number: str, *, lock: bool = False) -> Case:
    """Give the case of a number, or raise NotFound; with `lock`, nobody else moves it meanwhile."""
    rows = await connection.execute(_BY_NUMBER[lock], {"which": number})
    row = rows.mappings().first()
    if row is None:
        raise NotFound(f"there is no case {number}", code="no_case")
    return case_from(row)


async def id_of(connection: AsyncConnection, number: str) -> UUID | None:
    """Give the id of the case of a number, or None."""
    rows = await connection.execute(select(CASE.c.id).where(CASE.c.number == number))
    return rows.scalar_one_or_none()


async def load_by_id(connection: AsyncConnection, case: UUID, *, lock: bool = False) -> Case:
    """Give the case of an id, or raise NotFound; with `lock`, nobody else moves it meanwhile."""
    rows = await connection.execute(_BY_ID[lock], {"which": case})
    row = rows.mappings().first()
    if row is None:
        raise NotFound(f"there is no case {case}", code="no_case")
    return case_from(row)


async def lock(connection: AsyncConnection, numbers: Collection[str]) -> dict[str, Case]:
    """Lock cases in the order of their ids, and give those that there are, by number."""
    rows = await connection.execute(
        select(CASE)
        .where(CASE.c.number.in_(sorted(numbers)))
        .order_by(CASE.c.id)
        .with_for_update(key_share=True)
    )
    return {row["number"]: case_from(row) for row in rows.mappings()}


def _once_and_locking(asked: Rows) -> dict[bool, Rows]:
    """A statement made once, and one that locks, but keeps out nothing that only refers to it."""
    return {False: asked, True: asked.with_for_update(key_share=True)}


_BY_NUMBER: Final = _once_and_locking(select(CASE).where(CASE.c.number == bindparam("which")))
_BY_ID: Final = _once_and_locking(select(CASE).where(CASE.c.id == bindparam("which")))


def steps_query(case: UUID | BindParameter[UUID]) -> Rows:
    """Give the query for the rows of a case's steps, in order."""
    return select(STEP).where(STEP.c.case_id == case).order_by(STEP.c.seq)


async def steps_of(connection: AsyncConnection, case: UUID) -> list[Step]:
    """Give the steps of a case in order."""
    rows = await connection.execute(steps_query(case))
    return [step_from(row) for row in rows.mappings()]


async def steps_of_all(
    connection: AsyncConnection, several: Sequence[UUID]
) -> dict[UUID, list[Step]]:
    """Give the steps of some cases, each in order."""
    found: dict[UUID, list[Step]] = {case: [] for case in several}
    query = select(STEP).where(STEP.c.case_id.in_(several)).order_by(STEP.c.case_id, STEP.c.seq)
    for row in (await connection.execute(query)).mappings():
        found[row["case_id"]].append(step_from(row))
    return found


async def changes_of_all(
    connection: AsyncConnection, several: Sequence[UUID]
) -> dict[UUID, list[Step]]:
    """Give the steps of some cases, each in order, with nothing but what makes a case of them."""
    found: dict[UUID, list[Step]] = {case: [] for case in several}
    for row in (await connection.execute(_CHANGES_OF, {"several": several})).mappings():
        case, told = row["case_id"], {name: row[name] for name in ("at", "changes", "schema")}
        changes = known_changes(brought_up(STEP_SCHEMA, told)["changes"])
        found[case].append(Step(case, case, row["seq"], "", row["at"], "", "", changes=changes))
    return found


_CHANGES_OF: Final = (
    select(STEP.c.case_id, STEP.c.seq, STEP.c.at, STEP.c.changes, STEP.c.schema)
    .where(STEP.c.case_id == any_(bindparam("several", type_=ARRAY(Uuid))))
    .order_by(STEP.c.case_id, STEP.c.seq)
)


async def load_for_move(
    connection: AsyncConnection, number: str, key: str, former: str = ""
) -> tuple[Case, list[tuple[Step, str | None]], UUID | None]:
    """Give the case of a number, locked, and its steps in order with their keys, or raise NotFound.

    With them the case on which somebody has used a key already (or the `former` one, by which it
    was known once), None where nobody has.
    """
    asked = {"which": number, "with": key, "former": former or key}
    found = await _FOR_MOVE.ask(connection, asked)
    if not found["case"]:
        raise NotFound(f"there is no case {number}", code="no_case")
    case = case_from(found["case"][0])
    if all(row["seq"] != case.version for row in found["steps"]):
        # Somebody made it while we waited for the lock: the steps were seen as before the wait.
        found = await _STEPS_FOR_MOVE.ask(connection, asked)
    used = found["used"][0]["case_id"] if found["used"] else None
    return case, [(step_from(row), row["key"]) for row in found["steps"]], used


def add_move_key(writes: Writes, key: str, case: UUID) -> None:
    """Let the key of a move be used up; Raced, when it is written, where it was."""
    writes.add("move_key", {"key": key, "case_id": case})


_LOCKED: Final = _BY_NUMBER[True].cte("locked")


def _steps_for_move(case: CTE) -> Rows:
    mine = STEP.c.case_id == select(case.c.id).scalar_subquery()
    return select(STEP).where(mine).order_by(STEP.c.seq)


_USED: Final = select(MoveKeyRow.case_id).where(
    MoveKeyRow.key.in_([bindparam("with"), bindparam("former")])
)
_FOR_MOVE: Final = Gathered(
    {"case": select(_LOCKED), "steps": _steps_for_move(_LOCKED), "used": _USED}
)
_STEPS_FOR_MOVE: Final = Gathered(
    {"steps": _steps_for_move(_BY_NUMBER[False].cte("known")), "used": _USED}
)


async def of_other_releases(
    connection: AsyncConnection, release: str, ends: Collection[str], after: UUID | None, most: int
) -> list[Case]:
    """Give so many open cases that go by another release, in the order of their ids."""
    query = select(CASE).where(CASE.c.release != release, CASE.c.stage.not_in(sorted(ends)))
    if after is not None:
        query = query.where(CASE.c.id > after)
    rows = await connection.execute(query.order_by(CASE.c.id).limit(most))
    return [case_from(row) for row in rows.mappings()]


async def lying_with(connection: AsyncConnection, scope: Scope, mine: Waiting) -> list[Case]:
    """Give the cases in somebody's scope that wait for them, most urgent first."""
    rows = await connection.execute(
        select(CASE)
        .where(in_scope(scope), waits_for(mine))
        .order_by(CASE.c.stage_due.nulls_last(), CASE.c.id)
        .limit(50)
    )
    return [case_from(row) for row in rows.mappings()]


async def newest_of(
    connection: AsyncConnection, contact: UUID, number: str = ""
) -> CaseBrief | None:
    """Give the newest case that a contact reported, its department by its code, or None.

    With `number`, only the case of this number.
    """
    return next(iter(await newest_ones(connection, contact, 1, number)), None)


async def newest_ones(
    connection: AsyncConnection, contact: UUID, most: int, number: str = ""
) -> list[CaseBrief]:
    """Give so many of the cases that a contact reported, the newest first."""
    report = ReportRow.__table__
    rows = await connection.execute(
        select(CASE.c.number, CASE.c.stage, CASE.c.release, CASE.c.received_at, CASE.c.call, *_TOLD)
        .join(report, report.c.case_id == CASE.c.id)
        .where(report.c.contact_id == contact)
        .where((CASE.c.number == number) if number else true())
        .order_by(report.c.received_at.desc())
        .limit(most)
    )
    return [convert(dict(row), CaseBrief) for row in rows.mappings()]


async def of_reporter(connection: AsyncConnection, number: str, tail: str) -> CaseBrief | None:
    """Give the case of a number that somebody with this tail (its keyed hash) reported, or None."""
    report, contact = ReportRow.__table__, ContactRow.__table__
    rows = await connection.execute(
        select(CASE.c.number, CASE.c.stage, CASE.c.release, CASE.c.received_at, CASE.c.call, *_TOLD)
        .join(report, report.c.case_id == CASE.c.id)
        .join(contact, contact.c.id == report.c.contact_id)
        .where(CASE.c.number == number, contact.c.tail == tail, contact.c.tail != "")
        .limit(1)
    )
    row = rows.mappings().first()
    return None if row is None else convert(dict(row), CaseBrief)


_HANDLING: Final = CASE.c.clocks[HANDLING_CLOCK]
_TOLD: Final = (
    CASE.c.assignments[HANDLER]["org"].astext.label(DEPARTMENT),
    when(
        (_HANDLING["stopped"].astext.is_(None), _HANDLING["due_at"].astext),
    ).label("due"),
)
"""What a citizen may know besides: with whom their case lies, and until when, while that runs."""


async def numbers_between(connection: AsyncConnection, start: datetime, end: datetime) -> list[str]:
    """Give the numbers of the cases received in a span, in order."""
    rows = await connection.execute(
        select(CASE.c.number)
        .where(CASE.c.received_at >= start, CASE.c.received_at < end)
        .order_by(CASE.c.received_at)
    )
    return [str(number) for number in rows.scalars()]
