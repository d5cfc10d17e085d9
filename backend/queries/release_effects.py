"""What a release would change for the cases that there are, before anybody publishes it."""

from collections.abc import Mapping

from backend.city import make_city
from backend.city_files import file_name, files_of
from backend.current import fetch_current, read_release
from backend.desks import publishing, staffing
from backend.release_check import contradictions
from backend.store import releases, standing_counts
from backend.store.session import Store
from hotline.city import City
from hotline.clock import Clock
from hotline.organisation import Staff
from hotline.release import Sections, differing, manifest_of

# A sentence's key, and what fills it.
Effect = tuple[str, Mapping[str, str | int]]


async def effects_of(
    store: Store,
    clock: Clock,
    sections: Sections,
    base: str | None,
    told: Staff | None,
    *,
    of_city: bool,
) -> list[Effect]:
    """Give what a release and the people beside it would change, in sentences; nothing is written.

    What is compared is what would count after it: see `publishing.joined`, whose errors it raises.
    """
    async with store.connect() as connection:
        if await releases.current(connection) is None:
            return [("publishing.first", {})]
        counts = read_release(await fetch_current(connection, clock.now()))
        after = await publishing.joined(connection, sections, base, of_city=of_city)
        people = await staffing.told_by_file(connection, told, clock.now())
        stages = await standing_counts.cases_by_stage(connection)
        parts = await standing_counts.open_by_holder(connection)
        held = await standing_counts.cases_by_field(connection)
    changed = differing(counts.manifest, manifest_of(after))
    of_people = [("publishing.people", {"names": ", ".join(one.person for one in people)})]
    if not changed:
        same = ("publishing.same", {"release": counts.files.release})
        return [same, *(of_people if people else [])]
    old, new = counts.city, make_city(files_of(after))
    found: list[Effect] = [("publishing.changed", {"names": ", ".join(map(file_name, changed))})]
    found += [
        ("publishing.contradicts", {"section": one.section, "reason": one.reason})
        for one in contradictions(old, new)
    ]
    found += _left(old, new, stages, parts, held)
    if old.calendar.mark != new.calendar.mark:
        found.append(("publishing.calendar", {}))
    return [*found, *(of_people if people else [])]


def _left(
    old: City,
    new: City,
    stages: Mapping[str, int],
    parts: Mapping[str, int],
    held: Mapping[str, int],
) -> list[Effect]:
    """Give what cases have that is not there any more."""
    found: list[Effect] = []
    ended = new.ends | old.ends
    going = {stage: many for stage, many in stages.items() if stage not in ended}
    found.append(("publishing.open", {"cases": sum(going.values())}))
    for stage in sorted(going.keys() - new.workflow.stages.keys()):
        found.append(("publishing.stage_gone", {"stage": stage, "cases": going[stage]}))
    gone = old.organisation.departments.keys() - new.organisation.departments.keys()
    for code in sorted(parts.keys() & gone):
        found.append(("publishing.holder_gone", {"code": code, "cases": parts[code]}))
    for name in sorted(held.keys() & (old.form.fields.keys() - new.form.fields.keys())):
        found.append(("publishing.field_gone", {"field": name, "cases": held[name]}))
    return found
