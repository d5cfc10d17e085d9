"""The room's figures of a day by half hours, reckoned from the records of its calls and seats."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from backend.desks.audit import What, record
from backend.desks.context import AppContext
from backend.papers.sheet import SheetCell, SheetHead, SheetKind, Written, open_sheet
from backend.queries.names import person_name
from backend.store import room_day
from hotline.call import CallEvent
from hotline.clock import iso
from hotline.errors import Invalid
from hotline.people import Actor
from hotline.room.figures import (
    ROOM,
    Answering,
    DayFigures,
    RoomFigures,
    SeatSpan,
    Tallied,
    day_figures,
)
from hotline.room.half_hours import half_hours_of
from hotline.room.offered import Wraps, offers_of
from hotline.room.seat import SeatState
from hotline.wire import Instant
from hotline.words import say

MOST_DAYS: Final = 31
# By which parts figures are told; and who answered where nobody told for which skill.
NOBODY: Final = "—"
BY_ROOM, BY_SKILL, BY_SEAT = "room", "skill", "seat"
BY: Final = (BY_ROOM, BY_SKILL, BY_SEAT)


@dataclass(frozen=True, slots=True)
class ShownFigures:
    """What hotline.room.figures.RoomFigures counts, times in seconds and shares from 0 to 1.

    `open` are answered calls to which something may still be added: they are in no time of
    handling. A share or average of nothing is null.
    """

    offered: int
    answered: int
    abandoned: int
    short: int
    served: int
    missed: int
    gone: int
    waits: int
    open: int
    service_level: float | None
    abandonment: float | None
    answer_s: float | None
    longest_s: float
    handling_s: float | None
    talked_s: float
    held_s: float
    wrote_s: float
    busy_s: float
    ready_s: float
    paused_s: float
    occupancy: float | None


@dataclass(frozen=True, slots=True)
class FiguresOf:
    """The figures of a day of the whole room, of a skill or of a seat (`by` says which)."""

    by: str
    id: str
    name: str
    name_en: str
    total: ShownFigures


@dataclass(frozen=True, slots=True)
class HalfHourShown:
    """When a half hour begins, and its figures."""

    at: Instant
    figures: ShownFigures


@dataclass(frozen=True, slots=True)
class RoomDayShown:
    """The figures of a day: of all by whom, and of one of them by half hours."""

    day: str
    service_s: int
    short_s: int
    all: list[FiguresOf]
    of: FiguresOf
    halves: list[HalfHourShown]


@dataclass(frozen=True, slots=True)
class _FiguresNamed:
    by: str
    id: str
    name: str
    name_en: str
    figures: Tallied


async def shown(office: AppContext, day: date, by: str, ident: str) -> RoomDayShown:
    """Give the figures of a day; the whole room's by half hours where nobody is meant."""
    named = list(_named(office, await reckoned(office, day), await _people(office)))
    fits = (one for one in named if (one.by, one.id) == (by, ident))
    chosen = next(fits, named[0])
    halves = chosen.figures.halves.starts
    rows = chosen.figures.of.get(chosen.id) or [RoomFigures() for _ in halves]
    return RoomDayShown(
        day.isoformat(),
        office.city.room.service_s,
        office.city.room.short_s,
        [_of(one) for one in named],
        _of(chosen),
        [
            HalfHourShown(iso(at), shown_figures(figures))
            for at, figures in zip(halves, rows, strict=True)
        ],
    )


def _of(one: _FiguresNamed) -> FiguresOf:
    return FiguresOf(
        one.by, one.id, one.name, one.name_en, shown_figures(one.figures.total(one.id))
    )


def shown_figures(one: RoomFigures) -> ShownFigures:
    """Give figures as they are shown."""
    return ShownFigures(
        *(one.offered, one.answered, one.abandoned, one.short, one.served, one.missed, one.gone),
        *(one.waits, one.answered - one.over, one.service_level, one.abandonment, one.answer_s),
        *(one.longest.total_seconds(), one.handling_s, one.talked.total_seconds()),
        *(one.held.total_seconds(), one.wrote.total_seconds(), one.busy.total_seconds()),
        *(one.ready.total_seconds(), one.paused.total_seconds(), one.occupancy),
    )


async def reckoned(office: AppContext, day: date) -> DayFigures:
    """Reckon the figures of a day of the city.

    Calls are read some at a time and counted in a thread: meanwhile the office answers others.
    """
    halves = half_hours_of(day, office.city.zone)
    figures = day_figures(halves, Answering(office.city.room.service_s, office.city.room.short_s))
    async with office.store.one_moment() as connection:
        told = await room_day.seats_of(connection, halves)
        whose = await room_day.people_of_seats(connection)
        spans, wraps = spans_of(told, office.clock.now())
        await asyncio.to_thread(figures.spend, spans, _skills_of(office, whose))
        async for calls in room_day.calls_of(connection, halves):
            await asyncio.to_thread(_take, figures, calls, wraps)
    return figures


def _take(figures: DayFigures, calls: Iterable[Sequence[CallEvent]], wraps: Wraps) -> None:
    for events in calls:
        figures.take(*offers_of(events, wraps))


