"""Two people open one case: each sees within moments that the other is at work, and may save."""

import pytest
from playwright.sync_api import expect

from tests.real.console.conftest import Open
from tests.real.console.desk import Desk
from tests.real.console.reports import message
from tests.real.console.screen import PHONE
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
# Well below a lease: it is told, and has not run out.
SOON_MS = 20_000


def test_who_is_at_work_is_seen_and_stops_nobody(screen: Open, stage: Stage) -> None:
    number = message(stage, "路灯不亮")
    one, two = screen("acceptor1"), screen("acceptor2")
    chip = f"[data-number='{number}'] [data-at-work=acceptor1]"
    expect(two.page.locator(f"[data-number='{number}']")).to_be_visible()
    one.open(number)
    expect(two.page.locator(chip)).to_be_visible(timeout=SOON_MS)
    expect(two.page.locator(chip)).to_contain_text("正在处理")
    two.open(number)
    expect(two.page.locator(".case header [data-at-work=acceptor1]")).to_be_visible()
    # One's own claim is no news to oneself: the other's alone is shown.
    expect(one.page.locator(".case header [data-at-work=acceptor2]")).to_be_visible(timeout=SOON_MS)
    expect(one.page.locator("[data-at-work*=acceptor1]")).to_have_count(0)
    assert two.axe() == []
    # Nobody is refused; who is late is told as ever.
    Desk(stage, "acceptor2").act(number, "correct", text="路灯全灭", urgency="critical")
    expect(one.page.locator(".case .text").first).to_have_text("路灯全灭")
    # A list that is read anew knows it, too; a browser that goes lets go of it.
    two.page.reload()
    expect(two.page.locator(chip)).to_be_visible()
    one.page.keyboard.press("Escape")
    expect(two.page.locator("[data-at-work]")).to_have_count(0, timeout=SOON_MS)


def test_on_a_phone_the_names_fit_and_a_closed_window_lets_go(screen: Open, stage: Stage) -> None:
    number = message(stage, "路灯不亮")
    phone = screen("acceptor2", viewport=PHONE, has_touch=True, color_scheme="dark")
    chip = phone.page.locator(f"[data-number='{number}'] [data-at-work]")
    windows, at_work = [], list[str]()
    for who in ("acceptor1", "chief1", "chief2"):
        windows.append(screen(who))
        windows[-1].open(number)
        at_work.append(who)
        expect(chip).to_have_attribute("data-at-work", " ".join(at_work))
    assert phone.too_wide() <= 0
    assert phone.axe() == []
    windows[0].page.close()
    expect(chip).to_have_attribute("data-at-work", "chief1 chief2", timeout=SOON_MS)
    stage.stop()
    stage.start()
    # The office began anew, and knows it still.
    phone.page.reload()
    expect(chip).to_have_attribute("data-at-work", "chief1 chief2")
    for window in (*windows, phone):
        window.wrong.clear()  # the browsers may say that the office was away


def test_a_table_names_them_too(screen: Open, stage: Stage) -> None:
    number = message(stage, "路灯不亮")
    reader, one = screen("acceptor2"), screen("acceptor1")
    reader.page.click("[data-columns=open]")
    reader.page.check("dialog[open] input[name=table][value=true]")
    reader.page.keyboard.press("Escape")
    row = reader.page.locator("tr", has=reader.page.locator(f"[data-number='{number}']"))
    expect(row).to_be_visible()
    one.open(number)
    expect(row.locator("[data-at-work=acceptor1]")).to_be_visible(timeout=SOON_MS)
    assert reader.axe() == []
