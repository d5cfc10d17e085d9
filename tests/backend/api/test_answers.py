"""Calls that are answered on the line: no case, kept once, undone, and counted all the same."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from backend.client import BackendClient
from backend.desks import retention
from backend.desks.context import AppContext
from hotline.call import CallEvent, CallEventType, CallRing
from hotline.clock import FixedClock
from tests.backend.api.conftest import Browser, SignIn
from tests.backend.api.test_knowledge import WATER, write

KEY = "h1-1764000000-1"
CALLER = "13800138000"
PATH = f"/api/seat/calls/{KEY}/answer"
TOLD = {"key": "press-1234", "articles": [{"id": "water_outage", "version": 1}], "matter": "01001"}


async def talking(sign_in: SignIn, phone: BackendClient, clock: FixedClock) -> Browser:
    """Somebody at whose seat a call is, of a city with one article."""
    await write(await sign_in("chief1"), WATER)
    await phone.ring(CallRing(KEY, CALLER, clock.now()))
    seat = await sign_in("acceptor1")
    await seat.post("/api/seat/online")
    for mark in (CallEventType.SEAT_RINGING, CallEventType.SEAT_ANSWERED):
        clock.move(timedelta(seconds=1))
        await phone.note_call([CallEvent(KEY, mark, clock.now(), "seat001")])
    return seat


async def refused(browser: Browser, path: str = PATH, **asked: Any) -> tuple[int, str]:
    """Ask for what is refused; gives how."""
    status, said = await browser.ask("POST", path, json={"key": "press-5678", **asked})
    return status, said["code"]


async def listed(browser: Browser) -> Any:
    """What the list of calls says of the one call."""
    [item] = (await browser.get("/api/calls"))["items"]
    return item["answered"]


async def counted(browser: Browser) -> list[tuple[str, str, str, int]]:
    """The counts of today."""
    found = (await browser.get("/api/calls/answered"))["counts"]
    return [(one["day"], one["matter"], one["article"], one["many"]) for one in found]


async def test_a_call_is_answered_once_from_an_article_and_counts(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    seat = await talking(sign_in, phone, clock)
    assert await seat.get(PATH) == {"answer": None}
    assert await listed(seat) is None
    told = (await seat.post(PATH, TOLD))["answer"]
    assert [one["title"] for one in told["articles"]] == [WATER["title"]]
    again = (await seat.post(PATH, TOLD))["answer"]
    assert again == told == (await seat.get(PATH))["answer"]
    assert await refused(seat, note="再记一次") == (422, "answered_already")
    assert await listed(seat) == [WATER["title"]]
    assert (await seat.get("/api/calls"))["answered"] == 1
    assert await counted(seat) == [("2026-11-23", "01001", "water_outage", 1)]


async def test_two_presses_at_once_are_one_answer(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    seat = await talking(sign_in, phone, clock)
    presses = [
        seat.ask("POST", PATH, json={"key": f"press-{n}234", "note": "答"}) for n in range(4)
    ]
    done = await asyncio.gather(*presses)
    assert sorted(status for status, _ in done) == [200, 422, 422, 422]
    assert await counted(seat) == [("2026-11-23", "", "", 1)]


async def test_an_answer_is_undone_and_what_was_typed_is_there(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    seat = await talking(sign_in, phone, clock)
    draft = f"/api/seat/calls/{KEY}/draft"
    version = (await seat.get(draft))["version"]
    await seat.ask("PUT", draft, json={"version": version, "typed": {"text": "没水"}})
    await seat.post(PATH, TOLD)
    await seat.post(f"{PATH}/undo")
    assert (await seat.get(PATH))["answer"] is None
    assert (await seat.get(draft))["typed"] == {"text": "没水"}
    assert await counted(seat) == []
    assert await refused(seat, f"{PATH}/undo") == (422, "not_open")
    # It may be answered anew, and that once more is one of its own.
    await seat.post(PATH, {**TOLD, "key": "press-9999"})
    assert await listed(seat) == [WATER["title"]]


async def test_of_a_call_comes_a_case_or_an_answer_and_never_both(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    seat = await talking(sign_in, phone, clock)
    await seat.post(PATH, TOLD)
    report = {"text": "停水三天", "key": "report-1234", "call": KEY, "contact": {"address": CALLER}}
    await seat.post("/api/reports", report)
    assert (await seat.get(PATH))["answer"] is None
    assert await listed(seat) is None
    assert await counted(seat) == []
    assert await refused(seat, note="已答") == (422, "call_has_case")


async def test_what_cannot_be_told_is_refused_in_words(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    seat = await talking(sign_in, phone, clock)
    assert await refused(seat) == (400, "answer_empty")
    assert await refused(seat, note="  ") == (400, "answer_empty")
    assert await refused(seat, note="x", matter="999") == (400, "no_class")
    unread = [{"id": "water_outage", "version": 2}]
    assert await refused(seat, articles=unread) == (404, "no_article")
    assert await refused(seat, articles=[{"id": "nothing", "version": 1}]) == (404, "no_article")
    chief = await sign_in("chief1")
    await write(chief, {**WATER, "valid_from": "2026-12-01"}, 1)
    assert await refused(seat, articles=unread) == (422, "article_over")
    path = "/api/knowledge/articles/water_outage/retire"
    await chief.post(path, {"version": 2, "reason": "旧"})
    assert await refused(seat, articles=unread) == (422, "article_over")
    other = await sign_in("acceptor2")
    assert await refused(other, note="x") == (403, "not_yours")
    assert (await other.ask("GET", PATH))[1]["code"] == "not_yours"
    nothing = "/api/seat/calls/h1-1764000009-9/answer"
    assert await refused(seat, nothing, note="x") == (403, "not_yours")
    for days in ("since=0001-01-01", "until=9999-12-31"):
        status, said = await seat.ask("GET", f"/api/calls/answered?{days}")
        assert (status, said["code"]) == (400, "out_of_range")


async def test_the_note_of_an_answer_goes_with_the_callers_number(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock, office: AppContext
) -> None:
    seat = await talking(sign_in, phone, clock)
    await seat.post(PATH, {"key": "press-1234", "note": "王先生问何时来水"})
    clock.move(timedelta(days=1_096))
    assert [one.kind async for one in retention.sweep(office, clock.now()) if one.failed] == []
    async with office.store.connect() as connection:
        rows = await connection.execute(text("SELECT note, person FROM call_answer"))
        assert [tuple(row) for row in rows] == [("", "acceptor1")]
