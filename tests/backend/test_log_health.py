"""How the log is, as the health page tells it."""

from datetime import timedelta

import pytest

from backend.log_health import MANY_WAIT, LogAge, judge_log
from hotline.health import State
from hotline.words import LANGUAGES, say
from tests.cities import MONDAY

EVERY = timedelta(minutes=5)
JUST = MONDAY - timedelta(minutes=4)


@pytest.mark.parametrize(
    ("age", "state", "what"),
    [
        (LogAge(), State.WARN, "unsigned"),
        (LogAge(3, JUST), State.RIGHT, "alone"),
        (LogAge(3, JUST, JUST), State.RIGHT, "right"),
        # A clock that was ahead has signed in the future.
        (LogAge(3, MONDAY + EVERY, MONDAY + EVERY), State.RIGHT, "right"),
        (LogAge(3, MONDAY - timedelta(minutes=16), JUST), State.WARN, "late"),
        (LogAge(MANY_WAIT, JUST, JUST), State.WARN, "behind"),
        (LogAge(3, JUST, MONDAY - timedelta(hours=49)), State.WARN, "away"),
    ],
)
def test_the_log_is_told_by_what_waits_and_who_signed(age: LogAge, state: State, what: str) -> None:
    found = judge_log(age, MONDAY, EVERY)
    assert (found.state, found.what) == (state, what)
    for language in LANGUAGES:
        assert str(age.waiting) in say(f"health.record_{what}", language, **found.values)
