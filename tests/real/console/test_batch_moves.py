"""One move for many rows: picked by keys and mouse, one form, and what failed stays picked."""

import pytest
from playwright.sync_api import expect

from tests.real.console.conftest import Open
from tests.real.console.desk import Desk
from tests.real.console.reports import message
from tests.real.console.screen import PHONE
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
# More than a city's rules name for one class.
MOST_DEPARTMENTS = 30
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
    expect(page.locator(".picked [role=status]")).to_contain_text("3")
    page.locator("[data-pick-all]").click()
    expect(page.locator(".picked [role=status]")).to_contain_text("4")
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
    expect(page.locator(".picked [role=status]")).to_contain_text("1")
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
    expect(window.page.locator(".picked [role=status]")).to_contain_text("1")


def test_several_are_dispatched_each_by_its_own_suggestion(screen: Open, stage: Stage) -> None:
    stage.empty()
    desk = Desk(stage, "acceptor1")
    numbers = [message(stage, f"按建议派遣{at}") for at in range(3)]
    for number, matter in zip(numbers, ("01001", "01002", "01001"), strict=True):
        desk.act(number, "file", **{**FILED, "matter": matter})
    # Each department that the city's rules know for one has given it back.
    dispatcher = Desk(stage, "dispatcher1")
    for _ in range(MOST_DEPARTMENTS):
        suggested = dispatcher.case(numbers[2])["case"]["suggested_department"]
        if suggested is None:
            break
        dispatcher.act(numbers[2], "dispatch", department=suggested["id"])
        Desk(stage, f"{suggested['id']}1").act(numbers[2], "send_back", return_reason="not_ours")
        dispatcher.act(numbers[2], "approve_return")
    window = screen("dispatcher1")
    page, keys = window.page, window.page.keyboard
    expect(page.locator("[data-number]")).to_have_count(3)
    page.locator("[data-number]").first.focus()
    keys.press("x")
    page.locator("[data-pick-all]").click()
    page.locator("[data-number]").first.focus()
    # The key of dispatch, and Enter on what it opens.
    keys.press("d")
    expect(page.locator("[data-batch-each]")).to_be_focused()
    assert window.axe() == []
    keys.press("Enter")
    expect(page.locator("dialog[open] .failed li")).to_have_count(1)
    expect(page.locator("dialog[open] .failed")).to_contain_text("没有建议的")
    keys.press("Escape")
    expect(page.locator("dialog[open] .failed")).to_have_count(0)
    expect(page.locator(".picked [role=status]")).to_contain_text("1")
    found = [dispatcher.case(one)["case"]["department"] for one in numbers]
    assert found == ["water", "drainage", None]


def test_a_batch_of_two_stages_offers_the_moves_of_both_with_how_many_they_fit(
    screen: Open, stage: Stage
) -> None:
    stage.empty()
    filed = _filed(stage, 2)
    Desk(stage, "dispatcher1").act(filed[0], "dispatch", department="gas")
    reported = [message(stage, f"两个阶段{at}") for at in range(2)]
    window = screen("acceptor1")
    page = window.page
    page.goto(f"{page.url.partition('#')[0]}#/?view=open")
    for number in (*filed, *reported):
        page.locator(f"[data-pick='{number}']").click()
    page.locator("[data-batch]").click()
    expect(page.locator("[data-batch-action=decline]")).to_contain_text("2 件")
    expect(page.locator("[data-batch-action=note]")).to_contain_text("4 件")
    assert window.axe() == []
    page.locator("[data-batch-action=note]").click()
    page.locator("dialog[open] [data-field=note] textarea").fill("一并说明")
    page.locator("dialog[open] form button[type=submit]").click()
    expect(page.locator(".picked")).to_have_count(0)


def test_a_phone_picks_by_boxes_that_it_is_asked_for(screen: Open, stage: Stage) -> None:
    number = message(stage, "手机上选取")
    window = screen("acceptor1", viewport=PHONE)
    page = window.page
    box = page.locator(f"[data-pick='{number}']")
    expect(page.locator(f"[data-number='{number}']")).to_be_visible()
    expect(box).to_be_hidden()
    page.click("[data-picking]")
    box.click()
    expect(page.locator(".picked [role=status]")).to_contain_text("1")
    expect(box).to_be_checked()
    box.click()
    expect(page.locator(".picked")).to_have_count(0)
    expect(box).not_to_be_checked()
    box.click()
    expect(box).to_be_checked()
    assert window.axe() == []
    assert window.too_wide() <= 0
    page.click("[data-batch]")
    expect(page.locator("[data-batch-action=decline]")).to_be_visible()
    page.keyboard.press("Escape")
    page.click("[data-picking]")
    expect(box).to_be_hidden()
    expect(page.locator(".picked")).to_have_count(0)
