"""Who answers the connectors: the fake in memory, or the real backend over HTTP on PostgreSQL."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from aiohttp.web import Application

from backend.api.connector_guard import CONNECTORS
from backend.app import wake_connectors
from backend.client import BackendClient
from backend.desks import aside, binding, casework, triage
from backend.desks.context import AppContext
from backend.store import feed
from hotline.clock import FixedClock
from hotline.health import Ref
from hotline.people import Actor
from tests.cities import demo_city
from tests.fakes.backend import FakeBackend

CODE_MINUTES = 10


class Side(Protocol):
    """A backend as its two connectors see it, and what people and jobs do behind it."""

    phone: BackendClient
    clock: FixedClock

    @property
    def bots(self) -> BackendClient:
        """The message connectors' client."""
        ...

    async def code(self, person: str) -> str:
        """Make a one-use code for a person, good for ten minutes."""
        ...

    async def move(self, number: str, action: str, person: str, **given: Any) -> None:
        """Let somebody at a desk move a case."""
        ...

    async def work(self) -> None:
        """Let the office understand what was reported and heard."""
        ...

    async def wish_back(self, ref: Ref) -> None:
        """Let a person wish back what lies aside at the phone connector."""
        ...

    async def tell(self) -> None:
        """Let the connectors that listen be told of what has changed."""
        ...


@dataclass(slots=True)
class FakeSide:
    """The fake as connectors' tests have it: in memory for messages, over HTTP for the phone."""

    fake: FakeBackend
    phone: BackendClient
    clock: FixedClock

    @property
    def bots(self) -> BackendClient:
        """The message connectors' client."""
        return self.fake

    async def code(self, person: str) -> str:
        """Make a code at the fake."""
        ends = self.clock.now() + timedelta(minutes=CODE_MINUTES)
        return self.fake.bound.make_code(person, ends)

    async def move(self, number: str, action: str, person: str, **given: Any) -> None:
        """Move a case of the fake."""
        note = str(given.pop("note", ""))
        key = f"desk:{len(self.fake.keys)}"
        self.fake.move(number, action, _actor(person), key=key, note=note, given=given)

    async def work(self) -> None:
        """Nothing waits here."""

    async def wish_back(self, ref: Ref) -> None:
        """Wish back at the fake."""
        self.fake.wished.add((ref.queue, ref.ref))

    async def tell(self) -> None:
        """Who listens to the fake has been told."""


@dataclass(slots=True)
class RealSide:
    """The backend's own application, asked by the connectors' client with each one's token."""

    app: Application
    office: AppContext
    bots: BackendClient
    phone: BackendClient
    clock: FixedClock
    moves: int = 0

    async def code(self, person: str) -> str:
        """Make a code as the console does."""
        return (await binding.make_code(self.office, CODE_MINUTES, person, _actor(person)))[0]

    async def move(self, number: str, action: str, person: str, **given: Any) -> None:
        """Move a case as the console does."""
        self.moves += 1
        note, key = str(given.pop("note", "")), f"desk:{self.moves}"
        await casework.act(
            self.office, number, action, _actor(person), key=key, note=note, given=given
        )

    async def work(self) -> None:
        """Do what the worker does with words."""
        await triage.look_at_new(self.office)

    async def wish_back(self, ref: Ref) -> None:
        """Wish back as the health page does."""
        await aside.bring_back(self.office, ref)

    async def tell(self) -> None:
        """Do once what sequencer and reader do all the time, as soon as somebody listens."""
        while not self.app[CONNECTORS].lines:
            await asyncio.sleep(0.01)
        async with self.office.store.connect() as connection:
            last = await feed.last(connection)
            await feed.number(connection)
            items = await feed.after(connection, last, 500)
        await wake_connectors(self.app, items)


def _actor(person: str) -> Actor:
    return demo_city().organisation.person(person).actor()
