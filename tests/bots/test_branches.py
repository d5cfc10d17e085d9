"""Departments ask in their chats, and who directs the case answers there: all by buttons."""

from datetime import date

import pytest

from bots.days import day_of, season_end
from hotline.media import MediaKind
from tests.bots.stage import FILED, HANDLER, Stage, picture
from tests.cities import organisation

DISPATCHER, COMMANDER, CREW, ASSISTANT = 603, 604, 605, 606


@pytest.fixture
async def case(stage: Stage) -> str:
    """A case with the department in one chat, directed from the others."""
    stage.seat(HANDLER, "water1")
    stage.seat(DISPATCHER, "dispatcher1")
    stage.seat(COMMANDER, "commander")
    number = await stage.report()
    await stage.move(number, "file", "acceptor1", given=FILED)
    await stage.move(number, "dispatch", "dispatcher1", given={"department": "water"})
    return number


def stood(stage: Stage, case: str) -> tuple[str, str]:
    """Where the case stands, and what was done last."""
    return stage.backend.cases[case].stage, stage.backend.steps[case][-1].action


async def more(stage: Stage, chat: int, label: str) -> None:
    """Press a button that stands behind the others."""
    await stage.tap(chat, "更多")
    await stage.tap(chat, label)


async def test_a_return_is_asked_for_by_a_reason_and_agreed_to_on_the_card(
    stage: Stage, case: str
) -> None:
    await stage.tap(HANDLER, "申请回退")
    await stage.tap(HANDLER, "不属本单位")
    assert stood(stage, case) == ("return_asked", "send_back")
    await stage.deliver()
    card = stage.api.last(DISPATCHER)
    assert card.text.startswith(f"↩️ 案件 {case[:4]} {case[4:]} 申请回退：不属本单位。")
    assert list(card.buttons)[:2] == ["✅ 同意回退", "❌ 不同意回退"]
    await stage.tap(DISPATCHER, "✅ 同意回退")
    assert stood(stage, case) == ("to_dispatch", "approve_return")
    await stage.deliver()
    assert "同意回退" in stage.api.last(HANDLER).text


async def test_a_return_is_refused_with_words_and_the_department_hears_them(
    stage: Stage, case: str
) -> None:
    await stage.tap(HANDLER, "申请回退")
    await stage.tap(HANDLER, "重复")
    await stage.deliver()
    await stage.tap(DISPATCHER, "记推诿")
    await stage.write(DISPATCHER, "管网属你单位")
    assert stood(stage, case) == ("handling", "refuse_shirking")
    assert stage.backend.cases[case].counts["shirk_count"] == 1
    await stage.deliver()
    assert "管网属你单位" in stage.api.last(HANDLER).text


async def test_more_time_is_asked_for_from_the_list_then_with_a_signed_form(
    stage: Stage, case: str
) -> None:
    await stage.tap(HANDLER, "接单")
    await more(stage, HANDLER, "申请延期")
    await stage.tap(HANDLER, "1 个工作日")
    await stage.write(HANDLER, "配件未到")
    await stage.deliver()
    assert "申请延期 1 个工作日" in stage.api.last(DISPATCHER).text
    due = stage.backend.cases[case].due
    await stage.tap(DISPATCHER, "同意延期")
    assert stood(stage, case) == ("handling", "approve_extension")
    assert stage.backend.cases[case].due > due  # type: ignore[operator]

    card = await stage.write(HANDLER, f"/status {case}")
    assert "延期：1 次" in card.text
    await more(stage, HANDLER, "再次申请延期")
    asked = await stage.tap(HANDLER, "2 个工作日")
    assert "延期审批表" in asked.text
    await stage.write(HANDLER, "已签字")
    assert stood(stage, case)[0] == "handling"  # words are no form
    await stage.photo(HANDLER, "olive")
    assert stood(stage, case) == ("extension_again", "ask_extension_again")
    form = stage.backend.cases[case].fields["extension_form"]
    assert [one.sha256 for one in stage.backend.photos[case]] == form
    await stage.deliver()
    await stage.tap(COMMANDER, "不同意延期")
    await stage.write(COMMANDER, "今天必须完成")
    assert stood(stage, case) == ("handling", "refuse_extension")


