"""`python -m tests.bench [--understand FILE.csv] [FIGURE ...]`: every figure as one JSON line."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from backend.operations.postgres import PostgresFailed
from backend.operations.preflight import NotPossible
from config.settings import ROOT
from tests.bench import (
    calls,
    clocks,
    consoles,
    demo,
    feeds,
    intake,
    knowing_articles,
    listing,
    listing_http,
    logging_rate,
    longcase,
    moves,
    publishing,
    queueing,
    room_days,
    timers,
    understand,
)
from tests.bench.figure import BenchFailed, note
from tests.bench.ground import Ground, ground
from tests.bench.room import city_of_seats

OWN = Path(__file__).parent.parent / "data" / "reports_own.csv"
UNDERSTAND = "understand"
KNOWLEDGE = "knowledge_recall_at_3"
DEMO = "demo_second_start"
CLOCKS = "clock_rederive"
Figure = Callable[[Ground], Awaitable[None]]
# In this order, because what a figure needs is started before it and goes on running.
ALONE: dict[str, Figure] = {
    "intake_desk": intake.desk,
    "case_lists": listing.lists,
    "long_case": longcase.long_case,
    "clock_replay": clocks.replay,
    "log_rate": logging_rate.rate,
}
WITH_BACKEND: dict[str, Figure] = {
    "intake_http": intake.http,
    "move_http": moves.http,
    "feed_two_backends_p95": feeds.two_backends,
    "publish_seen_p95": publishing.seen,
}
WITH_PHONE: dict[str, Figure] = {
    "calls_recorded": calls.recorded,
    "calls_40": calls.forty,
    "ring_to_console_p95": consoles.ring_to_console,
}
# A city of their own, in which many people take calls.
IN_ROOM: dict[str, Figure] = {
    "ring_to_pop_p95": queueing.pops,
    "queue_rate": queueing.rate,
    "queue_150": queueing.waiting,
}
# Its workers go on running, so it comes last.
WITH_WORKERS: dict[str, Figure] = {"timer_lateness_p99": timers.lateness}
# Days of a room of their own, in accelerated time.
DAYS: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
    "service_day": room_days.service_day,
    "storm_130k": room_days.storm,
}
# Over a million cases, which are kept in a folder from figure to figure.
Large = Callable[[Path], Coroutine[Any, Any, None]]
LARGE: dict[str, Large] = {
    "clock_replay": clocks.replay_large,
    "case_lists": listing_http.lists_large,
}
KEPT = ROOT / ".bench"
WITHOUT_GROUND = (DEMO, CLOCKS, UNDERSTAND, KNOWLEDGE)
NAMES = (
    *(*ALONE, *WITH_BACKEND, *WITH_PHONE, *IN_ROOM, *WITH_WORKERS),
    *(*DAYS, *WITHOUT_GROUND),
)


async def measure(wanted: Sequence[str]) -> int:
    """Measure what is wanted; gives how many figures could not be measured."""
    failed = 0
    if any(name in wanted for name in IN_ROOM):
        failed += await _in_room(wanted)
    for name in (one for one in DAYS if one in wanted):
        failed += await _day(name)
    if not set(wanted) - {*IN_ROOM, *DAYS, *WITHOUT_GROUND}:
        return failed
    try:
        async with ground() as here:
            failed += await _each(here, ALONE, wanted)
            if any(name in wanted for name in (*WITH_BACKEND, *WITH_PHONE, *WITH_WORKERS)):
                here.start_backend()
            failed += await _each(here, WITH_BACKEND, wanted)
            if any(name in wanted for name in WITH_PHONE):
                here.start_phone()
            failed += await _each(here, WITH_PHONE, wanted)
            failed += await _each(here, WITH_WORKERS, wanted)
    except (BenchFailed, PostgresFailed) as error:
        note(str(error))
        failed += 1
    return failed


async def _in_room(wanted: Sequence[str]) -> int:
    try:
        async with ground(city_of_seats) as here:
            here.start_room()
            return await _each(here, IN_ROOM, wanted)
    except (BenchFailed, PostgresFailed) as error:
        note(str(error))
        return 1


async def _day(name: str) -> int:
    note(f"measuring {name}")
    try:
        await DAYS[name]()
    except (BenchFailed, PostgresFailed) as error:
        note(f"{name} could not be measured: {error}")
        return 1
    return 0


def _measured(figure: Callable[[], None]) -> int:
    """Measure a figure that needs no ground; gives how many could not be."""
    try:
        figure()
    except BenchFailed as error:
        note(str(error))
        return 1
    return 0


def _measured_large(folder: Path, name: str) -> int:
    """Measure a figure over many cases; gives how many could not be."""
    note(f"measuring {name}")
    try:
        asyncio.run(LARGE[name](folder))
    except (BenchFailed, NotPossible, PostgresFailed) as error:
        note(f"{name} could not be measured: {error}")
        return 1
    return 0


async def _each(here: Ground, figures: dict[str, Figure], wanted: Sequence[str]) -> int:
    failed = 0
    for name, figure in figures.items():
        if name in wanted:
            note(f"measuring {name}")
            try:
                await figure(here)
            except (BenchFailed, PostgresFailed) as error:
                note(f"{name} could not be measured: {error}")
                failed += 1
    return failed


def main(arguments: list[str]) -> int:
    """Print the figures asked for, all of them by default."""
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("--understand", type=Path, default=None, help="a labelled CSV")
    parser.add_argument("--large", action="store_true", help="over a million cases")
    parser.add_argument("--data", type=Path, default=KEPT, help="where those are kept")
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=", ".join(NAMES))
    asked = parser.parse_args(arguments)
    names = (*LARGE,) if asked.large else NAMES
    wanted = asked.figures or list(names)
    if unknown := set(wanted) - set(names):
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    if asked.large:
        return min(1, sum(_measured_large(asked.data, name) for name in wanted))
    failed = asyncio.run(measure(wanted)) if set(wanted) - {*WITHOUT_GROUND} else 0
    if DEMO in wanted:
        failed += _measured(demo.second_start)
    if CLOCKS in wanted:
        failed += _measured(clocks.rederive)
    if KNOWLEDGE in wanted:
        failed += _measured(knowing_articles.figures)
    if UNDERSTAND in wanted:
        if asked.understand is None:
            note(f"no labelled file was given (--understand FILE.csv): {OWN.name} is used")
        failed += understand.main([str(asked.understand or OWN)]) != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
