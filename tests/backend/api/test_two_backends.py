"""Two backends over one database: consoles on each are told the same, in the same order."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from backend.desks.authorization import viewer_of
from backend.desks.context import AppContext
from backend.jobs.reader import FeedReader
from backend.jobs.sequencer import ChangeAnnouncer, Sequencer
from backend.queries.inbox import counts_for
from backend.store import feed
from backend.store.feed import FeedItem
from backend.store.session import Store, make_engine
from hotline.case.tally import Tally
from hotline.clock import pause
from tests.backend.api.conftest import actor, make_case

pytestmark = pytest.mark.slow


@dataclass(slots=True)
class Backend:
    """What of a backend has to do with the feed."""

    office: AppContext
    sequencer: Sequencer
    announcer: ChangeAnnouncer
    reader: FeedReader
    heard: list[FeedItem] = field(default_factory=list)

    async def run(self) -> None:
        await asyncio.gather(self.sequencer.run(), self.announcer.run(), self.reader.run())


@pytest.fixture
def starts(office: AppContext, tables: str) -> Callable[[], Backend]:
    """Makes backends over the test's database, each with connections of its own."""

    def start() -> Backend:
        store = Store(make_engine(tables))
        tally = Tally(office.city.workflow.ends)
        ours = replace(office, store=store, tally=tally)
        reader = FeedReader(store, tally)
        made = Backend(ours, Sequencer(store), ChangeAnnouncer(store), reader)

        async def hear(items: list[FeedItem]) -> None:
            made.heard.extend(items)

        reader.add(hear)
        return made

    return start


@asynccontextmanager
async def running(*backends: Backend) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Let backends run, and wait until they have begun."""
    tasks = [asyncio.create_task(one.run()) for one in backends]
    await until(lambda: all(one.reader.tally.is_loaded for one in backends))
    yield tasks
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for one in backends:
        await one.office.store.close()


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that comes soon."""
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.01)


async def _nothing(items: list[FeedItem]) -> None:
    """Hear nothing."""


def refs(backend: Backend) -> list[str]:
    return [item.ref for item in backend.heard if item.kind == "case"]


async def same_counts(*backends: Backend) -> None:
    """What every backend folded is what stands on record."""
    for one in backends:
        viewer = viewer_of(one.office.city.workflow, actor(one.office, "leader"))
        unread = replace(one.office, tally=Tally(one.office.tally.ends))
        assert one.office.tally.counts(viewer) == await counts_for(unread, viewer)


async def test_both_are_told_everything_once_and_in_the_same_order(
    starts: Callable[[], Backend],
) -> None:
    one, two = starts(), starts()
    async with running(one, two):
        several = [make_case(which.office, f"{key}") for key in range(20) for which in (one, two)]
        await asyncio.gather(*several)
        # The same key is one case, whichever backend took it.
        await until(lambda: len(refs(one)) == len(refs(two)) == 20)
        assert one.heard == two.heard
        assert [item.seq for item in one.heard] == sorted({item.seq for item in one.heard})
        await same_counts(one, two)


async def test_the_other_one_numbers_when_the_sequencer_dies(
    starts: Callable[[], Backend],
) -> None:
    one, two = starts(), starts()
    async with running(one, two) as (dies, _):
        await make_case(one.office, "1")
        await until(lambda: len(refs(two)) == 1)
        dies.cancel()
        await asyncio.gather(dies, return_exceptions=True)
        await make_case(two.office, "2")
        await until(lambda: len(refs(two)) == 2)
        await same_counts(two)


async def test_lost_notifications_are_made_up_for(
    starts: Callable[[], Backend], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = starts()
    monkeypatch.setattr(feed, "CHANGES", "elsewhere")
    monkeypatch.setattr(feed, "NUMBERED", "elsewhere too")
    monkeypatch.setattr("backend.jobs.sequencer.POLL_S", 0.02)
    async with running(one):
        await make_case(one.office, "1")
        await until(lambda: len(refs(one)) == 1)


async def test_one_that_starts_in_the_middle_counts_nothing_twice(
    starts: Callable[[], Backend], office: AppContext
) -> None:
    """What was written and has no number yet is in the first count, and comes by the feed too."""
    await make_case(office, "1")
    one = starts()
    works = [one.reader.run(), one.sequencer.run(), one.announcer.run()]
    tasks = [asyncio.create_task(works.pop(0))]
    await until(lambda: one.reader.tally.is_loaded)
    tasks += [asyncio.create_task(work) for work in works]
    await until(lambda: len(refs(one)) == 1)
    await make_case(one.office, "2")
    await until(lambda: len(refs(one)) == 2)
    await same_counts(one)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await one.office.store.close()


async def test_what_nobody_can_read_is_counted_anew_and_holds_up_nothing(
    starts: Callable[[], Backend],
) -> None:
    one = starts()
    missed: list[str] = []
    one.reader.add(_nothing, lambda: missed.append("missed"))
    async with running(one):
        await make_case(one.office, "1")
        await until(lambda: len(refs(one)) == 1)
        async with one.office.store.connect() as connection:
            await connection.exec_driver_sql(
                "INSERT INTO change VALUES "
                "(gen_random_uuid(), 'case', 'odd', now(), NULL, '{\"stage\": 7}')"
            )
        # What comes while it is read anew is counted, and told as missed.
        await until(lambda: "odd" in refs(one) and missed == ["missed"])
        await make_case(one.office, "2")
        await until(lambda: len(refs(one)) == 3)
        await same_counts(one)


async def test_a_server_that_has_lost_the_newest_is_read_anew(
    starts: Callable[[], Backend],
) -> None:
    one = starts()
    missed: list[str] = []
    one.reader.add(one.reader.couriers[0].hear, lambda: missed.append("missed"))
    async with running(one) as (task,):
        await make_case(one.office, "1")
        await until(lambda: len(refs(one)) == 2)  # by two couriers
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with one.office.store.connect() as connection:
            await connection.exec_driver_sql("UPDATE feed SET id = gen_random_uuid()")
        again = asyncio.create_task(one.run())
        await until(lambda: bool(missed))
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)


async def test_one_that_is_woken_while_it_cannot_work_tries_with_pauses(
    starts: Callable[[], Backend], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, tries, paused = starts(), list[int](), list[float]()

    async def held(_: object) -> bool:
        tries.append(len(tries))
        one.sequencer.woken.set()
        return False

    async def pauses(woken: asyncio.Event, _: float) -> None:
        assert not woken.is_set()
        paused.append(0.0)
        await pause(woken, 0.01)

    monkeypatch.setattr(feed, "lock", held)
    monkeypatch.setattr("backend.jobs.sequencer.pause", pauses)
    task = asyncio.create_task(one.sequencer.run())
    await until(lambda: len(paused) > 2 or task.done())
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await one.office.store.close()