async def test_a_case_is_put_off_to_a_day_of_the_list(stage: Stage, case: str) -> None:
    await more(stage, HANDLER, "申请挂账")
    listed = await stage.tap(HANDLER, "季节原因")
    assert list(listed.buttons)[:3] == [
        "7 天后（11月30日）",
        "30 天后（12月23日）",
        "本季结束（2027年2月28日）",
    ]
    await stage.tap(HANDLER, "30 天后")
    await stage.write(HANDLER, "冬季无法施工")
    assert stood(stage, case) == ("suspension_asked", "ask_suspend")
    await stage.deliver()
    assert "计划2026年12月23日恢复" in stage.api.last(DISPATCHER).text
    # Who decides reads what is asked for, and why; the department's own time goes on.
    asked = stage.api.last(DISPATCHER).text
    assert "挂账审批" in asked, asked
    assert "恢复日期：2026年12月23日" in asked, asked
    assert "申请挂账：卢浩然：冬季无法施工" in asked, asked
    handling = stage.backend.cases[case].clocks["handling"].due_at
    assert handling is not None
    for person, is_own in (("water1", True), ("dispatcher1", False)):
        card = stage.backend.casework.card(
            stage.backend.cases[case], organisation().person(person).actor()
        )
        assert (card.due == handling.isoformat()) is is_own
    await stage.tap(DISPATCHER, "同意挂账")
    assert stood(stage, case)[0] == "suspended"


async def test_a_case_is_put_off_to_a_day_that_is_typed(stage: Stage, case: str) -> None:
    await more(stage, HANDLER, "申请挂账")
    await stage.tap(HANDLER, "天气原因")
    asked = await stage.write(HANDLER, "过年以后")
    assert "“过年以后”不能用" in asked.text
    assert len(asked.buttons) == 4
    await stage.write(HANDLER, "明天")
    await stage.write(HANDLER, "2020-01-01")
    await stage.write(HANDLER, "台风")
    for wrong in ("2026-11-22", "2020-01-01", "9999-12-31"):
        assert f"“{wrong}”不能用" in (await stage.write(HANDLER, wrong)).text
    await stage.write(HANDLER, "1月15日")
    assert stood(stage, case) == ("suspension_asked", "ask_suspend")
    assert stage.backend.cases[case].fields["resume_on"] == "2027-01-15"


async def test_what_is_still_missing_is_named_as_people_know_it(stage: Stage, case: str) -> None:
    await stage.tap(HANDLER, "回退")
    asked = await stage.write(HANDLER, "\u200b")
    assert "还缺 回退原因" in asked.text
    assert "return_reason" not in asked.text


async def test_what_was_asked_for_is_withdrawn_by_a_tap(stage: Stage, case: str) -> None:
    await stage.tap(HANDLER, "申请回退")
    await stage.tap(HANDLER, "缺资料")
    await stage.tap(HANDLER, "撤回申请")
    assert stood(stage, case) == ("handling", "withdraw_request")


async def test_an_urging_is_answered_in_the_chat(stage: Stage, case: str) -> None:
    urged = {"urge_kind": "important", "urge_limit": "4wh"}
    await stage.move(case, "urge", "dispatcher1", note="今天必须到场", given=urged)
    assert stage.api.last(HANDLER).text.startswith("📣 督办案件")
    await stage.tap(HANDLER, "回复督办")
    await stage.write(HANDLER, "已派人到场")
    assert stood(stage, case) == ("handling", "answer_urge")
    await stage.deliver()
    assert "督办回复：已派人到场" in stage.api.last(DISPATCHER).text


