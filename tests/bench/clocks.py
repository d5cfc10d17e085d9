"""Clocks: how fast all are found anew for a changed calendar, and that none differs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

from backend.desks.context import AppContext
from backend.queries.clock_replay import BATCH, ClockReplay, counting, replay_all
from backend.store import clock_history
from hotline.case.calendar import Calendar
from hotline.case.case import Case
from hotline.case.case_clock import CaseClock, Pause
from hotline.case.clock_time import limits_of, timed
from hotline.case.rederiving import rederived
from hotline.case.replaying import set_clocks
from tests.bench.figure import BenchFailed, note, show
from tests.bench.ground import CLOCK, Ground
from tests.bench.seeded import LARGE, large, seeded
from tests.cities import MONDAY, calendar, make_case
from tests.hotline.case.minutes import MINUTE, due_by_minutes, works

CLOCKS = 100_000
WANTED_S = 3.0
SHARE = 0.8
CASES, SAMPLE = 10_000, 10_000
DATABASE = "bench_clocks"
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


async def replay(ground: Ground) -> None:
    """Count all clocks of the seed's cases once more, and some minute by minute."""
    async with seeded(ground.settings, ground.server, DATABASE, CASES) as office:
        await measure(office, CASES, SAMPLE)


async def replay_large(folder: Path) -> None:
    """Do so with the cases that are kept for large figures."""
    async with large(folder) as made:
        await measure(made.office, LARGE, SAMPLE)


async def measure(office: AppContext, cases: int, sample: int) -> None:
    """Print how many clocks differ, with how many were counted a second beside it."""
    begun, found = CLOCK.monotonic(), ClockReplay()
    async for found in replay_all(office.store):
        if found.cases % 20_000 == 0:
            note(f"clocks of {found.cases} of {cases} cases")
    rate = found.counted / (CLOCK.monotonic() - begun)
    if (found.cases, found.unknown) != (cases, 0):
        raise BenchFailed(f"{found.cases} of {cases} cases, {found.unknown} clocks are unknown")
    differing = await _by_minutes(office, min(sample, found.counted))
    versus = (
        f"0, {cases} cases, {found.counted} clocks at {rate:.0f}/s; "
        f"{differing} of {sample} differ minute by minute"
    )
    show("clock_replay", found.differences + differing, "differences", versus, None)


async def _by_minutes(office: AppContext, many: int) -> int:
    """Count clocks by looking at each minute; gives how many end elsewhere.

    Clocks begin at any second, and the reference knows minutes only: both are asked for the clock
    that begins with that minute.
    """
    differing, last = 0, None
    async with office.store.one_moment() as connection:
        by = await counting(connection)
        while many:
            histories = await clock_history.histories(connection, last, BATCH)
            if not histories:
                raise BenchFailed(f"{many} clocks too few to count minute by minute")
            last = histories[-1].case
            for one in (one for each in histories for one in set_clocks(each.steps, {})):
                if many and one.clock.paused is None and limits_of(one.clock):
                    many -= 1
                    differing += not _ends_alike(one.clock, by.calendars[one.clock.calendar])
    return differing


def _ends_alike(clock: CaseClock, kept: Calendar) -> bool:
    plain = replace(
        clock,
        counted_from=_minute(clock.origin or MONDAY),
        pauses=tuple(
            replace(one, start=_minute(one.start), end=_minute(one.end)) for one in clock.pauses
        ),
    )
    return timed(plain, kept, SHARE).due_at == due_by_minutes(plain, kept, _looked_at)


def _minute(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def _looked_at(kept: Calendar, at: datetime) -> bool:
    """Tell whether a minute is worked; each is looked at once."""
    day, minute = at.toordinal(), at.hour * 60 + at.minute
    seen = _DAYS.get((kept.mark, day))
    if seen is None:
        midnight = at.replace(hour=0, minute=0)
        seen = bytes(works(kept, midnight + n * MINUTE) for n in range(24 * 60))
        _DAYS[kept.mark, day] = seen
    return bool(seen[minute])


_DAYS: dict[tuple[str, int], bytes] = {}
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
