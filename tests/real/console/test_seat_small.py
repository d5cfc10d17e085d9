"""A seat on a small screen and its caller cut off; who waits, and for how long."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from hotline.call import CallEventType
from tests.real.console.conftest import Open
from tests.real.console.reports import ring
from tests.real.console.screen import PHONE, Screen
from tests.real.console.test_seat import Ringing

pytestmark = pytest.mark.real
# The office is the real one; the exchange is another test's.
TELEPHONE = """export class Softphone {
  constructor(line, microphone, heard) {
    heard.line('there')
    heard.call({ ringing: false, muted: false, held: false, since: Date.now() })
  }
  speakAt() {} stop() {} mute() {} hold() {} press() {} end() {} answer() {}
}"""
ROWS_PX = 110


@pytest.fixture
def telephone() -> Callable[[Screen], None]:
    """Gives a window a telephone that talks."""

    def give(window: Screen) -> None:
        def answer(route: Route) -> None:
            route.fulfill(content_type="text/javascript", body=TELEPHONE)

        window.page.route("**/assets/softphone-*.js", answer)

    return give


def _talking(window: Screen) -> Ringing:
    page = window.page
    page.locator(".seat").get_by_role("button", name="上线").click()
    expect(page.locator(".seat .state")).to_contain_text("就绪")
    call = Ringing(window.stage, window.get("/api/seat")["seat"]["name"], "13957400791")
    call.rings()
    call.answered()
    expect(page.locator(".seat .state")).to_contain_text("通话中")
    expect(page.locator("[data-seat=hold]")).to_be_visible()
    return call


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_in_a_call_the_bar_of_a_small_screen_has_two_rows_and_the_rest_behind_one_button(
    screen: Open, telephone: Callable[[Screen], None], theme: Any, tmp_path_factory: Any
) -> None:
    options = {"viewport": PHONE, "color_scheme": theme, "permissions": ["microphone"]}
    window = screen("acceptor2", **options)
    telephone(window)
    page, bar = window.page, window.page.locator(".seat")
    call = _talking(window)
    folder = tmp_path_factory.mktemp("small")
    page.screenshot(path=folder / f"bar-{theme}.png")
    box = bar.bounding_box()
    assert box is not None
    assert box["height"] <= ROWS_PX
    for name in ("保持", "静音", "拨号键", "挂断", "更多"):
        expect(bar.get_by_role("button", name=name, exact=True)).to_be_visible()
    assert bar.locator("kbd").count() == 0
    for seldom in ("consult", "escalate", "pause"):
        expect(bar.locator(f"[data-seat={seldom}]")).not_to_be_visible()
    bar.get_by_role("button", name="更多").click()
    page.screenshot(path=folder / f"more-{theme}.png")
    for seldom in ("consult", "transfer", "join", "requeue", "escalate", "pause"):
        expect(bar.locator(f"[data-seat={seldom}]")).to_be_visible()
    assert (window.axe(), window.too_wide()) == ([], 0)
    bar.locator("[data-seat=pause]").click()
    expect(bar.locator(".panel")).to_be_visible()
    call.tell((CallEventType.SEAT_LEFT, call.seat))
    expect(bar.locator(".state")).to_contain_text("话后处理")
    bar.get_by_role("button", name="更多").click()
    bar.get_by_role("button", name="下线").click()
    expect(bar.locator(".state")).to_contain_text("未上线")


def test_a_caller_who_was_cut_off_is_taken_again_by_one_key(screen: Open) -> None:
    window = screen("acceptor2", permissions=["microphone"])
    page, bar = window.page, window.page.locator(".seat")
    bar.get_by_role("button", name="上线").click()
    expect(bar.locator(".state")).to_contain_text("就绪")
    call = Ringing(window.stage, window.get("/api/seat")["seat"]["name"], "13957400792")
    call.rings()
    call.answered()
    expect(bar.locator(".state")).to_contain_text("通话中")
    call.tell((CallEventType.SEAT_LEFT, call.seat))
    expect(bar.locator(".state")).to_contain_text("话后处理")
    told = page.locator("[data-seat-told=waits]")
    expect(told).to_have_count(0)
    call.tell((CallEventType.QUEUED, "general"))
    expect(told).to_contain_text("又在排队")
    expect(bar.locator("[data-seat=ready]")).to_have_count(1)
    assert (window.axe(), window.too_wide()) == ([], 0)
    page.keyboard.press("Alt+r")
    expect(bar.locator(".state")).to_contain_text("就绪")
    expect(told).to_have_count(0)
    bar.get_by_role("button", name="下线").click()
    expect(bar.locator(".state")).to_contain_text("未上线")


def test_who_waits_longest_is_on_top_of_the_calls_and_is_not_said_to_talk(screen: Open) -> None:
    window = screen("chief1")
    window.go("calls")
    for caller, ago_s in (("13957400601", 90.0), ("13957400602", 60.0)):
        call = Ringing(window.stage, "", caller)
        call.key = ring(window.stage, caller, ago_s)
        call.tell((CallEventType.QUEUED, "general"))
    ring(window.stage, "13957400603")
    rows = window.page.locator("tbody tr")
    ends = ("*601", "*602", "*603")
    for end in ends:
        expect(rows.filter(has_text=end)).to_have_count(1)
    # Callers of other tests may wait between them.
    told = rows.all_inner_texts()
    places = [next(n for n, text in enumerate(told) if end in text) for end in ends]
    assert places == sorted(places)
    longest = rows.filter(has_text=ends[0]).locator("td")
    expect(longest.nth(3)).to_have_text("排队中")
    expect(longest.nth(2)).to_have_text(re.compile(r"^\d+:\d\d$"))
    assert (window.axe(), window.too_wide()) == ([], 0)
