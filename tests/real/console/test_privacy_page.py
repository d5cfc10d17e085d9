"""Personal data and holds, the views of the audit, a second factor, where one is signed in."""

import asyncio
import os
from pathlib import Path

import asyncpg
import pytest
from playwright.sync_api import expect

from backend.second_factor import code_at
from hotline.clock import SystemClock
from tests.real.console.conftest import Open
from tests.real.console.reports import CALLER, hang_up, ring
from tests.real.console.screen import DESKTOP, PHONE, Screen
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
# Where somebody wants to look at what is drawn.
LOOKED_AT = os.environ.get("SHOWN_AT", "")


def _shown(window: Screen, name: str) -> None:
    if LOOKED_AT:
        window.page.screenshot(path=Path(LOOKED_AT) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("theme", "size"), [("light", DESKTOP), ("dark", PHONE)])
def test_what_is_kept_of_somebody_is_told_and_a_case_under_way_keeps_it(
    theme: str, size: dict[str, int], screen: Open, stage: Stage
) -> None:
    number = hang_up(stage, ring(stage))
    window = screen("chief1", color_scheme=theme, viewport=size, has_touch=size is PHONE)
    window.go("privacy")
    window.page.fill("input[name=address]", CALLER)
    window.page.get_by_role("button", name="查询").click()
    expect(window.page.locator(".counts")).to_contain_text("联系方式 1")
    expect(window.page.get_by_text("暂不能清除")).to_contain_text(number[-4:])
    with window.page.expect_download() as taken:
        window.page.get_by_role("button", name="导出全部数据").click()
    assert CALLER in Path(str(taken.value.path())).read_text("utf-8")
    window.page.fill("input[name=number]", number)
    window.page.fill("input[name=why]", "诉讼中")
    window.page.get_by_role("button", name="冻结", exact=True).click()
    expect(window.page.locator(f"[data-hold='{number}']")).to_contain_text("诉讼中")
    assert (window.axe(), window.too_wide()) == ([], 0)
    _shown(window, f"privacy-{theme}")
    # Its page says so: why, to who may end it, and to all others only that it is.
    window.open(number)
    expect(window.page.locator("[data-kept=hold]")).to_contain_text("诉讼中")
    expect(window.page.locator(".case header [data-hold]")).to_contain_text("已冻结")
    assert (window.axe(), window.too_wide()) == ([], 0)
    _shown(window, f"held-{theme}")
    other = screen("acceptor1")
    other.open(number)
    expect(other.page.locator("[data-kept=hold]")).to_contain_text("案件已冻结")
    expect(other.page.locator("[data-kept=hold]")).not_to_contain_text("诉讼中")
    window.go("privacy")
    window.page.fill("input[name=number]", number)
    window.page.fill("input[name=why]", "已判决")
    window.page.locator(f"[data-hold='{number}'] button").click()
    expect(window.page.locator(f"[data-hold='{number}']")).to_have_count(0)


