"""Callers who wait for a person, as the bench has them, at a size that every run has time for."""

import pytest

from tests.bench import queueing
from tests.bench.ground import ground
from tests.bench.room import city_of_seats

pytestmark = [pytest.mark.real, pytest.mark.calls, pytest.mark.timeout(360)]
# What is promised (queueing.POP_S) is for a machine that does nothing else.
POP_S = 1.0


async def test_nobody_who_waits_is_lost_and_what_rings_pops(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with ground(city_of_seats) as here:
        here.start_room()
        assert await queueing.ring_to_pop(here, seats=2, seconds=6, consoles=10) < POP_S
        assert await queueing.queue_rate(here, seats=8, rate=1.5, seconds=8) == 0
        assert await queueing.queue_waiting(here, many=16, seats=8, bored_s=18) == 0
    assert "queue_rate_backend" in capsys.readouterr().out
