"""Whole days of a telephone room, in accelerated time through the office's own records and rules.

`service_day` is staffed by the Erlang plan; `storm_130k` is the record day of a large hotline in a
room that is staffed for a normal one.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from functools import partial
from random import Random
from typing import Final

from backend.desks import seating, telephone
from backend.desks.context import AppContext
from backend.office import open_office
from backend.queries.half_hour_figures import BY_ROOM, ShownFigures, shown
from backend.store.seats import all_on
from hotline.clock import FixedClock
from hotline.people import Actor
from hotline.room.erlang import Traffic, seats_needed
from hotline.room.seat import SeatState
from tests.bench.figure import BenchFailed, note, show
from tests.bench.ground import CLIENTS, CLOCK, DESK, Ground, ground
from tests.bench.room import city_of_seats, codes
from tests.bench.simulated_day import (
    STORM_NUMBER,
    DayDrawn,
    Fate,
    SimulatedDay,
    Told,
    load_of,
)

MOST_SEATS: Final = 300
WRAP_UP_S: Final = 20
# From the ring at a seat until somebody takes it, on average.
RING_S: Final = 2.0
SERVICE_S, SERVICE = 15.0, 0.95
# A plan holds on nine days of ten that vary by so much.
QUANTILE, VARIATION = 0.9, 0.1
A_DAY: Final = 6_000
RECORD_DAY, NORMAL_DAY, STORM = 130_400, 60_000, 500
LIMIT_S: Final = 600.0
EVERY_S: Final = 10.0
BATCH: Final = 400
EVERYBODY: Final = partial(city_of_seats, many=MOST_SEATS, wrap_up_s=WRAP_UP_S)


async def service_day() -> None:
    """Measure which share is answered in time on a drawn day that the plan has staffed."""
    async with ground(EVERYBODY) as here:
        plan = staffed(A_DAY)
        calls = round(A_DAY * (1 + Random(1).gauss(0, VARIATION)))
        _, told, _ = await play(here, DayDrawn(midnight(), calls, plan, again=0.0))
        served = told.service_level or 0.0
        connected = told.answered / max(1, told.offered)
        versus = (
            f"{SERVICE:g} within {SERVICE_S:g} s; {calls} calls, {told.answered} answered, "
            f"{connected:.3f} of those who waited connected, at most {max(plan)} seats"
        )
        show("service_day", served, "share", versus, served / SERVICE)


async def storm() -> None:
    """Measure how long a record day takes, and hold every call of it to what was played."""
    async with ground(EVERYBODY) as here:
        drawn = DayDrawn(midnight(), RECORD_DAY, staffed(NORMAL_DAY), storm=STORM)
        played, told, seconds = await play(here, drawn)
        fates = ", ".join(f"{many} {fate.value}" for fate, many in played.fates.most_common())
        note(f"storm_130k: {fates}; the longest wait {told.longest_s:.0f} s")
        show("storm_130k", seconds, "s", f"{LIMIT_S:g} s; {RECORD_DAY} calls", seconds / LIMIT_S)


def staffed(calls: float) -> tuple[int, ...]:
    """Give how many are to sit in each half hour of a day with so many calls, by Erlang's plan."""
    drawn = DayDrawn(CLOCK.now(), 0, ())
    handle = drawn.talk_s + WRAP_UP_S + RING_S
    return tuple(
        seats_needed(
            Traffic(half, 1800.0, handle, drawn.patience_s).on_quantile(QUANTILE, VARIATION),
            SERVICE_S - RING_S,
            SERVICE,
        )
        for half in load_of(calls)
    )


def midnight() -> datetime:
    """Give when the day before yesterday began in the demo city, eight hours ahead of UTC."""
    local = CLOCK.now() + timedelta(hours=8) - timedelta(days=2)
    return datetime.combine(local.date(), time(), UTC) - timedelta(hours=8)


