"""The case page: exactly the buttons of the post, the recording, the contact, hostile words."""

from datetime import timedelta

import pytest
from playwright.sync_api import ViewportSize, expect

from hotline.call import CallEvent, CallEventType
from hotline.clock import SystemClock
from tests.real.console.conftest import Open
from tests.real.console.reports import CALLER, hang_up, message, ring, sound
from tests.real.console.screen import DESKTOP, PHONE
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
HOSTILE = "<img src=x onerror=alert(1)>\"';\n{{ 7*7 }}<script>alert(2)</script>"


@pytest.mark.parametrize("username", ["acceptor1", "chief1", "dispatcher1", "leader"])
def test_a_post_sees_exactly_the_buttons_that_the_office_sends(
    username: str, screen: Open, stage: Stage
) -> None:
    number = message(stage)
    window = screen(username)
    window.open(number)
    sent = window.get(f"/api/cases/{number}")["buttons"]
    assert sorted(window.buttons()) == sorted(one["action"] for one in sent)
    # What may be done aside stands behind the rest, in the office's order.
    menu = window.each("details.beside [data-action]", "one.dataset.action")
    assert menu == [one["action"] for one in sent if one["action"] in menu]
    assert all(one["aside"] for one in sent if one["action"] in menu)


def test_a_recording_is_fetched_in_ranges_and_played(screen: Open, stage: Stage) -> None:
    number = hang_up(stage, ring(stage), recording=sound(60))
    window = screen("acceptor1")
    window.open(number)
    time, button = (window.page.locator(f".player {one}") for one in (".time", ".button.primary"))
    expect(time).to_have_text("0:00 / 1:00")
    button.click()
    expect(time).not_to_have_text("0:00 / 1:00")
    button.click()
    expect(button).to_have_attribute("aria-label", "播放")
    window.page.locator(".player input[type=range]").fill("44")
    expect(time).to_contain_text("0:44")


def test_a_contact_is_masked_until_somebody_asks_and_that_is_said(
    screen: Open, stage: Stage
) -> None:
    number = hang_up(stage, ring(stage))
    window = screen("acceptor1")
    window.open(number)
    expect(window.page.locator(".contact")).not_to_contain_text(CALLER)
    window.page.click(".contact .button")
    window.page.click(".contact button[type=submit]")
    expect(window.page.locator(".contact [role=alert]")).to_contain_text("为何查看")
    window.page.get_by_label("回访当事人").check()
    assert window.axe() == []
    window.page.click(".contact button[type=submit]")
    expect(window.page.locator(".contact")).to_contain_text(CALLER)
    expect(window.page.locator(".contact")).to_contain_text("本次查看已记录")


