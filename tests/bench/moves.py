"""Moves over HTTP beside PostgreSQL alone: the same rows read, locked and written."""

import asyncio
import json
import sys
from http.cookies import SimpleCookie
from itertools import count

import aiohttp

from config.settings import ROOT
from tests.bench import intake
from tests.bench.figure import BenchFailed, in_pairs, note, show
from tests.bench.ground import CLIENTS, LIMIT, Ground
from tests.bench.people import accounts

SECONDS = 3
WARM_S = 1
ACCEPTOR = "acceptor1"
WAITING = "SELECT coalesce(json_agg(number), '[]') FROM cases WHERE stage = 'reported'"
VERSUS = f"pgbench -M prepared -c {CLIENTS}, tests/bench/move.sql, %.1f/s"
Session = dict[str, str]


async def http(ground: Ground) -> None:
    """Measure the running backend, from another process."""
    session = await _signed_in(ground)
    runs = count(1)
    await _move(ground, session, next(runs), WARM_S)
    await _limit(ground)
    pairs = await in_pairs(
        "move_http", lambda: _move(ground, session, next(runs), SECONDS), lambda: _limit(ground)
    )
    show("move_http", pairs.value, "1/s", VERSUS % pairs.limit, pairs.ratio)
    await ground.settled()


async def _signed_in(ground: Ground) -> Session:
    base = f"http://127.0.0.1:{ground.settings.web.port}"
    typed = {"username": ACCEPTOR, "password": (await accounts(ground))[ACCEPTOR]}
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(f"{base}/api/login", json=typed) as answer,
    ):
        cookies = SimpleCookie()
        for line in answer.headers.getall("Set-Cookie"):
            cookies.load(line)
        named = "; ".join(f"{name}={one.value}" for name, one in cookies.items())
        return {"cookie": named, "csrf": (await answer.json())["csrf"]}


async def _move(ground: Ground, session: Session, run: int, seconds: int) -> float:
    """Take in more reports than can be moved, and move them."""
    await intake.post(ground, f"move{run}", seconds)
    await ground.settled()
    numbers = json.loads(ground.ask(WAITING))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.moving", "--port", str(ground.settings.web.port),
        "--seconds", str(seconds), "--clients", str(CLIENTS),
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate(json.dumps({**session, "numbers": numbers}).encode())
    if process.returncode != 0:
        raise BenchFailed(f"the clients ended with {process.returncode}")
    told = json.loads(said)
    moved = len(numbers) - len(json.loads(ground.ask(WAITING)))
    # Each client's last answer comes after the bell and is not counted.
    if told["failed"] or not told["done"] <= moved <= told["done"] + CLIENTS:
        raise BenchFailed(f"{moved} cases moved, the clients say {told}")
    note(f"move_http: clients used {told['cpu']} s of processor time in {seconds} s")
    return float(told["done"]) / seconds


async def _limit(ground: Ground) -> float:
    await ground.settled()
    await asyncio.to_thread(ground.pgbench, WARM_S)
    cases = ground.number_cases(LIMIT)
    return await asyncio.to_thread(ground.pgbench, SECONDS, "move.sql", cases)
