"""The photo viewer: before beside after, larger, turned, with when and whose; by keys too."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.real.console.conftest import Open
from tests.real.console.desk import Desk
from tests.real.console.reports import message
from tests.real.console.screen import PHONE
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
FILED = {"matter": "01001", "condition": "1", "cell": "330299001001001"}


def test_before_stands_beside_after_and_each_says_when_and_by_whom(
    screen: Open, stage: Stage, photo: Path
) -> None:
    number = message(stage, "供水井盖没了", photo=True)
    Desk(stage, "acceptor1").act(number, "file", **FILED)
    Desk(stage, "dispatcher1").act(number, "dispatch", department="water")
    worker = screen("water1")
    worker.open(number)
    worker.press("report_done")
    worker.page.fill("#note-report_done", "已盖好")
    worker.photo(photo)
    worker.send()
    window = screen("acceptor1", color_scheme="dark")
    page, keys = window.page, window.page.keyboard
    window.open(number)
    page.locator(".compare figure").nth(1).locator("button").first.click()
    box = page.locator("dialog[open]")
    expect(box.locator("img")).to_have_count(1)
    name = Desk(stage, "acceptor1").case(number)["timeline"]
    who = next(one["person_name"] for one in name if one["action"] == "report_done")
    expect(box.locator("figcaption")).to_contain_text(who)
    box.locator("[data-photo=compare]").click()
    expect(box.locator("img")).to_have_count(2)
    expect(box.locator("figcaption").nth(1)).to_contain_text(who)
    assert window.axe() == []
    keys.press("+")
    expect(box.locator("img.large")).to_have_count(2)
    keys.press("-")
    expect(box.locator("img.large")).to_have_count(0)
    keys.press("r")
    expect(box.locator("img").nth(1)).to_have_attribute("style", "transform: rotate(90deg);")
    keys.press("Escape")
    expect(box).to_have_count(0)
    expect(page.locator(".case")).to_be_visible()
    small = screen("acceptor1", viewport=PHONE, has_touch=True, is_mobile=True)
    small.open(number)
    small.page.locator(".compare button").first.tap()
    small.page.locator("[data-photo=compare]").tap()
    expect(small.page.locator("dialog[open] img")).to_have_count(2)
    assert small.too_wide() <= 0
    assert small.axe() == []
