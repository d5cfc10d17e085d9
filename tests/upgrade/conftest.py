"""The folder of 0.1.0 brought over by the product's own start, with everybody who goes on in it."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio

from backend.client import BackendClient
from backend.store.session import Store, make_engine
from config.settings import ROOT
from hotline.clock import SystemClock
from tests.fakes.botapi import TOKEN, BotApi, serve
from tests.real.conftest import open_folder
from tests.real.people import Seat, signed_in
from tests.real.stack import Stack, make_stack
from tests.upgrade.folder import OldFolder, make_folder
from tests.upgrade.rows import PASSWORD, STAFF

__all__ = ["open_folder"]

CLOCK = SystemClock()
DOWN = timedelta(minutes=15)
"""So long nothing ran, between the stop of 0.1.0 and the start of this version."""
PATIENCE_S = 90.0


@dataclass(slots=True)
class Upgraded:
    """A folder of 0.1.0 in which this version runs."""

    old: OldFolder
    stack: Stack
    api: BotApi
    store: Store
    phone: BackendClient
    bots: BackendClient
    seats: dict[str, Seat] = field(default_factory=dict)

    def number(self, name: str) -> str:
        """Give the number of a case of the story."""
        return self.old.ledger.numbers[name]

    def rows(self, table: str, name: str) -> list[dict[str, Any]]:
        """Give what 0.1.0 had written about a case."""
        key = "id" if table == "cases" else "case_id"
        cases = self.old.ledger.tables["cases"]
        case = next(one["id"] for one in cases if one["number"] == self.number(name))
        return [row for row in self.old.ledger.tables[table] if row[key] == case]

    async def page(self, name: str) -> dict[str, Any]:
        """Give the page of a case of the story as the duty chief sees it."""
        return await self.seats["chief1"].file(self.number(name))

    async def said(self, chat: int, words: str) -> None:
        """Wait until the bot has said something to a chat."""

        async def found() -> bool:
            return any(words in one.text for one in self.api.of(chat))

        await until(
            found, lambda: f"{words!r} to {chat}: {[one.text for one in self.api.of(chat)]}"
        )


async def until(true: Callable[[], Awaitable[object]], told: Callable[[], object] = str) -> None:
    """Wait for something that must become true soon."""
    end = CLOCK.monotonic() + PATIENCE_S
    while not await true():
        assert CLOCK.monotonic() < end, told()
        await asyncio.sleep(0.1)


@contextmanager
def phone_connector(stack: Stack) -> Iterator[None]:
    """Run the phone connector beside an exchange that is not there."""
    with (stack.folder / "ivr.log").open("wb") as log:
        command = [sys.executable, "-m", "ivr"]
        process = subprocess.Popen(command, cwd=ROOT, env=stack.environment, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def upgraded(open_folder: Path) -> AsyncIterator[Upgraded]:
    """Make the folder of 0.1.0, start this version in it, and sit everybody down."""
    old = await make_folder(open_folder, CLOCK.now() - DOWN)
    async with serve(BotApi()) as served:
        more = {
            "HOTLINE_CONFIG": str(old.settings),
            "HOTLINE_TELEGRAM_TOKEN": TOKEN,
            "HOTLINE_TELEGRAM_BASE_URL": served.url,
            "HOTLINE_PHONE_ASTERISK_ROOT": str(open_folder / "no-exchange"),
        }
        stack = make_stack(open_folder, more)
        await asyncio.to_thread(stack.start)
        store = Store(make_engine(stack.database().url()))
        phone, bots = stack.client("ivr"), stack.client("bots")
        try:
            async with AsyncExitStack() as seats:
                with phone_connector(stack):
                    made = Upgraded(old, stack, served.api, store, phone, bots)
                    for name in STAFF:
                        seat = signed_in(stack, name, PASSWORD)
                        made.seats[name] = await seats.enter_async_context(seat)
                    yield made
        finally:
            await phone.close()
            await bots.close()
            await store.close()
            await asyncio.to_thread(stack.stop)
