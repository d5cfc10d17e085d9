"""One case from the ringing call to its end, every button pressed in the console by its post."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.real.console.conftest import Open
from tests.real.console.reports import WORDS, hang_up, ring
from tests.real.console.screen import Screen
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real


def test_a_call_is_walked_to_its_end_by_the_buttons_of_every_post(
    screen: Open, stage: Stage, photo: Path
) -> None:
    acceptor = screen("acceptor1")
    number = _rings_and_is_heard(acceptor, stage)
    _is_read_and_filed(acceptor, number)
    dispatcher = screen("dispatcher1")
    department = _is_dispatched(dispatcher, number)
    worker = screen(f"{department}1")
    _is_returned_and_dispatched_again(worker, dispatcher, number, department)
    collector = screen(_collector_of(acceptor, number))
    _is_accepted(worker, number)
    _is_done(worker, number, photo)
    _is_checked(acceptor, collector, number, photo, "fail_check")
    acceptor.stage_is("处置中")
    _is_done(worker, number, photo)
    _is_checked(acceptor, collector, number, photo, "pass_check")
    _is_closed(screen("chief1"), number)


def _rings_and_is_heard(acceptor: Screen, stage: Stage) -> str:
    """The call stands on the screen while it rings, its case as soon as it has ended."""
    key = ring(stage)
    expect(acceptor.page.locator(".call")).to_contain_text("振铃")
    number = hang_up(stage, key)
    expect(acceptor.page.locator(f"[data-number='{number}']")).to_be_visible()
    expect(acceptor.page.locator(".call")).to_have_count(0)
    return number


def _is_read_and_filed(acceptor: Screen, number: str) -> None:
    acceptor.open(number)
    acceptor.stage_is("待受理")
    acceptor.is_understood()
    expect(acceptor.page.locator(".timeline")).to_contain_text("未确认的转写")
    acceptor.press("file")
    acceptor.page.check("form.form input[type=checkbox]")
    fields = acceptor.page.locator("form.form input[role=combobox]")
    fields.nth(0).fill("路灯")
    acceptor.page.get_by_role("option", name="路灯异常").first.click()
    fields.nth(1).fill("中山西路12号")
    acceptor.page.get_by_role("option", name="中山西路12号").click()
    acceptor.send()
    acceptor.stage_is("待派遣")
    expect(acceptor.page.locator(".said")).to_contain_text(WORDS)
    expect(acceptor.page.locator(".timeline")).to_contain_text("已核对的转写")


def _is_dispatched(dispatcher: Screen, number: str) -> str:
    """The department that a rule names is chosen already, and the rule is shown."""
    dispatcher.open(number)
    dispatcher.press("dispatch")
    suggested = dispatcher.get(f"/api/cases/{number}")["case"]["suggested_department"]
    expect(dispatcher.page.locator("form.form select")).to_have_value(suggested["id"])
    expect(dispatcher.page.locator("form.form .rule")).to_contain_text(suggested["rule"])
    dispatcher.send()
    dispatcher.stage_is("处置中")
    return str(suggested["id"])


def _is_returned_and_dispatched_again(
    worker: Screen, dispatcher: Screen, number: str, department: str
) -> None:
    """Who gave it back, as was agreed, is not chosen again by itself; one may insist."""
    worker.open(number)
    worker.press("send_back")
    worker.pick("return_reason", "not_ours")
    worker.page.fill("#note-send_back", "不是我们的灯")
    worker.send()
    # The dispatcher has the case open: it moves under their eyes.
    dispatcher.stage_is("回退审批")
    dispatcher.press("approve_return")
    dispatcher.send()
    dispatcher.stage_is("待派遣")
    expect(dispatcher.page.locator(".case header")).to_contain_text("回退 1 次")
    dispatcher.press("dispatch")
    choice = dispatcher.page.locator("form.form select")
    expect(choice).not_to_have_value(department)
    choice.select_option(department)
    dispatcher.send()


def _collector_of(acceptor: Screen, number: str) -> str:
    return str(acceptor.get(f"/api/cases/{number}")["case"]["suggested"]["collector"])


def _is_accepted(worker: Screen, number: str) -> None:
    """What was accepted is not accepted again, so the button goes."""
    worker.open(number)
    worker.page.locator("[data-action=accept]").click()
    expect(worker.page.locator("[data-action=accept]")).to_have_count(0)


def _is_done(worker: Screen, number: str, photo: Path) -> None:
    worker.open(number)
    worker.press("report_done")
    worker.page.fill("#note-report_done", "已更换灯泡")
    worker.photo(photo)
    worker.send()
    worker.stage_is("待核查")


def _is_checked(
    acceptor: Screen, collector: Screen, number: str, photo: Path, verdict: str
) -> None:
    acceptor.open(number)
    acceptor.press("ask_check")
    acceptor.send()
    collector.open(number)
    collector.stands_at(number)
    collector.press(verdict)
    collector.photo(photo)
    collector.send()


def _is_closed(chief: Screen, number: str) -> None:
    """What the case was for asks no second time: to open the form and to send it are two."""
    chief.open(number)
    chief.stage_is("待结案")
    chief.press("close")
    chief.send()
    chief.stage_is("已结案")
    assert chief.buttons() == []
    photos = chief.page.locator(".timeline .photos img")
    expect(photos).to_have_count(4)
    photos.first.click()
    expect(chief.page.locator("dialog[open] img")).to_be_visible()
