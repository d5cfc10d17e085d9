"""Message connectors know the city as the backend tells it, and learn of a release at once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from bots.city import CityWatch
from bots.delivery import DeliveryLoop
from hotline.errors import Unavailable
from hotline.profile import CityProfile, CityTold
from tests.bots.stage import Stage


class Teller:
    """A backend that tells one city, then another."""

    def __init__(self) -> None:
        self.release = "r1"
        self.away = False
        self.asked: list[str] = []
        self.said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def city(self, known: str) -> CityTold:
        """Tell what is new."""
        self.asked.append(known)
        if self.away:
            raise Unavailable("away")
        if known == self.release:
            return CityTold(known)
        return CityTold(self.release, CityProfile("Asia/Shanghai", self.release))

    async def commands(self) -> AsyncIterator[dict[str, Any]]:
        """Give what is said."""
        while True:
            yield await self.said.get()

    async def lease_notices(self, *_: object) -> list[object]:
        """Lease nothing."""
        return []


async def test_the_city_is_asked_for_once() -> None:
    teller = Teller()
    watch = CityWatch(teller)  # type: ignore[arg-type]
    for _ in range(3):
        assert (await watch.known()).name == "r1"
    assert teller.asked == [""]
    await watch.look()
    assert watch.now.name == "r1"
    assert teller.asked == ["", "r1"]


async def test_a_backend_that_is_away_leaves_the_city_as_it_is_known() -> None:
    teller = Teller()
    teller.away = True
    watch = CityWatch(teller)  # type: ignore[arg-type]
    assert (await watch.known()).zone == "UTC"
    teller.away = False
    assert (await watch.known()).name == "r1"
    teller.away, teller.release = True, "r2"
    await watch.look()
    assert watch.now.name == "r1"


async def test_a_command_brings_the_city_of_another_release(stage: Stage) -> None:
    teller = Teller()
    watch = CityWatch(teller)  # type: ignore[arg-type]
    loop = DeliveryLoop(teller, stage.channel, watch, stage.clock)  # type: ignore[arg-type]
    task = asyncio.create_task(loop.run())
    try:
        async with asyncio.timeout(20):
            while watch.now.name != "r1":
                await asyncio.sleep(0.01)
            teller.release = "r2"
            teller.said.put_nowait({"kind": "city"})
            while watch.now.name != "r2":
                await asyncio.sleep(0.01)
    finally:
        task.cancel()
