"""Keys: those of an input method are its own; a move is a few keys away; focus stays."""

import pytest
from playwright.sync_api import Locator, expect

from tests.real.console.conftest import Open
from tests.real.console.desk import Desk
from tests.real.console.reports import message
from tests.real.console.screen import PHONE
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
# Escape as browsers send it while an input method composes; Safari tells it by the code alone.
COMPOSING = ({"isComposing": True}, {"keyCode": 229})
PRESS = """(field, more) => field.dispatchEvent(
  new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true, ...more }))"""


def _composes(field: Locator) -> None:
    for more in COMPOSING:
        field.evaluate(PRESS, more)


def test_25_escape_of_an_input_method_leaves_form_and_search_as_they_are(
    screen: Open, stage: Stage
) -> None:
    number = message(stage)
    window = screen("acceptor1")
    window.open(number)
    search, note = window.page.locator("input[type=search]"), window.page.locator("#note-decline")
    search.fill("路灯")
    _composes(search)
    expect(search).to_have_value("路灯")
    search.press("Escape")
    expect(search).to_have_value("")
    window.press("decline")
    note.fill("不属于")
    _composes(note)
    _composes(window.page.locator("body"))
    expect(note).to_have_value("不属于")
    note.press("Escape")
    expect(note).to_have_count(0)
    expect(window.page.locator(".case")).to_be_visible()


def test_row_9_the_list_is_one_tab_stop_and_a_move_is_four_keys_away(
    screen: Open, stage: Stage
) -> None:
    for words in ("先来的", "中间的", "后来的"):
        number = message(stage, words)
    window = screen("acceptor1")
    keys, row = window.page.keyboard, window.page.locator(f"[data-number='{number}']")
    expect(row).to_be_visible()
    expect(window.page.locator(".list [data-number][tabindex='0']")).to_have_count(1)
    row.focus()
    keys.press("ArrowUp")
    keys.press("ArrowDown")
    expect(window.page.locator(".list [data-number][tabindex='0']")).to_have_count(1)
    row.focus()
    keys.press("Enter")
    expect(window.page.locator(".case h1")).to_be_focused()
    letter = window.page.locator("[data-action=ask_verify]").get_attribute("aria-keyshortcuts")
    expect(window.page.locator("[data-action=ask_verify] kbd")).to_have_text(str(letter).upper())
    keys.press(str(letter))
    expect(window.page.locator("form.form")).to_be_visible()
    keys.press("Control+Enter")
    window.stage_is("核实中")
    expect(window.page.locator("form.form")).to_have_count(0)
    # The case waits for somebody else now: the next one of the list is under the keys.
    expect(window.page.locator("[data-number]:focus")).to_have_count(1)
    expect(row).not_to_be_focused()


def test_row_9_the_last_page_of_the_list_takes_the_focus_from_its_button(
    screen: Open, stage: Stage
) -> None:
    """The button went with the last page, and J began at the top of the list again."""
    for n in range(52):
        message(stage, f"第 {n} 件")
    window = screen("acceptor1")
    button = window.page.locator(".list .more")
    button.focus()
    page = window.numbers()
    window.page.keyboard.press("Enter")
    expect(button).to_have_count(0)
    # On a row of the page that came; which one depends on what else came in meanwhile.
    focused = window.page.locator("[data-number]:focus")
    expect(focused).to_have_count(1)
    assert focused.get_attribute("data-number") not in page[:40]


def test_row_9_an_order_picked_by_mouse_leaves_the_keys_to_the_list(
    screen: Open, stage: Stage
) -> None:
    for words in ("先来的", "后来的"):
        message(stage, words)
    window = screen("acceptor1")
    expect(window.page.locator("[data-number]").nth(1)).to_be_visible()
    box = window.page.locator("select.sort")
    box.focus()
    box.dispatch_event("pointerdown")
    box.select_option("newest")
    window.page.keyboard.press("j")
    expect(window.page.locator("a:focus")).to_have_count(1)
    box.focus()
    window.page.keyboard.press("ArrowUp")
    expect(box).to_be_focused()


def test_row_9_every_button_of_a_case_has_a_letter_of_its_own(screen: Open, stage: Stage) -> None:
    number = message(stage)
    window = screen("acceptor1")
    window.open(number)
    letters = window.each("[data-action]", "one.getAttribute('aria-keyshortcuts')")
    assert None not in letters
    assert len(set(letters)) == len(letters) > 3
    assert not {"j", "k"} & set(letters)


def test_a_dispatch_is_two_keys_and_a_letter_stays_with_its_action(
    screen: Open, stage: Stage
) -> None:
    number = message(stage, "供水井盖没了")
    filed = {"matter": "01001", "condition": "1", "cell": "330299001001001"}
    Desk(stage, "acceptor1").act(number, "file", **filed)
    window = screen("dispatcher1")
    window.open(number)
    keys = window.page.keyboard
    keys.press("d")
    expect(window.page.locator("form.form [data-field=department] select")).to_be_focused()
    keys.press("Enter")
    window.stage_is("处置中")
    worker = screen("water1")
    worker.open(number)
    before = worker.button("report_done").get_attribute("aria-keyshortcuts")
    expect(worker.page.locator(".bar .first .button.primary")).to_have_count(1)
    assert worker.button("accept").get_attribute("aria-keyshortcuts") == "a"
    worker.page.keyboard.press("a")
    expect(worker.button("accept")).to_have_count(0)
    worker.page.keyboard.press("a")
    expect(worker.page.locator("form.form")).to_have_count(0)
    assert worker.button("report_done").get_attribute("aria-keyshortcuts") == before
    expect(worker.page.locator(".bar .button.primary")).to_have_count(1)
    expect(worker.page.locator(".bar .button.danger")).to_have_count(0)


def test_row_33_a_touch_screen_shows_no_keys(screen: Open, stage: Stage) -> None:
    number = message(stage)
    window = screen("acceptor1", viewport=PHONE, has_touch=True, is_mobile=True)
    window.open(number)
    window.press("note")
    expect(window.page.locator("kbd:visible")).to_have_count(0)


def test_row_9_the_focus_stays_on_the_page_when_what_had_it_goes(
    screen: Open, stage: Stage
) -> None:
    message(stage)
    window = screen().sign_in_by_form("acceptor1")
    page = window.page
    expect(page.locator(".list [data-number]").first).to_be_visible()
    expect(page.locator("main:focus")).to_have_count(1)
    page.locator("[data-chip=mine]").click()
    expect(page.locator("[data-chip=mine]")).to_have_count(0)
    expect(page.locator("main:focus")).to_have_count(1)
    window.go("report")
    page.fill("textarea", "路面有坑")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".receipt a")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".case h1")).to_be_focused()
