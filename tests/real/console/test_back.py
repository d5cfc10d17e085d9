"""Ways back: a reason stands on top, a wrong pick is taken back, photos are compared at closing."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.real.console.conftest import Open
from tests.real.console.reports import message
from tests.real.console.screen import PHONE, Screen
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
WHY = "这盏灯归园林管，不归我们：我们只管城市道路两侧的路灯，公园里的请改派园林绿化中心"


def _filed(screen: Open, stage: Stage) -> tuple[Screen, str]:
    number = message(stage, "中山西路12号门口的路灯不亮", photo=True)
    acceptor = screen("acceptor1")
    acceptor.open(number)
    acceptor.is_understood()
    acceptor.press("file")
    acceptor.send()
    return acceptor, number


def _dispatched(screen: Open, number: str) -> tuple[Screen, str]:
    dispatcher = screen("dispatcher1")
    dispatcher.open(number)
    dispatcher.press("dispatch")
    department = dispatcher.page.locator("form.form select").input_value()
    dispatcher.send()
    return dispatcher, department


def test_row_3_a_wrong_dispatch_is_taken_back_from_the_message_about_it(
    screen: Open, stage: Stage
) -> None:
    _, number = _filed(screen, stage)
    dispatcher, _ = _dispatched(screen, number)
    dispatcher.stage_is("处置中")
    dispatcher.page.locator(".told").get_by_role("button", name="撤回派遣").click()
    dispatcher.stage_is("待派遣")
    expect(dispatcher.page.locator(".told").get_by_role("button")).to_have_count(0)
    expect(dispatcher.page.locator(".case h1")).to_be_focused()


def test_row_4_why_a_case_came_back_stands_on_top_and_who_gave_it_back_is_not_chosen(
    screen: Open, stage: Stage
) -> None:
    _, number = _filed(screen, stage)
    dispatcher, department = _dispatched(screen, number)
    worker = screen(f"{department}1")
    worker.open(number)
    worker.press("send_back")
    worker.pick("return_reason", "not_ours")
    worker.page.fill("#note-send_back", WHY)
    worker.send()
    dispatcher.stage_is("回退审批")
    dispatcher.press("approve_return")
    dispatcher.send()
    dispatcher.stage_is("待派遣")
    row = dispatcher.page.locator(f"[data-number='{number}']")
    expect(row.locator(".chip.warn")).to_have_text("回退 1 次")
    expect(dispatcher.page.locator(".case .back")).to_contain_text(WHY)
    # On the phone the row has the whole reason: there is no pointer to wait over it.
    small = screen("dispatcher1", viewport=PHONE)
    why = small.page.locator(f"[data-number='{number}'] .back .clip")
    expect(why).to_contain_text(WHY)
    assert why.evaluate("one => one.scrollWidth <= one.clientWidth")
    dispatcher.press("dispatch")
    choice = dispatcher.page.locator("form.form select")
    expect(choice).not_to_have_value(department)
    expect(choice.locator("option").last).to_contain_text("已回退")
    choice.select_option(department)
    dispatcher.send()
    expect(row.locator(".chip").first).to_have_text("处置中")
    expect(row.locator(".chip.warn")).to_have_text("回退 1 次")
    expect(worker.page.locator(".case .back")).to_contain_text(WHY)


def test_row_2_a_closing_shows_before_and_after_and_can_be_returned(
    screen: Open, stage: Stage, photo: Path
) -> None:
    acceptor, number = _filed(screen, stage)
    _, department = _dispatched(screen, number)
    worker = screen(f"{department}1")
    worker.open(number)
    worker.press("report_done")
    worker.page.fill("#note-report_done", "已更换灯泡")
    worker.photo(photo)
    worker.send()
    acceptor.open(number)
    acceptor.press("ask_check")
    acceptor.send()
    collector = screen(acceptor.assigned(number, "collector"))
    collector.open(number)
    collector.stands_at(number)
    expect(collector.page.locator(".compare figure").first.locator("img")).to_have_count(1)
    collector.press("pass_check")
    collector.photo(photo)
    collector.send()
    chief = screen("chief1")
    chief.open(number)
    sides = chief.page.locator(".compare figure")
    expect(sides.nth(0).locator("img")).to_have_count(1)
    expect(sides.nth(1).locator("img")).to_have_count(2)
    assert chief.buttons()[0] == "close"
    assert chief.buttons().index("reject_close") < chief.buttons().index("void")
    chief.press("reject_close")
    chief.page.fill("#note-reject_close", "照片看不出灯亮了")
    chief.send()
    chief.stage_is("待核查")
    expect(chief.page.locator(".case .back")).to_contain_text("照片看不出灯亮了")
    marked = acceptor.page.locator(f"[data-number='{number}'] .back")
    expect(marked).to_contain_text("退回核查")
    expect(marked).to_contain_text("照片看不出灯亮了")
    acceptor.press("ask_check")
    acceptor.send()
    # Whoever checks once more reads what the first check left open.
    expect(collector.page.locator(".case .back")).to_contain_text("照片看不出灯亮了")
    collector.open(number)
    collector.press("pass_check")
    collector.photo(photo)
    collector.send()
    chief.press("close")
    chief.send()
    chief.stage_is("已结案")
    expect(chief.page.locator(".case .back")).to_have_count(0)


def test_accepting_is_one_key_in_the_list_and_one_tap_on_a_phone(
    screen: Open, stage: Stage
) -> None:
    """Accepting asks for nothing, and cost a form each time."""
    _, first = _filed(screen, stage)
    _, department = _dispatched(screen, first)
    _, second = _filed(screen, stage)
    _dispatched(screen, second)
    window = screen(f"{department}1")
    row = window.page.locator(f"a[data-number='{first}']")
    row.focus()
    window.page.keyboard.press("a")
    expect(window.page.locator(".told")).to_contain_text("接单")
    expect(window.page.get_by_role("button", name=f"接单 {first[:4]} {first[4:]}")).to_have_count(0)
    expect(row).to_be_focused()
    phone = screen(f"{department}1", viewport=PHONE)
    tap = phone.page.get_by_role("button", name=f"接单 {second[:4]} {second[4:]}")
    tap.click()
    expect(tap).to_have_count(0)
    expect(phone.page.locator(f"a[data-number='{second}']")).to_be_focused()
    expect(phone.page.locator(".case")).to_have_count(0)
