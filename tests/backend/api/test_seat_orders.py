"""What a seat orders about its call, how far that is, and who is told of it."""

from datetime import timedelta

import pytest

from backend.client import BackendClient
from hotline.call import CallEventType
from hotline.clock import FixedClock
from hotline.room.exchange import Leg, OrderDone, OrderKind, RoomSeen, RoomWanted
from tests.backend.api.conftest import SignIn
from tests.backend.api.test_seat import KEY, looked, online, talking, tell


async def test_an_order_is_handed_to_the_exchange_once_and_its_end_is_told(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser, leg = await talking(sign_in, phone, clock), Leg(KEY, "seat001", talking=True)
    path = f"/api/seat/calls/{KEY}/order"
    await browser.post(path, {"kind": "transfer", "target": "fire"})
    [order] = (await looked(phone, clock, leg)).orders
    assert (order.kind, order.call, order.seat, order.number) == (
        *(OrderKind.TRANSFER, KEY, "seat001", "119"),
    )
    assert (await looked(phone, clock, leg)).orders == ()
    seen = RoomSeen(clock.now(), (KEY,), (leg,), ("seat001",), (OrderDone(order.id, "busy"),))
    await phone.see_room(seen)
    told = (await browser.get("/api/seat"))["order"]
    assert (told["kind"], told["target"], told["state"]) == ("transfer", "fire", "failed")
    wish = {"kind": "requeue", "target": "chief"}
    status, refused = await browser.ask("POST", path, json=wish)
    assert (status, refused["code"]) == (422, "nobody_there")
    await online(sign_in, "chief1")
    await browser.post(path, wish)
    [order] = (await looked(phone, clock, leg)).orders
    assert (order.kind, order.queue) == (OrderKind.REQUEUE, 3)


async def told_of(
    phone: BackendClient, clock: FixedClock, order: str, failed: str | None = None
) -> RoomWanted:
    """Tell that an order rings, or (`failed`) what came of it."""
    leg = Leg(KEY, "seat001", talking=True)
    done = () if failed is None else (OrderDone(order, failed),)
    rings = (order,) if failed is None else ()
    return await phone.see_room(
        RoomSeen(clock.now(), (KEY,), (leg,), ("seat001", "seat002"), done, rings)
    )


async def test_who_is_asked_rings_until_they_answer_and_only_then_is_the_call_theirs(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser, leg = await talking(sign_in, phone, clock), Leg(KEY, "seat001", talking=True)
    path, complete = f"/api/seat/calls/{KEY}/order", {"kind": "complete"}
    clock.move(timedelta(seconds=1))
    await browser.post(path, {"kind": "consult", "target": "police"})
    [order] = (await looked(phone, clock, leg)).orders
    assert (await told_of(phone, clock, order.id)).begun == (order,)
    clock.move(timedelta(seconds=15))
    assert (await browser.get("/api/seat"))["order"]["state"] == "rings"
    status, refused = await browser.ask("POST", path, json=complete)
    assert (status, refused["code"]) == (422, "nobody_answered")
    assert (await told_of(phone, clock, order.id, "")).begun == ()
    assert (await browser.get("/api/seat"))["order"]["state"] == "done"
    await told_of(phone, clock, order.id, "busy")
    assert (await browser.get("/api/seat"))["order"]["state"] == "done"
    await browser.post(path, complete)


async def test_an_order_whose_connector_died_is_asked_for_again_and_given_up(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser, leg = await talking(sign_in, phone, clock), Leg(KEY, "seat001", talking=True)
    clock.move(timedelta(seconds=1))
    await browser.post(f"/api/seat/calls/{KEY}/order", {"kind": "join", "target": "police"})
    [order] = (await looked(phone, clock, leg)).orders
    assert (await looked(phone, clock, leg)).begun == (order,)
    clock.move(timedelta(minutes=3))
    assert (await looked(phone, clock, leg)).begun == ()
    told = (await browser.get("/api/seat"))["order"]
    assert (told["state"], told["reason"]) == ("failed", "no_answer")


async def test_who_gets_a_caller_back_sees_what_failed_and_nothing_that_was_done(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser, leg = await talking(sign_in, phone, clock), Leg(KEY, "seat001", talking=True)
    other = await online(sign_in, "acceptor2")
    for target, failed in (("police", "no_answer"), ("fire", "")):
        clock.move(timedelta(seconds=1))
        path = f"/api/seat/calls/{KEY}/order"
        await browser.post(path, {"kind": "transfer", "target": target})
        [order] = (await looked(phone, clock, leg)).orders
        await tell(phone, clock, (CallEventType.SEAT_LEFT, "seat001"))
        await told_of(phone, clock, order.id, failed)
        for seat, at in (("seat001", browser), ("seat002", other)):
            await tell(phone, clock, (CallEventType.SEAT_RINGING, seat))
            told = (await at.get("/api/seat"))["order"]
            assert (told and (told["kind"], told["target"], told["reason"])) == (
                ("transfer", target, failed) if failed else None
            )
            await tell(phone, clock, (CallEventType.SEAT_MISSED, seat))
        await tell(phone, clock, (CallEventType.SEAT_ANSWERED, "seat001"))


async def test_a_seat_that_is_asked_sees_by_whom_and_orders_nothing_until_the_call_is_its_own(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser, chief = await talking(sign_in, phone, clock), await online(sign_in, "chief1")
    clock.move(timedelta(seconds=1))
    path = f"/api/seat/calls/{KEY}/order"
    await browser.post(path, {"kind": "consult", "target": "chief"})
    [order] = (await looked(phone, clock, Leg(KEY, "seat001", talking=True))).orders
    await tell(phone, clock, (CallEventType.SEAT_RINGING, "seat002"))
    asked = await chief.get("/api/seat")
    assert (asked["asked_by"]["post"], asked["order"]) == ("acceptor", None)
    assert (await browser.get("/api/seat"))["asked_by"] is None
    await tell(phone, clock, (CallEventType.SEAT_ANSWERED, "seat002"))
    wish = {"kind": "transfer", "target": "fire"}
    status, refused = await chief.ask("POST", path, json=wish)
    assert (status, refused["code"]) == (422, "not_talking")
    legs = [Leg(KEY, seat, talking=True) for seat in ("seat001", "seat002")]
    both = ("seat001", "seat002")
    await phone.see_room(RoomSeen(clock.now(), (KEY,), tuple(legs), both, (OrderDone(order.id),)))
    assert (await chief.get("/api/seat"))["asked_by"]["name"]
    await tell(phone, clock, (CallEventType.SEAT_LEFT, "seat001"))
    assert (await chief.get("/api/seat"))["asked_by"] is None
    await chief.post(path, wish)


async def test_an_order_that_nobody_took_in_time_is_not_done_later(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    browser = await talking(sign_in, phone, clock)
    path = f"/api/seat/calls/{KEY}/order"
    await browser.post(path, {"kind": "join", "target": "police"})
    clock.move(timedelta(seconds=11))
    assert (await looked(phone, clock, Leg(KEY, "seat001", talking=True))).orders == ()
    assert (await browser.get("/api/seat"))["order"]["state"] == "failed"


@pytest.mark.parametrize(
    ("kind", "target"), [("transfer", "13800138000"), ("transfer", "chief"), ("requeue", "fire")]
)
async def test_only_the_address_book_is_dialled(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock, kind: str, target: str
) -> None:
    browser = await talking(sign_in, phone, clock)
    wish = {"kind": kind, "target": target}
    status, refused = await browser.ask("POST", f"/api/seat/calls/{KEY}/order", json=wish)
    assert (status, refused["code"]) == (400, "no_target")


async def test_nobody_orders_about_a_call_of_another_seat(
    sign_in: SignIn, phone: BackendClient, clock: FixedClock
) -> None:
    await talking(sign_in, phone, clock)
    other = await online(sign_in, "acceptor2")
    wish = {"kind": "transfer", "target": "fire"}
    status, refused = await other.ask("POST", f"/api/seat/calls/{KEY}/order", json=wish)
    assert (status, refused["code"]) == (422, "not_talking")
