"""A seat by its keys: ready and paused, a call handed on, asked about and escalated, an emergency.

The exchange is played here: it takes what is ordered, and says that it is done.
"""

import re

import pytest
from playwright.sync_api import expect

from backend.client import BackendClient
from hotline.call import CallEventType
from hotline.clock import SystemClock
from hotline.room.exchange import Leg, OrderDone, RoomOrder, RoomSeen
from tests.real.console.conftest import Open
from tests.real.console.screen import Screen
from tests.real.console.stage import until
from tests.real.console.test_seat import Ringing, pytestmark, rung, seated, sit_down

__all__ = ["pytestmark", "seated"]
CLOCK = SystemClock()
# What an input method is writing, not yet taken into the field.
COMPOSES = {"text": "jing", "selectionStart": 4, "selectionEnd": 4}


def _looked(call: Ringing, *done: OrderDone, rings: tuple[str, ...] = ()) -> tuple[RoomOrder, ...]:
    """Tell the office of the exchange, where the call is talked in; gives what is to be done."""
    leg = Leg(call.key, call.seat, talking=True)

    async def seen(client: BackendClient) -> tuple[RoomOrder, ...]:
        seats = tuple(f"seat{n:03}" for n in range(1, 10))
        told = RoomSeen(CLOCK.now(), (call.key,), (leg,), seats, done, rings)
        return (await client.see_room(told)).orders

    return call.stage.connector(seen)


def _ordered(call: Ringing, failed: str = "", rings: bool = False) -> RoomOrder:
    """Take the order that comes next, and say what became of it, or that it rings."""
    found: list[RoomOrder] = []

    def look() -> bool:
        found.extend(_looked(call))
        return bool(found)

    until(look, 20, "something is ordered")
    if rings:
        _looked(call, rings=(found[0].id,))
    else:
        _looked(call, OrderDone(found[0].id, failed))
    return found[0]


def _talking(window: Screen, caller: str) -> Ringing:
    call = rung(window, caller)
    call.answered()
    expect(window.page.locator(".seat .state")).to_contain_text("通话中")
    return call


def test_ready_and_pause_are_keys_and_a_reason_is_a_digit_while_words_are_written(
    seated: Screen,
) -> None:
    page, state = seated.page, seated.page.locator(".seat .state")
    seated.go("report")
    words = page.locator("textarea").first
    words.fill("井盖")
    words.focus()
    page.keyboard.press("Alt+p")
    expect(page.locator(".reasons button").first).to_be_focused()
    page.keyboard.press("2")
    expect(state).to_contain_text("用餐")
    expect(words).to_be_focused()
    page.keyboard.press("Alt+r")
    expect(state).to_contain_text("就绪")
    page.keyboard.press("Alt+p")
    page.keyboard.press("Escape")
    expect(page.locator(".reasons")).to_have_count(0)
    expect(words).to_be_focused()
    expect(words).to_have_value("井盖")


def test_an_input_method_keeps_its_keys_while_it_composes_and_no_longer(seated: Screen) -> None:
    page = seated.page
    seated.go("report")
    words = page.locator("textarea").first
    words.focus()
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", COMPOSES)
    words.evaluate(
        """field => field.dispatchEvent(new KeyboardEvent('keydown',
        { key: 'p', code: 'KeyP', altKey: true, isComposing: true, bubbles: true }))"""
    )
    expect(words).to_be_focused()
    expect(page.locator(".reasons")).to_have_count(0)
    session.send("Input.insertText", {"text": "井盖"})
    expect(words).to_have_value("井盖")
    page.keyboard.press("Alt+p")
    expect(page.locator(".reasons")).to_be_visible()
    page.keyboard.press("Escape")


def test_somebody_is_asked_first_and_then_the_call_is_theirs_or_the_seats_again(
    seated: Screen,
) -> None:
    call = _talking(seated, "13957400790")
    page, told = seated.page, seated.page.locator(".seat .told")
    page.keyboard.press("Alt+c")
    expect(page.locator("[data-hand=consult] input")).to_be_focused()
    page.keyboard.type("110")
    page.keyboard.press("Enter")
    order = _ordered(call, rings=True)
    assert (order.kind, order.number) == ("consult", "110")
    expect(told).to_contain_text("公安 110 · 正在呼叫")
    expect(page.locator("[data-seat=back]")).to_be_visible()
    expect(page.locator("[data-seat=transfer]")).to_have_count(0)
    page.keyboard.press("Alt+t")
    expect(page.locator("[data-hand]")).to_have_count(0)
    assert _looked(call) == ()
    _looked(call, OrderDone(order.id))
    expect(told).to_contain_text("公安 110 · 正在与对方通话")
    assert (seated.axe(), seated.too_wide()) == ([], 0)
    expect(page.locator("form textarea")).to_be_focused()
    page.keyboard.press("Alt+b")
    # Who was asked has hung up meanwhile: there is nobody to come back from.
    assert _ordered(call, failed="nobody is asked").kind == "back"
    expect(page.locator("[data-seat=back]")).to_have_count(0)
    expect(page.locator("[data-seat=transfer]")).to_contain_text("转接")
    page.keyboard.press("Alt+c")
    page.keyboard.press("Enter")
    assert _ordered(call).kind == "consult"
    expect(told).to_contain_text("正在与对方通话")
    page.keyboard.press("Alt+t")
    assert _ordered(call).kind == "complete"


