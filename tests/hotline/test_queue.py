"""Lanes: what fails, fails for itself; nothing is taken up while the other side is away."""

from datetime import timedelta

from hotline.clock import FixedClock
from hotline.errors import Unavailable
from hotline.queue import LONGEST_AWAY_S, Lanes, Patience
from tests.cities import MONDAY

PATIENCE = Patience(waits=(1, 5), longest_s=10)


async def test_no_lane_is_free_while_the_other_side_is_away() -> None:
    """Else notices are leased that nobody begins, and lie still until their lease ends."""

    async def away() -> None:
        raise Unavailable("gone")

    async def well() -> None:
        return

    clock = FixedClock(MONDAY)
    lanes = Lanes(clock, PATIENCE, 3)
    assert lanes.start("1", away)
    await lanes.settle()
    assert lanes.free == 0
    assert not lanes.start("2", well)
    clock.move(timedelta(seconds=LONGEST_AWAY_S))
    assert lanes.free == 3
    assert lanes.start("2", well)
    await lanes.settle()
    assert lanes.away is None
