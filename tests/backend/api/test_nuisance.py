"""Callers who misuse the hotline: two people, a reason, an end, and no withheld number."""

from datetime import timedelta
from typing import Any

import pytest

from backend.client import BackendClient
from hotline.call import CallEvent, CallEventType, CallRing
from hotline.clock import FixedClock
from tests.backend.api.conftest import Browser, SignIn

KEY, CALLER = "h1-1764000000-1", "13800138000"
WISH = {"call": KEY, "level": "refuse", "reason": "整夜骚扰", "days": 30}


async def held(phone: BackendClient, clock: FixedClock, caller: str = CALLER) -> str | None:
    """What is held against a caller who rings now."""
    known = await phone.ring(CallRing(f"{KEY}0", caller, clock.now()))
    return known.nuisance


async def the_only(browser: Browser) -> dict[str, Any]:
    """The one entry of the list."""
    [one] = await browser.get("/api/nuisance")
    return dict(one)


async def test_nothing_counts_before_a_second_person_agrees_and_after_its_end(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    await phone.ring(CallRing(KEY, CALLER, clock.now()))
    seat, chief = await sign_in("chief2"), await sign_in("chief1")
    await seat.post("/api/nuisance", WISH)
    assert await held(phone, clock) is None
    one = await the_only(chief)
    assert (one["counts"], one["level"], one["reason"]) == (False, "refuse", WISH["reason"])
    assert CALLER not in str(one)
    await chief.post(f"/api/nuisance/{one['id']}/agree")
    assert await held(phone, clock) == "refuse"
    assert await held(phone, clock, "13900139000") is None
    clock.move(timedelta(days=30))
    assert await held(phone, clock) is None
    assert not (await the_only(await sign_in("chief2")))["counts"]


async def test_a_seat_is_told_what_is_held_against_who_calls_and_why(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    await phone.ring(CallRing(KEY, CALLER, clock.now()))
    seat, chief = await sign_in("acceptor1"), await sign_in("chief1")
    await seat.post("/api/seat/online")
    clock.move(timedelta(seconds=1))
    await phone.note_call([CallEvent(KEY, CallEventType.SEAT_RINGING, clock.now(), "seat001")])
    await seat.post("/api/nuisance", {**WISH, "level": "mark"})
    shown = await seat.get(f"/api/seat/calls/{KEY}")
    assert (shown["nuisance"], shown["nuisance_reason"]) == (None, "")
    await chief.post(f"/api/nuisance/{(await the_only(chief))['id']}/agree")
    shown = await seat.get(f"/api/seat/calls/{KEY}")
    assert (shown["nuisance"], shown["nuisance_reason"]) == ("mark", WISH["reason"])


async def test_what_is_ended_counts_no_more_and_stays_on_record(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    await phone.ring(CallRing(KEY, CALLER, clock.now()))
    seat, chief = await sign_in("chief2"), await sign_in("chief1")
    await seat.post("/api/nuisance", WISH)
    path = f"/api/nuisance/{(await the_only(chief))['id']}"
    await chief.post(f"{path}/agree")
    await chief.post(f"{path}/end")
    assert await held(phone, clock) is None
    assert (await the_only(chief))["ended_by"] != ""
    for act in ("agree", "end"):
        status, refused = await chief.ask("POST", f"{path}/{act}", json={})
        assert (status, refused["code"]) == (422, "not_open")


async def test_nobody_agrees_with_themselves(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    await phone.ring(CallRing(KEY, CALLER, clock.now()))
    chief, seat = await sign_in("chief1"), await sign_in("acceptor1")
    await chief.post("/api/nuisance", WISH)
    path = f"/api/nuisance/{(await the_only(chief))['id']}/agree"
    status, refused = await chief.ask("POST", path, json={})
    assert (status, refused["code"]) == (422, "same_person")
    assert (await seat.ask("POST", path, json={}))[0] == 403


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"reason": " "}, 400, "input_missing"),
        ({"days": 0}, 400, "out_of_range"),
        ({"days": 367}, 400, "out_of_range"),
        ({"call": "h1-9-9"}, 403, "not_yours"),
        ({"level": "shoot"}, 400, "invalid"),
        ({"reason": "x" * 501}, 400, "invalid"),
    ],
)
async def test_what_is_wished_wrongly_is_refused_by_name(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock,
    changed: dict[str, Any], status: int, code: str,
) -> None:  # fmt: skip
    await phone.ring(CallRing(KEY, CALLER, clock.now()))
    seat = await sign_in("acceptor1")
    got, refused = await seat.ask("POST", "/api/nuisance", json={**WISH, **changed})
    assert (got, refused["code"]) == (status, code)


async def test_a_withheld_number_is_never_restricted(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    await phone.ring(CallRing(KEY, "", clock.now()))
    seat = await sign_in("chief1")
    status, refused = await seat.ask("POST", "/api/nuisance", json=WISH)
    assert (status, refused["code"]) == (422, "withheld")
    status, refused = await seat.ask("POST", "/api/nuisance", json={**WISH, "call": "h1-9-9"})
    assert (status, refused["code"]) == (404, "no_call")
    assert await held(phone, clock, "") is None


async def test_a_seat_asks_for_its_own_calls_alone_and_once(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    await phone.ring(CallRing(KEY, CALLER, clock.now()))
    seat = await sign_in("acceptor1")
    await seat.post("/api/seat/online")
    status, refused = await seat.ask("POST", "/api/nuisance", json=WISH)
    assert (status, refused["code"]) == (403, "not_yours")
    for mark in (CallEventType.SEAT_RINGING, CallEventType.SEAT_ANSWERED):
        await phone.note_call([CallEvent(KEY, mark, clock.now(), "seat001")])
    await seat.post("/api/nuisance", WISH)
    status, refused = await seat.ask("POST", "/api/nuisance", json={**WISH, "days": 90})
    assert (status, refused["code"]) == (422, "asked_already")
    await seat.post("/api/nuisance", {**WISH, "level": "mark"})
