"""Looking through all cases whether each of their clocks is what its history makes of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final
from uuid import UUID

from backend.city import CLOCKED_BY, read_calendar
from backend.city_files import UNREADABLE
from backend.current import fetch_current, read_release
from backend.store import clock_history, releases
from backend.store.clock_history import CLOCKS, ClockHistory
from backend.store.releases import Activation
from backend.store.session import Connection, Store
from hotline.case.calendar import Calendar
from hotline.case.case_clock import STAGE_CLOCK, CaseClock
from hotline.case.replaying import (
    ClockDifference,
    Counting,
    calendars_by_mark,
    replayed,
    stored_otherwise,
)
from hotline.city import UnknownRelease
from hotline.errors import Invalid
from hotline.wire import convert

BATCH: Final = 500
# Of so many differences each is told; of more it is known that something is amiss.
MOST_TOLD: Final = 100
# What is told of clocks that cannot be read at all.
UNREADABLE_CLOCKS: Final = "?"


@dataclass(slots=True)
class ClockReplay:
    """How far a look through all cases is, and what it found.

    `told` are the first differences with the numbers of their cases, `differences` is how many
    there are. `unknown` clocks have no limit or no calendar on record.
    """

    cases: int = 0
    counted: int = 0
    unknown: int = 0
    differences: int = 0
    told: list[tuple[str, ClockDifference]] = field(default_factory=list)

    def add(self, one: ClockHistory, by: Counting) -> None:
        """Count the clocks of a case anew."""
        found = replayed(one.steps, by)
        self.cases += 1
        self.counted += found.counted
        self.unknown += found.unknown
        differing = list(found.differences)
        try:
            stored = convert(one.stored, dict[str, CaseClock])
        except Invalid as error:
            differing += [
                ClockDifference(UNREADABLE_CLOCKS, CLOCKS, None, error.reason, error.field)
            ]
        else:
            differing += stored_otherwise(stored, found.clocks)
            due_at = stored.get(STAGE_CLOCK, CaseClock()).due_at
            if due_at != one.stage_due:
                differing += [
                    ClockDifference(STAGE_CLOCK, "stage_due", None, one.stage_due, due_at)
                ]
        self.differences += len(differing)
        left = MOST_TOLD - len(self.told)
        self.told += [(one.number, what) for what in differing[:left]]


async def counting(connection: Connection) -> Counting:
    """Give the calendars and shares of all releases that there are."""
    manifests = await releases.manifests(connection)
    city = read_release(await fetch_current(connection)).city
    wanted = {one[name] for one in manifests.values() for name in CLOCKED_BY if name in one}
    sections = await releases.sections(connection, wanted)
    calendars: list[Calendar] = [city.calendar]
    for manifest in manifests.values():
        if all(manifest.get(name) in sections for name in CLOCKED_BY):
            try:
                calendars += [read_calendar({n: sections[manifest[n]] for n in CLOCKED_BY})]
            except UNREADABLE:
                continue

    @cache
    def share_of(release: str) -> float | None:
        try:
            return city.pinned(release).limits.yellow_share
        except UnknownRelease:
            return None

    return Counting(calendars_by_mark(calendars), share_of)


async def replay_all(store: Store, *, batch: int = BATCH) -> AsyncIterator[ClockReplay]:
    """Look through all cases; gives how far it is after each batch, one moment of the database."""
    found = ClockReplay()
    last: UUID | None = None
    read: tuple[Activation | None, Counting] | None = None
    while True:
        async with store.one_moment() as connection:
            counts = await releases.current(connection)
            # A calendar that came meanwhile is known, too: it is seen as the cases are.
            if read is None or read[0] != counts:
                read = counts, await counting(connection)
            several = await clock_history.histories(connection, last, batch)
        if not several:
            break
        for one in several:
            found.add(one, read[1])
        last = several[-1].case
        yield found
    if found.cases == 0:
        yield found
