"""The list as a table: columns and order that a person chooses, kept in the address."""

import re

import pytest
from playwright.sync_api import expect

from tests.real.console.conftest import Open
from tests.real.console.desk import Desk
from tests.real.console.reports import message
from tests.real.console.screen import PHONE, Screen
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
FILED = {"condition": "1", "cell": "330299001001001"}


def _as_table(window: Screen) -> None:
    window.page.click("[data-columns=open]")
    window.page.check("dialog[open] input[name=table][value=true]")


def _columns(window: Screen) -> list[str]:
    return window.each("th[data-column]", "one.dataset.column")


def test_columns_are_chosen_moved_and_kept_by_the_address_and_the_browser(
    screen: Open, stage: Stage
) -> None:
    message(stage, "表格里的案件")
    window = screen("chief1")
    page = window.page
    _as_table(window)
    assert window.axe() == []
    page.uncheck("dialog[open] [data-column-of=text] input")
    page.check("dialog[open] [data-column-of=received_at] input")
    box = page.locator("dialog[open] [data-column-of=received_at]")
    for _ in range(2):
        box.locator("[data-by='-1']").press("Enter")
    page.keyboard.press("Escape")
    chosen = _columns(window)
    assert chosen[0] == "number"
    assert "text" not in chosen
    assert chosen.index("received_at") == len(chosen) - 3
    expect(page).to_have_url(re.compile("columns=number"))
    page.reload()
    expect(page.locator("th[data-column]")).to_have_count(len(chosen))
    assert _columns(window) == chosen
    # An address that says nothing has the columns that this browser is used to.
    page.goto("about:blank")
    window.go("inbox")
    expect(page.locator("th[data-column]")).to_have_count(len(chosen))
    assert _columns(window) == chosen
    assert window.axe() == []
    # What was saved with a view comes with it.
    page.click("[data-views=manage]")
    page.fill("dialog[open] input[name=view]", "表格")
    page.click("dialog[open] [data-views=save]")
    page.keyboard.press("Escape")
    page.click("[data-columns=open]")
    page.check("dialog[open] input[name=table][value=false]")
    page.keyboard.press("Escape")
    expect(page.locator("th[data-column]")).to_have_count(0)
    page.click("[data-view=表格]")
    expect(page.locator("th[data-column]")).to_have_count(len(chosen))
    assert _columns(window) == chosen
    page.click("[data-views=manage]")
    page.click("dialog[open] [data-views=drop]")


def test_a_table_is_ordered_by_its_heads_and_walked_by_keys(screen: Open, stage: Stage) -> None:
    stage.empty()
    desk = Desk(stage, "acceptor1")
    numbers = {}
    for matter, urgency in (("01002", "normal"), ("01001", "critical"), ("01001", "normal")):
        number = message(stage, "排序的案件")
        desk.act(number, "file", matter=matter, urgency=urgency, **FILED)
        numbers[matter, urgency] = number
    first, second, third = (
        numbers["01001", "critical"],
        numbers["01001", "normal"],
        numbers["01002", "normal"],
    )
    window = screen("dispatcher1")
    page = window.page
    expect(page.locator("[data-number]")).to_have_count(3)
    _as_table(window)
    page.keyboard.press("Escape")
    head = page.locator("th[data-column=matter]")
    expect(head).to_have_attribute("aria-sort", "none")
    head.locator("button").press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("[data-number]").last).to_have_attribute("data-number", third)
    assert window.numbers() == [first, second, third]
    head.locator("button").press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(page.locator("[data-number]").first).to_have_attribute("data-number", third)
    page.locator("th[data-column=urgency] button").click()
    expect(page.locator("[data-number]").first).to_have_attribute("data-number", first)
    expect(page).to_have_url(re.compile("sort=urgent"))
    assert page.locator("th[data-column=text] button").count() == 0
    assert window.axe() == []
    page.locator(f"[data-number='{first}']").focus()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".picked [role=status]")).to_contain_text("1")
    page.keyboard.press("Enter")
    expect(page.locator(".case h1")).to_be_visible()
    # Beside an open case the list is of cards, and a table again behind it.
    expect(page.locator("th[data-column]")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(head).to_be_visible()
    page.locator("tbody tr").last.locator("[data-cell=text]").click()
    expect(page.locator(".case h1")).to_be_visible()


def test_a_phone_has_cards(screen: Open, stage: Stage) -> None:
    number = message(stage, "手机上是卡片")
    window = screen("chief1", viewport=PHONE)
    window.go("inbox?columns=number,text&view=open")
    expect(window.page.locator(f"li [data-number='{number}']")).to_be_visible()
    expect(window.page.locator("[data-columns=open]")).to_have_count(0)
    assert window.too_wide() <= 0
