"""Asked after closing in a chat: one message that is edited; late and double taps are told."""

import pytest

from hotline.channel import Channel
from hotline.ids import new_id
from hotline.notice import NoticeTask
from hotline.revisit import ASKS, Question
from tests.bots.stage import CITIZEN, NOW, Stage
from tests.fakes.botapi import Sent


@pytest.fixture
async def asked(stage: Stage) -> tuple[NoticeTask, Sent]:
    """A citizen who is asked about their case, and the message that asks."""
    number = await stage.report()
    case = stage.backend.cases[number]
    task = NoticeTask(
        new_id(NOW), f"{number}:ask", Channel.TELEGRAM, str(CITIZEN), "ask.revisit", "zh_CN",
        number, case.stage, 1, {ASKS: case.stage, "matter": "井盖", "place": "中山东路"},
    )  # fmt: skip
    stage.backend.owe(task)
    await stage.deliver()
    return task, stage.api.last(CITIZEN)


def answers(stage: Stage, task: NoticeTask) -> dict[str, str]:
    return stage.backend.notices.revisits.get(task.id, {})


async def test_the_message_says_which_case_it_is_about(asked: tuple[NoticeTask, Sent]) -> None:
    task, sent = asked
    assert task.number[-4:] in sent.text
    assert "井盖" in sent.text
    assert "中山东路" in sent.text
    assert list(sent.buttons) == ["✅ 已解决", "🔶 部分解决", "❌ 未解决", "🔕 不再回访我"]
    assert all(len(data.encode()) <= 64 for data in sent.buttons.values())


async def test_two_taps_answer_in_the_same_message(
    stage: Stage, asked: tuple[NoticeTask, Sent]
) -> None:
    task, sent = asked
    many = len(stage.api.of(CITIZEN))
    await stage.tap(CITIZEN, "部分解决", sent)
    assert "满意吗" in sent.text
    assert list(sent.buttons) == ["非常满意", "满意", "基本满意", "不满意", "很不满意"]
    assert all(len(data.encode()) <= 64 for data in sent.buttons.values())
    await stage.tap(CITIZEN, "基本满意", sent)
    assert "部分解决 · 基本满意" in sent.text
    assert answers(stage, task) == {"is_solved": "partly", "is_content": "fairly"}
    assert len(stage.api.of(CITIZEN)) == many


async def test_a_double_tap_changes_nothing_and_is_told(
    stage: Stage, asked: tuple[NoticeTask, Sent]
) -> None:
    task, sent = asked
    first = sent.markup
    await stage.tap(CITIZEN, "❌ 未解决", sent)
    await stage.tap(CITIZEN, "不满意", sent)
    assert "值班长会跟进" in sent.text
    sent.markup = first  # a screen that has not seen the edit yet
    await stage.tap(CITIZEN, "❌ 未解决", sent)
    assert "已经这样回答过" in sent.text
    assert answers(stage, task)["is_solved"] == "no"


async def test_an_answer_may_be_changed(stage: Stage, asked: tuple[NoticeTask, Sent]) -> None:
    task, sent = asked
    await stage.tap(CITIZEN, "✅ 已解决", sent)
    await stage.tap(CITIZEN, "非常满意", sent)
    await stage.tap(CITIZEN, "更改回答", sent)
    assert "重新选择" in sent.text
    await stage.tap(CITIZEN, "❌ 未解决", sent)
    assert answers(stage, task)["is_solved"] == "no"
    assert "未解决 · 非常满意" in sent.text


async def test_who_wants_no_more_questions_is_told_so(
    stage: Stage, asked: tuple[NoticeTask, Sent]
) -> None:
    task, sent = asked
    await stage.tap(CITIZEN, "不再回访我", sent)
    assert "以后不再回访您" in sent.text
    assert not sent.buttons
    assert answers(stage, task) == {Question.NEVER: ""}


async def test_a_button_that_names_nothing_answers_nothing(
    stage: Stage, asked: tuple[NoticeTask, Sent]
) -> None:
    task, sent = asked
    for data in (f"ask:{task.id}:x:yes", "ask:nothing:s:yes", f"ask:{new_id(NOW)}:s:yes"):
        sent.markup = {"inline_keyboard": [[{"text": "✅", "callback_data": data}]]}
        await stage.tap(CITIZEN, "✅", sent)
        assert "失效" in sent.text
    assert answers(stage, task) == {}
