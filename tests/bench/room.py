"""A telephone room of the bench: a city with as many seats as are wanted, and their telephones."""

import asyncio
import json
import re
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp

from config.settings import ROOT
from tests.bench.calls import BLOCK, Rung
from tests.bench.figure import BenchFailed
from tests.bench.ground import Ground
from tests.bench.people import accounts

SEATS: Final = 60
WRAP_UP_S: Final = 1
RING_S, TALK_S = (1.0, 2.0), 2.0
ONE_MORE: Final = """
[[person]]
code = "{code}"
name = "坐席{turn}"
name_en = "Seat {turn}"
post = "acceptor"
"""
# Of the calls of a block of numbers: how many have begun, ended, and talked with a seat.
TOLD: Final = """
SELECT count(DISTINCT m.call_key) FROM call c JOIN contact t ON t.id = c.contact_id
 JOIN call_mark m ON m.call_key = c.key
 WHERE t.address::bigint >= %d AND t.address::bigint < %d AND t.channel = 'phone' AND m.mark = '%s'
"""
STUCK: Final = "SELECT count(*) FROM seat WHERE state NOT IN ('ready', 'off', 'paused')"


def city_of_seats(folder: Path, many: int = SEATS, wrap_up_s: int = WRAP_UP_S) -> dict[str, str]:
    """Make a city in which many people take calls, and have so long to write behind them."""
    city = folder / "city"
    shutil.copytree(ROOT / "config" / "city" / "demo", city)
    people = city / "people.toml"
    more = (ONE_MORE.format(code=code, turn=turn) for turn, code in enumerate(codes(many), 1))
    people.write_text(people.read_text("utf-8") + "".join(more), "utf-8")
    room = city / "room.toml"
    text, changed = re.subn(
        r"^wrap_up_s = \d+$", f"wrap_up_s = {wrap_up_s}", room.read_text("utf-8"), flags=re.M
    )
    if not changed:
        raise BenchFailed("room.toml says no time behind a call")
    room.write_text(text, "utf-8")
    return {"HOTLINE_HOME_CITY": str(city)}


def codes(many: int) -> list[str]:
    """Give who sits there."""
    return [f"bench{turn}" for turn in range(1, many + 1)]


@dataclass(slots=True)
class SeatSession:
    """Somebody at their console, whose telephone is elsewhere."""

    browser: aiohttp.ClientSession
    csrf: str
    line: tuple[str, str] = ("", "")

    async def ask(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        """Ask the office for something."""
        async with self.browser.post(path, json=body, headers=self.head) as answer:
            return dict(await answer.json())

    @property
    def head(self) -> dict[str, str]:
        """What a browser sends along."""
        return {"Origin": str(self.browser._base_url), "X-CSRF-Token": self.csrf}

    async def online(self) -> None:
        """Take one's seat."""
        line = (await self.ask("/api/seat/online", {"device": "phone"}))["line"]
        self.line = (line["name"], line["password"])

    async def act(self, what: str, reason: str = "") -> None:
        """Pause, go on, leave."""
        await self.ask("/api/seat/act", {"what": what, "reason": reason})


@asynccontextmanager
async def _session(base: str, username: str, password: str) -> AsyncIterator[SeatSession]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(base, cookie_jar=jar, raise_for_status=True) as browser:
        typed = {"username": username, "password": password}
        async with browser.post("/api/login", json=typed) as answer:
            yield SeatSession(browser, (await answer.json())["csrf"])


@dataclass(slots=True)
class BenchRoom:
    """Seats that are online, and the process of their telephones."""

    ground: Ground
    seats: Sequence[SeatSession]
    process: asyncio.subprocess.Process

    async def act(self, what: str, reason: str = "", besides: int = 0) -> None:
        """Let every seat do something, or all but the first ones."""
        await asyncio.gather(*(one.act(what, reason) for one in self.seats[besides:]))

    async def settled(self) -> None:
        """Wait until no seat rings, talks or writes."""
        await self.ground.until(lambda: self.ground.ask(STUCK) == "0", "the seats' last calls")

    async def told(self) -> dict[str, Any]:
        """End the telephones; gives what they say."""
        said, _ = await self.process.communicate(b"")
        if self.process.returncode != 0:
            raise BenchFailed(f"the telephones ended with {self.process.returncode}")
        found: dict[str, Any] = json.loads(said.splitlines()[-1])
        return found


@asynccontextmanager
async def manned(ground: Ground, many: int, patient: int = 0) -> AsyncIterator[BenchRoom]:
    """Let so many people take their seats, with telephones that are signed in.

    The first ones, who are patient, talk for as long as their first callers do.
    """
    known = await accounts(ground)
    base = f"http://127.0.0.1:{ground.settings.web.port}"
    async with AsyncExitStack() as stack:
        seats = [
            await stack.enter_async_context(_session(base, code, known[code]))
            for code in codes(many)
        ]
        for one in seats:
            await one.online()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.answering", cwd=ROOT,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        room = BenchRoom(ground, seats, process)
        try:
            await _signed_in(room, patient)
            yield room
            await room.act("off")
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _signed_in(room: BenchRoom, patient: int) -> None:
    assert room.process.stdin is not None
    assert room.process.stdout is not None
    given = {
        "port": room.ground.settings.phone.sip_port, "lines": [one.line for one in room.seats],
        "patient": [one.line[0] for one in room.seats[:patient]],
        "ring_s": RING_S, "talk_s": TALK_S,
    }  # fmt: skip
    room.process.stdin.write(json.dumps(given).encode() + b"\n")
    async with asyncio.timeout(60):
        if await room.process.stdout.readline() != b"ready\n":
            raise BenchFailed("the telephones are not signed in")


def marked(ground: Ground, rung: Rung, mark: str) -> int:
    """Count the calls of a run in which something has happened, as it is on record."""
    return int(ground.ask(TOLD % (rung.first, rung.first + BLOCK, mark)))
