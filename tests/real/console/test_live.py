"""What comes over the feed, what is kept when it is cut, and two people at one case."""

import subprocess
import sys

import pytest
from playwright.sync_api import expect

from config.settings import ROOT
from tests.real.console.conftest import Open
from tests.real.console.reports import give_up, hang_up, message, ring
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real


def test_a_new_report_stands_on_every_console_without_a_reload(screen: Open, stage: Stage) -> None:
    windows = [screen("acceptor1"), screen("chief1"), screen("auditor")]
    for window in windows:
        expect(window.page.locator("[aria-busy=false]").first).to_be_visible()
    number = message(stage, "河边护栏断了一截")
    for window in windows:
        row = window.page.locator(f"[data-number='{number}']")
        expect(row).to_be_visible()
        expect(row).to_contain_text("新")


def test_a_recording_that_is_given_up_or_tried_again_is_told_on_an_open_page(
    screen: Open, stage: Stage
) -> None:
    number = hang_up(stage, ring(stage), words="")
    window = screen("acceptor1")
    window.open(number)
    call = window.page.locator(".timeline")
    expect(call).to_contain_text("正在转写")
    ref = give_up(stage, number, "no such file")
    expect(call).to_contain_text("录音没能写成文字")
    retry = [sys.executable, "-m", "backend", "--config", str(stage.file), "retry"]
    subprocess.run([*retry, "transcripts", ref], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    expect(call).to_contain_text("正在转写")


def test_a_cut_stream_is_said_and_what_was_missed_comes_after(screen: Open, stage: Stage) -> None:
    window = screen("acceptor1")
    expect(window.page.locator(".list [aria-busy=false]").first).to_be_visible()
    stage.stop()
    bar = window.page.get_by_text("实时更新已中断")
    expect(bar).to_be_visible()
    stage.start()
    number = message(stage, "断线时来的报告")
    expect(window.page.locator(f"[data-number='{number}']")).to_be_visible()
    expect(bar).to_have_count(0)
    window.wrong.clear()  # the browser may say that the office was away


def test_a_browser_that_is_offline_says_so_at_once_and_comes_back(
    screen: Open, stage: Stage
) -> None:
    """Nothing closes the line then, and it looked live."""
    window = screen("acceptor1")
    expect(window.page.locator(".list [aria-busy=false]").first).to_be_visible()
    bar = window.page.get_by_text("实时更新已中断")
    expect(bar).to_have_count(0)
    window.page.context.set_offline(True)
    expect(bar).to_be_visible()
    number = message(stage, "断网时来的报告")
    window.page.context.set_offline(False)
    expect(window.page.locator(f"[data-number='{number}']")).to_be_visible()
    expect(bar).to_have_count(0)
    window.wrong.clear()  # the browser may say that the office was away


def test_a_lost_race_says_who_was_faster_and_keeps_what_was_typed(
    screen: Open, stage: Stage
) -> None:
    number = message(stage)
    slow, fast = screen("acceptor1"), screen("acceptor2")
    slow.open(number)
    slow.is_understood()
    slow.press("note")
    slow.page.fill("#note-note", "我正在写的备注")
    # The slow one's stream stands still, so that only the answer tells of the race.
    version = slow.get(f"/api/cases/{number}")["case"]["version"]
    slow.page.route(
        "**/act",
        lambda route: route.continue_(
            post_data={**(route.request.post_data_json or {}), "version": version}
        ),
        times=1,
    )
    fast.open(number)
    fast.press("note")
    fast.page.fill("#note-note", "先到一步")
    fast.send()
    slow.page.click("form.form button[type=submit]")
    name = fast.get("/api/me")["name"]
    expect(slow.page.locator(".moved")).to_contain_text(name)
    expect(slow.page.locator("#note-note")).to_have_value("我正在写的备注")
    slow.send()
    expect(slow.page.locator(".timeline")).to_contain_text("我正在写的备注")
    expect(slow.page.locator(".timeline")).to_contain_text("先到一步")


def test_a_typed_note_survives_a_reload_and_goes_when_it_is_sent(
    screen: Open, stage: Stage
) -> None:
    number = message(stage)
    window = screen("acceptor1")
    window.open(number)
    window.press("note")
    window.page.fill("#note-note", "还没写完")
    window.page.reload()
    window.press("note")
    expect(window.page.locator("#note-note")).to_have_value("还没写完")
    window.send()
    window.press("note")
    expect(window.page.locator("#note-note")).to_have_value("")


def test_two_taps_on_one_button_make_one_step(screen: Open, stage: Stage) -> None:
    number = message(stage)
    window = screen("acceptor1")
    window.open(number)
    window.press("note")
    window.page.fill("#note-note", "只记一次")
    window.page.locator("form.form button[type=submit]").dblclick()
    expect(window.page.locator("form.form")).to_have_count(0)
    window.page.reload()
    expect(window.page.locator(".timeline").get_by_text("只记一次")).to_have_count(1)
