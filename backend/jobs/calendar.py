"""Warning in the log, once a year, that the working calendar does not say the days to come."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from backend.desks.context import ContextSource

log = logging.getLogger(__name__)


@dataclass(slots=True)
class CalendarWatch:
    """Looks whether the calendar holds the next two months; each year is told once a process."""

    source: ContextSource
    told: set[int] = field(default_factory=set)
    unsettled: set[int] = field(default_factory=set)

    async def look(self) -> int:
        """Warn of years that nobody was warned of; there is never more to do at once."""
        office = self.source.now
        calendar, now = office.city.calendar, office.clock.now()
        for year in _fresh(calendar.missing_years(now), self.told):
            log.warning(
                "the working calendar %s has no year %d: its deadlines are provisional, "
                "Monday to Friday; add the year to calendar.toml",
                calendar.version,
                year,
            )
        for year in _fresh(calendar.unsettled_years(now), self.unsettled):
            log.warning(
                "in the working calendar %s the year %d is provisional: its notice is not in, and "
                "its deadlines may change; `hotline calendar year %d` gives the days",
                calendar.version,
                year,
                year,
            )
        return 0


def _fresh(years: Iterable[int], told: set[int]) -> list[int]:
    found = [year for year in years if year not in told]
    told.update(found)
    return found
