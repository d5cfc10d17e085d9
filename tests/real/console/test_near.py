"""A case's neighbours on its page: how far, whether of its class, and each leads to its own."""

import pytest
from playwright.sync_api import expect

from tests.real.console.conftest import Open
from tests.real.console.reports import HERE, message
from tests.real.console.screen import PHONE
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_else_was_told_of_near_a_case_stands_beside_it(
    screen: Open, stage: Stage, scheme: str
) -> None:
    first, second = (message(stage, "供水井盖没了", point=HERE) for _ in range(2))
    window = screen("acceptor1", color_scheme=scheme)
    window.open(first)
    other = window.page.locator(f"[data-near='{second}']")
    expect(other).to_contain_text("0 米")
    assert window.axe() == []
    other.click()
    expect(window.page.locator(".case h1")).to_have_text(f"{second[:4]} {second[4:]}")
    expect(window.page.locator(f"[data-near='{first}']")).to_be_visible()
    small = screen("acceptor1", viewport=PHONE, has_touch=True, is_mobile=True)
    small.open(first)
    expect(small.page.locator(f"[data-near='{second}']")).to_be_visible()
    assert small.too_wide() <= 0


def test_of_ended_neighbours_it_says_which_are_listed(screen: Open, stage: Stage) -> None:
    first, second = (message(stage, "供水井盖没了", point=HERE) for _ in range(2))
    window = screen("acceptor1")
    window.open(first)
    expect(window.page.locator(f"[data-near='{second}']")).to_be_visible()
    stage.empty()
    window.page.reload()
    expect(window.page.locator("[data-lately]")).to_have_text("已办结的案件只列近 90 天内上报的。")
