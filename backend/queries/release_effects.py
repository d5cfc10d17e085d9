"""What a release would change for the cases that there are, before anybody publishes it."""

from collections.abc import Mapping

from backend.city import make_city
from backend.city_files import file_name, files_of
from backend.release_check import contradictions
from backend.store import releases, standing_counts
from backend.store.session import Store
from hotline.city import City
from hotline.release import Sections, differing, manifest_of

# A sentence's key, and what fills it.
Effect = tuple[str, Mapping[str, str | int]]


async def effects_of(store: Store, sections: Sections) -> list[Effect]:
    """Give what a release would change, in sentences; nothing is written."""
    async with store.connect() as connection:
        current = await releases.current(connection)
        if current is None:
            return [("publishing.first", {})]
        before = await releases.sections_of(connection, current.release)
        opens = await standing_counts.open_by_release(connection)
        parts = await standing_counts.open_parts(connection)
        held = await standing_counts.field_holders(connection)
    changed = differing(manifest_of(before), manifest_of(sections))
    if not changed:
        return [("publishing.same", {"release": current.release})]
    old, new = make_city(files_of(before)), make_city(files_of(sections))
    found: list[Effect] = [("publishing.changed", {"names": ", ".join(map(file_name, changed))})]
    found += [
        ("publishing.contradicts", {"section": one.section, "reason": one.reason})
        for one in contradictions(old, new)
    ]
    found += _left(old, new, opens, parts, held)
    if old.calendar != new.calendar:
        found.append(("publishing.calendar", {}))
    return found


def _left(
    old: City,
    new: City,
    opens: Mapping[str, Mapping[str, int]],
    parts: Mapping[str, int],
    held: Mapping[str, int],
) -> list[Effect]:
    """Give what cases have that is not there any more."""
    found: list[Effect] = []
    ended = new.ends | old.ends
    going: dict[str, int] = {}
    for stages in opens.values():
        for stage, many in stages.items():
            if stage not in ended:
                going[stage] = going.get(stage, 0) + many
    found.append(("publishing.open", {"cases": sum(going.values())}))
    for stage in sorted(going.keys() - new.workflow.stages.keys()):
        found.append(("publishing.stage_gone", {"stage": stage, "cases": going[stage]}))
    gone = old.organisation.departments.keys() - new.organisation.departments.keys()
    for code in sorted(parts.keys() & gone):
        found.append(("publishing.holder_gone", {"code": code, "cases": parts[code]}))
    for name in sorted(held.keys() & (old.form.fields.keys() - new.form.fields.keys())):
        found.append(("publishing.field_gone", {"field": name, "cases": held[name]}))
    return found
