"""From publishing a release to when all that runs goes by it, while reports come in."""

import asyncio
import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count, cycle
from typing import Final

import aiohttp

from backend.city_files import sections_by
from backend.client import BackendClient
from backend.desks import publishing
from backend.desks.publishing import Publication
from backend.release_check import check
from backend.store.session import Store, make_engine
from bots.city import CityWatch
from bots.console import Terminal
from bots.delivery import DeliveryLoop
from hotline.release import Section
from tests.bench.figure import BenchFailed, note, show
from tests.bench.ground import CLOCK, Ground
from tests.real.stack import free_ports

TIMES, RATE, WANTED_S = 20, 10, 2.0
LOOK_S: Final = 0.02
PATIENCE_S: Final = 30.0
BY: Final = Publication("bench")


@dataclass(slots=True)
class Watched:
    """What follows releases: backends as the phone connector asks them, and message connectors."""

    phones: Sequence[BackendClient]
    bots: Sequence[BackendClient]
    watches: list[CityWatch] = field(default_factory=list)
    loops: list[asyncio.Task[None]] = field(default_factory=list)

    def begin(self) -> None:
        """Let message connectors deliver, and so listen to what the backend says."""
        for turn, client in enumerate(self.bots):
            watch, terminal = CityWatch(client), Terminal(io.StringIO(), "zh_CN")
            loop = DeliveryLoop(client, terminal, watch, CLOCK, f"terminal:bench-{turn}")
            self.watches.append(watch)
            self.loops.append(asyncio.create_task(loop.run()))

    async def seen(self, release: str, name: str, since: float) -> list[float]:
        """Give after how many seconds each has seen a release that gives the city a name."""
        every = [self._by_phone(one, release, since) for one in self.phones]
        every += [self._by_bots(one, name, since) for one in self.watches]
        async with asyncio.timeout(PATIENCE_S):
            return list(await asyncio.gather(*every))

    async def _by_phone(self, client: BackendClient, release: str, since: float) -> float:
        while (await client.city(release)).release != release:
            await asyncio.sleep(LOOK_S)
        return CLOCK.monotonic() - since

    async def _by_bots(self, watch: CityWatch, name: str, since: float) -> float:
        while watch.now.name_en != name:
            await asyncio.sleep(LOOK_S)
        return CLOCK.monotonic() - since

    async def end(self) -> None:
        """End what was begun."""
        for task in self.loops:
            task.cancel()
        await asyncio.gather(*self.loops, return_exceptions=True)
        for client in (*self.phones, *self.bots):
            await client.close()


@dataclass(slots=True)
class Load:
    """Reports that come in evenly at all backends; each that is not taken is counted."""

    bases: Sequence[str]
    token: str
    rate: int
    taken: int = 0
    failed: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Report until cancelled, and wait for what is on its way."""
        bases, begun = cycle(self.bases), CLOCK.monotonic()
        headers = {"Authorization": f"Bearer {self.token}"}
        async with aiohttp.ClientSession(headers=headers) as office:
            waiting: set[asyncio.Task[None]] = set()
            try:
                for turn in count():
                    await CLOCK.sleep(max(0.0, begun + turn / self.rate - CLOCK.monotonic()))
                    waiting.add(asyncio.create_task(self._report(office, next(bases), turn)))
            finally:
                await asyncio.gather(*waiting)

    async def _report(self, office: aiohttp.ClientSession, base: str, turn: int) -> None:
        body = {
            "channel": "terminal", "key": f"publish-{turn}", "text": "井盖没了",
            "contact": {"channel": "terminal", "address": f"publish-{turn}"},
            "said_at": CLOCK.now().isoformat(),
        }  # fmt: skip
        try:
            async with office.post(f"{base}/connector/reports", json=body) as answer:
                said = await answer.text()
            if answer.status == 200:
                self.taken += 1
            else:
                self.failed.append(said[:200])
        except (aiohttp.ClientError, TimeoutError) as error:
            self.failed.append(repr(error))


def named(sections: Mapping[str, Section], name: str) -> dict[str, Section]:
    """Give a city's sections with another English name."""
    one = sections["city"]
    lines = [
        f'name_en = "{name}"' if line.startswith("name_en") and at < 8 else line
        for at, line in enumerate(one.text.splitlines())
    ]
    return {**sections, "city": Section(one.format, "\n".join(lines))}


async def publish_often(
    store: Store, sections: Mapping[str, Section], watched: Watched, load: Load, times: int
) -> list[float]:
    """Publish so often under load; gives how long everybody took, each time."""
    found: list[float] = []
    watched.begin()
    loading = asyncio.create_task(load.run())
    try:
        for turn in range(times):
            name = f"City {turn}"
            made = await publishing.publish(store, CLOCK, named(sections, name), check, None, BY)
            found += await watched.seen(made.release, name, CLOCK.monotonic())
    finally:
        loading.cancel()
        with suppress(asyncio.CancelledError):
            await loading
        await watched.end()
    return found


async def seen(ground: Ground) -> None:
    """Measure over two backends, with connectors of both kinds at each."""
    [second] = free_ports(1)
    ground.start_backend(second)
    bases = [f"http://127.0.0.1:{port}" for port in (ground.settings.web.port, second)]
    phone, bots = (ground.token(one).read_text("ascii").strip() for one in ("ivr", "bots"))
    watched = Watched(
        [BackendClient(base, phone) for base in bases],
        [BackendClient(base, bots) for base in bases],
    )
    store, load = Store(make_engine(ground.server.url())), Load(bases, bots, RATE)
    try:
        found = sorted(
            await publish_often(store, sections_by(ground.settings), watched, load, TIMES)
        )
    finally:
        await store.close()
    if load.failed or not load.taken:
        raise BenchFailed(f"{len(load.failed)} requests failed: {load.failed[:3]}")
    value = found[int(len(found) * 0.95)]
    note(f"publish_seen: {TIMES} releases, median {found[len(found) // 2]:.3f} s, longest "
         f"{found[-1]:.3f} s, {load.taken} reports taken meanwhile")  # fmt: skip
    versus = f"{WANTED_S:g} s, two backends, two connectors at each, {RATE} reports/s, 0 failed"
    show("publish_seen_p95", value, "s", versus, value / WANTED_S)
