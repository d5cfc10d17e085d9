"""Who comes back to a queue stands behind all who have waited for longer, and before all others."""

from datetime import timedelta

from ivr.switch.called import Priority
from ivr.switch.places import place_among
from ivr.switch.seen import InQueue
from tests.ivr.fakes import NOW


def test_a_place_is_by_when_a_caller_first_began_to_wait() -> None:
    there = [InQueue(1, "a", 50), InQueue(1, "b", 1), InQueue(1, "c", 10)]
    known = {"b": NOW - timedelta(seconds=90)}
    places = {
        seconds: place_among(there, known, NOW, NOW - timedelta(seconds=seconds), 0)
        for seconds in (100, 60, 30, 5)
    }
    assert places == {100: 1, 60: 2, 30: 3, 5: 4}


def test_who_goes_before_is_passed_by_nobody_however_long_they_wait() -> None:
    there = [
        InQueue(1, "danger", 1, Priority.EMERGENCY), InQueue(1, "a", 50, Priority.USUAL),
        InQueue(1, "nuisance", 99, Priority.SLOW),
    ]  # fmt: skip
    since = NOW - timedelta(seconds=60)
    places = [place_among(there, {}, NOW, since, priority) for priority in Priority]
    assert dict(zip(Priority, places, strict=True)) == {
        Priority.SLOW: 4, Priority.USUAL: 2, Priority.EMERGENCY: 1,
    }  # fmt: skip
