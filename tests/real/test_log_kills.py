"""Workers are killed while they log thousands of things: each is in the log once."""

import asyncio
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from backend.store.record_check import RecordCheck
from backend.store.schema import migrate
from backend.store.session import Store, make_engine
from hotline.record.checkpoint import OFFICE, Signer
from tests.real.test_workers import two_workers
from tests.sizes import FULL

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

MANY = 200_000 if FULL else 40_000
KILLS = 10 if FULL else 2
SEED = 20261128
DONE_S = 300.0
_WRITTEN = text(
    "INSERT INTO audit (id, at, what, person, subject, address, request, session) "
    "SELECT gen_random_uuid(), timestamp '2026-11-28' + n * interval '1 second', "
    "'recording_opened', 'acceptor' || n % 50, 'recording ' || n, '', '', '' "
    "FROM generate_series(1, CAST(:many AS bigint)) AS n"
)


async def count(store: Store, table: str) -> int:
    async with store.connect() as connection:
        rows = await connection.execute(text(f"SELECT count(*) FROM {table}"))
        return int(rows.scalar_one())


async def test_workers_that_are_killed_while_they_log_lose_and_double_nothing(
    database: str, tmp_path: Path
) -> None:
    store, dice = Store(make_engine(database)), Random(SEED)
    await migrate(store.engine)
    async with store.connect() as connection:
        await connection.execute(_WRITTEN, {"many": MANY})
    killed = 0
    async with two_workers(database, tmp_path) as workers, asyncio.timeout(DONE_S):
        while killed < KILLS:
            before = await count(store, "log_due")
            while await count(store, "log_due") >= before:
                await asyncio.sleep(0.02)
            await asyncio.sleep(dice.uniform(0.0, 0.3))
            if not await count(store, "log_due"):
                break
            for worker in workers:
                worker.kill()
            killed += 1
        while await count(store, "log_due") or not await count(store, "log_checkpoint"):
            await asyncio.sleep(0.1)
    assert killed == KILLS
    key = (tmp_path / "tokens" / "log").read_text("ascii").strip()
    found = await RecordCheck(store, Signer(OFFICE, bytes.fromhex(key)).public).run()
    # What workers take in at a start, such as the city's files and articles, is logged with it.
    told = await count(store, "audit")
    others = await count(store, "log_entry WHERE kind NOT IN ('audit', 'head')")
    assert told >= MANY
    assert found.entries == told + others + found.months
    assert (found.waiting, found.gone) == (0, 0)
    assert found.checkpoints > 0
    await store.close()
