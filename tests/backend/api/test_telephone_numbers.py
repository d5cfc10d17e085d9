"""A citizen is one contact in every spelling of the number, and is rung only where that may be."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from backend.desks import casework, notices, telephone
from backend.desks.context import AppContext, ContextSource
from backend.jobs.runner import Worker
from backend.store.rows import ContactRow
from hotline.call import CallRing
from hotline.channel import Channel
from hotline.clock import FixedClock, SystemClock
from hotline.notice import CallEnd, NoticeTask, Outcome, Settled
from hotline.report import Contact
from hotline.telephone import Plan
from tests.backend.api.conftest import SignIn, actor, make_case
from tests.cities import MONDAY

pytestmark = pytest.mark.slow

SPELLINGS = (
    *(
        "+8613800138000",
        "8613800138000",
        "008613800138000",
        "013800138000",
        "１３８００１３８０００",
    ),
    *("+86-138-0013-8000", "tel:+8613800138000", "１３８００１３８０００"),
)


def typed(address: str, key: str = "form-0001") -> dict[str, Any]:
    return {
        "text": "路灯不亮", "key": key,
        "contact": {"channel": "phone", "address": address, "name": "王"},
    }  # fmt: skip


async def contacts(office: AppContext) -> list[tuple[str, str]]:
    async with office.store.connect() as connection:
        rows = await connection.exec_driver_sql("SELECT address, name FROM contact ORDER BY 1")
        return [(str(row.address), str(row.name)) for row in rows]


async def test_fault_3_key_1_finds_the_case_in_every_spelling(office: AppContext) -> None:
    number = await make_case(office, channel=Channel.PHONE)
    for turn, spelling in enumerate(SPELLINGS):
        known = await telephone.ring(office, CallRing(f"pbx-{turn}", spelling, MONDAY))
        assert known is not None
        assert known.newest is not None, spelling
        assert known.newest.number == number
        found = await telephone.newest(office, Channel.PHONE, spelling)
        assert found is not None
        assert found.number == number
    assert [address for address, _ in await contacts(office)] == ["13800138000"]


async def test_fault_3_the_console_keeps_one_form_and_an_extension_apart(
    office: AppContext, sign_in: SignIn
) -> None:
    browser = await sign_in("acceptor1")
    for turn, spelling in enumerate(SPELLINGS):
        await browser.post("/api/reports", typed(spelling, f"form-{turn:04d}"))
    await browser.post("/api/reports", typed("(0574)8765-4321 转 802", "form-0099"))
    assert await contacts(office) == [("057487654321", "王 #802"), ("13800138000", "王")]


@pytest.mark.parametrize(
    "address", ["12abc", "line7", "1380013800", "13800138000/13800138001", "7", "sos", "+"]
)
async def test_kind_1_the_console_refuses_what_is_no_number_with_the_reason(
    office: AppContext, sign_in: SignIn, address: str
) -> None:
    browser = await sign_in("acceptor1")
    status, body = await browser.ask("POST", "/api/reports", json=typed(address))
    assert (status, body["code"], body["field"]) == (400, "bad_phone", "phone")
    assert await contacts(office) == []
    assert (await browser.post("/api/reports", typed("")))["fresh"] is True


async def test_fault_5_a_caller_without_a_number_is_nobody(office: AppContext) -> None:
    await make_case(office, channel=Channel.PHONE)
    for turn, caller in enumerate(("line7", "gate-3b.hall2", "")):
        known = await telephone.ring(office, CallRing(f"pbx-{turn}", caller, MONDAY, caller))
        assert known is not None
        assert known.newest is None
    assert {address for address, _ in await contacts(office)} == {"13800138000", ""}


async def test_kind_1_a_number_finds_its_citizens_cases_for_those_who_may_see_it(
    office: AppContext, sign_in: SignIn
) -> None:
    number = await make_case(office, channel=Channel.PHONE)
    await make_case(office, key="2", channel=Channel.TELEGRAM)
    acceptor, leader = await sign_in("acceptor1"), await sign_in("leader")
    for spelling in ("13800138000", "%2B86 138-0013-8000", "008613800138000"):
        found = (await acceptor.get(f"/api/cases?q={spelling}"))["items"]
        assert [one["number"] for one in found] == [number]
        assert (await leader.get(f"/api/cases?q={spelling}"))["items"] == []
    found = (await acceptor.get(f"/api/cases?q={number}"))["items"]
    assert [one["number"] for one in found] == [number]


# --- who is rung


async def declined(office: AppContext, address: str, key: str = "1") -> None:
    """Let a report of this number be declined, so that its citizen is owed a call."""
    number = await make_case(office, key=key, channel=Channel.PHONE)
    await casework.act(
        office,
        number,
        "decline",
        actor(office, "acceptor1"),
        key=f"no-{key}",
        note="不归这里",
        given={"decline_reason": "out_of_scope"},
    )
    async with office.store.begin() as connection:
        await connection.exec_driver_sql(
            f"UPDATE notice SET address = '{address}' WHERE state = 'waiting'"
        )


async def leased(office: AppContext) -> list[NoticeTask]:
    return await notices.lease(office, [Channel.PHONE], None, 9)


async def failures(office: AppContext) -> list[str]:
    async with office.store.connect() as connection:
        rows = await connection.exec_driver_sql("SELECT error FROM notice WHERE state = 'failed'")
        return [row[0] for row in rows]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("008821390000001", CallEnd.NOT_DIALABLE),
        ("+8821390000001", CallEnd.NOT_DIALABLE),
        ("+442079460958", CallEnd.MAY_NOT_RING),
        ("12345", CallEnd.MAY_NOT_RING),
        ("110", CallEnd.MAY_NOT_RING),
        ("7", CallEnd.NOT_DIALABLE),
        ("12abc", CallEnd.NOT_DIALABLE),
    ],
)
async def test_m9_who_may_not_be_rung_is_a_visible_failure_with_its_reason(
    office: AppContext, sign_in: SignIn, address: str, why: CallEnd
) -> None:
    await declined(office, address)
    assert await leased(office) == []
    assert await failures(office) == [why]
    browser = await sign_in("chief1")
    [item] = (await browser.get("/api/notices?state=failed"))["items"]
    assert item["error"] == why


async def test_m9_a_number_is_rung_so_often_a_day_and_again_the_next(
    office: AppContext, clock: FixedClock
) -> None:
    most = office.city.calls.a_day
    for turn in range(most + 1):
        await declined(office, "13800138000", f"key-{turn}")
        tasks = await leased(office)
        if turn == most:
            assert tasks == []
            break
        (task,) = tasks
        await notices.settle(office, Settled(task.id, Outcome.SENT, CallEnd.ANSWERED))
    assert await failures(office) == [CallEnd.DAY_LIMIT]
    await declined(office, "13900139000", "other")
    (task,) = await leased(office)
    await notices.settle(office, Settled(task.id, Outcome.SENT, CallEnd.ANSWERED))
    clock.move(timedelta(days=1))
    await declined(office, "13800138000", "tomorrow")
    assert len(await leased(office)) == 1


@pytest.mark.parametrize("kept", ["138 0013 8000", "+86-138-0013-8000", "8613800138000"])
async def test_a_number_that_an_earlier_version_kept_is_rung_in_its_one_form(
    office: AppContext, kept: str
) -> None:
    await declined(office, kept)
    (task,) = await leased(office)
    assert task.address == "13800138000"
    assert await failures(office) == []


async def test_fault_3_a_worker_looks_for_numbers_kept_in_other_spellings(
    office: AppContext,
) -> None:
    old = replace(office.contacts, plan=Plan("GB")).row(Contact(Channel.PHONE, "+8613800138000"))
    async with office.store.connect() as connection:
        await connection.execute(insert(ContactRow), old)
    working = asyncio.create_task(Worker(ContextSource(replace(office, clock=SystemClock()))).run())
    async with asyncio.timeout(20):
        while await contacts(office) != [("13800138000", "")]:
            await asyncio.sleep(0.05)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
