"""How long it takes to find all open clocks of a city anew for a changed calendar."""

from dataclasses import replace
from datetime import date, timedelta
from time import process_time

from hotline.case.case import Case
from hotline.case.case_clock import CaseClock
from hotline.case.deadline import due
from hotline.case.limit import parse_limit
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


def _case(turn: int) -> Case:
    limit = LIMITS[turn % len(LIMITS)]
    start = MONDAY + timedelta(minutes=turn % 10_000)
    ends = due(start, parse_limit(limit), calendar())
    clock = CaseClock(start, ends, ends, limit, calendar().version)
    return replace(_BARE, clocks={"stage": clock})