async def play(
    here: Ground, drawn: DayDrawn, every_s: float = EVERY_S
) -> tuple[SimulatedDay, ShownFigures, float]:
    """Play a day into the office; gives it, the office's own figures, and the seconds it took."""
    clock = FixedClock(drawn.start)
    office = (await open_office(here.settings, clock, here.server.url(DESK))).context
    try:
        people = codes(max(drawn.staffed))
        names = [f"seat{turn:03d}" for turn in range(1, len(people) + 1)]
        day = SimulatedDay(drawn, office.city.room, names)
        begun = CLOCK.monotonic()
        room = _Room(office, clock, people)
        for told in day.play(every_s):
            await room.take(told)
        seconds = CLOCK.monotonic() - begun
        local = (drawn.start + timedelta(hours=12)).astimezone(office.city.zone).date()
        found = await shown(office, local, BY_ROOM, "")
        await _check(here, office, day, found.of.total)
        return day, found.of.total, seconds
    finally:
        await office.store.close()


class _Room:
    """Tells the office of a day as connectors and people do."""

    def __init__(self, office: AppContext, clock: FixedClock, people: Sequence[str]):
        self.office, self.clock, self.people = office, clock, people

    async def take(self, told: Told) -> None:
        """Tell what happened at once: seats that are taken first, those that are left last."""
        self.clock.at = told.at
        for place in told.on:
            await seating.go_online(self.office, self._actor(place))
        rings = iter(told.rings)

        async def tell() -> None:
            for one in rings:
                await telephone.ring(self.office, one)

        await asyncio.gather(*(tell() for _ in range(CLIENTS)))
        for first in range(0, len(told.notes), BATCH):
            await telephone.note(self.office, told.notes[first : first + BATCH])
        if told.turns:
            await seating.turn_due(self.office)
        for place in told.off:
            await seating.act(self.office, self._actor(place), "off")

    def _actor(self, place: int) -> Actor:
        actor = self.office.city.organisation.actor(self.people[place], self.clock.now())
        assert actor is not None
        return actor


async def _check(here: Ground, office: AppContext, day: SimulatedDay, told: ShownFigures) -> None:
    """Hold the office's records to what was played: every call has its end, and counts once,
    and a number has one call-back a day, however often it called."""
    calls = day.fates.total()
    once = here.ask(
        "SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE rings = 1 AND ends = 1)) FROM ("
        "SELECT c.id, count(*) FILTER (WHERE m.mark = 'ring') AS rings, "
        "count(*) FILTER (WHERE m.mark = 'ended') AS ends "
        "FROM call c LEFT JOIN call_mark m ON m.call_id = c.id GROUP BY c.id) AS one",
        DESK,
    )
    backs = here.ask(
        "SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE t.address = "
        f"'{STORM_NUMBER}')) FROM call_back b JOIN contact t ON t.id = b.contact_id",
        DESK,
    )
    numbers = here.ask(
        "SELECT count(DISTINCT (contact_id, (made_at AT TIME ZONE 'Asia/Shanghai')::date)) "
        "FROM call_back",
        DESK,
    )
    if backs != f"{numbers} {min(1, day.drawn.storm)}":
        raise BenchFailed(f"{backs} call-backs (of the storm) of {numbers} numbers")
    talks = here.ask("SELECT count(*) FROM seat_event WHERE state = 'talking'", DESK)
    if talks != f"{day.fates[Fate.ANSWERED]}":
        raise BenchFailed(f"{talks} talks of seats on record, {day.fates[Fate.ANSWERED]} played")
    waited = sum(day.fates[one] for one in (Fate.ANSWERED, Fate.ABANDONED, Fate.TAKEN))
    expected = (
        f"{calls} {calls}",
        (waited, day.fates[Fate.ANSWERED], day.fates[Fate.ABANDONED], day.fates[Fate.TAKEN], 0),
    )
    found = (once, (told.offered, told.answered, told.abandoned, told.served, told.waits))
    if found != expected:
        raise BenchFailed(f"on record are {found}, played were {expected}")
    async with office.store.connect() as connection:
        kept = {one.name: one.state for one in await all_on(connection)}
    played = {one.name: one.state for one in day.seats if one.state is not SeatState.OFF}
    if kept != played:
        raise BenchFailed(f"seats on record: {kept}, played: {played}")
