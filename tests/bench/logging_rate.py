"""The log: how many entries a second are read back and appended, and how many are verified."""

from collections.abc import Awaitable, Callable

from backend.desks.context import AppContext
from backend.jobs.log_keeper import LogKeeper
from backend.store.record_check import RecordCheck
from tests.bench.figure import BenchFailed, show
from tests.bench.ground import CLOCK, Ground
from tests.bench.seeded import seeded

CASES = 5_000
WANTED = 1_700
DATABASE = "bench_log"


async def rate(ground: Ground) -> None:
    """Print both figures, over the steps of cases that the seed makes."""
    async with seeded(ground.settings, ground.server, DATABASE, CASES) as office:
        many, value = await _timed(lambda: _append(office))
        versus = f"{WANTED} a second, {many} entries"
        show("log_append", value, "entries/s", versus, value / WANTED)
        many, value = await _timed(lambda: _verify(office))
        show("log_verify", value, "entries/s", f"{many} entries", None)


async def _timed(work: Callable[[], Awaitable[int]]) -> tuple[int, float]:
    begun = CLOCK.monotonic()
    many = await work()
    return many, many / (CLOCK.monotonic() - begun)


async def _append(office: AppContext) -> int:
    keeper, many = LogKeeper(office.store, office.clock), 0
    while done := await keeper.append():
        many += done
    return many


async def _verify(office: AppContext) -> int:
    found = await RecordCheck(office.store, "").run()
    if found.waiting or not found.entries:
        raise BenchFailed(f"{found.waiting} were not logged, {found.entries} were")
    return found.entries
