"""A call that is tried: conditions, keys, what is heard, a plan that does not count yet."""

import re

from playwright.sync_api import ViewportSize, expect

from tests.real.console.conftest import Open
from tests.real.console.screen import DESKTOP, PHONE, Screen
from tests.real.console.stage import until
from tests.real.console.test_seat import pytestmark

__all__ = ["pytestmark"]
HEARD = ".heard [role=log] li"


def _opened(screen: Open, size: ViewportSize = DESKTOP) -> Screen:
    window = screen("chief1", viewport=size)
    window.go("room/try")
    expect(window.page.locator("[data-act=call]")).to_be_visible()
    return window


def test_a_caller_is_heard_through_greeting_keys_queue_and_a_person(screen: Open) -> None:
    window = _opened(screen)
    page = window.page
    page.locator("[data-act=call]").click()
    expect(page.locator(HEARD).first).to_contain_text("热线")
    said = page.locator(HEARD).count()
    # The sound of a prompt is played; each can be played again.
    sounds = "performance.getEntriesByType('resource').map((one) => one.name)"
    until(
        lambda: any("/api/room/prompts/zh_CN/" in one for one in page.evaluate(sounds)),
        *(20, "the sound of a prompt is fetched"),
    )
    expect(page.locator(f"{HEARD} button").first).to_be_visible()
    page.locator(".pad").focus()
    page.keyboard.press("1")
    expect(page.locator(HEARD).nth(said)).to_be_visible()
    expect(page.locator(".heard .chip", has_text="按 1")).to_have_count(1)
    page.locator("[data-act=undo]").click()
    expect(page.locator(".heard .chip", has_text="按 1")).to_have_count(0)
    assert (window.axe(), window.too_wide()) == ([], 0)


def test_conditions_change_what_is_heard(screen: Open) -> None:
    window = _opened(screen)
    page = window.page
    for box in page.get_by_label(re.compile("：坐席数$")).all():
        box.fill("0")
    page.locator("[data-act=call]").click()
    expect(page.locator(".display")).to_contain_text("等待留言")
    page.locator("[data-try=words]").click()
    expect(page.locator(".display")).to_contain_text("编号")
    page.get_by_label("记住的语言").select_option("en")
    page.locator("[data-act=again]").click()
    expect(page.locator(HEARD).first.locator(".words")).to_have_attribute("lang", "en")


def test_a_plan_that_does_not_count_yet_is_tried_and_its_faults_are_told(screen: Open) -> None:
    window = _opened(screen)
    page = window.page
    page.locator("[data-act=draft]").check()
    plan = page.get_by_label("方案（room.toml）")
    text = plan.input_value()
    assert "hours" in text
    plan.fill("hours = [")
    page.locator("[data-act=call]").click()
    expect(page.locator(".phone [role=alert]")).to_contain_text("plan")
    # What the office refuses is an error of the browser's, too.
    until(lambda: window.wrong, 20, "the browser has told of it")
    assert [one for one in window.wrong if "400" not in one] == []
    window.wrong.clear()
    plan.fill(text.replace('hours = ["00:00-24:00"]', 'hours = ["00:00-00:01"]'))
    page.get_by_label("来电时间").fill("2026-11-27T12:00")
    page.locator("[data-act=call]").click()
    expect(page.locator(".display")).to_contain_text("等待留言")


def test_it_fits_a_telephones_screen(screen: Open) -> None:
    window = _opened(screen, PHONE)
    window.page.locator("[data-act=call]").click()
    expect(window.page.locator(HEARD).first).to_be_visible()
    assert (window.axe(), window.too_wide()) == ([], 0)
