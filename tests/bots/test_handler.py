"""A department accepts, returns and finishes on the card itself."""

import pytest

from hotline.media import MediaKind
from tests import cities
from tests.bots.stage import CITIZEN, FILED, HANDLER, Stage, picture


@pytest.fixture
async def case(stage: Stage) -> str:
    """A case that has just been dispatched to the department in the chat."""
    stage.seat(HANDLER, "water1")
    number = await stage.report()
    await stage.move(number, "file", "acceptor1", given=FILED)
    await stage.move(number, "dispatch", "dispatcher1", given={"department": "water"})
    return number


async def test_accepting_is_one_tap_and_edits_the_card(stage: Stage, case: str) -> None:
    card = stage.api.last(HANDLER)
    assert list(card.buttons)[:3] == ["✅ 接单", "🏁 处置反馈", "↩️ 申请回退"]
    assert "前办结" in card.text
    assert "🎯 结案条件：井盖补齐" in card.text
    await stage.tap(HANDLER, "接单")
    assert stage.backend.cases[case].person_of("handler") == "water1"
    assert stage.api.last(HANDLER) is card
    assert "✅ 接单 · " in card.text
    assert "11-23 09:00" in card.text


async def test_a_return_asks_for_its_reason_from_a_list(stage: Stage, case: str) -> None:
    listed = await stage.tap(HANDLER, "申请回退")
    assert list(listed.buttons)[:4] == ["不属本单位", "位置不对", "重复", "缺资料"]
    await stage.tap(HANDLER, "不属本单位")
    assert stage.backend.cases[case].stage == "return_asked"
    assert stage.backend.cases[case].fields["return_reason"] == "not_ours"


async def test_back_leads_from_the_reasons_to_the_card(stage: Stage, case: str) -> None:
    await stage.tap(HANDLER, "申请回退")
    assert "✅ 接单" in (await stage.tap(HANDLER, "返回")).buttons


async def test_finishing_takes_a_photo(stage: Stage, case: str) -> None:
    await stage.tap(HANDLER, "处置反馈")
    await stage.photo(HANDLER)
    assert stage.backend.cases[case].stage == "to_check"
    assert stage.backend.photos[case][-1].kind is MediaKind.PHOTO_DONE
    assert stage.backend.steps[case][-1].note == "已处理，见照片。"


async def test_finishing_takes_words(stage: Stage, case: str) -> None:
    await stage.tap(HANDLER, "处置反馈")
    await stage.write(HANDLER, "已更换井盖")
    assert stage.backend.steps[case][-1].note == "已更换井盖"


async def test_a_photo_in_reply_to_the_card_finishes(stage: Stage, case: str) -> None:
    card = stage.api.last(HANDLER)
    await stage.photo(HANDLER, reply_to_message=card, caption="换好了")
    assert stage.backend.cases[case].stage == "to_check"
    assert stage.backend.steps[case][-1].note == "换好了"
    assert "🏁 处置反馈 · " in card.text
    assert not card.buttons


async def test_words_in_reply_to_the_card_are_a_note(stage: Stage, case: str) -> None:
    await stage.hear(
        stage.api.write(HANDLER, "材料明天到", reply_to_message=stage.api.last(HANDLER))
    )
    assert stage.backend.cases[case].stage == "handling"
    assert stage.backend.steps[case][-1].note == "材料明天到"
    assert len(stage.backend.reports) == 1


async def test_a_late_photo_of_the_finishing_album_joins_the_case(stage: Stage, case: str) -> None:
    await stage.tap(HANDLER, "处置反馈")
    album = stage.api.album(HANDLER, [picture("red"), picture("green")])
    await stage.hear(album[0])
    await stage.hear(album[1])
    kinds = [one.kind for one in stage.backend.photos[case]]
    assert kinds == [MediaKind.PHOTO_DONE, MediaKind.PHOTO_DONE]


async def test_an_old_button_says_where_the_case_is_and_does_nothing(
    stage: Stage, case: str
) -> None:
    card = stage.api.last(HANDLER)
    old = stage.api.tap(HANDLER, "申请回退", card)
    await stage.move(case, "accept", "water2")
    await stage.hear(old)
    assert "案件已变动" in stage.toasts()[-1]
    assert "处置中" in stage.toasts()[-1]
    assert stage.backend.cases[case].stage == "handling"
    assert "👤" in card.text


async def test_two_people_tapping_at_once_is_one_step(stage: Stage, case: str) -> None:
    stage.seat(700, "water2")
    card = stage.api.last(HANDLER)
    mine = stage.api.tap(HANDLER, "接单", card)
    theirs = {**stage.api.tap(HANDLER, "接单", card)}
    theirs["callback_query"] = {
        **theirs["callback_query"],
        "from": {"id": 700, "is_bot": False, "first_name": "李"},
        "message": {**theirs["callback_query"]["message"], "chat": {"id": 700, "type": "private"}},
    }
    await stage.hear(mine, theirs)
    steps = [step.action for step in stage.backend.steps[case]]
    assert steps.count("accept") == 1


async def test_a_lost_answer_is_no_second_step(stage: Stage, case: str) -> None:
    stage.backend.lose_answers = 1
    await stage.tap(HANDLER, "接单")
    assert [step.action for step in stage.backend.steps[case]].count("accept") == 1
    assert "👤 自来水公司" in stage.api.of(HANDLER)[0].text


async def test_somebody_without_a_post_has_no_right_to_a_button(stage: Stage, case: str) -> None:
    tap = stage.api.tap(HANDLER, "接单")
    del stage.backend.chats[next(iter(stage.backend.chats))]
    await stage.hear(tap)
    assert "无权限" in stage.toasts()[-1]
    assert stage.backend.cases[case].person_of("handler") is None


async def test_a_void_case_is_told_without_buttons(stage: Stage, case: str) -> None:
    await stage.move(case, "void", "chief1", note="重复", given={"void_reason": "untrue"})
    said = stage.api.last(HANDLER)
    assert "已作废" in said.text
    assert not said.buttons
    assert "已作废" in stage.api.last(CITIZEN).text


async def test_a_one_use_code_binds_a_chat_once(stage: Stage) -> None:
    stage.backend.codes["SESAME"] = "water1"
    said = [one.text for one in stage.api.of(HANDLER)]
    await stage.write(HANDLER, "/start SESAME")
    said = [one.text for one in stage.api.of(HANDLER)]
    assert "已绑定" in said[0]
    assert "专业部门" in said[0]
    assert "没有待办" in said[1]
    assert "无效" in (await stage.write(700, "/start SESAME")).text
    assert stage.draft(700)["report"] is None


async def test_a_stale_task_is_not_sent(stage: Stage) -> None:
    stage.seat(HANDLER, "water1")
    number = await stage.report()
    await stage.move(number, "file", "acceptor1", given=FILED)
    people = cities.organisation()
    dispatcher, colleague = people.person("dispatcher1").actor(), people.person("water2").actor()
    stage.backend.move(number, "dispatch", dispatcher, key="k1", given={"department": "water"})
    stage.backend.move(number, "report_done", colleague, key="k2", note="好了")
    await stage.deliver()
    assert not stage.api.of(HANDLER)
    (task,) = [one for one in stage.backend.outbox if one.task.person == "water1"]
    assert task.settled[0].detail.startswith("stale")
