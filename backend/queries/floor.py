"""The duty chief's floor (值班台): who sits, who waits, and how the day has been so far."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from backend.desks.context import AppContext
from backend.queries.half_hour_figures import ShownFigures, reckoned, shown_figures
from backend.queries.names import person_name
from backend.store import callers, listenings, seats, waiting_calls
from backend.store.listenings import ChiefListening
from backend.store.seats import SeatTelephone
from hotline.call import CallEvent, CallEventType
from hotline.clock import iso
from hotline.people import Actor, masked
from hotline.room.figures import ROOM
from hotline.room.listening import ListenWay
from hotline.room.plan import FloorLimits, ListenReason, PauseReason, Target
from hotline.room.seat import Device, Seat, SeatState
from hotline.room.waiting import waiting_since, waits
from hotline.wire import Instant

# The figures of today are reckoned from all of its calls, and are at most so old.
TODAY_FOR: Final = timedelta(seconds=15)
# How one's listening ended is told for so long.
TOLD_FOR: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class FloorSeat:
    """A seat that is not off: what it does since when, with which call, and what comes next.

    `caller` is the masked number of its call, `skills` are what it is rung for. `by` is who else
    has put it there, or wants what comes next, and `why`.
    """

    name: str
    person: str
    shown: str
    shown_en: str
    state: SeatState
    since: Instant
    reason: str
    until: Instant | None
    next: SeatState
    next_reason: str
    by: str
    why: str
    call: str
    caller: str
    device: Device
    skills: list[str]


@dataclass(frozen=True, slots=True)
class FloorCall:
    """A caller who waits for a person, by the masked number: for which skill, and since when."""

    call: str
    caller: str
    skill: str
    since: Instant
    emergency: bool


@dataclass(frozen=True, slots=True)
class FloorSkill:
    """A skill: how many wait for it, since when the first of them, and how many seats are ready."""

    id: str
    name: str
    name_en: str
    waiting: int
    since: Instant | None
    ready: int
    seats: int


@dataclass(frozen=True, slots=True)
class FloorListening:
    """A chief at a seat of their own who listens to another seat's talk, or is rung for it.

    `since` is when they answered; `ends` says that it is being ended, and why.
    """

    id: str
    chief: str
    chief_shown: str
    by_seat: str
    seat: str
    call: str
    way: ListenWay
    reason: str
    since: Instant | None
    ends: str


@dataclass(frozen=True, slots=True)
class FloorShown:
    """The floor at an instant; `today` are the day's figures as they were reckoned `today_at`.

    `ended` is why one's own last listening of the last minute ended, where not by oneself ("").
    """

    at: Instant
    seats: list[FloorSeat]
    waiting: list[FloorCall]
    skills: list[FloorSkill]
    today: ShownFigures
    today_at: Instant
    service_s: int
    limits: FloorLimits
    pauses: tuple[PauseReason, ...]
    listening: list[FloorListening]
    ended: str
    listen_reasons: tuple[ListenReason, ...]
    targets: tuple[Target, ...]


@dataclass(slots=True)
class TodayFigures:
    """The figures of today, reckoned once for all who look within some seconds."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    at: datetime | None = None
    told: ShownFigures | None = None

    async def get(self, office: AppContext) -> tuple[ShownFigures, datetime]:
        """Give them, and when they were reckoned."""
        async with self.lock:
            now = office.clock.now()
            if self.told is None or self.at is None or not now - TODAY_FOR < self.at <= now:
                day = now.astimezone(office.city.zone).date()
                figures = await reckoned(office, day)
                self.told, self.at = shown_figures(figures.room.total(ROOM)), now
            return self.told, self.at


async def shown(office: AppContext, today: TodayFigures, actor: Actor) -> FloorShown:
    """Give the floor as it stands."""
    told, told_at = await today.get(office)
    now, room = office.clock.now(), office.city.room
    async with office.store.connect() as connection:
        sitting = await seats.sitting(connection)
        lines = await seats.telephones(connection, [one.name for one in sitting])
        up = await waiting_calls.not_over(connection, now)
        waiting = {key: events for key, events in up.items() if waits(events)}
        keys = {*waiting, *(one.call for one in sitting if one.call)}
        numbers = await callers.addresses_of(connection, keys)
        heard = await listenings.going_on(connection)
        ended = await listenings.ended_of(connection, actor.person, now - TOLD_FOR)
    there = [_seat(office, one, lines, numbers) for one in sitting]
    calls = sorted((_call(events, numbers) for events in waiting.values()), key=_order)
    return FloorShown(
        *(iso(now), there, calls, _skills(office, there, calls), told, iso(told_at)),
        *(room.service_s, room.floor, room.pauses),
        *([_listening(office, one) for one in heard], ended, room.listen_reasons),
        targets=room.targets,
    )


def _listening(office: AppContext, one: ChiefListening) -> FloorListening:
    shown_as = person_name(office.city.organisation, one.chief) or one.chief
    return FloorListening(
        *(str(one.id), one.chief, shown_as, one.by_seat, one.seat, one.call, one.way, one.reason),
        *(iso(one.began_at), one.ended),
    )


def _order(one: FloorCall) -> tuple[bool, str]:
    return not one.emergency, one.since


def _seat(
    office: AppContext, one: Seat, lines: Mapping[str, SeatTelephone], numbers: Mapping[str, str]
) -> FloorSeat:
    staff = office.city.organisation
    person, name = staff.people.get(one.person), person_name(staff, one.person) or one.name
    skills = office.city.room.of_skills(person.skills if person else ())
    return FloorSeat(
        name=one.name,
        person=one.person,
        shown=name,
        shown_en=(person.name_en if person else "") or name,
        state=one.state,
        since=iso(one.since),
        reason=one.reason,
        until=iso(one.until),
        next=one.next.state,
        next_reason=one.next.reason,
        by=person_name(staff, one.by or one.next.by) or "",
        why=one.why or one.next.why,
        call=one.call,
        caller=masked(numbers.get(one.call, "")),
        device=lines[one.name].device,
        skills=[skill.id for skill in skills],
    )


def _call(events: list[CallEvent], numbers: Mapping[str, str]) -> FloorCall:
    key = events[0].key
    skill = next(one.value for one in reversed(events) if one.mark is CallEventType.QUEUED)
    return FloorCall(
        key,
        masked(numbers.get(key, "")),
        skill,
        iso(waiting_since(events) or events[-1].at),
        any(one.mark is CallEventType.EMERGENCY for one in events),
    )


def _skills(
    office: AppContext, there: Iterable[FloorSeat], calls: Iterable[FloorCall]
) -> list[FloorSkill]:
    found, sitting, waiting = [], list(there), list(calls)
    for skill in office.city.room.skills:
        mine = [one.since for one in waiting if one.skill == skill.id]
        have = [one for one in sitting if skill.id in one.skills]
        ready = sum(one.state is SeatState.READY for one in have)
        first = min(mine, default=None)
        found.append(
            FloorSkill(skill.id, skill.name, skill.name_en, len(mine), first, ready, len(have))
        )
    return found
