"""A collector verifies, checks and reports by chat."""

import pytest

from hotline.media import MediaKind
from hotline.number import printed
from tests.bots.stage import CITIZEN, COLLECTOR, FILED, Stage, picture
from tests.fakes.botapi import Sent


@pytest.fixture
async def task(stage: Stage) -> str:
    """A case that waits for the collector's look."""
    stage.seat(COLLECTOR, "collector01")
    await stage.hear(stage.api.photo(CITIZEN, picture("white"), caption="中山东路井盖没了"))
    await stage.tap(CITIZEN, "提交")
    number = next(iter(stage.backend.cases))
    await stage.move(number, "ask_verify", "acceptor1", given={"collector": "collector01"})
    return number


async def to_check(stage: Stage, number: str) -> None:
    """Bring a verified case to its check."""
    await stage.move(number, "verify_untrue", "collector01")
    await stage.move(number, "file", "acceptor1", given=FILED)
    await stage.move(number, "dispatch", "dispatcher1", given={"department": "water"})
    sha256 = (await stage.backend.upload_bytes(picture("black"), MediaKind.PHOTO_DONE)).sha256
    await stage.move(number, "report_done", "water1", note="好了", media=(sha256,))
    await stage.move(number, "ask_check", "acceptor1", given={"collector": "collector01"})


async def test_a_task_comes_with_the_photo_and_its_three_buttons(stage: Stage, task: str) -> None:
    photo, card = stage.api.of(COLLECTOR)
    assert photo.photo == picture("white")
    assert printed(task) in card.text
    assert "井盖没了" in card.text
    assert list(card.buttons) == ["✅ 属实", "❌ 不属实", "❓ 无法核实"]
    assert all(len(data.encode()) <= 64 for data in card.buttons.values())


async def test_true_asks_for_a_photo_and_edits_the_card(stage: Stage, task: str) -> None:
    card = stage.api.last(COLLECTOR)
    assert "照片" in (await stage.tap(COLLECTOR, "属实")).text
    assert stage.backend.cases[task].stage == "verifying"
    await stage.photo(COLLECTOR)
    case = stage.backend.cases[task]
    assert (case.stage, case.fields.get("verified")) == ("reported", "true")
    assert stage.backend.photos[task][-1].kind is MediaKind.PHOTO_VERIFY
    assert "属实" in card.text
    assert not card.buttons


async def test_a_photo_before_the_tap_is_one_photo_and_one_tap(stage: Stage, task: str) -> None:
    card = stage.api.last(COLLECTOR)
    assert "已收到 1 张" in (await stage.photo(COLLECTOR)).text
    await stage.tap(COLLECTOR, "属实", card)
    assert stage.backend.cases[task].fields.get("verified") == "true"
    assert stage.draft(COLLECTOR)["loose"] == []


async def test_a_photo_from_half_an_hour_ago_is_no_evidence(stage: Stage, task: str) -> None:
    card = stage.api.last(COLLECTOR)
    await stage.photo(COLLECTOR)
    await stage.clock.sleep(1801)
    assert "请发一张" in (await stage.tap(COLLECTOR, "属实", card)).text
    assert stage.backend.cases[task].stage == "verifying"


@pytest.mark.parametrize(("label", "verified"), [("不属实", "untrue"), ("无法核实", "unclear")])
async def test_other_answers_are_one_tap(
    stage: Stage, task: str, label: str, verified: str
) -> None:
    await stage.tap(COLLECTOR, label)
    assert stage.backend.cases[task].fields.get("verified") == verified


async def test_what_is_missing_is_said_and_what_was_sent_is_kept(stage: Stage, task: str) -> None:
    await stage.tap(COLLECTOR, "属实")
    await stage.write(COLLECTOR, "确实没有井盖")
    await stage.hear(
        stage.api.message(COLLECTOR, voice={"file_id": "v", "file_unique_id": "v", "duration": 3})
    )
    assert "还缺一张照片" in stage.api.last(COLLECTOR).text
    await stage.photo(COLLECTOR)
    assert stage.backend.steps[task][-1].note == "确实没有井盖"


async def test_a_light_that_turns_in_between_does_not_lose_the_photo(
    stage: Stage, task: str
) -> None:
    await stage.tap(COLLECTOR, "属实")
    stage.backend.turn_yellow(task)
    await stage.photo(COLLECTOR)
    assert stage.backend.cases[task].fields.get("verified") == "true"


async def test_a_case_that_moved_meanwhile_is_told_and_the_photo_is_kept(
    stage: Stage, task: str
) -> None:
    await stage.tap(COLLECTOR, "属实")
    await stage.move(task, "verify_untrue", "collector01")
    said = await stage.photo(COLLECTOR)
    assert "案件已变动" in said.text
    assert len(stage.backend.steps[task]) == 3
    assert len(stage.draft(COLLECTOR)["loose"]) == 1


