"""Every branch of a case's way, each walked by the buttons of its posts in the console."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from hotline.clock import SystemClock
from tests.real.console.conftest import Open
from tests.real.console.desk import Desk
from tests.real.console.reports import message
from tests.real.console.screen import PHONE, Screen
from tests.real.console.stage import Stage

pytestmark = pytest.mark.real
COVER = "中山西路12号门口的井盖没了"
WORKS, OTHERS = "municipal", "drainage"


def _filed(stage: Stage, words: str = COVER) -> str:
    number = message(stage, words, photo=True)
    Desk(stage, "acceptor1").act(number, "file", matter="01001", condition="1")
    return number


def _handled(stage: Stage, words: str = COVER) -> str:
    """A case that lies with a department; gives its number."""
    number = _filed(stage, words)
    Desk(stage, "dispatcher1").act(number, "dispatch", department=WORKS)
    return number


def _says(window: Screen, sentence: str) -> None:
    """Expect the newest of the steps to tell this."""
    expect(window.page.locator(".timeline .sentence", has_text=sentence)).to_have_count(1)


def _asks_to_return(screen: Open, number: str) -> Screen:
    worker = screen(f"{WORKS}1")
    worker.open(number)
    worker.press("send_back")
    worker.pick("return_reason", "not_ours")
    worker.page.fill("#note-send_back", "产权属排水公司")
    worker.send()
    worker.stage_is("回退审批")
    return worker


def test_a_return_is_agreed_to_by_the_centre(screen: Open, stage: Stage) -> None:
    number = _handled(stage)
    _asks_to_return(screen, number)
    dispatcher = screen("dispatcher1")
    # It waits for who agrees, so that it stands among their own.
    dispatcher.page.locator(f"[data-number='{number}']").click()
    asked = dispatcher.page.locator(".asked")
    expect(asked.locator("[data-asked=return_reason]")).to_have_text("不属本单位")
    expect(asked.locator("[data-asked=note]")).to_have_text("产权属排水公司")
    assert dispatcher.axe() == []
    dispatcher.press("approve_return")
    dispatcher.send()
    dispatcher.stage_is("待派遣")
    _says(dispatcher, "同意回退，累计回退 1 次")
    expect(dispatcher.page.locator(".case .back")).to_contain_text("产权属排水公司")


def test_a_return_is_refused_and_counted_as_shirking(screen: Open, stage: Stage) -> None:
    number = _handled(stage)
    worker = _asks_to_return(screen, number)
    dispatcher = screen("dispatcher1")
    dispatcher.open(number)
    dispatcher.press("refuse_shirking")
    dispatcher.page.fill("#note-refuse_shirking", "确属市政设施")
    dispatcher.send()
    worker.stage_is("处置中")
    _says(worker, "不同意回退，记推诿，累计 1 次，说明：“确属市政设施”")
    expect(worker.page.locator(".case header [data-count=shirk_count]")).to_have_text("推诿 1 次")
    expect(worker.page.locator(".asked")).to_have_count(0)


def test_more_time_is_granted_and_once_more_by_the_command_chief(
    screen: Open, stage: Stage, photo: Path
) -> None:
    number = _handled(stage)
    worker, dispatcher = screen(f"{WORKS}1"), screen("dispatcher1")
    worker.open(number)
    worker.press("ask_extension")
    worker.pick("extension", "1wd")
    worker.page.fill("#note-ask_extension", "等配件")
    worker.send()
    dispatcher.open(number)
    expect(dispatcher.page.locator("[data-asked=extension]")).to_have_text("1 个工作日")
    expect(dispatcher.page.locator("[data-asked=due]")).to_contain_text("到期（现为")
    dispatcher.press("approve_extension")
    dispatcher.send()
    dispatcher.stage_is("处置中")
    _says(dispatcher, "同意延期 1 个工作日")
    worker.stage_is("处置中")
    assert "ask_extension" not in worker.buttons()
    worker.press("ask_extension_again")
    worker.pick("extension", "2wd")
    worker.photo(photo)
    worker.page.fill("#note-ask_extension_again", "配件缺货")
    worker.send()
    dispatcher.stage_is("再次延期审批")
    assert "approve_extension" not in dispatcher.buttons()
    commander = screen("commander")
    commander.page.locator(f"[data-number='{number}']").click()
    expect(commander.page.locator("[data-asked=extension_form] img")).to_have_count(1)
    commander.press("approve_extension")
    commander.send()
    commander.stage_is("处置中")
    _says(commander, "同意延期 2 个工作日")


def test_a_case_is_suspended_until_a_day_and_resumed_by_hand(screen: Open, stage: Stage) -> None:
    number = _handled(stage)
    worker, dispatcher = screen(f"{WORKS}1"), screen("dispatcher1")
    today = SystemClock().now().date()
    worker.open(number)
    worker.press("ask_suspend")
    worker.pick("suspend_reason", "season")
    day = worker.page.locator("[data-field=resume_on] input")
    day.fill(str(today - timedelta(days=2)))
    worker.page.fill("#note-ask_suspend", "冬季不能施工")
    worker.page.click("form.form button[type=submit]")
    expect(worker.page.locator("form.form [role=alert]")).to_contain_text("恢复日期")
    expect(worker.page.locator("[data-field=resume_on] .bad")).to_contain_text("须在")
    until = today + timedelta(days=40)
    day.fill(str(until))
    worker.send()
    dispatcher.open(number)
    expect(dispatcher.page.locator("[data-asked=suspend_reason]")).to_have_text("季节原因")
    dispatcher.press("approve_suspend")
    dispatcher.send()
    dispatcher.stage_is("挂账")
    # The pool is counted by reason, and each count leads to its cases.
    dispatcher.page.locator("[data-facet='suspend_reason:season']").first.click()
    row = dispatcher.page.locator(f"[data-number='{number}']")
    written = f"恢复日期：{until.year}年{until.month}月{until.day}日"
    expect(row.locator("[data-ahead=resume_on]")).to_have_text(written)
    dispatcher.press("take_up")
    dispatcher.send()
    dispatcher.stage_is("处置中")
    _says(dispatcher, "恢复办理")
    expect(dispatcher.page.locator("[data-facet='suspend_reason:season'] b")).not_to_have_text("1")


def test_an_urging_has_a_demand_a_deadline_and_an_answer(screen: Open, stage: Stage) -> None:
    number = _handled(stage)
    leader, worker = screen("leader"), screen(f"{WORKS}1")
    worker.open(number)
    leader.open(number)
    leader.press("urge")
    leader.pick("urge_kind", "leader")
    leader.pick("urge_limit", "2uh")
    leader.page.fill("#note-urge", "今天务必补上")
    leader.send()
    clock = worker.page.locator("[data-clock-beside=urge]")
    expect(clock).to_contain_text("今天务必补上")
    expect(clock.locator(".light")).to_be_visible()
    expect(worker.page.locator(f"[data-number='{number}']")).to_contain_text("督办类型：领导督办")
    worker.press("answer_urge")
    worker.page.fill("#note-answer_urge", "两小时内到位")
    worker.send()
    _says(worker, "答复督办：“两小时内到位”")
    expect(clock).to_contain_text("已完成")
    expect(clock.locator(".light")).to_have_count(0)


def test_a_hard_case_has_one_department_that_leads_and_two_that_assist(
    screen: Open, stage: Stage
) -> None:
    number = _filed(stage)
    Desk(stage, "dispatcher1").act(number, "call_hard", "权属不清")
    commander = screen("commander")
    commander.open(number)
    commander.press("lead_jointly")
    commander.page.select_option("[data-field=department] select", WORKS)
    for code in (OTHERS, "traffic"):
        commander.page.select_option("[data-field=assisting] select", code)
        expect(commander.page.locator(f"[data-taken={code}]")).to_be_visible()
    commander.pick("assist_limit", "1wd")
    commander.page.fill("#note-lead_jointly", "市政牵头")
    assert commander.axe() == []
    commander.send()
    commander.stage_is("处置中")
    _says(commander, "主办，")
    clocks = commander.page.locator("[data-clock-beside^='assisting:']")
    expect(clocks).to_have_count(2)
    for code in (OTHERS, "traffic"):
        helper = screen(f"{code}1")
        # It lies with them until they have done their part.
        helper.page.locator(f"[data-number='{number}']").click()
        helper.press("assist_done")
        helper.page.fill("#note-assist_done", f"{code} 已配合")
        helper.send()
        _says(helper, f"完成协办，说明：“{code} 已配合”")
    expect(clocks.filter(has_text="已完成")).to_have_count(2)


def test_two_people_close_a_case_by_force(screen: Open, stage: Stage) -> None:
    number = _handled(stage)
    chief, leader = screen("chief1"), screen("leader")
    chief.open(number)
    chief.press("ask_force")
    chief.pick("force_reason", "no_means")
    chief.page.fill("#note-ask_force", "无法修复")
    chief.send()
    chief.stage_is("强制结案审批")
    # Who has asked does not agree to it.
    assert "agree_force" not in chief.buttons()
    leader.page.locator(f"[data-number='{number}']").click()
    expect(leader.page.locator("[data-asked=force_reason]")).to_have_text("不具备处置条件")
    leader.press("agree_force")
    leader.page.click("form.form button[type=submit]")
    leader.page.click("dialog[open] .button:not(.plain)")
    leader.stage_is("已结案")
    _says(leader, "同意强制结案")


def test_a_case_goes_down_to_a_district_and_up_again(screen: Open, stage: Stage) -> None:
    number = _filed(stage)
    city = screen("dispatcher1")
    city.open(number)
    city.press("send_down")
    centre = city.page.locator("[data-field=centre_below] select").input_value()
    assert centre.endswith("_centre")
    city.send()
    _says(city, "把案件派往")
    assert "dispatch" not in city.buttons()
    district = screen("dispatcher_mw" if centre.startswith("mingwan") else "dispatcher_dp")
    district.page.locator(f"[data-number='{number}']").click()
    district.press("send_up")
    district.page.fill("#note-send_up", "涉及市管道路")
    district.send()
    _says(city, "把案件上报市指挥中心，说明：“涉及市管道路”")
    expect(city.page.locator("[data-action=dispatch]")).to_be_visible()
    # What their page still asked for when the case left their sight was told so.
    left = f"/api/cases/{number}"
    district.wrong[:] = [one for one in district.wrong if "404" not in one or left not in one]


def test_a_case_goes_elsewhere_with_another_class_and_keeps_its_past(
    screen: Open, stage: Stage
) -> None:
    number = _handled(stage)
    dispatcher = screen("dispatcher1")
    dispatcher.open(number)
    before = dispatcher.get(f"/api/cases/{number}")["case"]
    dispatcher.press("send_elsewhere")
    boxes = dispatcher.page.locator("form.form input[role=combobox]")
    boxes.first.fill("道路破损")
    dispatcher.page.get_by_role("option", name="道路破损").first.click()
    dispatcher.page.select_option("[data-field=department] select", OTHERS)
    dispatcher.send()
    _says(dispatcher, "把案件改派给排水公司")
    after = dispatcher.get(f"/api/cases/{number}")["case"]
    assert after["matter"] != before["matter"]
    assert (after["department"], after["received_at"]) == (OTHERS, before["received_at"])
    assert after["due"] != before["due"]


def test_what_is_dangerous_is_made_safe_first_and_repaired_then(
    screen: Open, stage: Stage, photo: Path
) -> None:
    number = _handled(stage)
    worker = screen(f"{WORKS}1", viewport=PHONE, has_touch=True)
    worker.open(number)
    worker.press("made_safe")
    worker.photo(photo)
    worker.send()
    _says(worker, "反馈已排除险情")
    expect(worker.page.locator("[data-clock-beside=safe]")).to_contain_text("已完成")
    assert (worker.axe(), worker.too_wide()) == ([], 0)
    worker.press("report_done")
    worker.page.fill("#note-report_done", "井盖已补齐")
    worker.send()
    worker.stage_is("待核查")
    _says(worker, "反馈已处置")


def test_a_department_gives_a_case_to_one_of_its_own(screen: Open, stage: Stage) -> None:
    number = _handled(stage)
    worker = screen(f"{WORKS}1")
    worker.open(number)
    worker.press("assign_crew")
    choice = worker.page.locator("[data-field=crew] select")
    people = choice.locator("option:not([disabled])")
    values = people.evaluate_all("all => all.map(one => one.value)")
    assert values
    assert all(one.startswith(WORKS) for one in values)
    choice.select_option(values[-1])
    worker.send()
    _says(worker, "把案件转给")
    expect(worker.page.locator("[data-part=crew]")).to_be_visible()
