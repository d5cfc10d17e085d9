"""The room's figures by half hours: what became of calls, how fast, how long, how busy seats were.

Whatever is added up is whole numbers and exact times, so that parts always sum to their whole.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Final

from hotline.room.half_hours import HalfHours
from hotline.room.offered import NOTHING, CameOf, Offer
from hotline.room.seat import SeatState

ROOM: Final = ""
"""Whom figures of the whole room are of."""


@dataclass(frozen=True, slots=True)
class SeatSpan:
    """What a seat did from an instant until before another."""

    seat: str
    state: SeatState
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Answering:
    """What counts as answered soon (seconds), and as given up before anybody could answer."""

    service_s: int
    short_s: int


@dataclass(slots=True)
class RoomFigures:
    """Counts of calls that were offered, and sums of times, of a half hour or several.

    `offered` are all of them: answered, abandoned, served (a machine took the words, or told what
    was asked for), missed and gone (of a seat), and those that wait still. `short` are the
    abandoned ones that counted for nobody, `within` those answered soon. `over` are the answered
    ones to which nothing is added any more, and `talked`, `held` and `wrote` are theirs alone.
    `waited` is of all that were answered, `longest` the longest wait of all. The states of seats
    are counted by the clock, whichever call they were of.
    """

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    short: int = 0
    served: int = 0
    missed: int = 0
    gone: int = 0
    waits: int = 0
    within: int = 0
    over: int = 0
    waited: timedelta = NOTHING
    longest: timedelta = NOTHING
    talked: timedelta = NOTHING
    held: timedelta = NOTHING
    wrote: timedelta = NOTHING
    ready: timedelta = NOTHING
    busy: timedelta = NOTHING
    paused: timedelta = NOTHING

    def take(self, offer: Offer, rule: Answering) -> None:
        """Count a call."""
        self.offered += 1
        name = offer.came_of.value
        setattr(self, name, getattr(self, name) + 1)
        self.longest = max(self.longest, offer.waited)
        if offer.came_of is CameOf.ABANDONED:
            self.short += offer.waited < timedelta(seconds=rule.short_s)
        if offer.came_of is not CameOf.ANSWERED:
            return
        self.within += offer.waited <= timedelta(seconds=rule.service_s)
        self.waited += offer.waited
        if offer.is_over:
            self.over += 1
            self.talked += offer.talked
            self.held += offer.held
            self.wrote += offer.wrote

    def spend(self, state: SeatState, time: timedelta) -> None:
        """Count what a seat did for a time; one that is off does nothing."""
        match state:
            case SeatState.READY:
                self.ready += time
            case SeatState.PAUSED:
                self.paused += time
            case SeatState.RINGING | SeatState.TALKING | SeatState.WRAP_UP:
                self.busy += time

    def add(self, other: "RoomFigures") -> None:
        """Add those of another half hour, or of somebody else."""
        longest = max(self.longest, other.longest)
        for name in _NAMES:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.longest = longest

    @property
    def service_level(self) -> float | None:
        """The share that was answered soon, of those answered and those abandoned later than short;
        None of none."""
        return _share(self.within, self.answered + self.abandoned - self.short)

    @property
    def abandonment(self) -> float | None:
        """The share that was abandoned later than short, of the same; None of none."""
        return _share(self.abandoned - self.short, self.answered + self.abandoned - self.short)

    @property
    def answer_s(self) -> float | None:
        """How many seconds a call waited to be answered, on average (ASA)."""
        return _average(self.waited, self.answered)

    @property
    def handling_s(self) -> float | None:
        """How many seconds of seats a call took: talk, hold and writing, on average (AHT)."""
        return _average(self.talked + self.held + self.wrote, self.over)

    @property
    def occupancy(self) -> float | None:
        """The share of the time in which seats took calls that they had one; pauses are none."""
        return _share(self.busy.total_seconds(), (self.busy + self.ready).total_seconds())


_NAMES: Final = tuple(one.name for one in fields(RoomFigures))


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _average(sum_of: timedelta, count: int) -> float | None:
    return sum_of.total_seconds() / count if count else None


@dataclass(slots=True)
class Tallied:
    """The figures of a day, by whom they are of and by its half hours."""

    halves: HalfHours
    rule: Answering
    of: dict[str, list[RoomFigures]] = field(default_factory=dict)

    def take(self, offer: Offer, whom: str) -> None:
        """Count a call where it was offered; one of another day counts nowhere."""
        place = self.halves.place_of(offer.at)
        if place is not None:
            self._rows(whom)[place].take(offer, self.rule)

    def spend(self, span: SeatSpan, whom: str) -> None:
        """Count what a seat did, in each half hour its part."""
        if span.state is SeatState.OFF:
            return
        for place, time in self.halves.parts_of(span.since, span.until):
            self._rows(whom)[place].spend(span.state, time)

    def add(self, whom: str, rows: Iterable[RoomFigures]) -> None:
        """Add half hours of somebody else, one by one."""
        for mine, other in zip(self._rows(whom), rows, strict=True):
            mine.add(other)

    def total(self, whom: str) -> RoomFigures:
        """Give the figures of the whole day."""
        return summed(self.of.get(whom, ()))

    def _rows(self, whom: str) -> list[RoomFigures]:
        if whom not in self.of:
            self.of[whom] = [RoomFigures() for _ in self.halves.starts]
        return self.of[whom]


def summed(parts: Iterable[RoomFigures]) -> RoomFigures:
    """Give the figures of parts together."""
    whole = RoomFigures()
    for one in parts:
        whole.add(one)
    return whole


@dataclass(slots=True)
class DayFigures:
    """The figures of a day three ways: of the whole room, by skill, and by seat."""

    room: Tallied
    skills: Tallied
    seats: Tallied

    def take(self, offered: Offer | None, at_seats: Iterable[Offer]) -> None:
        """Count a call in the room, in its skill, and at each seat where it rang."""
        if offered is not None:
            self.room.take(offered, ROOM)
            self.skills.take(offered, offered.whom)
        for one in at_seats:
            self.seats.take(one, one.whom)

    def spend(self, spans: Iterable[SeatSpan], skills: Mapping[str, tuple[str, ...]]) -> None:
        """Count what seats did: for the seat, for each skill that it has, and for the room."""
        spent = Tallied(self.seats.halves, self.seats.rule)
        for one in spans:
            spent.spend(one, one.seat)
        for seat, rows in spent.of.items():
            self.seats.add(seat, rows)
            self.room.add(ROOM, rows)
            for skill in skills.get(seat, ()):
                self.skills.add(skill, rows)


def day_figures(halves: HalfHours, rule: Answering) -> DayFigures:
    """Give the figures of a day in which nothing has happened yet."""
    return DayFigures(*(Tallied(halves, rule) for _ in range(3)))
