"""The intake beside PostgreSQL alone: the same rows, written by a desk and over HTTP."""

import asyncio
import json
import sys
from itertools import count

from backend.desks.acceptance import record
from backend.desks.context import AppContext
from backend.office import open_office
from config.settings import ROOT
from tests.bench.figure import BenchFailed, in_pairs, note, show
from tests.bench.ground import CLIENTS, CLOCK, DESK, LIMIT, Ground
from tests.bench.posting import report

SECONDS = 3
WARM_S = 1
# How many rows of each a report makes; the contacts are a thousand in all.
TABLES = ("cases", "report", "step", "job", "notice", "change")
VERSUS = f"pgbench -M prepared -c {CLIENTS}, tests/bench/intake.sql, %.1f/s"


async def desk(ground: Ground) -> None:
    """Measure the desk in this process, without HTTP."""
    office = (await open_office(ground.settings, CLOCK, ground.server.url(DESK))).context
    try:
        numbers = count(1)
        await _work(office, numbers, WARM_S)
        await _limit(ground, WARM_S)
        pairs = await in_pairs(
            "intake_desk", lambda: _work(office, numbers, SECONDS), lambda: _limit(ground)
        )
    finally:
        await office.store.close()
    _require_same_rows(ground)
    show("intake_desk", pairs.value, "1/s", VERSUS % pairs.limit, pairs.ratio)


async def http(ground: Ground) -> None:
    """Measure the running backend, from another process."""
    runs = count(1)
    await post(ground, f"run{next(runs)}", WARM_S)
    pairs = await in_pairs(
        "intake_http",
        lambda: post(ground, f"run{next(runs)}", SECONDS),
        lambda: _quiet_limit(ground),
    )
    show("intake_http", pairs.value, "1/s", VERSUS % pairs.limit, pairs.ratio)
    await ground.settled()


async def _work(office: AppContext, numbers: "count[int]", seconds: float) -> float:
    done = 0
    begun = CLOCK.monotonic()

    async def worker() -> None:
        nonlocal done
        while CLOCK.monotonic() - begun < seconds:
            await record(office, report("desk", next(numbers)))
            done += 1

    await asyncio.gather(*(worker() for _ in range(CLIENTS)))
    return done / (CLOCK.monotonic() - begun)


async def _limit(ground: Ground, seconds: int = SECONDS) -> float:
    return await asyncio.to_thread(ground.pgbench, seconds)


async def _quiet_limit(ground: Ground) -> float:
    """What the backend still does behind its answers must not slow the limit down."""
    await ground.settled()
    return await _limit(ground)


async def post(ground: Ground, tag: str, seconds: float) -> float:
    """Take in reports from clients of another process for a while; gives how many a second."""
    await ground.settled()
    before = int(ground.ask("SELECT count(*) FROM report"))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.posting", "--port", str(ground.settings.web.port),
        "--token", str(ground.token("bots")), "--tag", tag, "--seconds", str(seconds),
        "--clients", str(CLIENTS), cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise BenchFailed(f"the clients ended with {process.returncode}")
    told = json.loads(said)
    taken = int(ground.ask("SELECT count(*) FROM report")) - before
    # Each client's last answer comes after the bell and is not counted.
    if told["failed"] or not told["done"] <= taken <= told["done"] + CLIENTS:
        raise BenchFailed(f"{taken} reports on record, the clients say {told}")
    note(f"intake_http: clients used {told['cpu']} s of processor time in {seconds} s")
    return float(told["done"]) / seconds


def _require_same_rows(ground: Ground) -> None:
    """Refuse a figure whose limit does not write what a report writes."""
    ours, limit = (ground.rows(TABLES, database) for database in (DESK, LIMIT))
    shares = [{t: n / rows["cases"] for t, n in rows.items()} for rows in (ours, limit)]
    if shares[0] != shares[1]:
        raise BenchFailed(f"rows a case: {shares[0]}, and of the limit {shares[1]}")
