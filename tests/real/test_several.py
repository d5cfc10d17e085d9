"""Two backends and two workers, killed at random under load: each thing is done, and done once."""

import asyncio
import contextlib
import os
import secrets
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text

from backend.city import make_city
from backend.city_files import files_by
from backend.desks.accounts import load_people
from backend.passwords import Passwords
from backend.store import cases
from backend.store.schema import migrate
from backend.store.session import Store, make_engine
from config.settings import ROOT
from hotline.case.case import replay
from hotline.clock import SystemClock
from tests.real.stack import free_ports, make_stack
from tests.sizes import FULL

pytestmark = [pytest.mark.real, pytest.mark.alone, pytest.mark.timeout(900)]

CLOCK = SystemClock()
SEED = 20261126
SECONDS, KILLS = (60.0, 20) if FULL else (16.0, 4)
RATE = 10
# Cases that are too late: their lights turn while everything is killed.
LATE = 30
PATIENCE_S = 300.0
PARTS = ("backend-0", "backend-1", "worker-0", "worker-1")
ACCEPTOR = "acceptor1"
AWAY = (aiohttp.ClientError, ConnectionError, TimeoutError)


@dataclass(slots=True)
class Several:
    """The processes, each with a name, and what is needed to ask them."""

    folder: Path
    environment: dict[str, str]
    bases: list[str]
    token: str
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, part: str) -> None:
        """Start a process; it need not answer yet."""
        kind, _, place = part.partition("-")
        more = {"HOTLINE_WEB_PORT": self.bases[int(place)].rpartition(":")[2]}
        with (self.folder / f"{part}.log").open("ab") as log:
            self.running[part] = subprocess.Popen(
                [sys.executable, "-m", "backend", kind],
                cwd=ROOT, env=self.environment | more, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def end(self, part: str, how: signal.Signals) -> None:
        """End a process and wait for it."""
        process = self.running.pop(part)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        process.wait(60)

    def said(self) -> str:
        """Give what the processes said last."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"{one.name}: {one.read_text('utf-8', 'replace')[-1500:]}" for one in logs)


@pytest.fixture
async def several(database: str, tmp_path: Path) -> AsyncIterator[Several]:
    """Two backends and two workers over one database, which answer."""
    engine = make_engine(database)
    await migrate(engine)
    await engine.dispose()
    token = secrets.token_hex(16)
    url = database.replace("+asyncpg", "")
    more = {"HOTLINE_DATABASE_URL": url, "HOTLINE_CONNECTORS_BOTS_TOKEN": token}
    bases = [f"http://127.0.0.1:{port}" for port in free_ports(2)]
    made = Several(tmp_path, make_stack(tmp_path, more).environment, bases, token)
    for part in PARTS:
        made.start(part)
    try:
        await until(lambda: _ready(made), "the start", made)
        yield made
    finally:
        for part in list(made.running):
            made.end(part, signal.SIGTERM)


async def _ready(several: Several) -> bool:
    async with aiohttp.ClientSession() as session:
        try:
            for base in several.bases:
                async with session.get(f"{base}/readyz") as answer:
                    if answer.status != 200:
                        return False
        except AWAY:
            return False
    return True


async def until(true: Callable[[], Awaitable[bool]], what: str, several: Several) -> None:
    """Wait for something that comes in the end."""
    end = CLOCK.monotonic() + PATIENCE_S
    while not await true():
        assert CLOCK.monotonic() < end, f"{what} did not come:\n{several.said()}"
        await asyncio.sleep(0.2)


async def insist(
    session: aiohttp.ClientSession,
    bases: list[str],
    path: str,
    body: Mapping[str, Any],
    headers: Mapping[str, str],
) -> dict[str, Any]:
    """Ask whichever backend answers, with the same key, until one does."""
    turn = Random(str(body["key"])).randrange(len(bases))
    while True:
        base = bases[turn % len(bases)]
        try:
            own = {**headers, "Origin": base}
            async with session.post(base + path, json=body, headers=own) as answer:
                said = await answer.json()
                if answer.status == 200:
                    return dict(said)
                assert answer.status in (500, 502, 503, 504), said
        except AWAY:
            pass
        turn += 1
        await asyncio.sleep(0.2)


async def report(several: Several, session: aiohttp.ClientSession, key: str) -> str:
    """Hand in a report; gives its number."""
    body = {
        "channel": "terminal", "key": key, "contact": {"channel": "terminal", "address": key},
        "said_at": CLOCK.now().isoformat(), "text": "中山东路路口的井盖没了",
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {several.token}"}
    answer = await insist(session, several.bases, "/connector/reports", body, headers)
    return str(answer["number"])


async def seat_of(several: Several, store: Store) -> dict[str, str]:
    """Sign an acceptor in; gives what goes with every request of theirs."""
    settings, passwords = make_stack(several.folder, {}).settings, Passwords()
    organisation = make_city(files_by(settings)).organisation
    made = dict(
        await load_people(store, CLOCK, organisation.people, passwords, settings.people, "zh_CN")
    )
    passwords.close()
    typed = {"username": ACCEPTOR, "password": made[ACCEPTOR]}
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(f"{several.bases[0]}/api/login", json=typed) as answer,
    ):
        cookies = SimpleCookie()
        for line in answer.headers.getall("Set-Cookie"):
            cookies.load(line)
        csrf = (await answer.json())["csrf"]
    named = "; ".join(f"{name}={one.value}" for name, one in cookies.items())
    return {"Cookie": named, "X-CSRF-Token": csrf}


async def be_late(store: Store, numbers: list[str], dice: Random) -> None:
    """Let the lights of cases turn at random instants of the time that is to come."""
    async with store.begin() as connection:
        for number in numbers:
            yellow = dice.uniform(0, SECONDS / 2)
            for light, wait in (("yellow", yellow), ("red", yellow + dice.uniform(1, SECONDS / 2))):
                await connection.execute(
                    text(
                        "UPDATE job SET due = now() + make_interval(secs => :wait) "
                        "WHERE queue = 'timers' AND ref LIKE :ref"
                    ),
                    {"wait": wait, "ref": f"{number}/light.{light}@%"},
                )
            await connection.execute(
                text(
                    "UPDATE cases SET clocks = jsonb_set(clocks, '{stage}', clocks->'stage' || "
                    "jsonb_build_object('warn_at', now() - interval '2 hours', "
                    "'due_at', now() - interval '1 hour')), "
                    "stage_due = now() - interval '1 hour' WHERE number = :number"
                ),
                {"number": number},
            )


async def kill_at_random(several: Several, dice: Random) -> None:
    """Kill at random instants, each part once at first; all start anew at once."""
    for turn in range(KILLS):
        await asyncio.sleep(dice.uniform(0.5, 2 * SECONDS / KILLS - 0.5))
        part = PARTS[turn] if turn < len(PARTS) else dice.choice(PARTS)
        several.end(part, signal.SIGKILL)
        several.start(part)


async def load(
    several: Several, session: aiohttp.ClientSession, seat: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Hand in reports and decline each a moment later; gives numbers by key, and keys of moves."""
    numbers: dict[str, str] = {}
    moves: list[str] = []

    async def one(key: str) -> None:
        numbers[key] = await report(several, session, key)
        # What the office itself adds to a case meanwhile stops nobody.
        body = {
            "action": "decline",
            "key": f"move-{key}",
            "note": "不属于城管",
            "version": 1,
            "given": {"decline_reason": "out_of_scope"},
        }
        moves.append(f"console:{ACCEPTOR}:move-{key}")
        await insist(session, several.bases, f"/api/cases/{numbers[key]}/act", body, seat)

    begun = CLOCK.monotonic()
    async with asyncio.TaskGroup() as group:
        for turn in range(int(RATE * SECONDS)):
            await asyncio.sleep(max(0.0, begun + turn / RATE - CLOCK.monotonic()))
            group.create_task(one(f"report-{turn}"))
    return numbers, moves


async def value_of(store: Store, sql: str) -> int:
    """Give the one number that a query is about."""
    async with store.connect() as connection:
        return int((await connection.execute(text(sql))).scalar_one())


async def test_nothing_is_lost_or_done_twice_by_several_that_are_killed(several: Several) -> None:
    dice, store = Random(SEED), Store(make_engine(several.environment["HOTLINE_DATABASE_URL"]))
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
        seat = await seat_of(several, store)
        late = [await report(several, session, f"late-{turn}") for turn in range(LATE)]
        await be_late(store, late, dice)
        (numbers, moves), _ = await asyncio.gather(
            load(several, session, seat), kill_at_random(several, dice)
        )
    waiting = (
        "SELECT count(*) FROM job WHERE queue <> 'notices' AND state = 'waiting' AND due <= now()"
    )

    async def settled() -> bool:
        return not await value_of(store, waiting) + await value_of(
            store, "SELECT count(*) FROM change"
        )

    await until(settled, "the end of all work", several)
    assert await value_of(store, "SELECT count(*) FROM job WHERE state <> 'waiting'") == 0
    assert len(set(numbers.values())) == len(numbers)
    await everything_is_there_once(store, {*numbers.values(), *late}, moves)
    await lights_turned_once(store, late)
    told = "SELECT count(*) - count(DISTINCT id) FROM feed"
    assert await value_of(store, told) == 0
    await store.close()


async def everything_is_there_once(store: Store, numbers: set[str], moves: list[str]) -> None:
    """Each case was taken once, moved once, understood once at most, and is what its steps make."""
    async with store.connect() as connection:
        rows = await connection.execute(text("SELECT number FROM cases"))
        assert sorted(rows.scalars()) == sorted(numbers)
        keys = await connection.execute(text("SELECT key FROM step WHERE action = 'decline'"))
        assert sorted(keys.scalars()) == sorted(moves)
        for number in sorted(numbers):
            case = await cases.load(connection, number)
            steps = await cases.steps_of(connection, case.id)
            done = Counter(step.action for step in steps)
            assert done["suggest"] <= 1, (number, done)
            assert replay(steps).stage == case.stage
            assert (replay(steps).version, replay(steps).light) == (case.version, case.light)


async def lights_turned_once(store: Store, late: list[str]) -> None:
    """Each late case turned yellow and then red; none turned twice."""
    async with store.connect() as connection:
        for number in late:
            case = await cases.load(connection, number)
            steps = await cases.steps_of(connection, case.id)
            turned = [step.changes["light"] for step in steps if step.action == "light"]
            assert turned == ["yellow", "red"], (number, turned)
