"""What is asked for every report, move, call or round finds its rows by an index.

The planner is told to walk a table only where it has no other way, so few rows are enough.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.desks.context import AppContext
from backend.store import calls, cases, jobs, media, outbox, reports
from backend.store.writes import Writes
from hotline.channel import Channel
from hotline.errors import NotFound
from tests.cities import MONDAY

pytestmark = pytest.mark.slow

ID = UUID(int=1)


async def answered(connection: AsyncConnection) -> None:
    writes = Writes(connection, MONDAY)
    writes.drop_notices(ID, "c1")
    await writes.flush()


async def for_move(connection: AsyncConnection) -> None:
    with suppress(NotFound):
        await cases.load_for_move(connection, "nobody", "k")


PHONE = Channel.PHONE
Ask = Callable[[AsyncConnection], Awaitable[object]]
ASKED: dict[str, Ask] = {
    "calls of a number": lambda c: outbox.calls_since(c, "138", MONDAY),
    "notices to deliver": lambda c: outbox.tasks_of(c, {ID: 1}),
    "a notice that waits": lambda c: outbox.channel_of(c, ID),
    "notices that wait for long": lambda c: outbox.held_up(c, MONDAY),
    "what was heard and not said": lambda c: calls.unsaid(c, ID),
    "the newest case of a contact": lambda c: cases.newest_of(c, ID),
    "notices of a case": lambda c: answered(c),
    "steps of a case": lambda c: cases.steps_of(c, ID),
    "a case to be moved with its steps": lambda c: for_move(c),
    "recordings to write down": lambda c: jobs.lease(c, "q", "h", MONDAY, MONDAY, 10),
    "leases to put off": lambda c: jobs.extend(c, "q", "h", MONDAY, MONDAY, ["r"]),
    "a file by the key of its link": lambda c: media.linked(c, "k"),
    "lights that are due": lambda c: jobs.take(c, "q", MONDAY, 10),
    "the light that is due next": lambda c: jobs.first_due(c, "q", MONDAY),
    "dead letters": lambda c: jobs.dead(c, 10),
    "waits of a wrong clock": lambda c: jobs.right_clocks(c, "q", MONDAY, MONDAY, MONDAY),
    "a report by its key": lambda c: reports.receipt(c, PHONE, "k"),
    "reports of a contact": lambda c: reports.count_since(c, ID, MONDAY - timedelta(1)),
    "the contact of a call": lambda c: calls.contact_of_call(c, "k"),
}
GROWING = ("notice", "cases", "report", "step", "job", "call", "call_mark", "case_media")


@pytest.mark.parametrize("what", ASKED)
async def test_no_table_that_grows_is_walked(office: AppContext, what: str) -> None:
    said: list[tuple[str, Any]] = []

    def listen(_c: object, _k: object, statement: str, given: Any, *_: object) -> None:
        said.append((statement, given))

    async with office.store.connect() as connection:
        engine = office.store.engine.sync_engine
        event.listen(engine, "before_cursor_execute", listen)
        try:
            await ASKED[what](connection)
        finally:
            event.remove(engine, "before_cursor_execute", listen)
        ((statement, given),) = said
        await connection.execute(text("SET enable_seqscan = off"))
        try:
            rows = await connection.exec_driver_sql(f"EXPLAIN {statement}", given)
            plan = "\n".join(str(row[0]) for row in rows)
        finally:
            await connection.execute(text("RESET enable_seqscan"))
    walked = [table for table in GROWING if f"Seq Scan on {table} " in plan]
    assert walked == [], plan
