"""What is done with a list: narrowed, saved as a view, taken out as a file."""

import asyncio
import csv
import re
import zipfile
from pathlib import Path

import asyncpg
import pytest
from playwright.sync_api import ViewportSize, expect

from tests.real.console.conftest import Open
from tests.real.console.reports import message
from tests.real.console.screen import DESKTOP, PHONE
from tests.real.console.stage import Stage, until

pytestmark = pytest.mark.real


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_list_is_taken_out_as_it_is_narrowed(
    screen: Open, stage: Stage, tmp_path: Path, kind: str
) -> None:
    found, other = message(stage, "=导出的井盖"), message(stage, "别的事情")
    window = screen("acceptor1")
    window.page.fill("input[type=search]", "导出的井盖")
    expect(window.page.locator(f"[data-number='{other}']")).to_have_count(0)
    window.page.click("[data-export=open]")
    window.page.check(f"dialog[open] input[value={kind}]")
    assert window.axe() == []
    with window.page.expect_download() as taken:
        window.page.click("[data-export=start]")
    path = tmp_path / taken.value.suggested_filename
    taken.value.save_as(path)
    expect(window.page.locator("dialog[open]")).to_have_count(0)
    assert path.name.startswith("案件清单-")
    assert path.suffix == f".{kind}"
    if kind == "xlsx":
        with zipfile.ZipFile(path) as book:
            page = book.read("xl/worksheets/sheet1.xml").decode()
        assert found in page
        assert other not in page
        return
    head, *rows = csv.reader(path.read_text("utf-8-sig").splitlines())
    told = [dict(zip(head, row, strict=True)) for row in rows]
    assert found in [one["案件编号"] for one in told]
    assert all(one["问题描述"].startswith("'=") for one in told)
    assert other not in str(told)


def test_a_file_has_the_columns_that_were_chosen(
    screen: Open, stage: Stage, tmp_path: Path
) -> None:
    message(stage, "两列就够")
    window = screen("chief1")
    page = window.page
    window.go("inbox?view=open&columns=number,text,stage")
    expect(page.locator("th[data-column]")).to_have_count(3)
    page.click("[data-export=open]")
    page.check("dialog[open] input[value=csv]")
    ticked = page.locator("dialog[open] input[name=column]:checked")
    expect(ticked).to_have_count(3)
    for name in ("number", "text", "stage"):
        page.uncheck(f"dialog[open] input[name=column][value={name}]")
    expect(page.locator("dialog[open] [role=alert]")).to_be_visible()
    expect(page.locator("[data-export=start]")).to_have_attribute("aria-disabled", "true")
    for name in ("number", "text"):
        page.check(f"dialog[open] input[name=column][value={name}]")
    assert window.axe() == []
    with page.expect_download() as taken:
        page.click("[data-export=start]")
    path = tmp_path / "list.csv"
    taken.value.save_as(path)
    head, *_ = csv.reader(path.read_text("utf-8-sig").splitlines())
    assert head == ["案件编号", "问题描述"]


MANY = 40_000


async def _copied(url: str, number: str) -> None:
    """Many cases like one, for a file that takes its time."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    names = [
        one["column_name"]
        for one in await connection.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'cases'"
        )
    ]
    own = {"id": "gen_random_uuid()", "number": "'copy' || n"}
    given = ", ".join(own.get(name, name) for name in names)
    await connection.execute(
        f"INSERT INTO cases ({', '.join(names)}) SELECT {given}"
        f" FROM cases, generate_series(1, {MANY}) AS n WHERE number = $1",
        number,
    )
    await connection.close()


async def _readers(url: str) -> int:
    """How many read cases row by row now."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    reading = await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND state <> 'idle' AND xact_start IS NOT NULL"
        " AND query ~ 'FROM cases'"
    )
    await connection.close()
    return int(reading)


def _reading(stage: Stage) -> int:
    return stage.thread.submit(asyncio.run, _readers(stage.settings.database.url)).result(60)


