"""The page of the knowledge base: found, read, written by one of two at once, retired, restored."""

import pytest
from playwright.sync_api import expect

from tests.real.console.conftest import Open
from tests.real.console.screen import DESKTOP, PHONE, Screen

pytestmark = pytest.mark.real


def opened(window: Screen, article: str) -> None:
    """Open the page of an article."""
    window.go(f"knowledge/{article}")
    expect(window.page.locator(".view h2")).to_be_visible()


def edits(window: Screen, article: str) -> None:
    """Begin to write an article."""
    opened(window, article)
    window.page.locator("[data-act=edit]").click()
    expect(window.page.locator(".editor")).to_be_visible()


def test_articles_are_found_by_pinyin_and_read_by_who_may_not_write(screen: Open) -> None:
    window = screen("acceptor1", viewport=DESKTOP)
    page = window.page
    window.go("knowledge")
    expect(page.locator("a[data-article]").first).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("jgqs")
    expect(page.locator("a[data-article]")).to_have_count(1)
    page.locator("a[data-article=manhole]").click()
    expect(page.locator(".view h2")).to_contain_text("井盖")
    expect(page.locator(".panes [data-act]")).to_have_count(0)
    # What was searched for still narrows the other lists.
    page.keyboard.press("/")
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.locator("[data-tab=expired]").click()
    expect(page.locator("[data-state=expired]").first).to_contain_text("已失效")
    assert (window.axe(), window.too_wide()) == ([], 0)


def test_an_article_is_written_with_a_preview_and_what_is_wrong_is_said(screen: Open) -> None:
    window = screen("chief1", viewport=DESKTOP)
    page = window.page
    window.go("knowledge")
    page.locator("[data-act=new]").click()
    title = page.locator("[data-field=title] input")
    title.fill("地铁二号线延长运营")
    page.locator("[data-field=answer] textarea").fill("周末末班车延至二十三点半。")
    page.locator("[data-field=body] textarea").fill("## 站点\n- **江湾站** 起\n<b>x</b>")
    preview = page.locator(".preview")
    expect(preview.locator("li strong")).to_have_text("江湾站")
    expect(preview).to_contain_text("<b>x</b>")
    page.locator("[data-field=valid_until] input").fill("2020-01-01")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".editor .wrong")).to_contain_text("HTML")
    page.locator("[data-field=body] textarea").fill("## 站点\n- **江湾站** 起")
    page.locator("[data-field=body] textarea").press("Control+Enter")
    expect(page.locator(".editor .wrong")).to_contain_text("失效日期已过")
    expect(page.locator("[data-field=valid_until] input")).to_be_focused()
    window.wrong.clear()  # the browser says that it was refused
    page.locator("[data-field=valid_until] input").fill("")
    # What was begun outlives a reload of the page.
    assert (window.axe(), window.too_wide()) == ([], 0)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".view h2")).to_have_text("地铁二号线延长运营")
    page.locator("[data-act=retire]").click()
    page.locator(".retire input").fill("活动结束")
    page.locator(".retire button").click()
    expect(page.locator(".view [data-state=retired]")).to_be_visible()
    page.locator("[data-version='1'] [data-act=restore]").click()
    expect(page.locator("[data-version='3']")).to_be_visible()
    expect(page.locator(".view [data-state]")).to_have_count(0)


def test_of_two_who_write_at_once_the_second_sees_which_fields_differ(screen: Open) -> None:
    one, other = screen("chief1", viewport=DESKTOP), screen("chief2", viewport=DESKTOP)
    for window in (one, other):
        edits(window, "library_hours")
    one.page.locator("[data-field=title] input").fill("图书馆开放时间（甲）")
    one.page.locator("[data-field=source] input").fill("甲的来源")
    one.page.keyboard.press("Control+Enter")
    expect(one.page.locator(".view h2")).to_have_text("图书馆开放时间（甲）")
    other.page.locator("[data-field=title] input").fill("图书馆开放时间（乙）")
    other.page.keyboard.press("Control+Enter")
    differs = other.page.locator("[data-diff=title]")
    expect(differs).to_contain_text("甲")
    expect(other.page.locator("[data-diff=source]")).to_contain_text("已采用对方的")
    expect(other.page.locator("[data-field=title] input")).to_have_value("图书馆开放时间（乙）")
    expect(other.page.locator("[data-field=source] input")).to_have_value("甲的来源")
    other.wrong.clear()  # the browser says that it was refused
    assert other.axe() == []
    other.page.locator("[data-field=title] input").press("Control+Enter")
    expect(other.page.locator(".view h2")).to_have_text("图书馆开放时间（乙）")
    expect(other.page.locator("[data-version]")).to_have_count(3)


def test_what_was_begun_is_there_after_a_reload(screen: Open) -> None:
    window = screen("chief1", viewport=DESKTOP)
    edits(window, "stray_dog")
    window.page.locator("[data-field=reviewed_by] input").fill("值班长")
    window.page.reload()
    window.page.locator("[data-act=edit]").click()
    expect(window.page.locator("[data-field=reviewed_by] input")).to_have_value("值班长")
    expect(window.page.locator(".editor [role=status]").first).to_contain_text("未保存")
    window.page.get_by_role("button", name="取消").click()
    window.page.locator("[data-act=edit]").click()
    expect(window.page.locator("[data-field=reviewed_by] input")).not_to_have_value("值班长")


def test_on_a_phone_list_and_article_are_one_after_the_other(screen: Open) -> None:
    window = screen("chief1", viewport=PHONE, color_scheme="dark")
    page = window.page
    window.go("knowledge")
    page.locator("[data-tab=due]").click()
    expect(page.locator("[data-tab=due]")).to_have_attribute("aria-pressed", "true")
    row = page.locator("a[data-article=exam_quiet_2026]")
    expect(row).to_be_visible()
    assert (window.axe(), window.too_wide()) == ([], 0)
    row.click()
    expect(page.locator(".view h2")).to_contain_text("高考")
    expect(row).to_have_count(0)
    assert (window.axe(), window.too_wide()) == ([], 0)
    page.locator("[data-act=edit]").click()
    expect(page.locator(".editor")).to_be_visible()
    assert (window.axe(), window.too_wide()) == ([], 0)
