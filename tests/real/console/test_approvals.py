"""What waits for somebody's approval: one filter for all of it, and reasons that are one tap."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from hotline.clock import SystemClock
from tests.real.console.conftest import Open
from tests.real.console.desk import Desk
from tests.real.console.reports import message
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
WORKS = "municipal"


def _filed(stage: Stage) -> str:
    number = message(stage, "中山西路12号门口的井盖没了")
    Desk(stage, "acceptor1").act(number, "file", matter="01001", condition="1")
    return number


def _handled(stage: Stage) -> str:
    number = _filed(stage)
    Desk(stage, "dispatcher1").act(number, "dispatch", department=WORKS)
    return number


def test_one_filter_has_all_that_waits_for_my_approval(screen: Open, stage: Stage) -> None:
    back, longer, later, direct = _handled(stage), _handled(stage), _handled(stage), _filed(stage)
    worker, day = Desk(stage, f"{WORKS}1"), SystemClock().now().date() + timedelta(days=20)
    worker.act(back, "send_back", return_reason="not_ours")
    worker.act(longer, "ask_extension", "等配件", extension="1wd")
    window = screen("dispatcher1")
    expect(window.page.locator(f"[data-number='{direct}']")).to_be_visible()
    window.page.locator("[data-approvals]").click()
    expect(window.page.locator(f"[data-number='{direct}']")).to_have_count(0)
    assert sorted(window.numbers()) == sorted([back, longer])
    expect(window.page.locator("main")).to_contain_text("待我审批")
    # What is asked for meanwhile comes by itself, what is answered goes; a reload keeps the filter.
    worker.act(later, "ask_suspend", "冬季", suspend_reason="season", resume_on=str(day))
    expect(window.page.locator(f"[data-number='{later}']")).to_be_visible()
    Desk(stage, "dispatcher1").act(longer, "approve_extension")
    expect(window.page.locator(f"[data-number='{longer}']")).to_have_count(0)
    window.page.reload()
    expect(window.page.locator(f"[data-number='{later}']")).to_be_visible()
    assert sorted(window.numbers()) == sorted([back, later])
    assert window.page.locator("[data-approvals]").get_attribute("aria-pressed") == "true"
    assert window.axe() == []
    window.page.locator("[data-approvals]").click()
    expect(window.page.locator(f"[data-number='{direct}']")).to_be_visible()


def test_who_approves_nothing_has_no_such_filter(screen: Open, stage: Stage) -> None:
    window = screen(f"{WORKS}1")
    expect(window.page.locator(".filters .side-item").first).to_be_visible()
    expect(window.page.locator("[data-approvals]")).to_have_count(0)


def test_a_coded_reason_is_one_tap_and_sent_by_one_more(screen: Open, stage: Stage) -> None:
    number = _handled(stage)
    worker = screen(f"{WORKS}1")
    worker.open(number)
    worker.press("send_back")
    reasons = worker.page.locator("form.form [data-field=return_reason]")
    expect(reasons.locator("input[type=radio]")).to_have_count(4)
    reasons.get_by_text("位置不对").click()
    worker.send()
    worker.stage_is("回退审批")
