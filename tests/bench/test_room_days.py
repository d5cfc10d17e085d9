"""The days of a room that the bench plays: drawn whole, and held to the office's records."""

import asyncio
from datetime import UTC, datetime
from functools import partial

import pytest

from hotline.call import CallEventType
from hotline.room.plan import NO_ROOM
from tests.bench.ground import ground
from tests.bench.room import city_of_seats
from tests.bench.room_days import midnight, play, staffed
from tests.bench.simulated_day import DayDrawn, Fate, SimulatedDay, load_of

NOON = datetime(2026, 3, 2, 16, tzinfo=UTC)


@pytest.mark.parametrize("dice", [1, 2, 3])
def test_every_drawn_call_ends_once(dice: int) -> None:
    """Each call rings once and ends once, whatever becomes of it; talks begin and end."""
    drawn = DayDrawn(NOON, 3_000, staffed(1_500), storm=100, dice=dice)
    day = SimulatedDay(drawn, NO_ROOM, [f"seat{turn:03d}" for turn in range(1, 40)])
    rings, notes = [], []
    for told in day.play(10.0):
        rings += told.rings
        notes += told.notes
    keys = {one.key for one in rings}
    assert len(keys) == len(rings) == day.fates.total() == 3_000
    ended = [one.key for one in notes if one.mark is CallEventType.ENDED]
    assert sorted(ended) == sorted(keys)
    marks = [one.mark for one in notes]
    answered = day.fates[Fate.ANSWERED]
    assert marks.count(CallEventType.SEAT_ANSWERED) == answered
    assert marks.count(CallEventType.SEAT_LEFT) == answered == len(day.waits)
    assert day.fates[Fate.ABANDONED] > 100


def test_a_day_has_all_its_calls() -> None:
    """The calls of half hours are those of the day."""
    assert sum(load_of(6_000)) == pytest.approx(6_000)


@pytest.mark.real
def test_a_small_storm_is_on_record_as_it_was_played() -> None:
    """More calls than seats can take, through the office: each has its end and counts once."""

    async def played() -> Fate:
        async with ground(partial(city_of_seats, many=12, wrap_up_s=20)) as here:
            drawn = DayDrawn(midnight(), 500, staffed(150), storm=100)
            day, told, _ = await play(here, drawn, 60.0)
            assert told.abandoned == day.fates[Fate.ABANDONED]
            return max(day.fates, key=lambda one: day.fates[one])

    assert asyncio.run(played()) in (Fate.ANSWERED, Fate.ABANDONED)
