"""The duty chief's page of all parts: for every eye and screen, live, with one act."""

import pytest
from playwright.sync_api import expect

from hotline.clock import SystemClock
from hotline.health import Beat
from hotline.queue import Aside
from tests.real.console.conftest import Open
from tests.real.console.screen import DESKTOP, PHONE
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
REASON = "calendar: the working calendar has no year 2026"


def beat(stage: Stage, *aside: Aside) -> list[tuple[str, str]]:
    """Let the phone connector give a sign of life; gives what it shall bring back."""
    told = Beat("ivr", SystemClock().now(), {}, aside)
    return [(ref.queue, ref.ref) for ref in stage.connector(lambda connector: connector.beat(told))]


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_of_all_parts_has_no_barrier_and_tries_again(
    screen: Open, stage: Stage, theme: str, size: dict[str, int]
) -> None:
    stuck = Aside("reports", f"h1-{size['width']}-{theme}", REASON, SystemClock().now())
    beat(stage, stuck)
    window = screen("chief1", color_scheme=theme, viewport=size, has_touch=size is PHONE)
    window.go("health")
    card = window.page.locator("[data-check='spool']")
    expect(card).to_contain_text(REASON)
    expect(card.locator(".state")).to_have_text("故障")
    assert (window.axe(), window.too_wide()) == ([], 0)
    card.get_by_role("button", name="重试").first.click()
    expect(card.locator(".state")).to_have_text("正常")
    assert beat(stage, stuck) == [("reports", stuck.ref)]
    assert beat(stage) == []


def test_the_page_of_all_parts_is_live(screen: Open, stage: Stage) -> None:
    window = screen("chief1")
    window.go("health")
    card = window.page.locator("[data-check='spool']")
    expect(card.locator(".state")).to_have_text("正常")
    beat(stage, Aside("reports", "h1-9-0", REASON, SystemClock().now()))
    expect(card.locator(".state")).to_have_text("故障")
    beat(stage)
    expect(card.locator(".state")).to_have_text("正常")


def test_the_page_of_all_parts_is_the_duty_chiefs(screen: Open) -> None:
    window = screen("acceptor1")
    expect(window.page.locator("a[href='#/inbox']").first).to_be_visible()
    expect(window.page.locator("a[href='#/health']")).to_have_count(0)
