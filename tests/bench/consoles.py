"""From a caller's ring to the message on twenty consoles' live feeds."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from tests.bench.calls import BLOCK, quiet, ring
from tests.bench.figure import BenchFailed, note, show
from tests.bench.ground import CLOCK, Ground
from tests.bench.people import feed_of, of_the_centre, signed_in

CONSOLES = 20
RATE, SECONDS = 10, 30
STAY_S = 1.0
WANTED_S = 0.3
CALLERS = (
    "SELECT string_agg(c.key || ' ' || t.address, ',') FROM call c"
    " JOIN contact t ON t.id = c.contact_id"
    " WHERE t.address::bigint >= %d AND t.address::bigint < %d AND t.channel = 'phone'"
)


@dataclass(slots=True)
class Console:
    """A browser's live feed: when each call was first told of."""

    socket: aiohttp.ClientWebSocketResponse
    told: dict[str, float] = field(default_factory=dict)

    async def listen(self) -> None:
        """Take messages until cancelled."""
        async for message in self.socket:
            at = CLOCK.monotonic()
            said = json.loads(message.data)
            if said["kind"] == "call":
                self.told.setdefault(said["call"], at)


async def ring_to_console(ground: Ground) -> None:
    """Measure while people ring the hotline itself and hang up in its greeting."""
    accounts = await of_the_centre(ground)
    async with AsyncExitStack() as stack:
        consoles = [
            await stack.enter_async_context(_console(ground, *accounts[turn % len(accounts)]))
            for turn in range(CONSOLES)
        ]
        listening = [asyncio.create_task(console.listen()) for console in consoles]
        rung = await ring(
            ground, ground.settings.phone.hotline_number, SECONDS,
            "--rate", str(RATE), "--stay", str(STAY_S),
        )  # fmt: skip
        await quiet(ground)
        await CLOCK.sleep(0.5)
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    found = ground.ask(CALLERS % (rung.first, rung.first + BLOCK))
    calls = dict(pair.split(" ") for pair in found.split(",") if pair)
    if len(calls) != rung.begun:
        raise BenchFailed(f"{rung.begun} callers rang, {len(calls)} are on record")
    waits = sorted(_waits(consoles, calls, rung.sent))
    value = waits[int(len(waits) * 0.95)]
    note(f"ring_to_console: {len(waits)} messages, median {waits[len(waits) // 2]:.3f} s,"
         f" longest {waits[-1]:.3f} s")  # fmt: skip
    versus = f"{WANTED_S:g} s, {CONSOLES} consoles, {RATE} calls/s for {SECONDS} s"
    show("ring_to_console_p95", value, "s", versus, value / WANTED_S)


def _waits(
    consoles: list[Console], calls: dict[str, str], sent: dict[str, float]
) -> list[float]:  # fmt: skip
    """Give the seconds from ring to message of every call on every console."""
    waits = []
    for console in consoles:
        missing = len(calls.keys() - console.told.keys())
        if missing:
            raise BenchFailed(f"a console was never told of {missing} calls")
        waits += [console.told[key] - sent[caller] for key, caller in calls.items()]
    return waits


@asynccontextmanager
async def _console(ground: Ground, username: str, password: str) -> AsyncIterator[Console]:
    """Sign in as a browser does and open the live feed."""
    base = f"http://127.0.0.1:{ground.settings.web.port}"
    async with signed_in(base, username, password) as browser, feed_of(browser) as socket:
        yield Console(socket)