def spans_of(
    told: Sequence[tuple[str, SeatState, str, datetime]], now: datetime
) -> tuple[list[SeatSpan], dict[tuple[str, str], timedelta | None]]:
    """Give from what seats did (in order) how long each state lasted, and writing behind calls."""
    spans, wraps = list[SeatSpan](), dict[tuple[str, str], timedelta | None]()
    for place, (seat, state, call, since) in enumerate(told):
        following = told[place + 1] if place + 1 < len(told) else None
        ends = following[3] if following is not None and following[0] == seat else None
        spans.append(SeatSpan(seat, state, since, max(since, ends or now)))
        if state is SeatState.WRAP_UP:
            key, before = (call, seat), wraps.get((call, seat), timedelta(0))
            wraps[key] = None if ends is None or before is None else before + (ends - since)
    return spans, wraps


def _skills_of(office: AppContext, whose: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Give the skills of each seat, as its person has them now."""
    people, room = office.city.organisation.people, office.city.room
    return {
        seat: tuple(one.id for one in room.of_skills(people[person].skills))
        for seat, person in whose.items()
        if person in people
    }


async def _people(office: AppContext) -> dict[str, str]:
    async with office.store.connect() as connection:
        return await room_day.people_of_seats(connection)


def _named(
    office: AppContext, figures: DayFigures, whose: dict[str, str]
) -> Iterator[_FiguresNamed]:
    """Give all that figures are of, by their names: the room first, then skills, then seats."""
    yield _FiguresNamed(BY_ROOM, ROOM, "", "", figures.room)
    names = {one.id: (one.name, one.name_en) for one in office.city.room.skills}
    for ident in (*names, *sorted(figures.skills.of.keys() - names.keys())):
        name, name_en = names.get(ident, (ident, ident))
        yield _FiguresNamed(BY_SKILL, ident, name or NOBODY, name_en or NOBODY, figures.skills)
    staff = office.city.organisation
    for seat in sorted(figures.seats.of):
        name = person_name(staff, whose.get(seat, seat)) or seat
        known_as = staff.names.get(whose.get(seat, ""), ("", ""))
        yield _FiguresNamed(BY_SEAT, seat, name, known_as[1] or name, figures.seats)


@dataclass(frozen=True, slots=True)
class FiguresAsked:
    """What is to be written: the days, by what, the kind of file, and its language."""

    first: date
    last: date
    by: str
    kind: SheetKind
    language: str

    @property
    def days(self) -> list[date]:
        """The days; Invalid for none, or for more than a month of them."""
        count = (self.last - self.first).days + 1
        if not 1 <= count <= MOST_DAYS:
            raise Invalid(
                "last", f"is not between 1 and {MOST_DAYS} days later", code="out_of_range"
            )
        return [self.first + timedelta(days=place) for place in range(count)]


async def export(
    office: AppContext, actor: Actor, asked: FiguresAsked, path: Path
) -> AsyncGenerator[Written, None]:
    """Write the figures of some days into a file; who takes them is on record first.

    How far it is is told in days.
    """
    days, whose = asked.days, await _people(office)
    async with office.store.append(office.clock.now()) as writes:
        told = f"{asked.first} {asked.last} {asked.by} {asked.kind}"
        await record(writes, What.FIGURES_EXPORTED, actor.person, subject=told)
    yield Written(0, len(days))
    file = open_sheet(asked.kind, path, _head(asked.language))
    try:
        for done, day in enumerate(days, 1):
            named = _named(office, await reckoned(office, day), whose)
            rows = [row for one in named if one.by == asked.by for row in _rows(office, one, asked)]
            await asyncio.to_thread(file.add, rows)
            yield Written(done, len(days))
    except BaseException:
        file.drop()
        raise
    await asyncio.to_thread(file.close)


_COLUMNS: Final = (
    *("half_hour", "until", "whom", "offered", "answered", "abandoned", "short", "served"),
    *("missed", "gone", "waits", "open", "service_level", "abandonment", "answer_s", "longest_s"),
    *("handling_s", "talked_s", "held_s", "wrote_s", "busy_s", "ready_s", "paused_s", "occupancy"),
)


def _head(language: str) -> SheetHead:
    columns = tuple(say(f"traffic.{name}", language) for name in _COLUMNS)
    return SheetHead(say("traffic.name", language), columns)


def _rows(office: AppContext, one: _FiguresNamed, asked: FiguresAsked) -> Iterator[list[SheetCell]]:
    """Give a row a half hour in which something happened; the rest is empty and says nothing."""
    zone, halves = office.city.zone, one.figures.halves
    name = one.name_en if asked.language == "en" else one.name
    starts = (*halves.starts, halves.end)
    for place, figures in enumerate(one.figures.of.get(one.id, ())):
        if figures != RoomFigures():
            since, until = (
                at.astimezone(zone).replace(tzinfo=None) for at in starts[place : place + 2]
            )
            told = shown_figures(figures)
            numbers = (_rounded(getattr(told, name)) for name in _COLUMNS[3:])
            yield [since, until, name or say("traffic.room", asked.language), *numbers]


def _rounded(value: float | None) -> SheetCell:
    return round(value, 4) if isinstance(value, float) else value


def file_name(asked: FiguresAsked) -> str:
    """Give what the file is called: what it holds, and of which days."""
    days = f"{asked.first:%Y%m%d}-{asked.last:%Y%m%d}"
    return f"{say('traffic.file', asked.language)}-{days}.{asked.kind}"
