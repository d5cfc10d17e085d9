"""Leave and one post at a time, in the browser: set, seen by the proxy, ended, and followed."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.real.console.conftest import Open
from tests.real.console.screen import DESKTOP, PHONE, Screen

pytestmark = pytest.mark.real
# Where pictures go that somebody wants to look at.
SHOTS = os.environ.get("SHOTS")


def shot(window: Screen, name: str) -> None:
    if SHOTS:
        window.page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def test_a_leave_is_set_on_ones_own_page_and_the_proxy_sees_it_at_once(screen: Open) -> None:
    absent, proxy = screen("collector11"), screen("collector12")
    proxy.go("account")
    absent.go("account")
    board = absent.page.locator(".board")
    expect(board).to_contain_text("您还没有请假记录")
    board.get_by_role("button", name="登记请假").click()
    form = absent.page.locator("dialog[open] form")
    expect(form).to_contain_text("目前在办案件")
    expect(form).to_contain_text("没有")
    form.get_by_role("button", name="登记请假").click()
    expect(form.locator("[role=alert]")).to_contain_text("事由")
    form.locator("[name=reason]").fill("培训")
    form.locator("[name=until]").fill("2020-01-01T08:00")
    form.get_by_role("button", name="登记请假").click()
    expect(form.locator("[role=alert]")).to_contain_text("结束时间须晚于开始时间")
    absent.wrong.clear()  # the browser says that the office refused it
    assert absent.axe() == []
    shot(absent, "leave_form")
    form.locator("[name=until]").fill("")
    form.locator("[name=proxy]").select_option("collector12")
    form.get_by_role("button", name="登记请假").click()
    expect(board).to_contain_text("请假中")
    expect(absent.page.locator(".away")).to_contain_text("您正在请假")
    expect(proxy.page.locator(".rail")).to_contain_text("正在代理")
    assert (absent.axe(), absent.too_wide()) == ([], 0)
    shot(absent, "leave_own")
    shot(proxy, "leave_proxy")
    board.get_by_role("button", name="销假").click()
    expect(board).to_contain_text("已结束")
    expect(proxy.page.locator(".rail")).not_to_contain_text("正在代理")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_chief_sees_and_ends_the_leave_of_those_whom_they_lead(
    screen: Open, size: dict[str, object]
) -> None:
    chief = screen("chief1", viewport=size, color_scheme="dark")
    chief.go("people")
    board = chief.page.locator(".board")
    board.get_by_role("button", name="登记请假").click()
    form = chief.page.locator("dialog[open] form")
    assert "admin" not in form.locator("[name=person] option").evaluate_all(
        "all => all.map(one => one.value)"
    )
    form.locator("[name=person]").select_option("collector13")
    expect(form.locator("[name=proxy] option[value=collector12]")).to_have_count(1)
    form.locator("[name=proxy]").select_option("collector12")
    form.locator("[name=reason]").fill("病假")
    shot(chief, f"leave_chief_form_{size['width']}")
    form.get_by_role("button", name="登记请假").click()
    row = board.locator("tr", has_text="请假中")
    expect(row).to_have_count(1)
    assert (chief.axe(), chief.too_wide()) == ([], 0)
    shot(chief, f"leave_people_{size['width']}")
    row.get_by_role("button", name="销假").click()
    expect(row).to_have_count(0)


def test_another_post_is_one_press_away_and_its_pages_come_with_it(screen: Open) -> None:
    here, there = screen("deputy"), screen("deputy")
    posts = here.page.locator(".rail .segments")
    expect(posts.locator("[aria-pressed=true]")).to_contain_text("受理员")
    here.go("report")
    there.go("inbox")
    expect(there.page.locator(".empty, [data-number]").first).to_be_visible()
    posts.get_by_role("button", name="派遣员").click()
    for window in (here, there):
        expect(window.page.locator(".person small")).to_have_text("派遣员")
        expect(window.page.get_by_role("link", name="登记", exact=True)).to_have_count(0)
    # The page that one may be on no longer is left.
    expect(here.page).to_have_url(f"{here.stage.url}/#/inbox")
    assert (here.axe(), here.too_wide()) == ([], 0)
    shot(here, "post_rail")
    here.page.keyboard.press("Shift+P")
    expect(there.page.locator(".person small")).to_have_text("受理员")
    alone = screen("acceptor1")
    expect(alone.page.locator(".person small")).to_have_text("受理员")
    expect(alone.page.locator(".rail .segments")).to_have_count(0)
