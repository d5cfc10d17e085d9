"""The page of a call: an open case first, drafts of two windows, one report and no more."""

from playwright.sync_api import expect

from hotline.call import CallEventType
from tests.real.console.reports import hang_up, message, ring
from tests.real.console.screen import Screen
from tests.real.console.stage import until
from tests.real.console.test_seat import pytestmark, rung, seated

__all__ = ["pytestmark", "seated"]


def test_an_open_case_of_the_caller_comes_first_and_one_key_opens_it(seated: Screen) -> None:
    caller = "13957400779"
    number = hang_up(seated.stage, ring(seated.stage, caller), caller=caller)
    rung(seated, caller)
    expect(seated.page.locator(f".lead [data-beside='{number}']")).to_be_focused()
    seated.page.keyboard.press("Enter")
    expect(seated.page.locator(".case h1")).to_have_text(f"{number[:4]} {number[4:]}")
    seated.page.locator(".seat").get_by_role("link", name="回到通话").click()
    expect(seated.page.locator(".who h1")).to_have_text(caller)


def test_what_two_windows_typed_comes_together_field_by_field(seated: Screen) -> None:
    call = rung(seated, "13957400780")
    call.answered()
    words = seated.page.locator("form textarea")
    words.fill("垃圾满了")
    expect(seated.page.locator("[data-draft=kept]")).to_be_visible()
    other = seated.page.context.new_page()
    other.goto(f"{seated.stage.url}/#/call/{call.key}")
    expect(other.locator("form textarea")).to_have_value("垃圾满了")
    other.locator("[data-field=name] input").fill("李女士")
    other.locator("form textarea").fill("垃圾满了三天")
    # Both write within one span of keeping; the later one finds what the earlier wrote.
    expect(other.locator("[data-draft=kept]")).to_be_visible()
    words.fill("垃圾满了，很臭")
    expect(seated.page.locator("[data-differs=text]")).to_contain_text("垃圾满了三天")
    expect(words).to_have_value("垃圾满了，很臭")
    expect(seated.page.locator("[data-field=name] input")).to_have_value("李女士")
    seated.page.locator("[data-differs=text] button").first.click()
    expect(words).to_have_value("垃圾满了三天")
    other.close()


def test_one_may_register_only_and_a_reload_registers_nothing_more(seated: Screen) -> None:
    call = rung(seated, "13957400781")
    call.answered()
    expect(seated.page.locator("form textarea")).to_be_focused()
    seated.page.keyboard.type("想问问几点开门")
    seated.page.keyboard.press("Control+Shift+E")
    number = seated.page.locator(".receipt .number")
    expect(number).to_be_visible()
    told = number.inner_text().replace(" ", "")
    # It is one of the caller's open cases at once.
    expect(seated.page.locator(f".left [data-beside='{told}']")).to_be_visible()
    seated.page.reload()
    expect(number).to_be_visible()
    expect(seated.page.locator("form textarea")).to_have_count(0)
    opened = seated.get(f"/api/cases/{told}")
    assert opened["case"]["stage"] == "reported"
    assert opened["case"]["channel"] == "phone"
    call.tell((CallEventType.SEAT_LEFT, call.seat))


def test_one_more_report_is_written_when_the_time_behind_the_call_is_over(seated: Screen) -> None:
    call = rung(seated, "13957400784")
    call.answered()
    expect(seated.page.locator("form textarea")).to_be_focused()
    seated.page.keyboard.type("井盖没了")
    seated.page.keyboard.press("Control+Shift+E")
    number = seated.page.locator(".receipt .number")
    expect(number).to_be_visible()
    first = number.inner_text()
    call.tell((CallEventType.SEAT_LEFT, call.seat))
    bar = seated.page.locator(".seat")
    expect(bar.locator(".state")).to_contain_text("话后处理")
    bar.get_by_role("button", name="就绪").click()
    expect(bar.locator(".state")).to_contain_text("就绪")
    seated.page.get_by_role("button", name="再登记一件").click()
    expect(seated.page.locator("form textarea")).to_be_focused()
    seated.page.keyboard.type("旁边的路灯也不亮")
    expect(seated.page.locator("[data-draft=kept]")).to_be_visible()
    seated.page.keyboard.press("Control+Shift+E")
    expect(number).to_be_visible()
    expect(number).not_to_have_text(first)


def test_who_types_at_the_ring_goes_on_typing_and_a_lines_enter_sends_nothing(
    seated: Screen,
) -> None:
    call = rung(seated, "13957400783")
    expect(seated.page.locator("form textarea")).to_be_focused()
    seated.page.keyboard.type("路灯不亮")
    name = seated.page.locator("[data-field=name] input")
    name.focus()
    seated.page.keyboard.type("李")
    call.answered()
    expect(seated.page.locator(".seat .state")).to_contain_text("通话中")
    expect(name).to_be_focused()
    seated.page.keyboard.press("Enter")
    seated.page.keyboard.type("女士")
    expect(name).to_have_value("李女士")
    path = f"/api/seat/calls/{call.key}/draft"
    until(lambda: seated.get(path)["typed"].get("name") == "李女士", 20, "what is typed is kept")
    expect(seated.page.locator(".receipt")).to_have_count(0)


def test_open_cases_near_the_place_are_shown(seated: Screen) -> None:
    number = message(seated.stage)
    shown = seated.get(f"/api/cases/{number}")["case"]
    call = rung(seated, "13957400782")
    call.answered()
    place = seated.page.get_by_role("combobox", name="地点")
    place.fill(shown["cell"])
    expect(seated.page.locator("[role=option]:visible").first).to_be_visible()
    place.press("Enter")
    expect(seated.page.locator(f".right [data-beside='{number}']")).to_contain_text("米")
    assert (seated.axe(), seated.too_wide()) == ([], 0)
