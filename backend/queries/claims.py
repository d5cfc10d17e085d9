"""Who is at work on which cases, by their names, as lists and case pages show it."""

from collections.abc import Collection

from backend.desks.context import AppContext
from backend.queries.case_records import AtWork
from backend.store import claim_rows
from backend.store.session import Connection
from hotline.clock import iso


async def at_work(
    office: AppContext, connection: Connection, numbers: Collection[str]
) -> dict[str, list[AtWork]]:
    """Give who is at work on which of some cases; those that nobody has are left out.

    Whoever has left the city's people is not shown, nor anybody whose session is over.
    """
    now, found = office.clock.now(), dict[str, list[AtWork]]()
    organisation = office.city.organisation
    for one in await claim_rows.claims_of(connection, numbers, now):
        if organisation.actor(one.person, now, one.post) is None:
            continue
        names = organisation.names[one.person]
        shown = AtWork(one.person, *names, one.post, iso(one.since))
        found.setdefault(one.number, []).append(shown)
    return found
