"""How long it takes to find all open clocks of a city anew for a changed calendar.

Among them are some that were extended, and some that stood still.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from time import process_time
from typing import Any

from hotline.case.case import Case
from hotline.case.case_clock import CaseClock, Pause
from hotline.case.rederiving import rederived
from tests.bench.figure import BenchFailed, show
from tests.cities import MONDAY, calendar, make_case

CLOCKS = 100_000
WANTED_S = 3.0
SHARE = 0.8
LIMITS = ("30wm", "4wh", "1wd", "5wd", "30wd")


def rederive() -> None:
    """Measure the computing alone: no case is read or written."""
    cases = [_case(turn) for turn in range(CLOCKS)]
    # A new version with one day off more, of which no table was made yet.
    changed = replace(
        calendar(), version="changed", holidays=calendar().holidays | {date(2026, 11, 24)}
    )
    began = process_time()
    found = sum(bool(rederived(case, changed, SHARE)) for case in cases)
    value = process_time() - began
    if found != CLOCKS:
        raise BenchFailed(f"{found} of {CLOCKS} clocks were found anew")
    versus = f"{WANTED_S:g} s, {CLOCKS} open clocks, {value / CLOCKS * 1e6:.1f} µs each"
    show("clock_rederive", value, "s", versus, value / WANTED_S)


_BARE = make_case("handling")
# One in four was extended, one stood still twice, and one both.
_STANDS: tuple[Callable[[datetime], dict[str, Any]], ...] = (
    lambda _: {},
    lambda _: {"added": ("1wd",)},
    lambda start: {"pauses": _pauses(start)},
    lambda start: {"added": ("1wd", "2uh"), "pauses": _pauses(start)},
)


def _pauses(start: datetime) -> tuple[Pause, ...]:
    spans = ((start + timedelta(minutes=10), 3), (start + timedelta(days=5), 20))
    return tuple(Pause(at, at + timedelta(days=days), "handling") for at, days in spans)


def _case(turn: int) -> Case:
    limit = LIMITS[turn % len(LIMITS)]
    start = MONDAY + timedelta(minutes=turn % 10_000)
    clock = CaseClock(start, limit=limit, **_STANDS[turn % len(_STANDS)](start))
    # As if nobody knew its end, so that all of it is found.
    return replace(_BARE, clocks={"stage": replace(clock, calendar="former")})
