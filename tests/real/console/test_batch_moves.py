"""One move for many rows: picked by keys and mouse, one form, and what failed stays picked."""

import pytest
from playwright.sync_api import expect

from tests.real.console.conftest import Open
from tests.real.console.desk import Desk
from tests.real.console.reports import message
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
FILED = {"matter": "01001", "condition": "1", "cell": "330299001001001"}


def _filed(stage: Stage, many: int) -> list[str]:
    desk = Desk(stage, "acceptor1")
    numbers = [message(stage, "供水井盖没了") for _ in range(many)]
    for number in numbers:
        desk.act(number, "file", **FILED)
    return numbers


def test_several_cases_are_dispatched_by_one_form_and_one_that_moved_says_why(
    screen: Open, stage: Stage
) -> None:
    numbers = _filed(stage, 4)
    window = screen("dispatcher1")
    page, keys = window.page, window.page.keyboard
    rows = page.locator("[data-number]")
    expect(rows).to_have_count(4)
    order = window.numbers()
    rows.first.focus()
    keys.press("x")
    for _ in range(2):
        keys.press("j")
    keys.press("Shift+X")
    expect(page.locator(".picked b")).to_contain_text("3")
    page.locator("[data-pick-all]").click()
    expect(page.locator(".picked b")).to_contain_text("4")
    assert window.axe() == []
    # Somebody else has one of them meanwhile; the picks are as they were looked at.
    other = Desk(stage, "dispatcher1")
    other.act(order[1], "dispatch", department="water")
    page.locator("[data-batch]").click()
    page.locator("[data-batch-action=dispatch]").click()
    choice = page.locator("dialog[open] [data-field=department] select")
    # Nothing of one case is filled in for all.
    expect(choice).to_have_value("")
    choice.select_option("gas")
    page.locator("dialog[open] form button[type=submit]").click()
    expect(page.locator("dialog[open] .failed li")).to_have_count(1)
    expect(page.locator("dialog[open] .failed")).to_contain_text("刚刚")
    expect(page.locator("dialog[open] .progress")).to_contain_text("4 / 4")
    assert window.axe() == []
    page.locator("dialog[open] header button").first.click()
    expect(page.locator(".picked b")).to_contain_text("1")
    found = [other.case(one)["case"]["department"] for one in order]
    assert found == ["gas", "water", "gas", "gas"]
    assert sorted(order) == sorted(numbers)
    page.locator("[data-pick-none]").click()
    expect(page.locator(".picked")).to_have_count(0)


def test_a_batch_offers_no_move_that_needs_a_photo_or_another_case(
    screen: Open, stage: Stage
) -> None:
    number = message(stage)
    window = screen("acceptor1")
    window.page.locator(f"[data-pick='{number}']").click()
    window.page.locator("[data-batch]").click()
    expect(window.page.locator("[data-batch-action=decline]")).to_be_visible()
    expect(window.page.locator("[data-batch-action=merge]")).to_have_count(0)
    window.page.keyboard.press("Escape")
    expect(window.page.locator("dialog[open]")).to_have_count(0)
    expect(window.page.locator(".picked b")).to_contain_text("1")
