"""Two people save: the second one sees what differs, loses nothing, and sends what they choose."""

import pytest
from playwright.sync_api import expect

from tests.real.console.conftest import Open
from tests.real.console.desk import Desk
from tests.real.console.reports import message
from tests.real.console.screen import PHONE
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real


def test_who_saves_second_sees_what_differs_and_chooses(screen: Open, stage: Stage) -> None:
    number = message(stage, "供水井盖没了")
    window = screen("acceptor1")
    page = window.page
    window.open(number)
    window.press("correct")
    words = page.locator(
        "form.form textarea[data-field=text], form.form [data-field=text] textarea"
    )
    words.first.fill("我写的话")
    other = Desk(stage, "acceptor2")
    other.act(number, "correct", text="对方写的话", urgency="critical")
    row = page.locator("[data-diff=text]")
    expect(row).to_contain_text("供水井盖没了")
    expect(row).to_contain_text("对方写的话")
    expect(row).to_contain_text("我写的话")
    # What was not touched here is told, and goes by theirs.
    expect(page.locator("[data-diff=urgency]")).to_contain_text("未改动")
    assert window.axe() == []
    expect(words.first).to_have_value("我写的话")
    # Neither side is chosen by itself, and nothing is sent before somebody has.
    expect(row.locator("input:checked")).to_have_count(0)
    words.first.press("Control+Enter")
    expect(row.locator("input").first).to_be_focused()
    expect(page.locator("form.form [role=alert]")).to_contain_text("请先选择以哪一个为准")
    page.locator(".diff > button").click()
    expect(row).to_be_visible()
    assert other.case(number)["case"]["text"] == "对方写的话"
    row.locator("input").first.check()
    expect(words.first).to_have_value("对方写的话")
    row.locator("input").last.check()
    expect(words.first).to_have_value("我写的话")
    window.send()
    found = other.case(number)["case"]
    assert (found["text"], found["urgency"]) == ("我写的话", "critical")


def test_on_a_phone_it_fits_and_what_is_taken_from_them_is_sent(screen: Open, stage: Stage) -> None:
    number = message(stage, "供水井盖没了")
    window = screen("acceptor1", viewport=PHONE, has_touch=True, color_scheme="dark")
    window.open(number)
    window.press("correct")
    words = window.page.locator(
        "form.form textarea[data-field=text], form.form [data-field=text] textarea"
    )
    words.first.fill("我写的话")
    other = Desk(stage, "acceptor2")
    other.act(number, "correct", text="对方写的话")
    row = window.page.locator("[data-diff=text]")
    expect(row).to_be_visible()
    assert window.too_wide() <= 0
    assert window.axe() == []
    row.locator("input").first.check()
    expect(words.first).to_have_value("对方写的话")
