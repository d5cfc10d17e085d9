"""The room's figures of a day: reckoned from the calls' own records, shown and taken out."""

import csv
import io
from datetime import timedelta
from typing import Any

from backend.client import BackendClient
from backend.desks import seating
from hotline.call import CallEvent, CallRing
from hotline.call import CallEventType as Mark
from hotline.clock import FixedClock, iso
from tests.backend.api.conftest import Browser, SignIn
from tests.backend.api.test_exports import _read


async def seat(sign_in: SignIn, person: str) -> Browser:
    """Somebody at their seat."""
    browser = await sign_in(person)
    await browser.post("/api/seat/online")
    return browser


async def rings(phone: BackendClient, clock: FixedClock, turn: int) -> str:
    """A call that comes now and waits for a person; gives its key."""
    key = f"h1-{int(clock.now().timestamp())}-{turn}"
    await phone.ring(CallRing(key, f"1380013800{turn}", clock.now()))
    await tell(phone, clock, key, (0, Mark.QUEUED, "general"))
    return key


async def tell(
    phone: BackendClient, clock: FixedClock, key: str, *marks: tuple[int, Mark, str]
) -> None:
    """Tell what happened in a call, each so many seconds after the one before."""
    for seconds, mark, value in marks:
        clock.move(timedelta(seconds=seconds))
        await phone.note_call([CallEvent(key, mark, clock.now(), value)])


async def figures(chief: Browser, query: str = "") -> dict[str, Any]:
    """The figures of today."""
    return dict(await chief.get(f"/api/room/figures{query}"))


def at(told: dict[str, Any], clock_time: str) -> dict[str, Any]:
    """The figures of the half hour that begins at a time."""
    return next(one["figures"] for one in told["halves"] if one["at"].startswith(clock_time))


async def test_a_call_is_counted_once_in_the_room_its_skill_and_at_its_seat(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    chief, _ = await sign_in("chief1"), await seat(sign_in, "acceptor1")
    came = iso(clock.now().replace(minute=clock.now().minute // 30 * 30))[:16]
    key = await rings(phone, clock, 1)
    await tell(
        phone, clock, key,
        (2, Mark.SEAT_RINGING, "seat001"), (8, Mark.SEAT_ANSWERED, "seat001"),
        (20, Mark.HELD, "seat001"), (10, Mark.UNHELD, "seat001"),
        (2400, Mark.SEAT_LEFT, "seat001"), (0, Mark.ENDED, ""),
    )  # fmt: skip
    gone = await rings(phone, clock, 2)
    await tell(phone, clock, gone, (40, Mark.QUEUE_LEFT, "hangup"), (1, Mark.ENDED, ""))
    told = await figures(chief)
    by_name = {(one["by"], one["id"]): one["total"] for one in told["all"]}
    total = by_name["room", ""]
    assert (total["offered"], total["answered"], total["abandoned"], total["open"]) == (2, 1, 1, 1)
    assert (total["service_level"], total["abandonment"], total["answer_s"]) == (0.5, 0.5, 10.0)
    assert at(told, came)["answered"] == 1
    assert sum(one["figures"]["offered"] for one in told["halves"]) == 2
    clock.move(timedelta(seconds=30))
    await seating.turn_due(chief.office)
    ended = await figures(chief, "?by=seat&id=seat001")
    mine = ended["of"]["total"]
    assert (mine["offered"], mine["answered"], mine["open"]) == (1, 1, 0)
    assert (mine["talked_s"], mine["held_s"]) == (2420.0, 10.0)
    assert mine["wrote_s"] >= 20
    assert mine["handling_s"] == mine["talked_s"] + mine["held_s"] + mine["wrote_s"]
    assert 0 < mine["occupancy"] < 1
    assert ended["of"]["name"]
    assert at(ended, came)["handling_s"] == mine["handling_s"]


async def test_who_does_not_lead_the_room_sees_no_figures_and_odd_days_are_refused(
    sign_in: SignIn,
) -> None:
    assert (await (await sign_in("acceptor1")).ask("GET", "/api/room/figures"))[0] == 403
    chief = await sign_in("chief1")
    for query in ("day=tomorrow", "day=0001-01-01", "day=9999-12-31", "by=stage"):
        status, refused = await chief.ask("GET", f"/api/room/figures?{query}")
        assert (status, refused["code"]) == (400, "invalid"), query
    empty = await figures(chief, "?day=2026-01-01")
    assert len(empty["halves"]) == 48
    assert empty["of"]["total"]["service_level"] is None


async def test_a_file_of_some_days_has_a_row_for_each_half_hour_and_is_on_record(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    chief, today = await sign_in("chief1"), f"{clock.now():%Y-%m-%d}"
    key = await rings(phone, clock, 1)
    await tell(phone, clock, key, (6, Mark.QUEUE_LEFT, "hangup"), (0, Mark.ENDED, ""))
    sent = {"Origin": chief.origin, "X-CSRF-Token": chief.csrf}
    for kind, by in (("csv", "skill"), ("xlsx", "room")):
        path = f"/api/room/figures/export?first={today}&by={by}&format={kind}"
        async with chief.client.request("POST", path, headers=sent) as response:
            answered = _read(response.status, await response.read())
        assert answered.frames[-1]["bytes"] == len(answered.file) > 0
        assert answered.frames[-1]["file"].endswith(kind)
        if kind == "csv":
            head, row = csv.reader(io.StringIO(answered.file.decode("utf-8-sig"), newline=""))
            assert dict(zip(head, row, strict=True))["放弃"] == "1"
            assert row[2] == "普通话"
    page = await (await sign_in("auditor")).get("/api/audit?what=figures_exported")
    assert {one["subject"] for one in page["items"]} == {
        f"{today} {today} room xlsx", f"{today} {today} skill csv",
    }  # fmt: skip
    path = "/api/room/figures/export?first=2026-01-01&last=2026-03-01"
    status, refused = await chief.ask("POST", path)
    assert (status, refused["code"]) == (400, "out_of_range")
