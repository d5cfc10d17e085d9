"""A seat rings the citizen of a case: by the office alone, and not who does not want to be rung."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.web import Application

from backend.client import BackendClient
from backend.desks import acceptance
from backend.desks.context import AppContext
from hotline.call import CallEvent, CallEventType
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.report import Contact, NewReport
from hotline.room.exchange import Leg, OrderDone, OrderKind, RoomSeen
from hotline.room.plan import CallBackRule
from tests.backend.api.conftest import Browser, SignIn, make_case, walk
from tests.backend.api.test_retention import rows
from tests.backend.api.test_seat import looked, online

pytestmark = pytest.mark.slow

CITIZEN = "13800138000"


@pytest.fixture
async def office(office: AppContext) -> AppContext:
    """The office of a city that rings back all day."""
    room = replace(office.city.room, call_back=CallBackRule())
    return replace(office, city=replace(office.city, room=room))


async def ready(
    sign_in: SignIn, phone: BackendClient, office: AppContext, clock: FixedClock
) -> tuple[Browser, str]:
    """A seat that is online within the hours, and a case that somebody told by telephone."""
    clock.move(timedelta(hours=1))  # 10:00 of the city's day
    number = await make_case(office, "1", Channel.PHONE)
    browser = await online(sign_in, "acceptor1")
    await looked(phone, clock)
    return browser, number


def dial(number: str) -> str:
    return f"/api/cases/{number}/dial"


async def test_the_exchange_is_told_once_whom_to_ring_and_the_page_what_came_of_it(
    sign_in: SignIn, phone: BackendClient, office: AppContext, clock: FixedClock
) -> None:
    browser, number = await ready(sign_in, phone, office, clock)
    page = await browser.post(dial(number))
    assert CITIZEN not in str(page)
    [order] = (await looked(phone, clock)).orders
    assert (order.kind, order.seat, order.number) == (OrderKind.DIAL, "seat001", CITIZEN)
    assert (await looked(phone, clock)).orders == ()
    leg = Leg(order.call, "seat001", talking=True)
    await looked(phone, clock, leg)
    seat = (await browser.get("/api/seat"))["seat"]
    assert (seat["state"], seat["call"]) == ("talking", order.call)
    caller = await browser.get(f"/api/seat/calls/{order.call}")
    assert CITIZEN not in str(caller)
    seen = RoomSeen(clock.now(), (), (leg,), ("seat001",), (OrderDone(order.id, ""),))
    await phone.see_room(seen)
    shown = await browser.get(f"/api/cases/{number}/revisits")
    [one] = shown["dialled"]
    assert (one["state"], bool(one["person_name"])) == ("done", True)
    assert await rows(office, "SELECT number FROM room_order") == [("",)]
    assert await rows(office, "SELECT what, subject FROM audit WHERE what = 'citizen_dialled'") == [
        ("citizen_dialled", order.call)
    ]
    assert (await browser.ask("POST", dial(number), json={}))[1]["code"] == "seat_busy"


async def test_who_is_rung_by_a_seat_and_not_reached_is_not_rung_back_for_it(
    sign_in: SignIn, phone: BackendClient, office: AppContext, clock: FixedClock
) -> None:
    browser, number = await ready(sign_in, phone, office, clock)
    await browser.post(dial(number))
    [order] = (await looked(phone, clock)).orders
    clock.move(timedelta(seconds=40))
    await phone.note_call([CallEvent(order.call, CallEventType.ENDED, clock.now())])
    assert await rows(office, "SELECT count(*) FROM call_back") == [(0,)]


async def test_a_button_that_is_pressed_in_two_tabs_rings_once(
    sign_in: SignIn, phone: BackendClient, office: AppContext, clock: FixedClock
) -> None:
    browser, number = await ready(sign_in, phone, office, clock)
    tabs = [browser.ask("POST", dial(number), json={}) for _ in range(3)]
    assert sorted(status for status, _ in await asyncio.gather(*tabs)) == [200, 422, 422]
    [order] = (await looked(phone, clock)).orders
    assert (await browser.ask("POST", dial(number), json={}))[1]["code"] == "seat_busy"
    # What came to nothing is in nobody's way.
    done = (OrderDone(order.id, "no_answer"),)
    await phone.see_room(RoomSeen(clock.now(), (), (), ("seat001",), done))
    await browser.post(dial(number))


async def test_do_not_call_and_the_hours_take_a_reason_of_who_may_see_the_number(
    sign_in: SignIn, phone: BackendClient, office: AppContext, clock: FixedClock
) -> None:
    browser, number = await ready(sign_in, phone, office, clock)
    await browser.post(f"/api/cases/{number}/do-not-call", {"reason": "本人要求"})
    status, refused = await browser.ask("POST", dial(number), json={})
    assert (status, refused["code"]) == (422, "do_not_call")
    await browser.post(f"/api/cases/{number}/do-not-call", {"reason": "恢复", "ends": True})
    clock.move(timedelta(hours=3))  # 13:00
    status, refused = await browser.ask("POST", dial(number), json={})
    assert (status, refused["code"]) == (422, "out_of_hours")
    await browser.post(dial(number), {"reason": "现场等候，需核实地点"})
    assert await rows(office, "SELECT count(*) FROM audit WHERE what = 'citizen_dialled'") == [(1,)]


async def test_who_sits_at_no_telephone_or_has_no_number_to_ring_rings_nobody(
    app: Application, sign_in: SignIn, phone: BackendClient, office: AppContext, clock: FixedClock
) -> None:
    clock.move(timedelta(hours=1))
    number = await make_case(office, "1", Channel.PHONE)
    chatted = await make_case(office, "2", Channel.TELEGRAM)
    acceptor = await sign_in("acceptor1")
    assert (await acceptor.ask("POST", dial(number), json={}))[1]["code"] == "no_seat"
    browser = await online(sign_in, "acceptor1")
    await looked(phone, clock)
    assert (await browser.ask("POST", dial(chatted), json={}))[1]["code"] == "no_contact"
    await walk(app, number, "file", "dispatch")
    water = await sign_in("water1")
    assert (await water.ask("POST", dial(number), json={}))[0] == 403


async def test_no_seat_orders_a_number_of_its_own_and_an_order_nobody_took_is_forgotten(
    sign_in: SignIn, phone: BackendClient, office: AppContext, clock: FixedClock
) -> None:
    browser, number = await ready(sign_in, phone, office, clock)
    wish: dict[str, Any] = {"kind": "dial", "target": "fire"}
    status, refused = await browser.ask("POST", "/api/seat/calls/x/order", json=wish)
    assert (status, refused["code"]) == (400, "no_target")
    await browser.post(dial(number))
    clock.move(timedelta(seconds=11))
    assert (await looked(phone, clock)).orders == ()
    shown = await browser.get(f"/api/cases/{number}/revisits")
    assert [(one["state"], one["reason"]) for one in shown["dialled"]] == [("failed", "not_up")]
    assert await rows(office, "SELECT number FROM room_order") == [("",)]


async def test_a_number_that_the_city_does_not_ring_is_not_rung(
    sign_in: SignIn, phone: BackendClient, office: AppContext, clock: FixedClock
) -> None:
    browser, _ = await ready(sign_in, phone, office, clock)
    abroad = Contact(Channel.PHONE, "0014155550123")
    report = NewReport(Channel.PHONE, "abroad", abroad, clock.now(), text="井盖没了")
    number = (await acceptance.record(office, report)).number
    status, refused = await browser.ask("POST", dial(number), json={"reason": "must"})
    assert (status, refused["code"]) == (422, "not_rung")