async def _drop_copies(url: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.execute("DELETE FROM cases WHERE number LIKE 'copy%'")
    await connection.close()


def test_a_file_that_is_cancelled_is_not_read_on(screen: Open, stage: Stage) -> None:
    url, log = stage.settings.database.url, stage.settings.home.data_dir / "backend.log"
    stage.thread.submit(asyncio.run, _copied(url, message(stage, "很多很多"))).result(120)
    try:
        window = screen("chief1")
        page = window.page
        page.fill("input[type=search]", "很多很多")
        page.click("[data-export=open]")
        page.click("[data-export=start]")
        expect(page.locator("dialog[open] .far")).to_contain_text(re.compile(r"[1-9]\d* / 4\d{4}"))
        assert _reading(stage) == 1
        page.click("[data-export=cancel]")
        expect(page.locator("dialog[open] [data-export=start]")).to_be_visible()
        until(lambda: "an export was cancelled" in log.read_text("utf-8"), 60, "it is told")
        until(lambda: _reading(stage) == 0, 60, "nobody reads")
        # The place is free again: another is begun, and a box that is closed ends it, too.
        page.click("[data-export=start]")
        expect(page.locator("dialog[open] .far")).to_contain_text(re.compile(r"[1-9]\d* / 4\d{4}"))
        page.keyboard.press("Escape")
        until(lambda: _reading(stage) == 0, 60, "nobody reads")
    finally:
        stage.thread.submit(asyncio.run, _drop_copies(url)).result(120)


def test_a_list_is_taken_out_on_a_phone(screen: Open, stage: Stage) -> None:
    message(stage, "手机上导出")
    window = screen("acceptor1", viewport=PHONE)
    window.page.click("[data-export=open]")
    expect(window.page.locator("dialog[open] [data-export=start]")).to_be_visible()
    assert window.too_wide() <= 0
    assert window.axe() == []
    with window.page.expect_download() as taken:
        window.page.click("[data-export=start]")
    assert taken.value.suggested_filename.endswith(".xlsx")


def test_who_may_take_none_out_has_no_button(screen: Open, stage: Stage) -> None:
    window = screen("collector01")
    expect(window.page.locator("input[type=search]")).to_be_visible()
    expect(window.page.locator("[data-export=open]")).to_have_count(0)


def test_filters_add_up_as_chips_and_each_goes_by_one_click(screen: Open, stage: Stage) -> None:
    message(stage, "中山东路井盖")
    window = screen("auditor")
    window.page.click("button.choose")
    for name, at in (("group", 1), ("area", 1), ("channel", 1)):
        window.page.locator(f"dialog[open] select[name={name}]").select_option(index=at)
    window.page.get_by_role("button", name="查看案件").click()
    off = window.page.locator(".list .off")
    expect(off).to_have_count(3)
    for name in ("group=", "area=", "channel="):
        assert name in window.page.url
    window.page.click(".list [data-chip=area]")
    expect(off).to_have_count(2)
    expect(window.page).not_to_have_url(re.compile("area="))
    window.page.reload()
    expect(off).to_have_count(2)
    window.page.click(".list [data-chip=clear]")
    expect(off).to_have_count(0)


def test_a_search_by_pinyin_says_what_it_looked_for_and_where_it_was(
    screen: Open, stage: Stage
) -> None:
    number = message(stage, "中山东路100号路灯不亮")
    window = screen("auditor")
    window.page.fill("input[type=search]", "zhongshandonglu")
    expect(window.page.locator(".list .meant")).to_contain_text("中山东路")
    row = window.page.locator(f"[data-number='{number}']")
    expect(row.locator("[data-by~=text]")).to_contain_text("匹配内容")
    assert window.axe() == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_view_is_saved_used_renamed_and_deleted(
    screen: Open, stage: Stage, size: ViewportSize
) -> None:
    message(stage, "视图里的案件")
    window = screen("chief1", viewport=size)
    page = window.page
    is_small = size is PHONE

    def menu() -> None:
        if is_small:
            page.click("button.choose")

    page.goto(f"{stage.url}/#/inbox?light=green&view=open")
    expect(page.locator(".list .off")).to_have_count(1)
    page.select_option("select.sort", "oldest")
    menu()
    page.click("[data-views=manage]")
    page.fill("dialog[open] input[name=view]", "绿灯")
    page.click("dialog[open] [data-views=save]")
    view = page.locator("[data-view]")
    expect(view).to_have_attribute("data-view", "绿灯")
    assert window.axe() == []
    assert window.too_wide() <= 0
    field = page.locator("dialog[open] li input")
    field.fill("按时")
    field.press("Enter")
    expect(view).to_have_attribute("data-view", "按时")
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("select.sort")).to_be_visible()
    # The command bar has it from every page, by its name in letters, too.
    window.go("account")
    expect(page.get_by_role("heading", level=1)).to_have_text("励丽萍")
    page.keyboard.press("Control+k")
    page.fill("dialog[open] input", "anshi")
    expect(page.locator("dialog[open] [role=option]").first).to_contain_text("按时")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("inbox.*light=green"))
    expect(page.locator("select.sort")).to_have_value("oldest")
    menu()
    if is_small:
        page.keyboard.press("Escape")
    page.click(".list [data-chip=clear]")
    page.select_option("select.sort", "left")
    menu()
    view.click()
    expect(view).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("light=green"))
    page.click("[data-views=manage]")
    page.click("dialog[open] [data-views=drop]")
    expect(view).to_have_count(0)
