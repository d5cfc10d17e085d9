"""The knowledge base at a seat: suggested as one types, read out, answered on the line, undone."""

from playwright.sync_api import expect

from hotline.call import CallEventType
from tests.real.console.conftest import Open
from tests.real.console.screen import PHONE, Screen
from tests.real.console.test_seat import Ringing, pytestmark, rung, seated, sit_down

__all__ = ["pytestmark", "seated"]
HEARD = "小区门口的路灯不亮好几天了"


def talk(seated: Screen, caller: str) -> str:
    """A call that is talked in, with words typed; gives its key."""
    call = rung(seated, caller)
    call.answered()
    words = seated.page.locator("form.form textarea")
    expect(words).to_be_focused()
    seated.page.keyboard.type(HEARD)
    expect(seated.page.locator("[data-article=street_lamp]")).to_be_visible()
    return call.key


def test_a_call_is_answered_from_an_article_by_keys_alone_and_undone(seated: Screen) -> None:
    page, keys = seated.page, seated.page.keyboard
    key = talk(seated, "13957400790")
    row = page.locator("[data-article=street_lamp] > button")
    keys.press("Alt+l")
    expect(page.locator("[data-article] > button").first).to_be_focused()
    row.focus()
    keys.press("j")
    keys.press("k")
    keys.press("Enter")
    expect(row).to_have_attribute("aria-expanded", "true")
    expect(page.locator("[data-article=street_lamp] .answer")).to_contain_text("灯杆上的编号")
    keys.press("i")
    words = page.locator("form.form textarea")
    expect(words).to_have_value(f"{HEARD}\n{page.locator('.answer').inner_text()}")
    row.focus()
    keys.press("u")
    expect(page.locator(".answer-box .chip")).to_contain_text("路灯不亮")
    assert (seated.axe(), seated.too_wide()) == ([], 0)
    keys.press("Alt+y")
    undo = page.locator("[data-act=undo-answer]")
    expect(undo).to_be_focused()
    expect(page.locator("[data-answered]")).to_contain_text("路灯不亮")
    expect(page.locator("form.form")).to_have_count(0)
    answer = seated.get(f"/api/seat/calls/{key}/answer")["answer"]
    assert [one["id"] for one in answer["articles"]] == ["street_lamp"]
    page.reload()
    expect(page.locator("[data-answered]")).to_be_visible()
    undo.click()
    expect(words).to_have_value(f"{HEARD}\n{answer_of(seated)}")
    keys.press("Control+Shift+E")
    expect(page.locator(".receipt .number")).to_be_visible()
    assert seated.get(f"/api/seat/calls/{key}/answer")["answer"] is None


def test_what_was_answered_outlives_a_backend_that_is_killed(seated: Screen) -> None:
    key = talk(seated, "13957400794")
    page = seated.page
    page.locator("[data-article=street_lamp] > button").click()
    page.locator("[data-article=street_lamp] [data-act=use]").click()
    page.locator("[data-act=answered]").click()
    expect(page.locator("[data-answered]")).to_be_visible()
    for process in seated.stage.processes:
        process.kill()
    seated.stage.stop()
    seated.stage.start()
    page.reload()
    expect(page.locator("[data-answered]")).to_contain_text("路灯不亮")
    seated.wrong.clear()  # while the backend was away
    answer = seated.get(f"/api/seat/calls/{key}/answer")["answer"]
    assert [one["id"] for one in answer["articles"]] == ["street_lamp"]


def answer_of(seated: Screen) -> str:
    """What the article on lamps says."""
    return str(seated.get("/api/knowledge/articles/street_lamp")["article"]["answer"])


def test_without_an_article_a_few_words_do_and_the_list_of_calls_says_so(seated: Screen) -> None:
    page = seated.page
    talk(seated, "13957400791")
    page.keyboard.press("Alt+y")
    note = page.locator(".answer-box input")
    expect(note).to_be_focused()
    page.keyboard.press("Alt+y")
    expect(page.locator(".answer-box .wrong")).to_have_count(0)
    page.locator("[data-act=answered]").click()
    expect(page.locator(".answer-box .wrong")).to_be_visible()
    note.fill("告知公园开放时间")
    page.keyboard.press("Alt+y")
    expect(page.locator("[data-answered]")).to_contain_text("告知公园开放时间")
    seated.go("calls")
    expect(page.locator("tbody tr").first).to_contain_text("即时答复")
    assert (seated.axe(), seated.too_wide()) == ([], 0)


def test_a_search_finds_by_pinyin_and_what_has_ended_cannot_be_read_out(seated: Screen) -> None:
    page = seated.page
    talk(seated, "13957400792")
    search = page.locator(".knowledge input[type=search]")
    search.fill("gaokao")
    ended = page.locator("[data-article=exam_quiet_2026]")
    expect(ended.locator("[data-state=expired]")).to_contain_text("2026年6月9日")
    search.press("ArrowDown")
    expect(ended.locator("> button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(ended.locator(".answer")).to_be_visible()
    expect(ended.locator("[data-act]")).to_have_count(0)
    page.keyboard.press("u")
    expect(page.locator(".answer-box .chip")).to_have_count(0)
    search.fill("zzzzzz")
    expect(page.locator(".knowledge [role=status]").first).to_contain_text("没有相关")
    search.press("Escape")
    expect(page.locator("form.form textarea")).to_be_focused()


def test_on_a_phone_the_panel_fits(screen: Open) -> None:
    window = screen("acceptor1", viewport=PHONE)
    call = Ringing(window.stage, sit_down(window), "13957400793")
    call.rings()
    window.page.goto(f"{window.stage.url}/#/call/{call.key}")
    window.page.locator("form.form textarea").fill(HEARD)
    row = window.page.locator("[data-article=street_lamp] > button")
    row.click()
    expect(window.page.locator("[data-article=street_lamp] .answer")).to_be_visible()
    assert (window.axe(), window.too_wide()) == ([], 0)
    call.tell((CallEventType.SEAT_MISSED, call.seat), (CallEventType.SEAT_LEFT, call.seat))
