"""The feed goes on whatever one of its listeners or its connection does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from backend.api import connector_line
from backend.api.connector_guard import CONNECTORS, MAX_COMMANDS, CommandLine, Connectors
from backend.desks.context import AppContext
from backend.jobs.reader import MAX_WAITING, FeedReader
from backend.jobs.sequencer import Sequencer
from backend.queries import feed_messages
from backend.store import feed
from backend.store.feed import FeedItem
from hotline.clock import iso
from tests.backend.api.conftest import make_case


@asynccontextmanager
async def feeding(office: AppContext, reader: FeedReader) -> AsyncIterator[Sequencer]:
    """Let a sequencer and a reader run, and wait until the reader has begun."""
    sequencer = Sequencer(office.store)
    tasks = [asyncio.create_task(one.run()) for one in (sequencer, reader)]
    await until(lambda: reader.tally.is_loaded)
    yield sequencer
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that comes soon."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.01)


async def raises(_: list[FeedItem]) -> None:
    raise ConnectionResetError("Cannot write to closing transport")


async def hangs(_: list[FeedItem]) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("bad", [raises, hangs])
async def test_d3_one_bad_listener_does_not_silence_the_feed(
    office: AppContext, bad: Callable[[list[FeedItem]], Awaitable[None]]
) -> None:
    heard: list[str] = []

    async def hear(items: list[FeedItem]) -> None:
        heard.extend(item.ref for item in items if item.kind == "case")

    reader = FeedReader(office.store, office.tally)
    for listener in (bad, hear):
        reader.add(listener)
    async with feeding(office, reader) as sequencer:
        for key in ("1", "2", "3"):
            number = await make_case(office, key)
            sequencer.woken.set()
            await until(lambda number=number: number in heard)  # type: ignore[misc]
    assert len(heard) == 3


async def test_d3_a_sequencer_that_failed_goes_on_over_another_connection(
    office: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, failures, heard = feed.number, [1, 2, 3], list[FeedItem]()

    async def fails(*given: Any) -> int:
        if failures:
            raise RuntimeError(failures.pop())
        return await number(*given)

    async def hear(items: list[FeedItem]) -> None:
        heard.extend(items)

    monkeypatch.setattr(feed, "number", fails)
    reader = FeedReader(office.store, office.tally)
    reader.add(hear)
    async with feeding(office, reader) as sequencer:
        await make_case(office)
        while failures:
            sequencer.woken.set()
            await asyncio.sleep(0.01)
        sequencer.woken.set()
        await until(lambda: bool(heard))


@pytest.mark.parametrize("at", ["294276-01-01", "4713-01-01 BC", "infinity", "-infinity"])
async def test_a_change_of_any_year_lets_the_feed_go_on(office: AppContext, at: str) -> None:
    """One such row let every reader fail at it, for ever."""
    heard: list[str] = []

    async def hear(items: list[FeedItem]) -> None:
        heard.extend(item.ref for item in items)
        assert all(iso(item.at) for item in items)

    reader = FeedReader(office.store, office.tally)
    reader.add(hear)
    async with feeding(office, reader) as sequencer:
        async with office.store.begin() as connection:
            await connection.exec_driver_sql(
                "INSERT INTO change (id, kind, ref, at) "
                f"VALUES (gen_random_uuid(), 'health', 'odd', '{at}')"
            )
        sequencer.woken.set()
        await until(lambda: heard == ["odd"])
        number = await make_case(office)
        sequencer.woken.set()
        await until(lambda: number in heard)
    assert await feed_messages.after(office, 0)


async def test_d3_the_lock_of_a_sequencer_ends_with_its_connection(office: AppContext) -> None:
    for _ in range(3):
        async with office.store.alone() as connection:
            assert await feed.lock(connection)


async def test_d3_telling_the_connectors_waits_for_none_of_them_and_never_fails() -> None:
    lines = [CommandLine(), CommandLine()]
    told = Connectors({}, lines=set(lines))
    for _ in range(3 * MAX_COMMANDS):
        told.tell({"kind": "notices"})
    assert [line.waiting.qsize() for line in lines] == [MAX_COMMANDS, MAX_COMMANDS]


async def test_a_connector_that_listens_is_told_also_after_another_was_cut() -> None:
    app = web.Application()
    app[CONNECTORS] = Connectors({})
    app.router.add_get("/connector/commands", connector_line.commands)
    async with TestClient(TestServer(app)) as client:
        cut = await client.ws_connect("/connector/commands")
        listening = await client.ws_connect("/connector/commands")
        await until(lambda: len(app[CONNECTORS].lines) == 2)
        assert cut._response.connection is not None
        transport = cut._response.connection.transport
        assert transport is not None
        transport.abort()
        for _ in range(3):
            app[CONNECTORS].tell({"kind": "notices"})
            assert await listening.receive_json(timeout=5) == {"kind": "notices"}
        await until(lambda: len(app[CONNECTORS].lines) == 1)


async def test_a_listener_that_misses_changes_is_told_so(office: AppContext) -> None:
    """Else consoles would go on showing what has changed meanwhile."""
    missed: list[str] = []
    reader = FeedReader(office.store, office.tally)
    reader.add(raises, lambda: missed.append("failed"))
    reader.add(hangs, lambda: missed.append("too many"))
    async with feeding(office, reader) as sequencer:
        await make_case(office)
        sequencer.woken.set()
        await until(lambda: missed == ["failed"])
        _, slow = reader.couriers
        await until(lambda: not slow.waiting)
        slow.take([FeedItem(1, uuid4(), "case", "1", office.clock.now())] * (MAX_WAITING + 1))
    assert missed == ["failed", "too many"]
    assert not slow.waiting
