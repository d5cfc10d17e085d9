"""What is erased leaves the log whole; what is rewritten in the name of an erasure is named."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from backend.desks.context import AppContext
from backend.store import record_log
from backend.store.record_check import Differs
from backend.store.session import Transaction
from hotline.clock import FixedClock
from tests.backend.store.test_record_log import (
    asked,
    erased,
    fill,
    opened,
    report,
    sql,
    whole,
    work_off,
)
from tests.cities import MONDAY

pytestmark = pytest.mark.slow


async def test_what_is_erased_is_told_and_leaves_the_log_whole(office: AppContext) -> None:
    await fill(office, 3)
    ((case,),) = await asked(office.store, "SELECT case_id::text FROM step LIMIT 1")
    async with office.store.begin() as connection:
        assert await record_log.erase(connection, [str(case)]) == 0
    await erased(office, UUID(str(case)))
    async with office.store.begin() as connection:
        assert await record_log.erase(connection, [str(case)]) == 0
    assert (await whole(office)).erased == 2
    await work_off(office)
    found = await whole(office)
    assert (found.erased, found.waiting) == (2, 0)
    # Not even what is left of it may be changed, and what stays of it is held against the log.
    for change, what in (
        ('changes = changes || \'{"fields": {"depth": 1}}\'', r"sealed: \d+ emptied"),
        ("note = 'agreed'", "emptied"),
        ("media = '[1]'", "sealed"),
        ("person = 'nobody'", "entry"),
    ):
        was = await asked(office.store, f"SELECT note, changes FROM step WHERE case_id = '{case}'")
        assert was[0][0] == ""
        await sql(office.store, "CREATE TABLE was AS SELECT * FROM step",
                  f"UPDATE step SET {change} WHERE case_id = '{case}'")  # fmt: skip
        with pytest.raises(Differs, match=what):
            await whole(office)
        await sql(office.store, "DELETE FROM step", "INSERT INTO step SELECT * FROM was",
                  "DROP TABLE was")  # fmt: skip
    await whole(office)


_OF_ONE = "case_id = (SELECT max(case_id::text)::uuid FROM step)"
_FORGED = (
    "UPDATE log_entry SET salt = NULL WHERE kind = '{kind}' AND object = "
    "(SELECT max(case_id::text) FROM step)",
    "INSERT INTO log_due (kind, ref) SELECT '{next}', ref || '{again}' FROM log_entry "
    "WHERE salt IS NULL AND kind = '{kind}'",
)


@pytest.mark.parametrize(
    ("flip", "kind", "what"),
    [
        ("UPDATE step SET note = 'agreed', erased_at = now()", "step", "emptied"),
        ("UPDATE step SET changes = changes || '{\"text\": \"x\"}', erased_at = now()", "step",
         "emptied"),
        ("UPDATE step SET changes = changes || '{\"text\": \"\", \"stage\": \"closed\"}', "
         "erased_at = now()", "step", "sealed"),
        ("UPDATE step SET changes = '7', erased_at = now()", "step", "sealed"),
        ("UPDATE step SET note = 'agreed'", "step", "emptied"),
        ("UPDATE step SET changes = changes || '{\"text\": \"\"}', erased_at = now()", "step",
         "unordered"),
        ("UPDATE report SET text = 'thanks'", "report", "emptied"),
        ("UPDATE report SET text = '', said_at = now()", "report", "entry"),
        ("UPDATE report SET text = ''", "report", "unordered"),
        ("UPDATE report SET contact_id = NULL", "reporter", "unordered"),
        ("DELETE FROM report", "report", "entry"),
    ],
)  # fmt: skip
async def test_what_is_rewritten_in_the_name_of_an_erasure_is_named(
    office: AppContext, flip: str, kind: str, what: str
) -> None:
    await fill(office, 3)
    follows = {"next": "emptied", "again": ""} if kind == "step" else {"next": kind, "again": "#1"}
    orders = [one.format(kind=kind, **follows) for one in _FORGED]
    await sql(office.store, f"{flip} WHERE {_OF_ONE}", *orders)
    for _ in range(2):
        with pytest.raises(Differs, match=f"^{what}: "):
            await whole(office)
        # Neither once it was logged.
        await work_off(office)


async def test_an_erasure_that_nobody_answers_for_is_named(office: AppContext) -> None:
    await fill(office, 3)
    ((case,),) = await asked(office.store, "SELECT case_id::text FROM step LIMIT 1")
    await erased(office, UUID(str(case)))
    await whole(office)
    forged = f"SELECT '{case}', 'photo', now(), 'rule'"
    await sql(office.store, f"INSERT INTO erased (case_id, kind, at, how) {forged}")
    await work_off(office)
    with pytest.raises(Differs, match=f"unordered: {case} photo"):
        await whole(office)


async def test_an_entry_outside_the_run_is_named_and_logs_nothing(office: AppContext) -> None:
    await fill(office, 3)
    forged = (
        "INSERT INTO audit SELECT gen_random_uuid(), at, what, person, 'late', case_id, address, "
        "request, session FROM audit LIMIT 1",
        "INSERT INTO log_entry SELECT {seq}, 'audit', 'x', id::text, '', '', '', NULL, '' "
        "FROM audit WHERE subject = 'late'",
    )
    last = len(await asked(office.store, "SELECT 1 FROM log_entry"))
    for seq, what in ((-5, "place"), (-(1 << 63), "place"), (last, "entry"), (last + 9, "lacks")):
        await sql(office.store, *(one.format(seq=seq) for one in forged))
        with pytest.raises(Differs, match=f"^{what}: "):
            await whole(office)
        await sql(office.store, f"DELETE FROM log_entry WHERE seq = {seq}",
                  "DELETE FROM audit WHERE subject = 'late'")  # fmt: skip
        await whole(office)


async def test_what_names_nothing_that_is_logged_holds_nothing_up(
    office: AppContext, clock: FixedClock
) -> None:
    due = "INSERT INTO log_due (kind, ref) VALUES ('head', '2026-12'), ('x', 'y'), ('step', 'z')"
    await sql(office.store, due)
    await fill(office, 3)
    clock.move(timedelta(days=31))
    await opened(office, "in december")
    await work_off(office)
    found = await whole(office)
    assert (found.months, found.gone, found.waiting) == (2, 1, 2)


async def test_what_is_erased_while_it_is_read_back_keeps_no_salt(office: AppContext) -> None:
    await report(office, "one")
    ((case,),) = await asked(office.store, "SELECT case_id::text FROM step")
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow(transaction: Transaction) -> None:
        await record_log.append(transaction)
        begun.set()
        await go.wait()

    async def erase() -> None:
        async with office.store.begin() as connection:
            marked = (
                "UPDATE step SET note = '', changes = changes || '{\"text\": \"\"}', "
                "erased_at = :now",
                "UPDATE cases SET text = '' WHERE CAST(:now AS timestamptz) > '2000-01-01'",
                "INSERT INTO erased SELECT case_id, 'words', :now, 'rule' FROM step",
                "INSERT INTO audit (id, at, what, person, subject, address, request, session, "
                "reason) VALUES (gen_random_uuid(), :now, 'erased', 'system', '', '', '', '', '')",
            )
            for one in marked:
                await connection.execute(text(one), {"now": MONDAY})
            go.set()
            await record_log.erase(connection, [str(case)])

    reading = asyncio.create_task(office.store.transaction(office.clock.now, slow))
    await begun.wait()
    await erase()
    await reading
    await work_off(office)
    assert (await whole(office)).erased == 1


async def test_an_erasure_by_rule_leaves_the_log_whole(office: AppContext) -> None:
    await report(office, "one")
    await report(office, "two")
    await work_off(office)
    ((case,),) = await asked(office.store, "SELECT case_id::text FROM step ORDER BY 1 LIMIT 1")
    await erased(office, UUID(str(case)))
    await report(office, "three")
    await work_off(office)
    found = await whole(office)
    # The head, three reports of four entries; what is left of one, that it was erased, by whom.
    assert (found.erased, found.waiting, found.entries) == (2, 0, 17)
    texts = await asked(office.store, "SELECT changes->>'text' FROM step ORDER BY 1")
    assert texts == [("",), ("井盖没了",), ("井盖没了",)]
