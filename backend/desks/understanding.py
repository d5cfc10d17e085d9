"""Suggesting class, place, urgency and scope of new cases; a person decides."""

import asyncio

from backend.desks.office import Office
from backend.store import cases
from hotline.case.case import Case, Suggestion
from hotline.case.workflow import annotate
from hotline.errors import Conflict
from hotline.people import SYSTEM


async def look_at_new(office: Office, limit: int = 20) -> int:
    """Suggest for cases whose words nobody has looked at; gives how many there were."""
    async with office.store.connect() as connection:
        waiting = await cases.to_understand(connection, limit)
    for case in waiting:
        await suggest(office, case)
    return len(waiting)


async def suggest(office: Office, case: Case) -> None:
    """Add what the words of a case say to it; what a person has set already is left alone."""
    words = " ".join(part for part in (case.text, case.place_text) if part)
    seen = await asyncio.to_thread(office.knowing.understand, words, case.point)
    place = seen.place
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
    now = office.clock.now()
    try:
        async with office.store.unit(now) as unit:
            fresh = await cases.load_by_id(unit.connection, case.id)
            if fresh.version != case.version:
                return  # somebody was faster; it is looked at again as it stands now
            looked, step = annotate(fresh, "suggest", SYSTEM, now, changes)
            cases.add_step(unit, looked, step)
    except Conflict:
        # The case moved at this moment; it still waits and is looked at again.
        return