async def test_a_check_shows_before_and_after_and_takes_photo_and_tap_in_any_order(
    stage: Stage, task: str
) -> None:
    await to_check(stage, task)
    shown = [one.photo for one in stage.api.of(COLLECTOR)[-3:-1]]
    assert shown == [picture("white"), picture("black")]
    card = stage.api.last(COLLECTOR)
    assert list(card.buttons) == ["✅ 已解决", "❌ 未解决", "❓ 无法核查"]
    await stage.photo(COLLECTOR)
    await stage.tap(COLLECTOR, "未解决", card)
    assert stage.backend.cases[task].stage == "handling"
    assert stage.backend.cases[task].counts.get("rework_count", 0) == 1


async def test_cannot_tell_asks_for_a_sentence(stage: Stage, task: str) -> None:
    await to_check(stage, task)
    assert "说明" in (await stage.tap(COLLECTOR, "无法核查")).text
    await stage.write(COLLECTOR, "被车挡住了")
    assert stage.backend.cases[task].stage == "to_check"
    assert stage.backend.steps[task][-1].note == "被车挡住了"


async def test_tasks_are_listed_and_opened_by_a_tap(stage: Stage, task: str) -> None:
    listed = await stage.write(COLLECTOR, "/tasks")
    assert "1 件" in listed.text
    card = await stage.tap(COLLECTOR, printed(task))
    assert "✅ 属实" in card.buttons


async def test_a_collectors_words_are_a_report_in_their_name(stage: Stage, task: str) -> None:
    await stage.hear(stage.api.photo(COLLECTOR, picture(), caption="中山东路路灯不亮"))
    await stage.tap(COLLECTOR, "提交")
    report = list(stage.backend.reports.values())[-1][0]
    assert report.reporter == "collector01"


async def test_a_bare_photo_becomes_a_report_by_one_tap(stage: Stage, task: str) -> None:
    await stage.photo(COLLECTOR)
    await stage.tap(COLLECTOR, "这是新的上报")
    await stage.place(COLLECTOR)
    await stage.tap(COLLECTOR, "提交")
    assert len(stage.backend.reports) == 2
    assert len(list(stage.backend.reports.values())[-1][0].media) == 1


async def stands(stage: Stage, lon: float = 121.5886) -> Sent:
    """The collector shares where they stand; east of 100 it is in the cell of the case."""
    here = {"longitude": lon, "latitude": 29.8814}
    sent = int(stage.clock.now().timestamp())
    await stage.hear(stage.api.message(COLLECTOR, location=here, date=sent))
    return stage.api.last(COLLECTOR)


async def test_a_photo_without_a_place_is_proved_by_the_position_beside_it(
    stage: Stage, task: str
) -> None:
    await to_check(stage, task)
    card = stage.api.last(COLLECTOR)
    assert "发一张" in (await stage.tap(COLLECTOR, "已解决", card)).text
    asked = await stage.photo(COLLECTOR)
    assert "发送您的位置" in asked.text
    assert asked.markup
    assert asked.markup["keyboard"][0][0]["request_location"] is True
    assert stage.backend.cases[task].stage == "checking"
    await stands(stage)
    assert stage.backend.cases[task].stage == "to_close"
    (proof,) = stage.backend.steps[task][-1].proofs
    assert proof.by_fix


async def test_a_position_that_has_waited_is_asked_for_once_more(stage: Stage, task: str) -> None:
    await to_check(stage, task)
    await stage.tap(COLLECTOR, "已解决", stage.api.last(COLLECTOR))
    assert "发一张" in (await stands(stage)).text
    await stage.clock.sleep(61)
    said = await stage.photo(COLLECTOR)
    assert "已超过一分钟" in said.text
    assert said.markup
    assert said.markup["keyboard"][0][0]["request_location"] is True
    assert stage.backend.cases[task].stage == "checking"
    await stands(stage)
    assert stage.backend.cases[task].stage == "to_close"


async def test_words_instead_of_a_position_are_kept_and_it_is_asked_for_again(
    stage: Stage, task: str
) -> None:
    await to_check(stage, task)
    card = stage.api.last(COLLECTOR)
    await stage.photo(COLLECTOR)
    await stage.tap(COLLECTOR, "已解决", card)
    venue = {
        "location": {"longitude": 121.5886, "latitude": 29.8814},
        "title": "x",
        "address": "y",
    }
    for update in (
        stage.api.write(COLLECTOR, "就在这里"),
        stage.api.message(COLLECTOR, venue=venue),
    ):
        await stage.hear(update)
        assert stage.backend.cases[task].stage == "checking"
        assert "位置" in stage.api.last(COLLECTOR).text
    await stands(stage)
    assert stage.backend.steps[task][-1].note == "就在这里"


async def test_a_position_far_away_is_told_and_another_one_taken(stage: Stage, task: str) -> None:
    await to_check(stage, task)
    await stage.tap(COLLECTOR, "已解决", stage.api.last(COLLECTOR))
    await stage.photo(COLLECTOR)
    assert "不在案件所在的网格内" in (await stands(stage, 2.35)).text
    assert stage.backend.cases[task].stage == "checking"
    await stands(stage)
    assert len(stage.backend.steps[task][-1].proofs) == 1
