"""Workers are killed in the middle of the nightly retention: nothing goes twice, nothing half."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from backend.desks import acceptance
from backend.desks.context import AppContext
from backend.store.record_check import RecordCheck
from backend.store.schema import migrate
from backend.store.session import Store, make_engine
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.record.checkpoint import OFFICE, Signer
from hotline.report import Contact, NewReport
from tests.real.test_workers import CLOCK, made_office, two_workers
from tests.sizes import FULL

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

MANY = 6_000 if FULL else 1_500
KILLS = 6 if FULL else 3
SEED = 20261128
DONE_S = 420.0
LONG_AGO = timedelta(days=4_300)


async def told(office: AppContext, turn: int) -> None:
    contact = Contact(Channel.PHONE, f"138{turn:08}", f"王{turn}")
    words = f"第{turn}号井盖没了"
    said = NewReport(Channel.PHONE, f"k{turn}", contact, office.clock.now(), text=words)
    await acceptance.record(office, said, connector="ivr")


async def number(store: Store, asked: str) -> int:
    async with store.connect() as connection:
        return int((await connection.execute(text(f"SELECT count(*) FROM {asked}"))).scalar_one())


async def test_a_night_whose_workers_are_killed_takes_each_case_once_and_whole(
    database: str, tmp_path: Path
) -> None:
    store, dice = Store(make_engine(database)), Random(SEED)
    await migrate(store.engine)
    office = replace(await made_office(database), clock=FixedClock(CLOCK.now() - LONG_AGO))
    for begin in range(0, MANY, 50):
        await asyncio.gather(*(told(office, turn) for turn in range(begin, begin + 50)))
    async with store.begin() as connection:
        # As if they had been handled all those years ago; and no call rings for them any more.
        await connection.execute(text("UPDATE cases SET stage = 'closed', light = 'green'"))
        closed = '{"stage": "closed", "light": "green"}'
        as_told = text("UPDATE step SET changes = changes || CAST(:closed AS jsonb)")
        await connection.execute(as_told, {"closed": closed})
        await connection.execute(text("DELETE FROM job"))
        await connection.execute(text("DELETE FROM change"))
    killed = 0
    async with two_workers(database, tmp_path, HOTLINE_PRIVACY_RETENTION_HOUR="0") as workers:
        async with asyncio.timeout(DONE_S):
            while killed < KILLS:
                before = await number(store, "erased")
                while await number(store, "erased") <= before:
                    await asyncio.sleep(0.01)
                await asyncio.sleep(dice.uniform(0.0, 0.1))
                for worker in workers:
                    worker.kill()
                killed += 1
                assert await number(store, "retention_night WHERE done_at IS NULL") == 1
            while not await number(store, "retention_night WHERE done_at IS NOT NULL"):
                await asyncio.sleep(0.1)
            while await number(store, "log_due") or not await number(store, "log_checkpoint"):
                await asyncio.sleep(0.1)
    assert await number(store, "report WHERE contact_id IS NOT NULL OR text <> ''") == 0
    assert await number(store, "cases WHERE text <> '' OR place_text <> ''") == 0
    assert await number(store, "contact WHERE address <> ''") == 0
    # What the audit says went is each once: a batch that was cut off said nothing.
    async with store.connect() as connection:
        rows = await connection.execute(text("SELECT subject FROM audit WHERE what = 'erased'"))
        went = Counter[str]()
        for kind, many in (str(one).split() for one in rows.scalars()):
            went[kind] += int(many)
        marks = await connection.execute(text("SELECT kind, count(*) FROM erased GROUP BY kind"))
        marked = {str(kind): int(many) for kind, many in marks}
    assert {went["words"], went["contact"], marked["words"], marked["contact"]} == {MANY}
    key = (tmp_path / "tokens" / "log").read_text("ascii").strip()
    found = await RecordCheck(store, Signer(OFFICE, bytes.fromhex(key)).public).run()
    assert (found.waiting, found.gone, found.entries > 4 * MANY) == (0, 0, True)
    await office.store.close()
    await store.close()
