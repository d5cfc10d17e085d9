"""Branches where it counts who does it: on the spot, in two, for a citizen, on a new place."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.real.console.conftest import Open
from tests.real.console.desk import Desk
from tests.real.console.reports import collected, message
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
WORKS = "municipal"
COVER = "中山西路12号门口的井盖没了"


def _handled(stage: Stage, words: str = COVER) -> str:
    """A case that lies with a department; gives its number."""
    number = message(stage, words)
    Desk(stage, "acceptor1").act(number, "file", matter="01001", condition="1")
    Desk(stage, "dispatcher1").act(number, "dispatch", department=WORKS)
    return number


def test_who_asked_for_a_forced_closing_may_not_agree_to_it_as_a_proxy_either(
    screen: Open, stage: Stage
) -> None:
    own, others = _handled(stage), _handled(stage, "中山西路14号门口的井盖没了")
    for number, username in ((own, "chief1"), (others, "chief2")):
        Desk(stage, username).act(number, "ask_force", "无法修复", force_reason="no_means")
    # The leader is away, and whoever stands in for them has their say in it.
    leave = Desk(stage, "leader").away("培训", "chief1")
    try:
        chief = screen("chief1")
        chief.open(others)
        expect(chief.button("agree_force")).to_be_attached()
        chief.open(own)
        chief.stage_is("强制结案审批")
        expect(chief.page.locator("[data-asked=force_reason]")).to_be_visible()
        assert "agree_force" not in chief.buttons()
        Desk(stage, "chief1").is_refused(own, "agree_force", 403)
        chief.open(others)
        chief.press("agree_force")
        chief.page.click("form.form button[type=submit]")
        chief.page.click("dialog[open] .button:not(.plain)")
        chief.stage_is("已结案")
    finally:
        Desk(stage, "leader").is_back(leave)


def test_the_acceptor_takes_a_report_back_for_its_citizen(screen: Open, stage: Stage) -> None:
    number = message(stage, "路灯不亮")
    acceptor = screen("acceptor1")
    acceptor.open(number)
    acceptor.press("withdraw_for")
    acceptor.page.fill("#note-withdraw_for", "市民来电，说已自行修好")
    acceptor.page.click("form.form button[type=submit]")
    acceptor.page.click("dialog[open] .button:not(.plain)")
    acceptor.stage_is("已代撤诉")
    told = acceptor.page.locator(".timeline .sentence", has_text="代诉求人撤诉")
    expect(told).to_contain_text("市民来电，说已自行修好")
    assert acceptor.buttons() == []


def test_a_place_moved_in_handling_counts_anew_and_keeps_the_old_in_history(
    screen: Open, stage: Stage
) -> None:
    number = message(stage, COVER)
    Desk(stage, "acceptor1").act(number, "file", matter="01001", condition="1")
    Desk(stage, "dispatcher1").act(number, "send_down")
    Desk(stage, "dispatcher_mw").act(number, "dispatch")  # by the rule
    acceptor, district = screen("acceptor1"), screen("dispatcher_mw")
    worker = screen(f"{Desk(stage, 'acceptor1').case(number)['case']['department']}1")
    worker.open(number)
    district.open(number)
    expect(district.page.locator(".elsewhere")).to_have_count(0)
    before = Desk(stage, "acceptor1").case(number)["case"]
    acceptor.open(number)
    acceptor.press("correct")
    acceptor.page.locator("form .place input[role=combobox]").fill("岱屏公园")
    acceptor.page.get_by_role("option", name="岱屏公园").first.click()
    expect(acceptor.page.locator("form .place .chip")).to_be_visible()
    acceptor.send()
    acceptor.stage_is("处置中")
    after = Desk(stage, "acceptor1").case(number)["case"]
    assert (after["place_text"], after["cell"][:6]) == ("岱屏公园", "330298")
    assert before["cell"][:6] == "330299"
    assert after["department"] == before["department"]
    # The department's page that is open has the new place, and its past the old one.
    told = worker.page.locator(".timeline li", has_text="更正了案件内容").last
    expect(told).to_contain_text("岱屏公园")
    expect(worker.page.locator(".timeline")).to_contain_text(before["cell"])
    # Its centre is told whose it is now, and one press leads there; nothing goes by itself.
    expect(district.page.locator(".elsewhere")).to_contain_text("岱屏区指挥中心")
    assert district.axe() == []
    district.page.locator(".elsewhere button").click()
    expect(district.page.locator("[data-field=centre_beside] select")).to_have_value(
        "daiping_centre"
    )
    district.send()
    other = screen("dispatcher_dp")
    other.open(number)
    other.stage_is("处置中")
    moved = Desk(stage, "dispatcher_dp").case(number)["case"]
    assert moved["assignments"]["centre"]["org"] == "daiping_centre"


def test_a_collector_shows_before_and_after_and_an_acceptor_audits(
    screen: Open, stage: Stage, photo: Path
) -> None:
    number = collected(stage, "路边有一堆纸箱", "collector01")
    collector = screen("collector01")
    collector.open(number)
    collector.stands_at(number)
    collector.press("solve")
    collector.photo(photo)
    collector.page.fill("#note-solve", "已清走")
    collector.send()
    collector.stage_is("自处置审核")
    # Who solved it is none of those who may judge it.
    assert collector.buttons() == ["note"]
    acceptor = screen("acceptor1")
    acceptor.page.locator(f"[data-number='{number}']").click()
    expect(acceptor.page.locator(".timeline .photos img")).to_have_count(2)
    acceptor.press("self_valid")
    acceptor.send()
    acceptor.stage_is("已结案")
    told = acceptor.page.locator(".timeline .sentence", has_text="审核：自行处置有效")
    expect(told).to_have_count(1)
