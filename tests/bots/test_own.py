"""Citizens act on their own cases: they take them back, and say whether they are solved."""

from datetime import timedelta

import pytest

from tests.bots.stage import CITIZEN, FILED, Stage
from tests.fakes.botapi import Sent

OTHER = 501


def stood(stage: Stage, number: str) -> tuple[str, str]:
    """Where the case stands, and what was done last."""
    return stage.backend.cases[number].stage, stage.backend.steps[number][-1].action


@pytest.fixture
async def told(stage: Stage) -> tuple[str, Sent]:
    """A closed case, and the message by which its citizen was told."""
    number = await stage.report()
    await stage.move(number, "file", "acceptor1", given=FILED)
    await stage.move(number, "dispatch", "dispatcher1", given={"department": "water"})
    await stage.move(number, "report_done", "water1", note="已更换")
    ask = {"force_reason": "no_means"}
    await stage.move(number, "ask_force", "chief1", note="管线待迁改", given=ask)
    await stage.move(number, "agree_force", "leader")
    return number, stage.api.last(CITIZEN)


async def test_a_report_is_taken_back_after_a_question(stage: Stage) -> None:
    number = await stage.report()
    status = await stage.write(CITIZEN, "/status")
    assert list(status.buttons) == ["↩️ 撤回上报"]
    sure = await stage.tap(CITIZEN, "撤回上报")
    assert "确定要" in sure.text
    assert stood(stage, number)[0] == "reported"
    await stage.tap(CITIZEN, "✅ 确定")
    assert stood(stage, number) == ("withdrawn", "withdraw")
    assert "您已撤回" in status.text
    assert not status.buttons
    await stage.deliver()
    assert "已按您的意思撤回" in stage.api.last(CITIZEN).text


async def test_whoever_thinks_better_of_it_keeps_the_report(stage: Stage) -> None:
    number = await stage.report()
    await stage.write(CITIZEN, "/status")
    await stage.tap(CITIZEN, "撤回上报")
    assert "↩️ 撤回上报" in (await stage.tap(CITIZEN, "保留")).buttons
    assert stood(stage, number)[0] == "reported"


async def test_an_old_button_says_how_it_stands_now_and_does_nothing(stage: Stage) -> None:
    number = await stage.report()
    await stage.write(CITIZEN, "/status")
    sure = await stage.tap(CITIZEN, "撤回上报")
    await stage.move(number, "file", "acceptor1", given=FILED)
    await stage.move(number, "dispatch", "dispatcher1", given={"department": "water"})
    await stage.tap(CITIZEN, "✅ 确定", sure)
    assert stood(stage, number)[0] == "handling"
    assert "处置中" in sure.text
    assert not sure.buttons


async def test_a_closing_is_answered_as_solved_once(stage: Stage, told: tuple[str, Sent]) -> None:
    number, said = told
    assert "已作结案处理，原因：不具备处置条件" in said.text
    assert list(said.buttons) == ["✅ 已解决", "❌ 未解决"]
    tap = stage.api.tap(CITIZEN, "已解决", said)
    await stage.hear(tap)
    assert stage.backend.cases[number].fields["solved"] == "yes"
    assert list(said.buttons) == ["❌ 未解决"]
    await stage.hear(tap)
    assert [one.action for one in stage.backend.steps[number]].count("say_solved") == 1


async def test_not_solved_asks_what_is_wrong_and_opens_the_case_again(
    stage: Stage, told: tuple[str, Sent]
) -> None:
    number, said = told
    stage.seat(700, "chief1")
    assert "还有什么问题" in (await stage.tap(CITIZEN, "未解决", said)).text
    assert "写一句" in (await stage.photo(CITIZEN)).text
    assert stood(stage, number)[0] == "closed"
    answered = await stage.write(CITIZEN, "井盖还是松的")
    assert stood(stage, number) == ("reopened", "reopen")
    step = stage.backend.steps[number][-1]
    assert (step.note, step.post, len(step.media)) == ("井盖还是松的", "citizen", 1)
    assert "正在重新处理" in answered.text
    await stage.deliver()
    assert "未解决" in stage.api.last(700).text
    assert "🔁 退回返工" in stage.api.last(700).buttons
    assert "重新办理" in stage.api.last(CITIZEN).text


async def test_ones_own_number_is_no_answer_to_what_is_wrong(
    stage: Stage, told: tuple[str, Sent]
) -> None:
    number, said = told
    await stage.tap(CITIZEN, "未解决", said)
    await stage.write(CITIZEN, number)
    assert stood(stage, number)[0] == "closed"
    await stage.write(CITIZEN, "井盖还是松的")
    assert stood(stage, number) == ("reopened", "reopen")


async def test_after_fifteen_days_nothing_is_answered(stage: Stage, told: tuple[str, Sent]) -> None:
    number, said = told
    await stage.clock.sleep(timedelta(days=15, minutes=1).total_seconds())
    await stage.tap(CITIZEN, "未解决", said)
    assert stood(stage, number)[0] == "closed"
    assert not said.buttons


async def test_what_was_begun_is_dropped_by_cancel(stage: Stage, told: tuple[str, Sent]) -> None:
    number, said = told
    await stage.tap(CITIZEN, "未解决", said)
    await stage.write(CITIZEN, "/cancel")
    await stage.write(CITIZEN, "路灯不亮")
    assert stood(stage, number)[0] == "closed"


async def test_what_is_written_later_is_a_report_of_its_own(
    stage: Stage, told: tuple[str, Sent]
) -> None:
    number, said = told
    await stage.tap(CITIZEN, "未解决", said)
    await stage.clock.sleep(timedelta(minutes=31).total_seconds())
    await stage.write(CITIZEN, "中山东路路灯不亮")
    assert stood(stage, number)[0] == "closed"
    assert "请确认" in stage.api.last(CITIZEN).text


async def test_a_lost_answer_is_no_second_step(stage: Stage, told: tuple[str, Sent]) -> None:
    number, said = told
    await stage.tap(CITIZEN, "未解决", said)
    stage.backend.lose_answers = 1
    await stage.write(CITIZEN, "还是松的")
    assert [one.action for one in stage.backend.steps[number]].count("reopen") == 1


async def test_somebody_elses_case_is_nobodys(stage: Stage) -> None:
    number = await stage.report()
    await stage.write(CITIZEN, "/status")
    tap = stage.api.tap(CITIZEN, "撤回上报")
    tap["callback_query"] = {
        **tap["callback_query"],
        "from": {"id": OTHER, "is_bot": False, "first_name": "李"},
        "message": {**tap["callback_query"]["message"], "chat": {"id": OTHER, "type": "private"}},
    }
    await stage.hear(tap)
    assert "没有从这个聊天上报过" in stage.api.last(OTHER).text
    assert stood(stage, number)[0] == "reported"


async def test_odd_buttons_do_nothing(stage: Stage) -> None:
    number = await stage.report()
    shown = await stage.write(CITIZEN, "/status")
    for data in ("own", "own:", "own::", "own:x:y", f"own:{number}:close.yes", f"own:{number}:"):
        tap = stage.api.tap(CITIZEN, "撤回上报", shown)
        tap["callback_query"] = {**tap["callback_query"], "data": data}
        await stage.hear(tap)
        shown = await stage.write(CITIZEN, "/status")
    assert stood(stage, number)[0] == "reported"
