"""Warning in the log, once a year, that the working calendar will not hold the days to come."""

import logging
from dataclasses import dataclass, field

from backend.desks.context import ContextSource

log = logging.getLogger(__name__)


@dataclass(slots=True)
class CalendarWatch:
    """Looks whether the calendar holds the next two months; each year is told once a process."""

    source: ContextSource
    told: set[int] = field(default_factory=set)

    async def look(self) -> int:
        """Warn of years that nobody was warned of; there is never more to do at once."""
        office = self.source.now
        calendar = office.city.calendar
        for year in calendar.missing_years(office.clock.now()):
            if year not in self.told:
                log.warning(
                    "the working calendar %s has no year %d: its deadlines are provisional, "
                    "Monday to Friday; add the year to calendar.toml",
                    calendar.version,
                    year,
                )
                self.told.add(year)
        return 0