async def _ended(url: str, number: str) -> None:
    """As if a case had been handled and closed by now."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.execute("UPDATE cases SET stage = 'closed' WHERE number = $1", number)
    await connection.close()


def _agree(window: Screen) -> None:
    """Press until nothing has changed since it was shown: the workers may still add a notice."""
    for _ in range(20):
        with window.page.expect_response(lambda one: one.url.endswith("/agree")) as answered:
            window.page.locator("[data-going] button.primary:not([aria-disabled=true])").click()
        if answered.value.ok:
            return
        assert answered.value.json()["code"] == "erasure_changed"
    raise AssertionError("what would go never stands still")


def test_an_erasure_is_walked_by_two_people(screen: Open, stage: Stage) -> None:
    caller = "13900139123"
    number = hang_up(stage, ring(stage, caller), caller=caller)
    stage.thread.submit(asyncio.run, _ended(stage.settings.database.url, number)).result(30)
    first, second = screen("chief1"), screen("commander")
    first.go("privacy")
    first.page.fill("input[name=address]", caller)
    first.page.get_by_role("button", name="查询").click()
    first.page.fill("input[name=reason]", "本人来信")
    first.page.locator("form.asked:has(input[name=reason]) button").click()
    asked = first.page.locator("[data-wish=open]")
    expect(asked).to_contain_text("本人来信")
    # Who asked cannot agree.
    expect(asked.locator("button.primary")).to_have_count(0)
    second.go("privacy")
    # Nor does anybody agree to what they have not seen.
    going = second.page.locator("[data-wish=open]")
    expect(going).to_contain_text("本人来信")
    expect(going.locator("button.primary")).to_have_count(0)
    going.get_by_role("button", name="查看将清除的内容").click()
    shown = going.locator("[data-going]")
    expect(shown.locator(".counts")).to_contain_text("上报 1")
    # A step or a notice that the workers added since it was asked for is shown as such.
    expect(shown.get_by_text("与申请时相同").or_(shown.locator("[data-changed]"))).to_be_visible()
    expect(shown.locator("a.number")).to_contain_text(number[-4:])
    assert (second.axe(), second.too_wide()) == ([], 0)
    _shown(second, "erasure")
    # Another call comes in before it is agreed to: what has changed is shown, and nothing goes.
    later = hang_up(stage, ring(stage, caller), caller=caller)
    stage.thread.submit(asyncio.run, _ended(stage.settings.database.url, later)).result(30)
    shown.locator("button.primary").click()
    expect(shown.locator("[data-changed]")).to_contain_text("上报 1 → 2")
    expect(second.page.locator("[data-wish=erased]")).to_have_count(0)
    assert (second.axe(), second.too_wide()) == ([], 0)
    _shown(second, "erasure-changed")
    _agree(second)
    expect(second.page.locator("[data-wish=erased]")).to_contain_text("本人来信")
    assert (second.axe(), second.too_wide()) == ([], 0)
    first.page.reload()
    expect(first.page.locator("[data-wish=erased]")).to_contain_text("本人来信")
    first.page.fill("input[name=address]", caller)
    first.page.get_by_role("button", name="查询").click()
    expect(first.page.locator(".counts li")).to_have_count(1)  # that they asked
    first.open(number)
    expect(first.page.locator("main")).not_to_contain_text(caller[-4:])


def test_the_audit_has_views(screen: Open) -> None:
    window = screen("chief1")
    window.go("audit")
    window.page.get_by_role("button", name="登录", exact=True).click()
    expect(window.page.locator("tbody tr").first).to_contain_text("登录")
    assert (window.axe(), window.too_wide()) == ([], 0)
    _shown(window, "audit")


def test_a_second_factor_is_set_up_and_asked_for(screen: Open, stage: Stage) -> None:
    window = screen("gas1")
    window.go("account")
    part = window.page.locator("form.factor")
    part.locator("input[name=password]").fill(stage.passwords["gas1"])
    part.get_by_role("button", name="设置").click()
    expect(part.locator("img")).to_be_visible()
    secret = part.locator(".secret").inner_text()
    _shown(window, "factor")
    part.locator("input[name=code]").fill(code_at(secret, SystemClock().now()))
    part.get_by_role("button", name="确认").click()
    expect(window.page.locator(".codes li")).to_have_count(10)
    recovery, last = [window.page.locator(".codes li").nth(n).inner_text() for n in (0, 1)]
    assert (window.axe(), window.too_wide()) == ([], 0)
    other = screen()
    other.page.goto(stage.url)
    other.page.fill("input[name=username]", "gas1")
    other.page.fill("input[name=password]", stage.passwords["gas1"])
    other.page.click("button[type=submit]")
    expect(other.page.locator("input[name=code]")).to_be_focused()
    assert (other.axe(), other.too_wide()) == ([], 0)
    other.page.fill("input[name=code]", recovery)
    other.page.click("button[type=submit]")
    expect(other.page.locator("nav").first).to_be_visible()
    other.wrong.clear()  # the browser says that the first try was refused
    window.page.reload()
    rows = window.page.locator("[data-session]")
    expect(rows.nth(1)).to_be_visible()
    _shown(window, "account")
    window.page.get_by_role("button", name="下线其他所有设备").click()
    expect(rows).to_have_count(1)
    expect(other.page.locator("input[name=password]")).to_be_visible()
    other.wrong.clear()
    part.locator("input[name=password]").fill(stage.passwords["gas1"])
    part.locator("input[name=code]").fill(last)
    part.get_by_role("button", name="关闭").click()
    expect(part.get_by_role("button", name="设置")).to_be_visible()
