"""Closing conditions on the screen: what counts for a condition there, and photos that prove it."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.real.console.conftest import Open
from tests.real.console.reports import message
from tests.real.console.screen import Screen
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
COVER = "中山西路12号门口的供水井盖没了"


def test_a_condition_shows_what_counts_for_the_urgency_and_what_closes_it(
    screen: Open, stage: Stage
) -> None:
    number = message(stage, COVER, photo=True)
    acceptor = screen("acceptor1")
    acceptor.open(number)
    acceptor.is_understood()
    acceptor.press("file")
    limits = acceptor.page.locator("form.form [data-limits]")
    closing = acceptor.page.locator("form.form [data-closing]")
    expect(closing).to_contain_text("井盖补齐、复位并完好")
    expect(closing).to_contain_text("须附有时间、位置的照片")
    urgency = acceptor.page.locator("form.form [data-field=urgency]")
    urgency.get_by_text("特急").click()
    expect(limits).to_have_text("应急处置 30 分钟，处置 2 小时，全案 30 天")
    urgency.get_by_text("一般").click()
    expect(limits).to_have_text("应急处置 1 小时，处置 2 小时，全案 30 天")
    assert not acceptor.axe()
    assert acceptor.too_wide() <= 0
    acceptor.send()
    facts = acceptor.page.locator(".facts")
    expect(facts.locator("[data-fact=closing]")).to_contain_text("与路面齐平")
    expect(facts.locator("[data-fact=limits]")).to_have_text("应急处置 1 小时，全案 30 天")


def _being_checked(screen: Open, stage: Stage, photo: Path) -> tuple[Screen, dict[str, Any]]:
    """A case whose cover was put back; gives the screen of who checks it, and where it is."""
    number = message(stage, COVER, photo=True)
    acceptor, dispatcher = screen("acceptor1"), screen("dispatcher1")
    acceptor.open(number)
    acceptor.is_understood()
    acceptor.press("file")
    acceptor.send()
    dispatcher.open(number)
    dispatcher.press("dispatch")
    department = dispatcher.page.locator("form.form select").input_value()
    dispatcher.send()
    worker = screen(f"{department}1")
    worker.open(number)
    worker.press("report_done")
    worker.page.fill("#note-report_done", "已补装井盖")
    worker.send()
    acceptor.stage_is("待核查")
    acceptor.press("ask_check")
    acceptor.send()
    where = acceptor.get(f"/api/cases/{number}")["case"]["point"]
    assert where
    collector = screen(acceptor.assigned(number, "collector"))
    collector.open(number)
    return collector, where


def test_a_photo_without_a_place_is_proved_by_where_its_bringer_stands(
    screen: Open, stage: Stage, photo: Path
) -> None:
    collector, where = _being_checked(screen, stage, photo)
    page, context = collector.page, collector.page.context
    collector.press("pass_check")
    expect(page.locator(".form [data-proof]")).to_contain_text("结案条件")
    collector.photo(photo)
    # Nobody has allowed it: it says why it asks and what to do, and nothing is sent.
    position = page.locator("[data-position]")
    expect(page.locator(".form [data-proof]")).to_contain_text("请允许浏览器获取位置")
    expect(position).to_contain_text("允许“位置”")
    # On a phone, what is to be done stands below the sticky bar: it is brought into sight.
    wide = page.viewport_size
    page.set_viewport_size({"width": 360, "height": 560})
    page.click("form.form button[type=submit]")
    expect(position.get_by_role("button")).to_be_focused()
    expect(position).to_be_in_viewport(ratio=1)
    assert wide is not None
    page.set_viewport_size(wide)
    expect(position).to_contain_text("允许“位置”")
    collector.stage_is("核查中")
    assert not collector.axe()
    # Allowed, but far away: the office says how far.
    context.grant_permissions(["geolocation"])
    far = {"latitude": where["lat"] + 0.01, "longitude": where["lon"], "accuracy": 15}
    context.set_geolocation(far)  # type: ignore[arg-type]
    position.get_by_role("button").click()
    expect(position).to_contain_text("误差约 15 米")
    page.click("form.form button[type=submit]")
    expect(page.locator("form.form .wrong").last).to_contain_text("距案件 1113 米")
    # On site it is proved, and whoever reads the case sees how far it was.
    context.set_geolocation({**far, "latitude": where["lat"] + 0.0001})  # type: ignore[arg-type]
    collector.send()
    collector.stage_is("待结案")
    proof = page.locator(".timeline [data-proof]")
    expect(proof).to_contain_text("距案件 11 m")
    expect(proof).to_contain_text("按提交人位置")
    assert collector.too_wide() <= 0
    # The refusal was said on the page; the browser writes it down besides.
    assert len(collector.wrong) == 1
    collector.wrong.clear()
