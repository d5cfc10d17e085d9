"""What is counted says whose it is: one's own first, then all; and nobody picks for nothing."""

import re

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.real.console.conftest import Open
from tests.real.console.reports import message
from tests.real.console.screen import DESKTOP, PHONE
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
# The number in the head of each part, and that of its view in the rail, at one instant.
NUMBERS = """views => Object.entries(views).map(([whose, view]) => {
    const head = document.querySelector(`[data-whose=${whose}] h2`)
    const rail = [...document.querySelectorAll('.filters .side-item')]
    const item = rail.find(one => one.querySelector('span').textContent === view)
    return [head.textContent.match(/\\d+/)[0], item.querySelector('b').textContent]
})"""


def test_ones_own_numbers_stand_before_all_and_each_says_whose_it_is(
    screen: Open, stage: Stage
) -> None:
    message(stage, "等受理员办的")
    window = screen("acceptor1")
    page = window.page
    parts = page.locator(".overview [data-whose]")
    expect(parts).to_have_count(2)
    assert window.each(".overview [data-whose]", "one.dataset.whose") == ["mine", "all"]
    # Whatever other tests have left: they are the numbers of the two views in the rail.
    expect(parts.nth(0).locator("h2")).to_have_text(re.compile(r"^等我办的 [1-9]\d* 件$"))
    expect(parts.nth(1).locator("h2")).to_have_text(re.compile(r"^全部在办 [1-9]\d* 件$"))
    views = {"mine": "我的待办", "all": "全部在办"}
    told = page.evaluate(NUMBERS, views)
    assert [shown == counted for shown, counted in told] == [True, True], told
    heads = window.each(".overview h3", "one.textContent")
    assert heads == ["按时限 · 我的待办", "按时限 · 全部在办", "按阶段 · 全部在办"]
    # A lamp leads to the cases that it counts.
    parts.nth(1).locator("[data-lamp=green]").click()
    expect(page.locator(".list .off")).to_have_text(["正常"])
    expect(parts.nth(1).locator("[data-lamp=green]")).to_have_attribute("aria-pressed", "true")
    parts.nth(0).locator("[data-lamp=green]").click()
    expect(page.locator(".list .off")).to_have_text(["我的待办", "正常"])
    assert window.axe() == []


def test_who_has_no_queue_has_no_numbers_of_ones_own(screen: Open, stage: Stage) -> None:
    window = screen("auditor")
    expect(window.page.locator(".overview [data-whose]")).to_have_count(1)
    expect(window.page.locator(".overview [data-whose=all] h2")).to_be_visible()


def test_who_sees_a_part_is_shown_no_lights_of_others(screen: Open, stage: Stage) -> None:
    window = screen("water1")
    expect(window.page.locator("[data-whose=mine] [data-lamp]")).to_have_count(3)
    expect(window.page.locator("[data-whose=all] [data-lamp]")).to_have_count(0)


def test_lists_by_light_stand_before_all_but_the_two_views(screen: Open, stage: Stage) -> None:
    window = screen("acceptor1")
    expect(window.page.locator(".filters .side-item b").first).not_to_have_text("")
    words = window.each(".filters > *", "one.textContent.trim()")
    heads = [one for one in words if not one[-1].isdecimal()]
    assert heads[0] == "按时限 · 我的待办"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_who_may_move_nothing_gets_no_boxes_to_pick_by(
    screen: Open, stage: Stage, size: ViewportSize
) -> None:
    number = message(stage, "审计员只看不动")
    window = screen("auditor", viewport=size)
    page = window.page
    row = page.locator(f"[data-number='{number}']")
    expect(row).to_be_visible()
    expect(page.locator("[data-pick], [data-picking]")).to_have_count(0)
    row.focus()
    page.keyboard.press("x")
    expect(page.locator("[data-batch]")).to_have_count(0)
    if size is DESKTOP:
        window.go("inbox?columns=number,text,stage")
        expect(page.locator("th[data-column]")).to_have_count(3)
        expect(page.locator("[data-pick]")).to_have_count(0)
        assert window.axe() == []
    # Who may has them still.
    other = screen("acceptor1", viewport=size)
    expect(other.page.locator(f"[data-number='{number}']")).to_be_visible()
    boxes = other.page.locator("[data-picking]" if size is PHONE else f"[data-pick='{number}']")
    expect(boxes).to_be_visible()
