"""From a report to the message on two hundred consoles, half of them on a second backend."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import cycle

import aiohttp

from tests.bench.figure import BenchFailed, note, show
from tests.bench.ground import CLOCK, Ground
from tests.bench.people import feed_of, of_the_centre, signed_in
from tests.real.stack import free_ports

CONSOLES, SESSIONS = 200, 10
RATE, SECONDS = 10, 20
WANTED_S = 0.3


@dataclass(slots=True)
class Screen:
    """A console's live feed: when each case was first told of, and the numbers in their order."""

    socket: aiohttp.ClientWebSocketResponse
    told: dict[str, float] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)

    async def listen(self) -> None:
        """Take messages until cancelled."""
        async for message in self.socket:
            at = CLOCK.monotonic()
            said = json.loads(message.data)
            if said["kind"] == "case":
                self.told.setdefault(said["number"], at)
                self.order.append(said["seq"])


async def two_backends(ground: Ground) -> None:
    """Measure while reports come in at both, evenly."""
    [second] = free_ports(1)
    ground.start_backend(second)
    bases = [f"http://127.0.0.1:{port}" for port in (ground.settings.web.port, second)]
    accounts = (await of_the_centre(ground))[:SESSIONS]
    async with AsyncExitStack() as stack:
        screens, listening = [], []
        for base in bases:
            browsers = [await stack.enter_async_context(signed_in(base, *one)) for one in accounts]
            for turn in range(CONSOLES // len(bases)):
                feed = feed_of(browsers[turn % len(browsers)])
                screens.append(Screen(await stack.enter_async_context(feed)))
                listening.append(asyncio.create_task(screens[-1].listen()))
        sent = await _report(ground, cycle(bases))
        await ground.until(
            lambda: all(sent.keys() <= one.told.keys() for one in screens), "the feed"
        )
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    if any(one.order != sorted(set(one.order)) for one in screens):
        raise BenchFailed("a console was told twice, or out of order")
    waits = sorted(one.told[number] - at for one in screens for number, at in sent.items())
    value = waits[int(len(waits) * 0.95)]
    note(f"feed_two_backends: {len(waits)} messages, median {waits[len(waits) // 2]:.3f} s,"
         f" longest {waits[-1]:.3f} s")  # fmt: skip
    versus = f"{WANTED_S:g} s, {CONSOLES} consoles, {RATE} reports/s for {SECONDS} s"
    show("feed_two_backends_p95", value, "s", versus, value / WANTED_S)


async def _report(ground: Ground, bases: Iterator[str]) -> dict[str, float]:
    """Hand in reports at a steady pace; gives the instant of each case's."""
    sent: dict[str, float] = {}
    token = ground.token("bots").read_text("ascii").strip()

    async def one(office: aiohttp.ClientSession, key: int) -> None:
        body = {
            "channel": "terminal", "key": f"feed-{key}", "text": "井盖没了",
            "contact": {"channel": "terminal", "address": f"feed-{key}"},
            "said_at": CLOCK.now().isoformat(),
        }  # fmt: skip
        at = CLOCK.monotonic()
        async with office.post(f"{next(bases)}/connector/reports", json=body) as answer:
            sent[(await answer.json())["number"]] = at

    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers, raise_for_status=True) as office,
        asyncio.TaskGroup() as group,
    ):
        begun = CLOCK.monotonic()
        for key in range(RATE * SECONDS):
            await CLOCK.sleep(max(0.0, begun + key / RATE - CLOCK.monotonic()))
            group.create_task(one(office, key))
    return sent
