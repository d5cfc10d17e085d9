"""What is asked for every report, move, call or round finds its rows by an index.

The planner is told to walk a table only where it has no other way, so few rows are enough.
"""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.desks.context import AppContext
from backend.store import calls, cases, jobs, media, neighbours, outbox, reports, views
from backend.store.order import Order, PageCursor, Sort
from backend.store.search import Word, found_with
from backend.store.views import CaseFilter
from backend.store.writes import Writes
from hotline.channel import Channel
from hotline.errors import NotFound
from hotline.intake.result import URGENCIES
from hotline.place.point import Flat, Point
from hotline.rights.scopes import Everything, Holds, InAreas, Scope
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
    "a notice that waits": lambda c: outbox.waiting(c, ID),
    "notices that wait for long": lambda c: outbox.held_up(c, MONDAY),
    "what was heard and not said": lambda c: calls.unsaid(c, ID),
    "the newest case of a contact": lambda c: cases.newest_of(c, ID),
    "notices of a case": lambda c: answered(c),
    "steps of a case": lambda c: cases.steps_of(c, ID),
    "a case to be moved with its steps": lambda c: for_move(c),
    "recordings to write down": lambda c: jobs.lease(c, "q", "h", MONDAY, MONDAY, 10),
    "leases to put off": lambda c: jobs.extend(c, "q", "h", MONDAY, MONDAY, ["r"]),
    "a file by the key of its link": lambda c: media.linked(c, ["k"]),
    "lights that are due": lambda c: jobs.take(c, "q", MONDAY, 10),
    "the light that is due next": lambda c: jobs.first_due(c, "q", MONDAY),
    "dead letters": lambda c: jobs.dead(c, 10),
    "waits of a wrong clock": lambda c: jobs.right_clocks(c, "q", MONDAY, MONDAY, MONDAY),
    "a report by its key": lambda c: reports.receipt(c, PHONE, ["k"]),
    "reports of a contact": lambda c: reports.count_since(c, ID, MONDAY - timedelta(1)),
    "cases near a spot": lambda c: neighbours.around(
        *(c, Everything(), Flat(Point(121.6, 29.8))),
        reach=100,
        matter="01001",
        of_class=500,
        ends=("closed",),
        since=MONDAY,
        own=None,
        most=20,
    ),
    "the contact of a call": lambda c: calls.contact_of_call(c, "k"),
}
GROWING = ("notice", "cases", "report", "step", "job", "call", "call_mark", "case_media")


# Of a list its filter, and the index that its page is read by, one that has the order.
PAGES: dict[str, tuple[CaseFilter, str]] = {
    "the newest": (CaseFilter(), "Backward using pk_cases"),
    "the newest, further on": (
        CaseFilter(order=Order(after=PageCursor(ID))),
        "Backward using pk_cases",
    ),
    "the oldest": (CaseFilter(order=Order(Sort.OLDEST)), "Scan using pk_cases"),
    "the least time left": (CaseFilter(order=Order(Sort.LEFT)), "Scan using ix_cases_left"),
    "the least time left, further on": (
        CaseFilter(order=Order(Sort.LEFT, PageCursor(ID, 1, MONDAY))),
        "Scan using ix_cases_left",
    ),
    **{
        f"{sort}{further}": (CaseFilter(order=Order(sort, after)), f"{way} using {index}")
        for sort, way, index in (
            (Sort.URGENT, "Scan", "ix_cases_urgency"),
            (Sort.LEAST_URGENT, "Backward", "ix_cases_urgency"),
            (Sort.MATTER, "Scan", "ix_cases_class"),
            (Sort.MATTER_BACK, "Backward", "ix_cases_class"),
        )
        for further, after in (("", None), (", further on", PageCursor(ID, 1, None, "01001")))
    },
    "a class": (CaseFilter(equal={"matter": ("01001",)}), "Backward using ix_cases_matter"),
    "a facet": (CaseFilter(facets={"verified": ("true",)}), "Backward using ix_cases_counted"),
}
SCOPES: dict[str, Scope] = {
    "everything": Everything(),
    "an office's": Holds(frozenset({"handler:o:x"})),
    "an area's": InAreas(("33",)),
}


@pytest.mark.parametrize("seen", SCOPES)
@pytest.mark.parametrize("page", PAGES)
async def test_a_page_of_a_list_is_read_in_its_order(
    office: AppContext, page: str, seen: str
) -> None:
    """Where the planner may neither sort nor collect rows before, the index alone has the order."""
    wanted, index = PAGES[page]
    async with office.store.connect() as connection:
        for way in ("sort", "bitmapscan", "seqscan"):
            await connection.execute(text(f"SET enable_{way} = off"))
        try:
            plan = await plan_of(
                office, connection, lambda c: views.list_cases(c, SCOPES[seen], wanted, 51)
            )
        finally:
            await connection.execute(text("RESET ALL"))
    assert index in plan, plan
    # What is sorted are the rows of the page; steps of one case are put together from their parts.
    assert len(re.findall(r"Sort Key: (?!step)", plan)) <= 1, plan
    if "further on" in page:
        assert re.search(r"Index Cond: \((id <|\(?ROW\()", plan), plan


async def test_words_are_found_by_the_grams_of_cases_and_names(office: AppContext) -> None:
    word = Word("井盖", "1234", ("01001",), ("handler:o:x",), citizens=True, tail="x")
    async with office.store.connect() as connection:
        for way in ("seqscan", "indexscan"):
            await connection.execute(text(f"SET enable_{way} = off"))
        try:
            plan = await plan_of(office, connection, lambda c: found_with(c, [word]))
        finally:
            await connection.execute(text("RESET ALL"))
    for index in ("ix_case_text_grams", "ix_cases_matter", "ix_cases_assigned", "ix_contact_tail"):
        assert index in plan, plan
    assert "Seq Scan" not in plan, plan


async def test_the_database_ranks_urgencies_as_we_do(office: AppContext) -> None:
    ranks = "SELECT urgency_rank(one) FROM unnest(cast(:all AS text[])) AS one"
    async with office.store.connect() as connection:
        asked = {"all": [*URGENCIES, "another", None]}
        rows = (await connection.execute(text(ranks), asked)).scalars().all()
    assert rows == [0, 1, 2, 3, 3]


@pytest.mark.parametrize("what", ASKED)
async def test_no_table_that_grows_is_walked(office: AppContext, what: str) -> None:
    async with office.store.connect() as connection:
        await connection.execute(text("SET enable_seqscan = off"))
        try:
            plan = await plan_of(office, connection, ASKED[what])
        finally:
            await connection.execute(text("RESET enable_seqscan"))
    walked = [table for table in GROWING if re.search(rf"Seq Scan on {table}(_\w+)? ", plan)]
    assert walked == [], plan


NO_PLAN = ("SELECT set_config", "EXPLAIN")


async def plan_of(office: AppContext, connection: AsyncConnection, ask: Ask) -> str:
    """Give the plans of the statements that are asked."""
    said: list[tuple[str, Any]] = []

    def listen(_c: object, _k: object, statement: str, given: Any, *_: object) -> None:
        said.append((statement, given))

    engine = office.store.engine.sync_engine
    event.listen(engine, "before_cursor_execute", listen)
    try:
        await ask(connection)
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    plans = []
    for statement, given in said:
        # What only says how to plan, or asks how it would be, has no plan.
        if not statement.startswith(NO_PLAN):
            rows = await connection.exec_driver_sql(f"EXPLAIN {statement}", given)
            plans += [str(row[0]) for row in rows]
    return "\n".join(plans)
