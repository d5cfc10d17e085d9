"""The place box: a position belongs to the words that it was chosen for, and to no others."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.real.console.conftest import Open
from tests.real.console.reports import message
from tests.real.console.screen import Screen
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
PARK = "明湾公园"
STREET = "通途东路200号"


def _place(window: Screen) -> Locator:
    return window.page.locator("form .place input[role=combobox]")


def _take(window: Screen, words: str) -> None:
    _place(window).fill(words)
    window.page.get_by_role("option", name=words).first.click()
    expect(window.page.locator("form .place .chip")).to_be_visible()


def test_row_1_overtyping_a_place_of_a_new_report_drops_its_position(
    screen: Open, stage: Stage
) -> None:
    window = screen("acceptor1")
    window.go("report")
    window.page.fill("textarea", "路灯不亮")
    _take(window, PARK)
    _place(window).fill(f"{STREET}对面")
    expect(window.page.locator("form .place .chip")).to_have_count(0)
    expect(window.page.locator("form .place")).to_contain_text("原来的位置不再有效")
    with window.page.expect_request("**/api/reports") as sent:
        window.page.click("form button[type=submit]")
    assert (sent.value.post_data_json or {})["point"] is None
    expect(window.page.locator(".receipt .number")).to_be_visible()


def test_row_1_overtyping_a_place_when_filing_asks_for_a_new_position(
    screen: Open, stage: Stage
) -> None:
    number = message(stage, f"{PARK}的路灯不亮", point=None)
    window = screen("acceptor1")
    window.open(number)
    window.is_understood()
    window.press("file")
    _take(window, PARK)
    old = window.page.locator("form .place .chip").inner_text()
    _place(window).fill(f"{STREET}对面")
    window.page.click("form.form button[type=submit]")
    expect(window.page.locator("form.form [role=alert]")).to_contain_text("单元网格")
    _place(window).fill(PARK)  # its own words bring it back
    expect(window.page.locator("form .place .chip")).to_have_text(old)
    _place(window).fill(STREET)
    window.page.locator("#note-file").focus()  # a whole name is taken for its place
    expect(window.page.locator("form .place .chip")).not_to_have_text(old)
    window.send()
    case = window.get(f"/api/cases/{number}")["case"]
    assert case["place_text"] == STREET
    assert case["cell"] not in old


def test_row_1_correcting_the_words_of_a_place_takes_the_old_pin_off_the_case(
    screen: Open, stage: Stage
) -> None:
    number = message(stage)
    window = screen("acceptor1")
    window.open(number)
    assert window.get(f"/api/cases/{number}")["case"]["point"] is not None
    window.press("correct")
    _place(window).fill("说不清的地方")
    window.send()
    case = window.get(f"/api/cases/{number}")["case"]
    assert (case["place_text"], case["point"], case["cell"]) == ("说不清的地方", None, None)


def test_row_1_an_old_position_is_kept_when_somebody_says_so(screen: Open, stage: Stage) -> None:
    number = message(stage)
    window = screen("acceptor1")
    window.open(number)
    before = window.get(f"/api/cases/{number}")["case"]
    window.press("correct")
    _place(window).fill("公交站后面")
    window.page.get_by_role("button", name="仍用原来的位置").click()
    expect(_place(window)).to_be_focused()
    window.send()
    case = window.get(f"/api/cases/{number}")["case"]
    assert (case["place_text"], case["cell"]) == ("公交站后面", before["cell"])


@pytest.mark.parametrize("typed", ["中山西路十二号", "zsxl12", "No. 12 Zhongshan West Road"])
def test_fault_12_a_house_is_found_however_it_is_written(screen: Open, typed: str) -> None:
    window = screen("acceptor1")
    window.go("report")
    _place(window).fill(typed)
    window.page.get_by_role("option", name="中山西路").first.click()
    expect(window.page.locator("form .place .chip")).to_be_visible()
    expect(_place(window)).to_have_value(re.compile("^中山西路(12|十二)号$"))


@pytest.mark.parametrize(("letters", "name"), [("zsdl", "中山东路"), ("mwgy", "明湾公园")])
def test_row_16_a_place_is_found_by_its_initials(screen: Open, letters: str, name: str) -> None:
    window = screen("acceptor1")
    window.go("report")
    _place(window).fill(letters)
    expect(window.page.get_by_role("option", name=name).first).to_be_visible()
