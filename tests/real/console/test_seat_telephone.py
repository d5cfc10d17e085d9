"""A seat's telephone in the page: its microphone, its window, a reload, the time behind a call."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from hotline.call import CallEventType
from tests.real.console.conftest import Open
from tests.real.console.screen import Screen
from tests.real.console.test_seat import Ringing

pytestmark = pytest.mark.real
TAKE_OVER = "改由此窗口接听"


def _go_online(page: Page) -> None:
    page.locator(".seat").get_by_role("button", name="上线").click()
    expect(page.locator(".seat .state")).to_contain_text("就绪")
    expect(page.locator("[data-light='seat.microphone']")).to_have_class("green")


@pytest.fixture
def seated(screen: Open) -> Iterator[Screen]:
    """An acceptor with a telephone in the window, who leaves at the end."""
    window = screen("acceptor2", permissions=["microphone"])
    _go_online(window.page)
    yield window
    window.page.locator(".seat").get_by_role("button", name="下线").click()
    expect(window.page.locator(".seat .state")).to_contain_text("未上线")


def test_without_a_microphone_nobody_goes_online_and_is_told_what_to_do(screen: Open) -> None:
    window = screen("acceptor3")
    window.page.locator(".seat").get_by_role("button", name="上线").click()
    expect(window.page.locator(".seat [role=alert]")).to_contain_text("允许麦克风")
    assert window.get("/api/seat")["seat"] is None
    assert (window.axe(), window.too_wide()) == ([], 0)


def test_a_page_that_is_read_anew_has_its_telephone_again(seated: Screen) -> None:
    seated.page.reload()
    expect(seated.page.locator("[data-light='seat.microphone']")).to_have_class("green")
    expect(seated.page.get_by_role("button", name=TAKE_OVER)).to_have_count(0)


def test_a_second_window_takes_the_telephone_when_it_is_asked_to(seated: Screen) -> None:
    other = seated.page.context.new_page()
    other.goto(f"{seated.stage.url}/")
    expect(other.locator(".seat .state")).to_contain_text("就绪")
    other.locator(".seat").get_by_role("button", name="上线").click()
    other.get_by_role("button", name=TAKE_OVER).click()
    expect(other.locator("[data-light='seat.microphone']")).to_have_class("green")
    expect(seated.page.get_by_role("button", name=TAKE_OVER)).to_be_visible()
    other.close()


def test_time_behind_a_call_counts_down_and_is_extended_once(seated: Screen) -> None:
    call = Ringing(seated.stage, seated.get("/api/seat")["seat"]["name"])
    call.rings()
    call.answered()
    bar = seated.page.locator(".seat")
    expect(bar.locator(".state")).to_contain_text("通话中")
    call.tell((CallEventType.SEAT_LEFT, call.seat))
    expect(bar.locator(".state")).to_contain_text("话后处理")
    first = bar.locator(".time").inner_text()
    expect(bar.locator(".time")).not_to_have_text(first)
    bar.get_by_role("button", name="延长").click()
    expect(bar.get_by_role("button", name="延长")).to_have_count(0)


def test_a_browser_whose_clock_is_wrong_counts_down_by_the_offices(screen: Open) -> None:
    window = screen("acceptor2", permissions=["microphone"])
    window.page.add_init_script("const now = Date.now; Date.now = () => now() + 300000")
    window.page.reload()
    _go_online(window.page)
    call = Ringing(window.stage, window.get("/api/seat")["seat"]["name"])
    call.rings()
    call.answered()
    bar = window.page.locator(".seat")
    expect(bar.locator(".time")).to_have_text(re.compile(r"^0:0\d$"))
    call.tell((CallEventType.SEAT_LEFT, call.seat))
    expect(bar.locator(".state")).to_contain_text("话后处理")
    expect(bar.locator(".time")).to_have_text(re.compile(r"^0:(1\d|20)$"))
    bar.get_by_role("button", name="下线").click()
    expect(bar.locator(".state")).to_contain_text("未上线")


def test_a_telephone_on_the_desk_is_told_once_how_it_signs_in(screen: Open) -> None:
    window = screen("acceptor3")
    page, bar = window.page, window.page.locator(".seat")
    page.locator("[data-act=desk]").click()
    password = page.locator("[data-desk='desk.password']")
    expect(password).to_have_text(re.compile(r"^\S{20,}$"))
    expect(page.locator("[data-desk='desk.name']")).to_have_text(re.compile(r"^seat\d{3}$"))
    assert (window.axe(), window.too_wide()) == ([], 0)
    page.keyboard.press("Escape")
    expect(password).to_have_count(0)
    expect(bar).to_contain_text("桌面话机")
    page.reload()
    expect(bar.locator(".state")).to_contain_text("就绪")
    expect(bar.locator(".desk")).to_contain_text("桌面话机")
    expect(bar.locator("[data-seat=ready]")).to_have_count(0)
    bar.get_by_role("button", name="下线").click()
    expect(bar.locator(".state")).to_contain_text("未上线")


def test_where_it_rings_may_be_chosen_and_tried(seated: Screen) -> None:
    seated.page.get_by_role("button", name="铃声与听筒").click()
    expect(seated.page.locator("dialog[open]")).to_contain_text("铃声从何处响起")
    seated.page.get_by_role("button", name="试响一声").click()
    assert seated.axe() == []
    seated.page.keyboard.press("Escape")
