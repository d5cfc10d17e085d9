"""A day of the city in half hours, as the room's figures are told.

A day begins at midnight by the city's clocks, and its half hours follow each other in real time:
the day on which clocks go forward has 46, the one on which they go back 50; no call falls between.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

HALF_HOUR: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class HalfHours:
    """The half hours from `start` until before `end` (aware); the last one may be shorter."""

    start: datetime
    end: datetime

    @property
    def starts(self) -> tuple[datetime, ...]:
        """When each begins."""
        count = -((self.start - self.end) // HALF_HOUR)
        return tuple(self.start + place * HALF_HOUR for place in range(count))

    def place_of(self, at: datetime) -> int | None:
        """Give in which an instant lies, counted from 0; None outside of them all."""
        return (at - self.start) // HALF_HOUR if self.start <= at < self.end else None

    def parts_of(self, since: datetime, until: datetime) -> tuple[tuple[int, timedelta], ...]:
        """Give how much of a time lies in which half hour; nothing of what lies outside."""
        since, until = max(since, self.start), min(until, self.end)
        parts = []
        while since < until:
            place = (since - self.start) // HALF_HOUR
            ends = min(self.start + (place + 1) * HALF_HOUR, until)
            parts.append((place, ends - since))
            since = ends
        return tuple(parts)


def half_hours_of(day: date, zone: ZoneInfo) -> HalfHours:
    """Give a day of the city in half hours; OverflowError at the edges of the calendar."""
    start, end = (
        datetime.combine(one, time(), zone).astimezone(UTC)
        for one in (day, day + timedelta(days=1))
    )
    return HalfHours(start, end)
