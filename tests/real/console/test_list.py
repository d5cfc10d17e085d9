"""The list: one's own queue first; what narrows it is seen and kept; marks and times of rows."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from playwright.sync_api import Route, ViewportSize, expect

from tests.real.console.conftest import Open
from tests.real.console.reports import message
from tests.real.console.screen import DESKTOP, PHONE, Screen
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
MINE = re.compile("我的待办")


def _chips(window: Screen) -> list[str]:
    expect(window.page.locator(".list [aria-busy=false]").first).to_be_visible()
    return window.each(".list .off", "one.innerText.trim()")


def test_row_5_everybody_begins_with_their_own_queue_by_time_left(
    screen: Open, stage: Stage
) -> None:
    older, newer = message(stage, "先到先办"), message(stage, "后到后办")
    window = screen("acceptor1")
    assert _chips(window) == ["我的待办"]
    expect(window.page.locator("select.sort")).to_have_value("left")
    for number in (older, newer):
        expect(window.page.locator(f"[data-number='{number}']")).to_be_visible()
    numbers = window.numbers()
    assert numbers.index(older) < numbers.index(newer)
    window.page.select_option("select.sort", "newest")
    expect(window.page.locator("[data-number]").first).to_have_attribute("data-number", newer)
    window.page.reload()
    expect(window.page.locator("select.sort")).to_have_value("newest")
    # Nothing waits for an auditor, who sees everything instead.
    auditor = screen("auditor")
    assert _chips(auditor) == []
    expect(auditor.page.locator(f"[data-number='{older}']")).to_be_visible()


def test_row_5_a_live_change_keeps_order_and_focus(screen: Open, stage: Stage) -> None:
    first = message(stage, "原来就在")
    window = screen("acceptor1")
    row = window.page.locator(f"[data-number='{first}']")
    row.focus()
    second = message(stage, "后来才到")
    expect(window.page.locator(f"[data-number='{second}']")).to_be_visible()
    expect(row).to_be_focused()
    numbers = window.numbers()
    assert numbers.index(first) < numbers.index(second)


def test_a_row_keeps_the_focus_when_the_order_turns_under_it(screen: Open, stage: Stage) -> None:
    numbers = [message(stage, words) for words in ("排在前头", "排在中间", "排在后头")]
    window = screen("acceptor1")
    for number in numbers:
        row = window.page.locator(f"[data-number='{number}']")
        expect(row).to_be_visible()
        row.focus()
        for order in ("newest", "left"):
            turned = "(box, order) => { box.value = order; box.dispatchEvent(new Event('change')) }"
            window.page.locator("select.sort").evaluate(turned, order)
            ends = window.page.locator("[data-number]")
            end = ends.first if order == "newest" else ends.last
            expect(end).to_have_attribute("data-number", numbers[-1])
            expect(row).to_be_focused()


def test_row_12_filters_stand_as_chips_in_the_address_and_outlive_a_reload(
    screen: Open, stage: Stage
) -> None:
    message(stage)
    window = screen("acceptor1")
    filters = window.page.locator(".filters")
    filters.get_by_role("button", name="待受理").click()
    filters.get_by_role("button", name="已超期").click()
    expect(window.page.locator(".list .empty")).to_contain_text("待受理、已超期")
    assert _chips(window) == ["待受理", "已超期"]
    expect(window.page).to_have_url(re.compile("stage=reported.*light=red"))
    window.page.reload()
    expect(window.page.locator(".list .empty")).to_contain_text("待受理、已超期")
    window.page.locator("[data-chip=light]").click()
    expect(window.page.locator("[data-number]").first).to_be_visible()
    filters.get_by_role("button", name="已超期").click()
    window.page.locator(".list .empty .button").click()
    assert _chips(window) == ["我的待办"]
    expect(window.page.locator("[data-number]").first).to_be_visible()


def test_row_12_an_old_or_mistyped_address_narrows_nothing(screen: Open, stage: Stage) -> None:
    message(stage)
    window = screen("acceptor1")
    window.go("inbox?stage=gone&light=purple&from=2026-02-30&matter=x&urgency=urgent")
    expect(window.page.locator("[data-chip=urgency]")).to_be_visible()
    assert _chips(window) == ["紧急"]
    expect(window.page.locator(".list [role=alert]")).to_have_count(0)


def test_row_12_filters_stay_while_a_case_is_opened_and_shut(screen: Open, stage: Stage) -> None:
    number = message(stage)
    window = screen("acceptor1")
    window.page.locator(".filters").get_by_role("button", name="全部在办").click()
    expect(window.page).to_have_url(re.compile("view=open"))
    window.page.locator(f"[data-number='{number}']").click()
    expect(window.page).to_have_url(re.compile(f"inbox/{number}.*view=open"))
    window.page.keyboard.press("Escape")
    expect(window.page.locator(f"[data-number='{number}']")).to_be_focused()
    expect(window.page).to_have_url(re.compile("view=open"))
    window.go("calls")
    expect(window.page.locator("h1")).to_have_text("来电")
    window.page.locator("nav a").first.click()
    expect(window.page).to_have_url(re.compile("view=open"))


def test_row_11_a_search_looks_everywhere_and_the_queue_comes_back(
    screen: Open, stage: Stage
) -> None:
    number = message(stage, "独一无二的石狮子倒了")
    window = screen("dispatcher1")
    search = window.page.locator("input[type=search]")
    for words in ("石狮子", number[-4:]):
        search.fill(words)
        expect(window.page.locator(f"[data-number='{number}']")).to_be_visible()
    assert _chips(window) == [f"搜索：{number[-4:]}"]
    search.fill("没有这样的东西")
    expect(window.page.get_by_text("没有找到案件")).to_be_visible()
    search.fill("")
    expect(window.page.locator("[data-chip=mine]")).to_be_visible()


def test_a_page_whose_code_comes_slowly_is_reached_though_the_list_is_narrowed_meanwhile(
    screen: Open,
) -> None:
    window = screen("acceptor1")

    def late(route: Route) -> None:
        window.page.wait_for_timeout(1000)
        route.continue_()

    window.page.route("**/ReportPage*.js", late)
    window.page.locator("input[type=search]").fill("井盖")
    with window.page.expect_request("**/ReportPage*.js"):
        window.go("report")
    expect(window.page.locator("textarea")).to_be_visible()


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_row_33_every_filter_is_reached_without_moving_sideways(
    size: dict[str, int], screen: Open, stage: Stage
) -> None:
    message(stage)
    window = screen("acceptor1", viewport=size, has_touch=size is PHONE)
    window.page.click(".list .choose")
    box = window.page.locator("dialog[open]")
    expect(box).to_be_visible()
    window.still()
    assert (window.axe(), window.too_wide()) == ([], 0)
    assert box.evaluate("box => box.scrollWidth - box.clientWidth") == 0
    small = box.evaluate(
        """box => [...box.querySelectorAll('button, select, input')]
        .filter(one => one.type !== 'checkbox' && one.checkVisibility())
        .filter(one => one.getBoundingClientRect().height < 44)
        .map(one => one.outerHTML.slice(0, 80))"""
    )
    assert size is DESKTOP or small == []
    labels = window.each("dialog[open] .label", "one.innerText")
    assert [one for one in labels if one.isascii()] == []
    box.locator("select[name=channel]").select_option("phone")
    box.get_by_role("button", name="查看案件").click()
    assert "电话" in _chips(window)


def test_rows_6_and_29_a_case_found_true_is_marked_and_times_are_said_whole(
    screen: Open, stage: Stage, photo: object
) -> None:
    number = message(stage, "要去看一看的井盖")
    window = screen("acceptor1")
    row = window.page.locator(f"[data-number='{number}']")
    expect(row.locator(".age")).to_have_text(re.compile("^(刚刚|.*前)$"))
    window.open(number)
    window.press("ask_verify")
    window.send()
    collector = window.assigned(number, "collector")
    other = screen(collector)
    other.open(number)
    other.press("verify_true")
    other.photo(photo)  # type: ignore[arg-type]
    other.send()
    expect(row.locator(".found")).to_have_text("核实结果：属实")
    item = window.page.locator(".filters [data-facet='verified:true']")
    expect(item).to_contain_text("核实结果：属实")
    item.click()
    expect(window.page.locator("[data-number]")).not_to_have_count(0)
    expect(row).to_be_visible()
    assert "核实结果：属实" in _chips(window)


def _at(window: Screen, at: datetime) -> None:
    """Let it be an instant for the browser and, as it is told, for the office."""

    def dated(route: Route) -> None:
        response = route.fetch()
        date = format_datetime(at.astimezone(UTC), usegmt=True)
        route.fulfill(response=response, headers={**response.headers, "date": date})

    window.page.unroute_all()
    window.page.route("**/api/**", dated)
    window.page.clock.set_fixed_time(at)


def test_row_29_the_minute_around_a_deadline_is_told_as_a_span(screen: Open, stage: Stage) -> None:
    """It read 剩 刚刚 and 超时 刚刚."""
    number = message(stage)
    window = screen("acceptor1")
    due = window.get(f"/api/cases/{number}")["case"]["stage_due"]
    row = window.page.locator(f"[data-number='{number}'] .end")
    for seconds, words in ((-20, "剩 不到 1 分钟"), (20, "超时 不到 1 分钟")):
        _at(window, datetime.fromisoformat(due) + timedelta(seconds=seconds))
        window.page.reload()
        expect(row).to_contain_text(words)


def test_row_24_what_could_not_be_read_is_read_again_when_the_line_is_back(
    screen: Open, stage: Stage
) -> None:
    number = message(stage)
    window = screen("acceptor1")
    expect(window.page.locator(f"[data-number='{number}']")).to_be_visible()
    window.page.context.set_offline(True)
    stage.stop()
    window.page.select_option("select.sort", "oldest")
    expect(window.page.locator(".list .trouble")).to_be_visible()
    window.page.locator("nav a[href='#/calls']").click()
    expect(window.page.get_by_text("页面没有打开")).to_be_visible()
    stage.start()
    window.page.context.set_offline(False)
    expect(window.page.locator(".list .trouble")).to_have_count(0)
    expect(window.page.locator(f"[data-number='{number}']")).to_be_visible()
    window.wrong.clear()  # the browser may say that the office was away


def test_row_32_forced_colours_still_tell_what_is_chosen(screen: Open, stage: Stage) -> None:
    number = message(stage)
    window = screen("acceptor1", forced_colors="active")
    window.page.locator(f"[data-number='{number}']").click()
    for chosen in (
        f"[data-number='{number}'][aria-current=true]",
        ".filters [aria-pressed=true]",
        "nav [aria-current=page]",
    ):
        expect(window.page.locator(chosen).first).to_have_css("outline-style", "solid")


def test_row_33_no_button_of_a_case_lies_beyond_a_phones_edge(screen: Open, stage: Stage) -> None:
    number = message(stage)
    window = screen("acceptor1", viewport=PHONE, has_touch=True, is_mobile=True)
    window.open(number)
    window.page.locator("details.beside summary").click()
    for button in window.page.locator("[data-action]").all():
        box = button.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
        assert box["height"] >= 44


# As wide as its letters are in the field, and so much of it is seen.
HINT = """one => {
    const style = getComputedStyle(one), there = document.createElement('span')
    there.textContent = one.placeholder
    there.style.cssText = `position:fixed;white-space:pre;font:${style.font}`
    document.body.append(there)
    const wide = there.getBoundingClientRect().width
    there.remove()
    return wide - one.clientWidth + parseFloat(style.paddingLeft) + parseFloat(style.paddingRight)
}"""
# What stands in the head of the list, and overlaps what stands beside it.
OVERLAPPING = """() => {
    const all = [...document.querySelectorAll('.list header :is(button, select, input)')]
    const boxes = all.filter(one => one.checkVisibility()).map(one => one.getBoundingClientRect())
    const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1
        && b.top < a.bottom - 1
    return boxes.flatMap((a, at) => boxes.slice(at + 1).filter(b => meet(a, b))).length
}"""


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("width", [360, 390, 1024, 1366])
def test_the_head_of_the_list_is_read_whole(
    screen: Open, stage: Stage, width: int, language: str
) -> None:
    # The language is kept with the person, so that it is somebody's whom no other test knows.
    window = screen("chief3", viewport={"width": width, "height": 768})
    window.speaks(language)
    expect(window.page.locator(".list .off")).to_have_count(1)
    assert window.page.locator("input[type=search]").evaluate(HINT) <= 0
    assert window.page.evaluate(OVERLAPPING) == 0
    assert window.too_wide() <= 0


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_whole_number_leads_to_its_case_whatever_is_chosen(
    screen: Open, stage: Stage, size: ViewportSize
) -> None:
    number = message(stage, "用编号找得到")
    window = screen("acceptor1", viewport=size)
    page = window.page
    window.go("inbox?stage=handling&light=red")
    expect(page.locator(".list .off")).to_have_count(2)
    expect(page.locator(f"[data-number='{number}']")).to_have_count(0)
    page.fill("input[type=search]", f"{number[:4]} {number[4:]}")
    expect(page.locator(f"[data-number='{number}']")).to_be_visible()
    expect(page.locator("[data-aside]")).to_be_visible()
    assert window.axe() == []
    page.press("input[type=search]", "Enter")
    expect(page.locator(".case h1")).to_have_text(f"{number[:4]} {number[4:]}")
