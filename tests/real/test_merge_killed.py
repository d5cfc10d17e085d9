"""A merge that is killed between the steps of its two cases: both happen once, or neither does."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from backend.operations.postgres import Postgres
from backend.store import cases
from backend.store.session import Store, make_engine
from hotline.case.case import Case, Step, replay
from tests.real.console.desk import Desk
from tests.real.console.reports import message
from tests.real.console.stage import Stage, staged, until

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

# The step of the leading case waits for the test, once the merged one's is written.
WAITS = """
CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.action = 'gain_follower' THEN PERFORM pg_advisory_xact_lock(4242); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER wait_for_test BEFORE INSERT ON step FOR EACH ROW EXECUTE FUNCTION wait_for_test();
"""
STUCK = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4242 AND NOT granted"


@pytest.fixture
def stage(postgres: Postgres, tmp_path: Path) -> Iterator[Stage]:
    """A backend of its own, which is killed."""
    with staged(postgres, tmp_path, name="killed") as running:
        yield running


def run(stage: Stage, sql: str) -> object:
    """Let the database do something; gives the first value of it."""
    return stage.thread.submit(asyncio.run, _run(stage, sql)).result(60)


async def _run(stage: Stage, sql: str) -> object:
    connection = await asyncpg.connect(stage.settings.database.url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(sql) if sql == STUCK else await connection.execute(sql)
    finally:
        await connection.close()


async def _loaded(stage: Stage, number: str) -> tuple[Case, list[Step]]:
    store = Store(make_engine(stage.settings.database.url))
    try:
        async with store.connect() as connection:
            case = await cases.load(connection, number)
            return case, await cases.steps_of(connection, case.id)
    finally:
        await store.close()


def done(stage: Stage, number: str) -> tuple[str, int, list[str]]:
    """Where a case stands, how many follow it and what was done, its steps replayed."""
    case, steps = stage.thread.submit(asyncio.run, _loaded(stage, number)).result(60)
    assert replay(steps) == case
    actions = [one.action for one in steps if one.action not in ("suggest", "light")]
    return case.stage, case.counts.get("follower_count", 0), actions


class Holder:
    """Holds what the step of the leading case waits for."""

    def __init__(self, stage: Stage) -> None:
        self._url = stage.settings.database.url.replace("+asyncpg", "")
        self._loop = asyncio.new_event_loop()
        self._held = self._loop.run_until_complete(asyncpg.connect(self._url))
        self._loop.run_until_complete(self._held.execute("SELECT pg_advisory_lock(4242)"))

    def let_go(self) -> None:
        """Nobody waits any more."""
        self._loop.run_until_complete(self._held.close())
        self._loop.close()


def killed_in_the_middle(stage: Stage, merging: Future[dict[str, Any]]) -> None:
    """Kill the backend by force while the merge hangs between its cases, and start it anew."""
    until(lambda: merging.done() or run(stage, STUCK), 60, "the merge is between its two cases")
    assert not merging.done(), merging.result()
    for process in stage.processes:
        process.kill()
        process.wait(30)
    stage.processes.clear()
    with pytest.raises((HTTPException, ConnectionError)):  # nobody was told that it was done
        merging.result(60)


def test_a_merge_killed_between_its_two_cases_loses_and_doubles_nothing(stage: Stage) -> None:
    leader, number = message(stage, "路灯不亮"), message(stage, "路灯坏了")
    run(stage, WAITS)
    holder, desk = Holder(stage), Desk(stage, "acceptor1")
    with ThreadPoolExecutor(1) as aside:
        merging = aside.submit(desk.act, number, "merge", key="merged-once", leader=leader)
        killed_in_the_middle(stage, merging)
    holder.let_go()
    until(lambda: not run(stage, STUCK), 60, "the database has let go of the dead")
    assert done(stage, number) == ("reported", 0, ["report"])
    assert done(stage, leader) == ("reported", 0, ["report"])
    stage.start()
    # Who pressed the button presses it again, twice: it is done once.
    desk = Desk(stage, "acceptor1")
    for _ in range(2):
        desk.act(number, "merge", key="merged-once", leader=leader)
    assert done(stage, number) == ("merged", 0, ["report", "merge"])
    assert done(stage, leader) == ("reported", 1, ["report", "gain_follower"])
