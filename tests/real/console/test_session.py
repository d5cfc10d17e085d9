"""A session and its end: the password, signing out, and what is there after signing in again."""

import pytest
from playwright.sync_api import expect

from tests.real.console.conftest import Open
from tests.real.console.reports import message
from tests.real.console.screen import PHONE, Screen
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
FRESH = "明湾-qmzt-7193"
WORDS = "已电话核实，确有其事"


def _end(window: Screen) -> None:
    """The session ends by itself, as after its hours: the browser's cookie opens nothing."""
    window.page.context.clear_cookies()


def _again(window: Screen) -> None:
    """Sign in once more on the page that asks for it."""
    window.page.fill("input[name=username]", window.username)
    window.page.fill("input[name=password]", window.stage.passwords[window.username])
    window.page.keyboard.press("Enter")
    expect(window.page.locator(".login input[name=password]")).to_have_count(0)


def _begin(window: Screen, stage: Stage) -> str:
    """A note is begun on a case, while a short word of an earlier step is still shown."""
    number = message(stage)
    window.open(number)
    window.press("note")
    window.page.fill("#note-note", "第一条")
    window.send()
    expect(window.page.locator(".told .one")).to_be_visible()
    window.press("note")
    window.page.fill("#note-note", WORDS)
    return number


def _is_back(window: Screen, number: str) -> None:
    expect(window.page.locator(".case h1")).to_have_text(f"{number[:4]} {number[4:]}")
    expect(window.page.locator("#note-note")).to_have_value(WORDS)
    expect(window.page.locator("#note-note")).to_be_focused()


@pytest.mark.parametrize("viewport", [None, PHONE], ids=["desktop", "phone"])
def test_row_25_a_session_that_ended_says_so_and_its_form_opens_again(
    screen: Open, stage: Stage, viewport: object
) -> None:
    window = screen("acceptor1", **({"viewport": viewport} if viewport else {}))
    number = _begin(window, stage)
    _end(window)
    # Not pressed on the field: news of the first note may have asked for the sign-in already.
    window.page.keyboard.press("Control+Enter")
    expect(window.page.locator(".login")).to_contain_text("登录已过期")
    expect(window.page.locator(".told .one")).to_have_count(0)
    _again(window)
    _is_back(window, number)
    expect(window.page.locator(".told .one")).to_have_count(0)
    window.send()
    timeline = window.get(f"/api/cases/{number}")["timeline"]
    assert [one for one in timeline if one.get("note") == WORDS]


def test_row_25_a_session_that_ended_before_a_reload_says_so_too(
    screen: Open, stage: Stage
) -> None:
    window = screen("acceptor1")
    number = _begin(window, stage)
    _end(window)
    window.page.reload()
    expect(window.page.locator(".login")).to_contain_text("登录已过期")
    window.page.reload()
    expect(window.page.locator(".login")).to_contain_text("登录已过期")
    _again(window)
    _is_back(window, number)


def test_row_25_a_form_is_not_opened_for_somebody_else_nor_after_it_was_left(
    screen: Open, stage: Stage
) -> None:
    window = screen("acceptor1")
    number = _begin(window, stage)
    _end(window)
    window.page.reload()
    window.username = "acceptor2"
    _again(window)
    expect(window.page.locator(".case .timeline")).to_be_visible()
    expect(window.page.locator("form.form")).to_have_count(0)
    other = message(stage)
    window.press("note")
    window.open(other)
    window.open(number)
    expect(window.page.locator("form.form")).to_have_count(0)


def test_row_25_who_was_never_signed_in_is_told_of_no_end(screen: Open) -> None:
    window = screen()
    window.page.goto(f"{window.stage.url}/#/inbox")
    expect(window.page.locator(".login input[name=password]")).to_be_visible()
    expect(window.page.locator(".login")).not_to_contain_text("登录已过期")


def test_row_22_signing_out_takes_the_citizens_number_too_and_tells_of_no_end(
    screen: Open, stage: Stage
) -> None:
    window = screen("acceptor1")
    _begin(window, stage)
    window.go("report")
    window.page.fill("textarea", "中山东路井盖没了")
    window.page.get_by_label("联系电话").fill("13957400123")
    expect(window.page.locator("form")).to_be_visible()
    window.go("account")
    window.page.get_by_role("button", name="退出登录").click()
    expect(window.page.locator(".login input[name=password]")).to_be_visible()
    window.page.reload()
    expect(window.page.locator(".login")).not_to_contain_text("登录已过期")
    kept = str(window.page.evaluate("[{...localStorage}, {...sessionStorage}]"))
    for begun in ("13957400123", "井盖", WORDS, "draft", "note"):
        assert begun not in kept
    _again(window)
    window.go("report")
    expect(window.page.locator("textarea")).to_have_value("")


def test_l12_ones_own_password_is_changed_by_keyboard_and_ends_the_other_sessions(
    screen: Open, stage: Stage
) -> None:
    window, other = screen("gas1"), screen("gas1")
    old = stage.passwords["gas1"]
    window.go("account")
    form = window.page.locator("form.password")
    expect(form).to_contain_text("至少 12 个字符")
    field = {name: form.locator(f"[name={name}]") for name in ("old", "new", "again")}
    field["old"].fill("记错的密码")
    field["new"].fill("123456789012")
    field["again"].fill("123456789013")
    field["again"].press("Control+Enter")
    expect(form.get_by_role("alert")).to_contain_text("不一致")
    expect(field["again"]).to_be_focused()
    field["again"].fill("123456789012")
    field["again"].press("Control+Enter")
    expect(form.get_by_role("alert")).to_contain_text("容易被猜到")
    expect(field["new"]).to_be_focused()
    field["new"].fill(FRESH)
    field["again"].fill(FRESH)
    field["again"].press("Control+Enter")
    expect(form.get_by_role("alert")).to_contain_text("原密码不对")
    expect(field["old"]).to_be_focused()
    expect(field["new"]).to_have_value(FRESH)
    assert window.axe() == []
    field["old"].fill(old)
    field["old"].press("Control+Enter")
    expect(window.page.locator(".told")).to_contain_text("密码已修改")
    for one in field.values():
        expect(one).to_have_value("")
    stage.passwords["gas1"] = FRESH
    expect(other.page.locator(".login")).to_contain_text("登录已过期")
    _again(other)
    window.page.reload()
    expect(form).to_be_visible()
    window.wrong.clear()  # the browser says that two tries were refused