@pytest.mark.parametrize(
    ("key", "kind", "where"),
    [
        ("Alt+t", "transfer", ("119", 0)),
        ("Alt+j", "join", ("119", 0)),
        ("Alt+q", "requeue", ("", 1)),
    ],
)
def test_a_call_is_handed_on_by_three_keys(
    seated: Screen, screen: Open, key: str, kind: str, where: tuple[str, int]
) -> None:
    sit_down(screen("acceptor2"))
    call = _talking(seated, "13957400791")
    seated.page.keyboard.press(key)
    if kind != "requeue":
        seated.page.keyboard.press("ArrowDown")
        seated.page.keyboard.press("ArrowDown")
    seated.page.keyboard.press("Enter")
    order = _ordered(call, failed="busy")
    assert (order.kind, order.number, order.queue) == (kind, *where)
    expect(seated.page.locator(".seat .told")).to_contain_text("没有成功 (忙线)")


def test_three_in_a_call_are_so_when_the_third_has_answered(seated: Screen) -> None:
    call = _talking(seated, "13957400796")
    page, told = seated.page, seated.page.locator(".seat .told")
    page.keyboard.press("Alt+j")
    page.keyboard.type("110")
    page.keyboard.press("Enter")
    order = _ordered(call, rings=True)
    expect(told).to_contain_text("三方通话 公安 110 · 正在呼叫")
    _looked(call, OrderDone(order.id))
    expect(told).to_contain_text("三方通话 公安 110 · 已在通话中")


def test_a_seat_that_is_asked_sees_by_whom_and_has_the_form_when_the_call_is_its_own(
    seated: Screen, screen: Open
) -> None:
    chief = screen("chief1")
    theirs = sit_down(chief)
    call = _talking(seated, "13957400795")
    seated.page.keyboard.type("井盖没了")
    seated.page.keyboard.press("Alt+c")
    seated.page.keyboard.type("值班长")
    seated.page.keyboard.press("Enter")
    order = _ordered(call, rings=True)
    assert (order.kind, order.queue) == ("consult", 3)
    call.tell((CallEventType.SEAT_RINGING, theirs))
    page, bar = chief.page, chief.page.locator(".seat .asked")
    expect(page).to_have_url(re.compile(f"#/call/{call.key}$"))
    expect(bar).to_contain_text("受理员")
    expect(bar).to_contain_text("咨询您")
    expect(page.locator(".who .number").first).to_contain_text("13957400795")
    expect(page.locator("form textarea")).to_have_count(0)
    call.tell((CallEventType.SEAT_ANSWERED, theirs))
    expect(chief.page.locator(".seat .state")).to_contain_text("通话中")
    expect(page.locator("[data-seat=requeue]")).to_have_count(0)
    assert (chief.axe(), chief.too_wide()) == ([], 0)
    call.tell((CallEventType.SEAT_LEFT, call.seat))
    expect(bar).to_have_count(0)
    expect(page.locator("form textarea")).to_have_value("井盖没了")
    expect(page.locator("[data-seat=requeue]")).to_be_visible()
    call.tell((CallEventType.SEAT_LEFT, theirs))
    chief.page.locator(".seat").get_by_role("button", name="下线").click()


def test_one_key_brings_the_call_to_the_duty_chief_with_all_that_was_typed(
    seated: Screen, screen: Open
) -> None:
    chief = screen("chief1")
    theirs = sit_down(chief)
    call = _talking(seated, "13957400792")
    seated.page.keyboard.type("要找领导，井盖的事说了三次")
    seated.page.keyboard.press("Alt+s")
    order = _ordered(call)
    assert (order.kind, order.queue) == ("requeue", 3)
    call.tell((CallEventType.SEAT_LEFT, call.seat), (CallEventType.SEAT_RINGING, theirs))
    expect(chief.page).to_have_url(re.compile(f"#/call/{call.key}$"))
    expect(chief.page.locator("form textarea")).to_have_value("要找领导，井盖的事说了三次")
    call.tell((CallEventType.SEAT_ANSWERED, theirs), (CallEventType.SEAT_LEFT, theirs))
    expect(chief.page.locator(".seat .state")).to_contain_text("话后处理")
    chief.page.locator(".seat").get_by_role("button", name="下线").click()


def test_a_call_in_an_emergency_is_red_at_the_seat(seated: Screen) -> None:
    call = Ringing(seated.stage, seated.get("/api/seat")["seat"]["name"], "13957400793")
    call.rings()
    call.tell((CallEventType.EMERGENCY, "key"))
    expect(seated.page.locator(".seat.urgent")).to_contain_text("紧急来电")
    expect(seated.page.locator(".who.urgent")).to_be_visible()
    assert (seated.axe(), seated.too_wide()) == ([], 0)
    call.answered()
    expect(seated.page.locator(".seat.urgent .state")).to_contain_text("通话中")


def test_the_keys_are_told_where_one_asks_for_them(seated: Screen) -> None:
    seated.page.keyboard.press("?")
    expect(seated.page.locator("dialog[open]")).to_contain_text("上报值班长")
    assert (seated.axe(), seated.too_wide()) == ([], 0)
    seated.page.keyboard.press("Escape")
