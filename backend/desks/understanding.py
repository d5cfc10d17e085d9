"""Suggesting class, place, urgency and scope of new cases; a person decides."""

import asyncio
import logging
from collections.abc import Mapping

from backend.desks.office import Office
from backend.store import cases
from hotline.case.case import Case, Suggestion
from hotline.case.workflow import annotate
from hotline.errors import Conflict, HotlineError
from hotline.intake.understand import Understanding
from hotline.people import SYSTEM
from hotline.place.geocode import PlaceGuess

# Understanding shares one interpreter with callers who wait: it rests so many times as long as it
# has worked, and so takes a fifth of it at most.
REST = 4

log = logging.getLogger(__name__)


async def look_at_new(office: Office, limit: int = 20) -> int:
    """Suggest for cases whose words nobody has looked at; gives how many there were."""
    async with office.store.connect() as connection:
        waiting = await cases.to_understand(connection, limit)
    for case in waiting:
        begun = office.clock.monotonic()
        (end,) = await asyncio.gather(suggest(office, case), return_exceptions=True)
        if isinstance(end, HotlineError):
            raise end
        if isinstance(end, Exception):
            # Words that understanding fails on go to a person, and hold up nobody else's.
            log.error("case %s could not be understood", case.number, exc_info=end)
            await _write(office, case, {"understood": True, "unsure": True})
        await office.clock.sleep(REST * (office.clock.monotonic() - begun))
    return len(waiting)


async def suggest(office: Office, case: Case) -> None:
    """Add what the words of a case say to it; what a person has set already is left alone."""
    words = " ".join(part for part in (case.text, case.place_text) if part)
    seen = await asyncio.to_thread(office.knowing.understand, words, case.point)
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


async def _place(office: Office, case: Case, seen: Understanding) -> PlaceGuess | None:
    """Give the place that a case names: its own words for it come before all its other words."""
    if case.point is not None or not case.place_text:
        return seen.place
    named = (await asyncio.to_thread(office.knowing.understand, case.place_text)).place
    return named if named is not None and named.point is not None else seen.place


async def _write(office: Office, case: Case, changes: Mapping[str, object]) -> None:
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