async def test_a_case_is_given_to_one_of_the_crew_who_is_told(stage: Stage, case: str) -> None:
    stage.seat(CREW, "water_crew1")
    asked = await _tapped_more(stage, "转办")
    names = list(asked.buttons)
    assert len(names) >= 3  # those of the department alone
    who = stage.backend.casework.known.city.organisation.people["water_crew1"].name
    await stage.tap(HANDLER, who)
    assert stood(stage, case) == ("handling", "assign_crew")
    await stage.deliver()
    assert "📌 新案件" in stage.api.last(CREW).text
    await stage.tap(CREW, "处置反馈")
    await stage.photo(CREW, "navy")
    assert stood(stage, case) == ("to_check", "report_done")
    assert stage.backend.photos[case][-1].kind is MediaKind.PHOTO_DONE


async def test_one_leads_and_others_assist_as_the_command_chief_picks(
    stage: Stage, case: str
) -> None:
    stage.seat(ASSISTANT, "gas1")
    await stage.tap(HANDLER, "申请回退")
    await stage.tap(HANDLER, "不属本单位")
    await stage.deliver()
    await stage.tap(DISPATCHER, "✅ 同意回退")
    await stage.move(case, "call_hard", "dispatcher1", note="无主管线")
    names = stage.backend.casework.known.city.organisation.departments
    await stage.tap(COMMANDER, "会商派遣")
    await stage.tap(COMMANDER, names["water"].name)
    await stage.tap(COMMANDER, names["gas"].name)
    await stage.tap(COMMANDER, names["power"].name)
    picked = await stage.tap(COMMANDER, names["power"].name)
    assert f"☑ {names['gas'].name}" in picked.buttons
    assert f"☐ {names['power'].name}" in picked.buttons
    asked = await stage.tap(COMMANDER, "选好了")
    assert "请选择协办时限" in asked.text
    await stage.tap(COMMANDER, "1 个工作日")
    await stage.write(COMMANDER, "自来水公司主办")
    assert stood(stage, case) == ("handling", "lead_jointly")
    led = stage.backend.cases[case]
    assert [one.org for one in led.having("assisting")] == ["gas"]
    assert (led.fields["assist_limit"], str(led.clocks["assisting:gas"].limit)) == ("1wd", "1wd")
    await stage.deliver()
    assert "请协办" in stage.api.last(ASSISTANT).text
    await stage.tap(ASSISTANT, "协办完成")
    await stage.write(ASSISTANT, "已关阀")
    assert stood(stage, case) == ("handling", "assist_done")


async def test_who_leads_alone_is_asked_for_nobodys_time(stage: Stage, case: str) -> None:
    await stage.tap(HANDLER, "申请回退")
    await stage.tap(HANDLER, "不属本单位")
    await stage.deliver()
    await stage.tap(DISPATCHER, "✅ 同意回退")
    await stage.move(case, "call_hard", "dispatcher1", note="无主管线")
    await stage.tap(COMMANDER, "会商派遣")
    await stage.tap(
        COMMANDER, stage.backend.casework.known.city.organisation.departments["gas"].name
    )
    asked = await stage.tap(COMMANDER, "不需要")
    assert "请写一句说明" in asked.text
    await stage.write(COMMANDER, "燃气公司办理")
    assert stood(stage, case) == ("handling", "lead_jointly")
    assert [one for one in stage.backend.cases[case].clocks if one.startswith("assisting")] == []


async def test_words_that_are_no_choice_are_refused_at_once_and_their_photo_is_taken(
    stage: Stage, case: str
) -> None:
    await stage.tap(HANDLER, "申请回退")
    asked = await stage.write(HANDLER, "已安排")
    assert "“已安排”不能用" in asked.text
    assert "不属本单位" in asked.buttons
    await stage.hear(stage.api.photo(HANDLER, picture("navy"), caption="没空"))
    assert "“没空”不能用" in stage.api.last(HANDLER).text
    assert stood(stage, case)[0] == "handling"
    await stage.write(HANDLER, "不属本单位 ")  # as the button says it
    assert stood(stage, case) == ("return_asked", "send_back")
    assert stage.backend.cases[case].fields["return_reason"] == "not_ours"
    assert len(stage.backend.steps[case][-1].media) == 1


