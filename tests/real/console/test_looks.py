"""What everybody needs: contrast and names for all, one hand and one screen of 360 px, keys."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.real.console.conftest import Open
from tests.real.console.reports import hang_up, message, ring
from tests.real.console.screen import DESKTOP, PHONE, Screen
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
LOOKS = [("light", DESKTOP), ("dark", DESKTOP), ("light", PHONE), ("dark", PHONE)]
MAPS = {"map": ".map-page", "case": ".facts"}
FORMS = ("file", "decline", "ask_verify")


def _pages(window: Screen, number: str) -> Iterator[str]:
    """Every page that a post of the centre may see, drawn."""
    for place, sign in (
        ("inbox", f"[data-number='{number}']"),
        ("map", ".panel li"),
        ("calls", ".empty, table"),
        ("notices", ".empty, .page li"),
        ("report", "textarea"),
        ("account", ".segments"),
    ):
        window.go(place)
        expect(window.page.locator(sign).first).to_be_visible()
        yield place
    window.open(number)
    expect(window.page.locator(".suggestion").first).to_be_visible()
    yield "case"
    for action in FORMS:
        window.press(action)
        yield action
        window.page.keyboard.press("Escape")


@pytest.mark.parametrize(("theme", "size"), LOOKS)
def test_no_page_has_a_serious_barrier_or_is_wider_than_its_window(
    theme: str, size: dict[str, int], screen: Open, stage: Stage
) -> None:
    number = hang_up(stage, ring(stage))
    window = screen(color_scheme=theme, viewport=size, has_touch=size is PHONE, maps=True)
    window.page.goto(stage.url)
    expect(window.page.locator("form")).to_be_visible()
    found = {"login": (window.axe(), window.too_wide())}
    window.sign_in_by_form("acceptor1")
    for page in _pages(window, number):
        if page in MAPS:
            window.drawn(MAPS[page])
        found[page] = (window.axe(), window.too_wide())
    assert {page: what for page, what in found.items() if what != ([], 0)} == {}
    assert window.foreign == []


def test_the_administrators_page_has_no_barrier_and_makes_codes(screen: Open) -> None:
    window = screen("admin")
    window.go("people")
    window.page.fill("input[type=search]", "collector01")
    window.page.click("table td:last-child .button")
    expect(window.page.locator("code")).to_contain_text("/start ")
    assert (window.axe(), window.too_wide()) == ([], 0)


def test_english_is_whole_and_kept(screen: Open, stage: Stage) -> None:
    number = message(stage)
    window = screen("acceptor2")
    window.go("account")
    window.page.click("text=English")
    for page in _pages(window, number):
        text = window.page.locator("main").inner_text()
        assert not re.search(r"undefined|\[object|[a-z]+_[a-z]+", text), page
    window.page.reload()
    expect(window.page.locator("html")).to_have_attribute("lang", "en-GB")
    expect(window.page.locator(".case .stage")).to_have_text("Reported")
    window.go("account")
    window.page.click("text=中文")


def test_a_chosen_theme_is_kept_and_there_before_the_first_paint(screen: Open) -> None:
    window = screen("acceptor1")
    window.go("account")
    window.page.click("text=深色")
    window.page.reload()
    expect(window.page.locator("html")).to_have_attribute("data-theme", "dark")


def test_keys_move_open_search_and_close_but_never_while_typing(screen: Open, stage: Stage) -> None:
    older, newer = message(stage, "第一件"), message(stage, "第二件")
    window = screen("acceptor1")
    window.page.select_option("select.sort", "newest")
    window.page.locator("select.sort").blur()
    expect(window.page.locator("[data-number]").first).to_have_attribute("data-number", newer)
    window.page.keyboard.press("j")
    expect(window.page.locator(f"[data-number='{newer}']")).to_be_focused()
    window.page.keyboard.press("j")
    expect(window.page.locator(f"[data-number='{older}']")).to_be_focused()
    window.page.keyboard.press("Enter")
    expect(window.page.locator(".case h1")).to_have_text(f"{older[:4]} {older[4:]}")
    window.press("note")
    window.page.locator("#note-note").press_sequentially("jk?/")
    expect(window.page.locator("#note-note")).to_have_value("jk?/")
    window.page.keyboard.press("Escape")
    expect(window.page.locator("form.form")).to_have_count(0)
    window.page.keyboard.press("Escape")
    expect(window.page.locator(".case")).to_have_count(0)
    window.page.keyboard.press("/")
    expect(window.page.locator("input[type=search]")).to_be_focused()
    window.page.locator("h1").first.evaluate("() => document.activeElement.blur()")
    window.page.keyboard.press("?")
    expect(window.page.locator("dialog[open]")).to_be_visible()


def test_single_keys_can_be_switched_off(screen: Open, stage: Stage) -> None:
    message(stage)
    window = screen("acceptor1")
    window.go("account")
    switch = window.page.get_by_label("使用单键快捷键")
    switch.uncheck()
    expect(switch).not_to_be_checked()
    window.page.keyboard.press("?")
    expect(window.page.locator("dialog[open]")).to_have_count(0)


def test_a_click_on_the_map_gives_the_cell_and_a_place_is_found_by_name(
    screen: Open, stage: Stage
) -> None:
    number = message(stage, "地图上的一点", point=None)
    window = screen("acceptor1", maps=True)
    window.open(number)
    window.press("file")
    window.page.get_by_role("button", name="地图点选").click()
    window.drawn("form.form")
    box = window.page.locator("form.form .city-map .holder").bounding_box()
    assert box is not None
    window.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(window.page.locator("form.form .chip.number")).to_contain_text("网格 330299")


def test_wrong_passwords_are_answered_in_words_and_the_page_asked_for_comes_after(
    screen: Open, stage: Stage
) -> None:
    window = screen()
    window.page.goto(f"{stage.url}/#/map")
    window.page.fill("input[name=username]", "acceptor1")
    window.page.fill("input[name=password]", "not the password")
    window.page.click("button[type=submit]")
    expect(window.page.locator("[role=alert]").first).to_contain_text("密码不对")
    window.page.fill("input[name=password]", stage.passwords["acceptor1"])
    window.page.click("button[type=submit]")
    expect(window.page.locator(".map-page")).to_be_visible()


def test_a_browser_without_graphics_says_so_and_lists_the_cases(screen: Open, stage: Stage) -> None:
    message(stage)
    window = screen("acceptor1", maps=False)
    window.go("map")
    expect(window.page.get_by_text("此浏览器不能显示地图")).to_be_visible()
    expect(window.page.locator(".panel li").first).to_be_visible()
