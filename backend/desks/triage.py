"""Suggesting class, place, urgency and scope of new cases; a person decides.

What was heard in a recording becomes a case's words in the same step.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from backend.desks import executor
from backend.desks.context import AppContext
from backend.desks.queues import UNDERSTANDING
from backend.store import alarms, calls, cases, jobs
from backend.store.cases import may_be_understood
from backend.store.jobs import Job
from backend.store.session import Connection, Transaction
from hotline.call import NewTranscript
from hotline.case.case import Case, Suggestion
from hotline.case.transition import record_system_step
from hotline.errors import Refused
from hotline.intake.result import CRITICAL, PlaceGuess, TriageResult
from hotline.job import TRIAGE_JOB
from hotline.people import SYSTEM
from hotline.place.point import Point
from hotline.queue import reason_of
from hotline.wire import kept

Changes = Mapping[str, Any]
# The field that says whether a case is the city's to handle.
IN_SCOPE = "in_scope"


async def look_at_new(office: AppContext, limit: int = 4) -> int:
    """Suggest for cases whose words nobody has looked at; gives how many there were."""
    return await executor.work_leased(
        *(office, UNDERSTANDING, partial(_look, office), partial(_leave_to_people, office), limit)
    )


async def _look(office: AppContext, job: Job) -> None:
    again = kept(TRIAGE_JOB, job.body).again
    async with office.store.connect() as connection:
        case, heard = await _read(connection, job)
    said = next(iter(heard), None)
    words = _words(case, said)
    worded = replace(case, **words)
    if may_be_understood(worded) and (again or not worded.understood):
        words |= await suggest(office, worded)

    async def write(transaction: Transaction) -> None:
        fresh = await cases.load_by_id(transaction.connection, case.id, lock=True)
        if not await jobs.is_held(transaction.connection, job):
            return  # its words are others by now, or somebody else looks at them
        if fresh.version != case.version:
            # Somebody was faster: it is looked at again as it stands now.
            await jobs.give_back(transaction.connection, job, transaction.now)
            return
        _say(office, transaction, fresh, said, words)
        if words.get("urgency") == CRITICAL:
            await alarms.take_danger(transaction, replace(fresh, **words))
        if len(heard) > 1:
            await jobs.give_back(transaction.connection, job, transaction.now)
        else:
            transaction.end_job(job.queue, job.ref)

    await office.store.transaction(office.clock.now, write)


async def _read(
    connection: Connection, job: Job, *, lock: bool = False
) -> tuple[Case, list[NewTranscript]]:
    """Give the case of a job, and what was heard of it and stands in none of its steps."""
    if job.case is None:
        raise Refused(f"{job.ref} is of no case")
    case = await cases.load_by_id(connection, job.case, lock=lock)
    return case, await calls.unsaid(connection, case.id)


def _words(case: Case, heard: NewTranscript | None) -> dict[str, Any]:
    """Give the changes that what was heard makes: it becomes the words of a case without any."""
    if heard is None or not heard.text or case.text:
        return {}
    return {"text": heard.text, "text_confirmed": False}


def _say(
    office: AppContext,
    transaction: Transaction,
    case: Case,
    heard: NewTranscript | None,
    words: Changes,
) -> Case:
    """Add one step of what was heard and what is suggested, where there is any."""
    if heard is None and not words:
        return case
    action = "suggest" if heard is None else "transcribe"
    key = None if heard is None else calls.key_of_transcript(case.id, heard.sha256)
    looked, step = record_system_step(case, action, SYSTEM, transaction.now, words)
    cases.add_step(transaction, case, looked, step, office.city.rules(case.release), key=key)
    return looked


async def _leave_to_people(office: AppContext, transaction: Transaction, job: Job) -> None:
    """Let a case have its words, and be unsure: a person decides without suggestions."""
    case, heard = await _read(transaction.connection, job, lock=True)
    if not await jobs.is_held(transaction.connection, job):
        return
    several: list[NewTranscript | None] = [*heard] or [None]
    for said in several:
        words = _words(case, said)
        worded = replace(case, **words)
        if may_be_understood(worded) and not worded.understood:
            words |= {"understood": True, "unsure": True}
        case = _say(office, transaction, case, said, words)


async def _understood(office: AppContext, words: str, point: Point | None) -> TriageResult:
    """Understand some words; what fails once on the same words would fail again."""
    try:
        return await office.thinking.alone(lambda: office.knowing.understand(words, point))
    except Exception as error:
        # A thread that hangs may go on for ever, so no second one is risked for these words.
        raise Refused(f"understanding failed: {reason_of(error)}") from error


async def suggest(office: AppContext, case: Case) -> Changes:
    """Give what the words of a case say to it; what a person has set already is left alone."""
    words = " ".join(part for part in (case.text, case.place_text) if part)
    seen = await _understood(office, words, case.point)
    place = await _place(office, case, seen)
    changes: dict[str, object] = {
        "understood": True,
        "unsure": seen.unsure,
        "urgency": case.urgency or seen.urgency,
        "suggestions": tuple(
            Suggestion(one.code, round(one.score, 3), tuple(one.words)) for one in seen.classes
        ),
    }
    if case.fields.get(IN_SCOPE) is None:
        changes["fields"] = {IN_SCOPE: seen.in_scope}
    point = case.point or (place.point if place else None)
    if point is not None:
        changes |= {"point": point, "cell": case.cell or office.knowing.cell_of(point)}
    if not case.place_text and place is not None:
        changes["place_text"] = place.text
    elif not case.place_text and point is not None:
        changes["place_text"] = office.knowing.where(point)
    return changes


async def _place(office: AppContext, case: Case, seen: TriageResult) -> PlaceGuess | None:
    """Give the place that a case names: its own words for it come before all its other words."""
    if case.point is not None or not case.place_text:
        return seen.place
    named = (await _understood(office, case.place_text, None)).place
    return named if named is not None and named.point is not None else seen.place