async def test_several_are_written_by_their_names(stage: Stage, case: str) -> None:
    await stage.tap(HANDLER, "申请回退")
    await stage.tap(HANDLER, "不属本单位")
    await stage.deliver()
    await stage.tap(DISPATCHER, "✅ 同意回退")
    await stage.move(case, "call_hard", "dispatcher1", note="无主管线")
    names = stage.backend.casework.known.city.organisation.departments
    await stage.tap(COMMANDER, "会商派遣")
    assert "不能用" in (await stage.write(COMMANDER, "自来水")).text
    await stage.write(COMMANDER, names["water"].name)
    assert "不能用" in (await stage.write(COMMANDER, f"{names['gas'].name}、某局")).text
    await stage.write(COMMANDER, f"{names['gas'].name}、{names['power'].name}")
    await stage.tap(COMMANDER, "1 个工作日")
    await stage.write(COMMANDER, "自来水公司主办")
    led = stage.backend.cases[case]
    assert [one.org for one in led.having("assisting")] == ["gas", "power"]


async def test_a_stale_button_ends_what_another_case_was_asked(stage: Stage, case: str) -> None:
    old = stage.api.tap(HANDLER, "接单")
    await stage.move(case, "accept", "water1")
    other = await stage.report("中山东路路灯不亮")
    await stage.move(other, "file", "acceptor1", given=FILED)
    await stage.move(other, "dispatch", "dispatcher1", given={"department": "water"})
    await stage.tap(HANDLER, "处置反馈")
    await stage.hear(old)
    told = stage.api.last(HANDLER).text
    assert f"案件 {other[:4]} {other[4:]}" in told
    assert "没有完成" in told
    await stage.write(HANDLER, "井盖已换")
    assert stood(stage, other)[0] == "handling"  # the words are no answer to it any more


async def _tapped_more(stage: Stage, label: str):  # type: ignore[no-untyped-def]
    await stage.tap(HANDLER, "更多")
    return await stage.tap(HANDLER, label)


async def test_the_others_lead_back_to_the_main_buttons(stage: Stage, case: str) -> None:
    first = list(stage.api.last(HANDLER).buttons)
    assert first == ["✅ 接单", "🏁 处置反馈", "↩️ 申请回退", "🚧 已排险", "⋯ 更多"]
    whole = list((await stage.tap(HANDLER, "更多")).buttons)
    assert {*first[:3], "⏳ 申请延期", "⏸ 申请挂账", "◀ 返回"} < {*whole}
    assert list((await stage.tap(HANDLER, "返回")).buttons) == first


@pytest.mark.parametrize(
    ("today", "end"),
    [
        ("2026-11-23", "2027-02-28"),
        ("2026-11-20", "2026-11-30"),
        ("2026-12-31", "2027-02-28"),
        ("2028-01-01", "2028-02-29"),
        ("2026-08-31", "2026-11-30"),
    ],
)
def test_a_season_ends_with_its_third_month(today: str, end: str) -> None:
    assert season_end(date.fromisoformat(today)).isoformat() == end


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-15", "2026-12-15"),
        ("12-15", "2026-12-15"),
        ("1月5日", "2027-01-05"),
        ("2027年3月1日", "2027-03-01"),
        ("2-30", "2-30"),
        ("明年", "明年"),
        ("", ""),
    ],
)
def test_a_day_is_read_as_people_write_it(text: str, day: str) -> None:
    assert day_of(text, date(2026, 11, 23)) == day
