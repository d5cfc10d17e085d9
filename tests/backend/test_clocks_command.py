"""`hotline clocks` counts every clock of a database once more, and tells what differs."""

import asyncio

import pytest
from sqlalchemy import text

from backend.queries.clock_replay import BATCH, MOST_TOLD, replay_all
from backend.store.session import Store, make_engine
from tests.backend.commands import Run

pytestmark = pytest.mark.slow

CASES = 60
# Some step by which a clock of a case that is open ends.
SOME_STEP = (
    "SELECT case_id, seq FROM step WHERE changes->'clocks'->'stage'->>'due_at' IS NOT NULL "
    "ORDER BY case_id, seq LIMIT 1"
)


@pytest.fixture
def run(hotline_on: Run) -> Run:
    """Run a command of `hotline`."""
    return hotline_on


def change(database: str, *statements: str) -> None:
    """Write into the database as no software of ours does."""

    async def writes() -> None:
        store = Store(make_engine(database))
        async with store.begin() as connection:
            for one in statements:
                await connection.execute(text(one))
        await store.close()

    asyncio.run(writes())


def test_a_city_s_clocks_are_counted_and_what_somebody_changed_is_told(
    run: Run, database: str
) -> None:
    code, told = run("clocks")
    assert code == 2, "a database without tables is no database without differences"
    assert run("release", "publish", "--note", "first")[0] == 0
    code, told = run("clocks")
    assert code == 0
    _said(told, "0 cases, 0 clocks", " 0 differ")
    code, told = run("seed", "--cases", str(CASES), "--processes", "1")
    assert code == 0, told
    code, told = run("clocks")
    _said(told, f"{CASES} cases, ", " 0 differ")
    assert code == 0
    # An hour more in the case alone, and a minute more in a step alone.
    change(
        database,
        "UPDATE cases SET clocks = jsonb_set(clocks, '{stage,due_at}', "
        "to_jsonb('2027-01-01T00:00:00Z'::text)), stage_due = '2027-01-01T00:00:00Z' "
        f"WHERE id = (SELECT case_id FROM ({SOME_STEP}) AS one)",
    )
    code, told = run("clocks")
    assert code == 1
    _said(told, "clock stage: due_at stands as 2027-01-01 00:00:00", "1 differ")
    change(
        database,
        "UPDATE step SET changes = jsonb_set(changes, '{clocks,stage,due_at}', "
        f"to_jsonb('2027-01-01T00:00:00Z'::text)) WHERE (case_id, seq) = ({SOME_STEP})",
    )
    code, told = run("clocks")
    assert code == 1
    _said(told, "clock stage: due_at is 2027-01-01 00:00:00")
    change(database, "UPDATE cases SET clocks = '{\"stage\": 7}'")
    code, told = run("clocks")
    assert code == 1
    _said(told, "differ.")
    assert len(told.splitlines()) <= MOST_TOLD + 5
    # A calendar that nobody kept tells nothing, and is no difference of itself.
    change(
        database,
        "UPDATE cases SET clocks = '{}', stage_due = NULL",
        "DELETE FROM step",
    )
    assert run("clocks")[0] == 0


def _said(told: str, *parts: str) -> str:
    for part in parts:
        assert part in told, told
    return told


async def test_all_cases_are_looked_at_however_they_are_cut(run: Run, database: str) -> None:
    await asyncio.to_thread(run, "release", "publish", "--note", "first")
    await asyncio.to_thread(run, "seed", "--cases", str(CASES), "--processes", "1")
    store = Store(make_engine(database))
    try:
        sums = set()
        for batch in (1, 7, CASES, BATCH):
            seen = [
                (one.cases, one.counted, one.unknown, one.differences)
                async for one in replay_all(store, batch=batch)
            ]
            assert len(seen) == -(-CASES // batch)
            sums.add(seen[-1])
        ((cases, counted, unknown, differences),) = sums
        assert (cases, unknown, differences) == (CASES, 0, 0)
        assert counted > 2 * CASES
    finally:
        await store.close()