def test_hostile_words_and_names_are_shown_as_words(screen: Open, stage: Stage) -> None:
    number = message(stage, HOSTILE, name=HOSTILE)
    window = screen("acceptor1")
    window.page.on("dialog", lambda dialog: pytest.fail(f"ran: {dialog.message}"))
    window.open(number)
    expect(window.page.locator(".said .text")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(window.page.locator(".said .text")).to_contain_text("{{ 7*7 }}")
    assert window.page.locator("img[src=x]").count() == 0


def test_what_is_missing_is_named_before_anything_is_sent(screen: Open, stage: Stage) -> None:
    number = message(stage)
    window = screen("acceptor1")
    window.open(number)
    window.press("decline")
    window.page.click("form.form button[type=submit]")
    expect(window.page.locator("form.form [role=alert]")).to_contain_text("不予立案原因")
    reasons = window.page.locator("[data-field=decline_reason] :is(select, input)")
    expect(reasons.first).to_be_focused()


def test_declining_asks_once_more_and_can_be_left(screen: Open, stage: Stage) -> None:
    number = message(stage)
    window = screen("acceptor1")
    window.open(number)
    window.press("decline")
    window.pick("decline_reason", "out_of_scope")
    window.page.fill("#note-decline", "不属于受理范围")
    window.page.click("form.form button[type=submit]")
    window.page.click("dialog[open] .button.plain:not(.icon)")
    window.stage_is("待受理")
    window.page.click("form.form button[type=submit]")
    window.page.click("dialog[open] .button.danger")
    window.stage_is("不予立案")


def test_row_9_the_question_before_an_end_is_answered_by_the_keys_that_send_a_form(
    screen: Open, stage: Stage
) -> None:
    number = message(stage)
    window = screen("acceptor1")
    window.open(number)
    window.press("decline")
    window.pick("decline_reason", "out_of_scope")
    window.page.fill("#note-decline", "不属于受理范围")
    window.page.keyboard.press("Control+Enter")
    yes = window.page.locator("dialog[open] .button.danger")
    expect(yes).to_be_focused()
    # Keys that are held down answer nothing.
    held = "{ key: 'Enter', ctrlKey: true, repeat: true, bubbles: true, cancelable: true }"
    yes.evaluate(f"yes => yes.dispatchEvent(new KeyboardEvent('keydown', {held}))")
    expect(yes).to_be_visible()
    window.page.keyboard.press("Control+Enter")
    window.stage_is("不予立案")
    expect(window.page.locator(":is(.case h1, [data-number]):focus")).to_have_count(1)


def test_a_suggested_class_is_taken_by_one_tap(screen: Open, stage: Stage) -> None:
    number = message(stage, "中山西路的路灯不亮")
    window = screen("acceptor1")
    window.open(number)
    first = window.page.locator(".suggestion").first
    expect(first).to_contain_text("依据")
    first.click()
    expect(first).to_have_attribute("aria-pressed", "true")
    assert window.get(f"/api/cases/{number}")["case"]["matter"] is not None


def test_a_broken_photo_says_so_and_leaves_the_form(
    screen: Open, stage: Stage, tmp_path_factory: pytest.TempPathFactory
) -> None:
    number = message(stage)
    window = screen("acceptor1")
    window.open(number)
    window.press("ask_verify")
    window.send()
    collector = window.assigned(number, "collector")
    broken = tmp_path_factory.mktemp("broken") / "photo.jpg"
    broken.write_bytes(b"no photo at all")
    other = screen(collector)
    other.open(number)
    other.press("verify_true")
    other.page.set_input_files("form.form input[type=file]", broken)
    expect(other.page.locator("form.form .state.bad")).to_contain_text("重试")
    other.wrong.clear()  # the browser says that the upload was refused


def test_a_seat_types_a_report_and_is_given_its_number(screen: Open) -> None:
    window = screen("acceptor1")
    window.go("report")
    window.page.fill("textarea", "路边有一堆砖")
    window.page.click("form button[type=submit]")
    expect(window.page.locator(".receipt .number")).to_be_visible()
    # A number that was given is not shown beside a later report that is refused.
    window.page.fill("textarea", "又一大滩油")
    window.page.fill("input[type=tel]", "12abc")
    window.page.keyboard.press("Control+Enter")
    expect(window.page.locator("form .wrong")).to_be_visible()
    expect(window.page.locator(".receipt")).to_have_count(0)
    assert all("400" in line for line in window.wrong)
    window.wrong.clear()
    window.page.fill("textarea", "小区门口有一大滩油")
    window.page.locator("input[role=combobox]").fill("中山西路12号")
    window.page.get_by_role("option", name="中山西路12号").click()
    window.page.fill("input[type=tel]", CALLER)
    window.page.keyboard.press("Control+Enter")
    window.page.click(".receipt a")
    expect(window.page.locator(".said")).to_contain_text("小区门口有一大滩油")
    expect(window.page.locator(".facts")).to_contain_text("中山西路12号")
    expect(window.page.locator(".contact")).to_be_visible()
    # Row 13: whoever typed it stands in the first line, and nobody has sent a chat message.
    first = window.page.locator(".timeline li").first
    expect(first).to_contain_text("登记")
    name = window.get("/api/me")["name"]
    expect(first).to_contain_text(f"受理员{name}代诉求人登记")
    expect(window.page.locator(".timeline")).not_to_contain_text("聊天消息")


def test_row_10_who_may_not_hear_a_recording_is_told_so_and_given_no_dead_player(
    screen: Open, stage: Stage
) -> None:
    number = hang_up(stage, ring(stage))
    window = screen("acceptor1")
    window.open(number)
    expect(window.page.locator(".timeline .player")).to_have_count(1)
    window.press("ask_verify")
    window.send()
    collector = screen(window.assigned(number, "collector"))
    collector.open(number)
    expect(collector.page.locator(".timeline")).to_contain_text("录音仅中心可听")
    expect(collector.page.locator(".timeline")).not_to_contain_text("没有录音")
    expect(collector.page.locator(".player, audio")).to_have_count(0)


def test_row_15_words_are_confirmed_beside_the_recording_in_the_form_itself(
    screen: Open, stage: Stage
) -> None:
    number = hang_up(stage, ring(stage))
    window = screen("acceptor1")
    window.open(number)
    window.press("file")
    for part in (".player .button.primary", "textarea", "input[type=checkbox]"):
        expect(window.page.locator(f"form.form {part}").first).to_be_in_viewport()
    window.page.click("form.form .player .button.primary")
    expect(window.page.locator("form.form .player .time")).not_to_have_text("0:00 / 0:06")


def test_row_27_nobody_is_told_of_buttons_or_guesses_that_are_not_theirs(
    screen: Open, stage: Stage
) -> None:
    number = message(stage, "某处的路灯不亮", point=None)
    acceptor, dispatcher = screen("acceptor1"), screen("dispatcher1")
    acceptor.open(number)
    expect(acceptor.page.locator(".facts .nowhere")).to_contain_text("更正")
    expect(acceptor.page.locator(".suggestion").first).to_be_visible()
    dispatcher.open(number)
    expect(dispatcher.page.locator(".facts .nowhere")).to_have_text("地图位置未知。")
    expect(dispatcher.page.locator(".suggestion")).to_have_count(0)


@pytest.mark.parametrize("width", [900, 1000, 1440])
def test_row_31_closing_a_case_stands_beside_its_number_on_every_screen(
    width: int, screen: Open, stage: Stage
) -> None:
    number = message(stage, photo=True)
    window = screen("acceptor1", viewport={"width": width, "height": 800})
    window.open(number)
    window.still()
    title, shut = (window.page.locator(f".case {one}").bounding_box() for one in ("h1", ".shut"))
    assert title is not None
    assert shut is not None
    assert abs(title["y"] - shut["y"]) < shut["height"] / 2
    assert shut["x"] + shut["width"] <= width


def test_a_case_tells_how_many_joined_it_and_a_call_what_was_pressed(
    screen: Open, stage: Stage
) -> None:
    key = ring(stage)
    number = hang_up(stage, key)
    marks = [(CallEventType.KEY, "1"), (CallEventType.KEY, "0"), (CallEventType.EMERGENCY, "0")]
    others = [ring(stage, f"1395740090{n}") for n in range(2)]
    at = SystemClock().now()
    notes = [CallEvent(key, mark, at + timedelta(seconds=n), value)
             for n, (mark, value) in enumerate(marks)]  # fmt: skip
    notes += [CallEvent(one, CallEventType.CASE_JOINED, at, number) for one in others]
    stage.connector(lambda client: client.note_call(notes))
    window = screen("acceptor1")
    window.open(number)
    expect(window.page.locator("[data-part=joined]")).to_have_text("2 人来电加入")
    expect(window.page.locator(".timeline .keys kbd")).to_have_text(["1", "0"])
    expect(window.page.locator(".timeline .emergency")).to_be_visible()
    assert window.axe() == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_head_of_a_case_keeps_its_tools_beside_the_number(
    screen: Open, stage: Stage, size: ViewportSize
) -> None:
    number = message(stage, "英文界面的案件头")
    window = screen("acceptor6", viewport=size)
    window.speaks("en")
    window.open(number)
    for tool in ("[data-paper]", "[data-proof]"):
        title, box = (window.page.locator(one).bounding_box() for one in (".case h1", tool))
        assert title is not None
        assert box is not None
        assert box["y"] < title["y"] + title["height"]
        assert box["x"] > title["x"] + title["width"]
        assert box["x"] + box["width"] <= size["width"]
    assert window.too_wide() <= 0
