"""Suggesting class, place, urgency and scope of new cases; a person decides."""

from collections.abc import Mapping

from backend.desks import queues
from backend.desks.context import AppContext
from backend.store import attempts, cases
from backend.store.session import Transaction
from hotline.case.case import Case, Suggestion
from hotline.case.workflow import record_system_step
from hotline.errors import Refused
from hotline.intake.result import PlaceGuess, TriageResult
from hotline.people import SYSTEM
from hotline.place.point import Point
from hotline.queue import reason_of

# Understanding shares one interpreter with callers who wait: it rests so many times as long as it
# has worked, and so takes a fifth of it at most.
REST = 4
MAX_REST_S = 2.0
UNDERSTANDING = queues.UNDERSTANDING


async def look_at_new(office: AppContext, limit: int = 20) -> int:
    """Suggest for cases whose words nobody has looked at; gives how many there were."""
    async with office.store.connect() as connection:
        waiting = await cases.to_understand(
            connection, UNDERSTANDING.name, office.clock.now(), limit
        )

    async def look(number: str) -> None:
        begun = office.clock.monotonic()
        try:
            async with office.store.connect() as connection:
                case = await cases.load(connection, number)
            await suggest(office, case)
        finally:
            spent = office.clock.monotonic() - begun
            await office.clock.sleep(min(REST * spent, MAX_REST_S))

    count = await queues.work_off(office, UNDERSTANDING, waiting, str, look)
    await _leave_to_people(office, waiting)
    return count


async def look_again(office: AppContext, number: str) -> None:
    """Let the words of a case be looked at anew, after they were set aside."""
    async with office.store.connect() as connection:
        case = await cases.load(connection, number)
    await _write(office, case, {"understood": False})


async def _understood(office: AppContext, words: str, point: Point | None) -> TriageResult:
    """Understand some words; what fails once on the same words would fail again."""
    try:
        return await office.thinking.alone(lambda: office.knowing.understand(words, point))
    except Exception as error:
        # A thread that hangs may go on for ever, so no second one is risked for these words.
        raise Refused(f"understanding failed: {reason_of(error)}") from error


async def _leave_to_people(office: AppContext, looked_at: list[str]) -> None:
    """Mark the cases whose words were set aside as unsure: a person decides without suggestions."""
    async with office.store.connect() as connection:
        aside = await attempts.aside_of(connection, UNDERSTANDING.name, looked_at)
    for number in aside:
        await queues.caught(_leave_one(office, number))


async def _leave_one(office: AppContext, number: str) -> None:
    async with office.store.connect() as connection:
        case = await cases.load(connection, number)
    await _write(office, case, {"understood": True, "unsure": True})


async def suggest(office: AppContext, case: Case) -> None:
    """Add what the words of a case say to it; what a person has set already is left alone."""
    words = " ".join(part for part in (case.text, case.place_text) if part)
    seen = await _understood(office, words, case.point)
    place = await _place(office, case, seen)
    changes: dict[str, object] = {
        "understood": True,
        "unsure": seen.unsure,
        "in_scope": seen.in_scope if case.in_scope is None else case.in_scope,
        "urgency": case.urgency or seen.urgency,
        "suggestions": tuple(
            Suggestion(one.code, round(one.score, 3), tuple(one.words)) for one in seen.classes
        ),
    }
    point = case.point or (place.point if place else None)
    if point is not None:
        changes |= {"point": point, "cell": case.cell or office.knowing.cell_of(point)}
    if not case.place_text and place is not None:
        changes["place_text"] = place.text
    elif not case.place_text and point is not None:
        changes["place_text"] = office.knowing.where(point)
    await _write(office, case, changes)


async def _place(office: AppContext, case: Case, seen: TriageResult) -> PlaceGuess | None:
    """Give the place that a case names: its own words for it come before all its other words."""
    if case.point is not None or not case.place_text:
        return seen.place
    named = (await _understood(office, case.place_text, None)).place
    return named if named is not None and named.point is not None else seen.place


async def _write(office: AppContext, case: Case, changes: Mapping[str, object]) -> None:
    async def work(transaction: Transaction) -> None:
        fresh = await cases.load_by_id(transaction.connection, case.id, lock=True)
        if fresh.version != case.version:
            return  # somebody was faster; it is looked at again as it stands now
        looked, step = record_system_step(fresh, "suggest", SYSTEM, transaction.now, changes)
        cases.add_step(transaction, fresh, looked, step)

    await office.store.transaction(office.clock.now, work)
