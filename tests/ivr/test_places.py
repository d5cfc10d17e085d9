"""Who comes back to a queue stands behind all who have waited for longer, and before all others."""

from datetime import timedelta

from ivr.switch.places import place_among
from ivr.switch.seen import InQueue
from tests.ivr.fakes import NOW


def test_a_place_is_by_when_a_caller_first_began_to_wait() -> None:
    there = [InQueue(1, "a", 50), InQueue(1, "b", 1), InQueue(1, "c", 10)]
    known = {"b": NOW - timedelta(seconds=90)}
    places = {
        seconds: place_among(there, known, NOW - timedelta(seconds=seconds), NOW)
        for seconds in (100, 60, 30, 5)
    }
    assert places == {100: 1, 60: 2, 30: 3, 5: 4}
