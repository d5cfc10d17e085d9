"""What happens to a case by itself, seen in the console: its day comes, and its time is up."""

import asyncio
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from backend.desks import timers
from backend.office import open_office
from hotline.clock import FixedClock, SystemClock
from tests.real.console.conftest import Open
from tests.real.console.desk import Desk
from tests.real.console.reports import message
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
WORKS = "municipal"


@pytest.fixture(autouse=True)
def _alone(stage: Stage) -> None:
    """No other case lives to see the days of a test."""
    stage.empty()


def _handled(stage: Stage) -> str:
    """A case that lies with a department; gives its number."""
    number = message(stage, "中山西路12号门口的井盖没了")
    Desk(stage, "acceptor1").act(number, "file", matter="01001", condition="1")
    Desk(stage, "dispatcher1").act(number, "dispatch", department=WORKS)
    return number


def _days_pass(stage: Stage, days: int) -> None:
    """Let a worker do what is due after so many days, as one whose clock is there already."""

    async def done() -> None:
        url, then = stage.settings.database.url, SystemClock().now() + timedelta(days=days)
        office = (await open_office(stage.settings, FixedClock(then), url)).context
        try:
            while await timers.work_due(office):
                pass
        finally:
            await office.store.close()

    stage.thread.submit(asyncio.run, done()).result(120)


def test_a_suspended_case_is_resumed_on_its_day_by_the_timer(screen: Open, stage: Stage) -> None:
    number, today = _handled(stage), SystemClock().now().date()
    until = today + timedelta(days=20)
    asked = {"suspend_reason": "season", "resume_on": str(until)}
    Desk(stage, f"{WORKS}1").act(number, "ask_suspend", "冬季不能施工", **asked)
    Desk(stage, "dispatcher1").act(number, "approve_suspend")
    worker = screen(f"{WORKS}1")
    worker.open(number)
    worker.stage_is("挂账")
    # Nothing is due before its day, whatever the clock was when it was suspended.
    _days_pass(stage, 12)
    assert Desk(stage, "dispatcher1").case(number)["case"]["stage"] == "suspended"
    _days_pass(stage, 35)
    # The page that is open tells it, and the case lies with its department again.
    worker.stage_is("处置中")
    told = worker.page.locator(".timeline .sentence", has_text="挂账到期，案件恢复办理")
    expect(told).to_have_count(1)
    assert "report_done" in worker.buttons()
    _days_pass(stage, 36)
    expect(told).to_have_count(1)


def test_an_overdue_case_is_urged_by_the_timer_and_answered(screen: Open, stage: Stage) -> None:
    number = _handled(stage)
    worker = screen(f"{WORKS}1")
    worker.open(number)
    _days_pass(stage, 5)
    told = worker.page.locator(".timeline .sentence", has_text="案件已超时，督办，累计督办 1 次")
    expect(told).to_have_count(1)
    expect(worker.page.locator(".timeline .sentence", has_text="已报告指挥长")).to_have_count(1)
    expect(worker.page.locator(f"[data-number='{number}']")).to_contain_text("督办类型：超时督办")
    worker.press("answer_urge")
    worker.page.fill("#note-answer_urge", "今天补上")
    worker.send()
    answered = worker.page.locator(".timeline .sentence", has_text="答复督办：“今天补上”")
    expect(answered).to_have_count(1)
