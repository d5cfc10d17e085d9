"""Forms: nothing begun is lost, the nearest layer closes first, a message holds while it is so."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.real.console.conftest import Open
from tests.real.console.reports import message
from tests.real.console.screen import PHONE, Screen
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
# Whether what stands at the middle of an element, as it is scrolled, is the element.
IN_SIGHT = """one => {
  const { left, top, width, height } = one.getBoundingClientRect()
  const seen = document.elementFromPoint(left + width / 2, top + height / 2)
  return seen !== null && one.contains(seen)
}"""


def _to_collector(screen: Open, number: str) -> Screen:
    """The case lies with a collector, who has it open."""
    window = screen("acceptor1")
    window.open(number)
    window.press("ask_verify")
    window.send()
    collector = screen(window.assigned(number, "collector"))
    collector.open(number)
    return collector


def test_row_14_escape_closes_the_nearest_layer_and_nothing_under_it(
    screen: Open, stage: Stage
) -> None:
    number = message(stage)
    window = screen("acceptor1")
    keys, form = window.page.keyboard, window.page.locator("form.form")
    window.open(number)
    window.press("file")
    box = window.page.locator("form.form input[role=combobox]").first
    box.fill("没有这样的类别")
    expect(form).to_contain_text("没有匹配的结果")
    keys.press("Escape")
    expect(form).not_to_contain_text("没有匹配的结果")
    keys.press("Escape")
    expect(form).to_have_count(0)
    window.press("decline")
    window.pick("decline_reason", "out_of_scope")
    window.page.fill("#note-decline", "不属于受理范围")
    keys.press("Control+Enter")
    expect(window.page.locator("dialog[open]")).to_be_visible()
    keys.press("Escape")
    expect(window.page.locator("dialog[open]")).to_have_count(0)
    expect(window.page.locator("#note-decline")).to_have_value("不属于受理范围")
    expect(window.page.locator(":focus")).to_have_count(1)
    keys.press("Escape")
    expect(form).to_have_count(0)
    expect(window.page.locator(".case")).to_be_visible()
    expect(window.page.locator(":focus")).to_have_count(1)


def test_row_14_a_form_keeps_all_that_was_chosen_over_escape_and_reload(
    screen: Open, stage: Stage
) -> None:
    number = message(stage, "中山西路的路灯不亮", point=None)
    window = screen("acceptor1")
    window.open(number)
    window.is_understood()
    window.press("file")
    fields = window.page.locator("form.form input[role=combobox]")
    fields.nth(0).fill("井盖")
    window.page.locator("form.form [role=option]").nth(1).click()
    chosen = fields.nth(0).input_value()
    window.page.get_by_label("特急").check()
    fields.nth(1).fill("明湾公园")
    window.page.get_by_role("option", name="明湾公园").first.click()
    cell = window.page.locator("form .place .chip").inner_text()
    window.page.fill("#note-file", "尽快")
    window.page.keyboard.press("Escape")
    window.page.reload()
    window.press("file")
    expect(fields.nth(0)).to_have_value(chosen)
    expect(window.page.get_by_label("特急")).to_be_checked()
    expect(fields.nth(1)).to_have_value("明湾公园")
    expect(window.page.locator("form .place .chip")).to_have_text(cell)
    expect(window.page.locator("#note-file")).to_have_value("尽快")
    window.send()
    case = window.get(f"/api/cases/{number}")["case"]
    assert case["urgency"] == "critical"
    assert case["matter"] in chosen
    assert case["cell"] in cell


def test_row_14_a_photo_that_is_up_waits_for_its_form_over_a_reload(
    screen: Open, stage: Stage, photo: Path
) -> None:
    number = message(stage)
    collector = _to_collector(screen, number)
    collector.press("verify_true")
    collector.photo(photo)
    collector.page.reload()
    collector.press("verify_true")
    expect(collector.page.locator("form.form .photos img")).to_have_count(1)
    collector.send()
    assert collector.get(f"/api/cases/{number}")["case"]["photos"] == 1


def test_row_14_a_new_report_keeps_its_place_with_the_cell_over_a_reload(screen: Open) -> None:
    window = screen("acceptor1")
    window.go("report")
    window.page.fill("textarea", "长椅坏了")
    place = window.page.locator("input[role=combobox]")
    place.fill("明湾公园")
    window.page.get_by_role("option", name="明湾公园").first.click()
    cell = window.page.locator("form .place .chip").inner_text()
    window.page.reload()
    expect(place).to_have_value("明湾公园")
    expect(window.page.locator("form .place .chip")).to_have_text(cell)
    window.page.locator("textarea").press("Control+Enter")
    expect(window.page.locator(".receipt a")).to_be_focused()
    expect(place).to_have_value("")
    window.page.reload()
    expect(window.page.locator("textarea")).to_have_value("")


def test_row_26_a_message_goes_when_what_it_asks_for_is_there(
    screen: Open, stage: Stage, photo: Path
) -> None:
    number = message(stage)
    collector = _to_collector(screen, number)
    collector.press("verify_true")
    collector.page.click("form.form button[type=submit]")
    said = collector.page.locator("form.form [role=alert] .wrong")
    expect(said).to_contain_text("照片")
    collector.page.set_viewport_size(PHONE)
    assert said.evaluate(IN_SIGHT), "it lies beneath the bar of the buttons"
    collector.photo(photo)
    expect(said).to_have_count(0)


def test_row_26_a_file_that_failed_is_not_left_out_silently(
    screen: Open, stage: Stage, photo: Path, tmp_path: Path
) -> None:
    number = message(stage)
    collector = _to_collector(screen, number)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no photo at all")
    collector.press("verify_true")
    collector.photo(photo)
    collector.page.set_input_files("form.form input[type=file]", broken)
    expect(collector.page.locator("form.form .state.bad")).to_be_visible()
    collector.page.click("form.form button[type=submit]")
    expect(collector.page.locator("form.form [role=alert]")).to_contain_text("没有上传成功")
    collector.page.get_by_role("button", name="移除 broken.jpg").click()
    expect(collector.page.locator(":focus")).to_have_count(1)
    collector.send()
    assert collector.get(f"/api/cases/{number}")["case"]["photos"] == 1
    collector.wrong.clear()  # the browser says that the upload was refused


def test_row_26_a_step_that_is_no_longer_possible_says_so_before_the_question(
    screen: Open, stage: Stage
) -> None:
    number = message(stage)
    slow, fast = screen("acceptor1"), screen("acceptor2")
    slow.open(number)
    slow.press("decline")
    slow.pick("decline_reason", "out_of_scope")
    slow.page.fill("#note-decline", "不属于")
    fast.open(number)
    fast.press("ask_verify")
    fast.send()
    expect(slow.page.locator("form.form")).to_contain_text("现在不能办理")
    slow.page.locator("#note-decline").press("Control+Enter")
    expect(slow.page.locator("dialog[open]")).to_have_count(0)
    expect(slow.page.locator("#note-decline")).to_have_value("不属于")


def test_a_suggestion_tapped_leaves_the_focus_where_it_was(screen: Open, stage: Stage) -> None:
    number = message(stage, "中山西路的路灯不亮")
    window = screen("acceptor1")
    window.open(number)
    window.is_understood()
    window.page.locator(".suggestion").first.click()
    expect(window.page.locator(".suggestion").first).to_have_attribute("aria-pressed", "true")
    expect(window.page.locator(":focus")).to_have_count(1)


def test_row_23_too_long_a_text_is_counted_refused_and_kept(screen: Open) -> None:
    window = screen("acceptor1")
    window.go("report")
    window.page.fill("textarea", "路" * 2500)
    expect(window.page.locator("form")).to_contain_text("超出 500 字")
    window.page.click("form button[type=submit]")
    expect(window.page.locator("form [role=alert]")).to_contain_text("最多 2000 字")
    expect(window.page.locator("textarea")).to_be_focused()
    assert len(window.page.locator("textarea").input_value()) == 2500
    window.wrong.clear()  # the browser says that the report was refused


def test_row_23_words_of_a_case_put_right_are_counted_and_kept_too(
    screen: Open, stage: Stage
) -> None:
    number = message(stage)
    window = screen("acceptor1")
    window.open(number)
    window.press("correct")
    words = window.page.locator("form.form [data-field=text] textarea")
    words.fill("路" * 10_050)
    expect(window.page.locator("form.form")).to_contain_text("超出 50 字")
    window.page.click("form.form button[type=submit]")
    expect(window.page.locator("form.form [role=alert]")).to_contain_text("最多 10000 字")
    assert len(words.input_value()) == 10_050
    window.wrong.clear()  # the browser says that the move was refused


def test_row_16_a_class_is_found_by_initials_and_by_what_people_call_it(
    screen: Open, stage: Stage
) -> None:
    number = message(stage)
    window = screen("acceptor1")
    window.open(number)
    window.press("file")
    box = window.page.locator("form.form input[role=combobox]").first
    for typed, name in (
        ("jg", "井盖"),
        ("jinggai", "井盖"),
        ("地砖", "道路破损"),
        ("噪音", "噪声扰民"),
    ):
        box.fill(typed)
        expect(window.page.get_by_role("option", name=name).first).to_be_visible()


def test_row_22_signing_out_takes_what_was_not_sent_off_the_machine(screen: Open) -> None:
    window = screen("acceptor1")
    window.go("report")
    window.page.fill("textarea", "还没登记的话")
    window.go("account")
    window.page.get_by_role("button", name="退出登录").click()
    expect(window.page.locator(".login input[name=password]")).to_be_visible()
    kept = window.page.evaluate("Object.keys(localStorage)")
    assert [name for name in kept if "draft" in name] == []


def test_signing_out_without_a_line_is_not_told_as_done_and_keeps_the_draft(screen: Open) -> None:
    window = screen("acceptor1")
    window.go("report")
    window.page.fill("textarea", "断线时没登记的话")
    window.go("account")
    leave = window.page.get_by_role("button", name="退出登录")
    expect(leave).to_be_visible()
    window.page.context.set_offline(True)
    leave.click()
    expect(window.page.get_by_text("连不上服务器")).to_be_visible()
    expect(leave).to_be_visible()
    window.page.context.set_offline(False)
    window.go("report")
    expect(window.page.locator("textarea")).to_have_value("断线时没登记的话")
    window.wrong.clear()  # the browser says that the office was away
