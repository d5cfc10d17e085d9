"""Fault 20: somebody corrects a message that they sent by editing it."""

import pytest
from telegram import Update

from bots.telegram.read import ALLOWED
from hotline.number import printed
from hotline.place.point import Point
from hotline.report import NewReport
from tests.bots.stage import CITIZEN, COLLECTOR, FILED, Stage, picture
from tests.bots.test_polling import polling, until

WRONG, RIGHT = "中山东路68号门口路灯不亮", "中山东路86号门口路灯不亮"


async def handed_in(stage: Stage) -> NewReport:
    """Hand the report in and give it."""
    await stage.tap(CITIZEN, "提交")
    return list(stage.backend.reports.values())[-1][0]


def test_fault_20_edits_are_asked_for() -> None:
    assert Update.EDITED_MESSAGE in ALLOWED


async def test_fault_20_an_edit_changes_the_words_of_the_draft(stage: Stage) -> None:
    first = stage.api.write(CITIZEN, WRONG)
    await stage.hear(first)
    old = stage.api.last(CITIZEN)
    await stage.write(CITIZEN, "快来修")
    await stage.hear(stage.api.edit(first, text=RIGHT))
    card = stage.api.last(CITIZEN)
    assert "已按您修改的消息更新" in card.text
    assert f"{RIGHT}\n快来修" in card.text
    await stage.tap(CITIZEN, "提交", old)
    assert not stage.backend.reports, "the card from before the edit is out of date"
    assert (await handed_in(stage)).text == f"{RIGHT}\n快来修"


async def test_fault_20_the_last_of_several_edits_counts(stage: Stage) -> None:
    first = stage.api.write(CITIZEN, WRONG)
    edits = [stage.api.edit(first, text=f"中山东路{n}号路灯不亮") for n in (70, 80, 86)]
    await stage.hear(first, *edits)
    await stage.hear(*edits)
    assert sum("已按您修改" in one.text for one in stage.api.of(CITIZEN)) == 3
    assert (await handed_in(stage)).text == "中山东路86号路灯不亮"


async def test_fault_20_an_edited_caption_keeps_the_photo(stage: Stage) -> None:
    first = stage.api.photo(CITIZEN, picture(), caption=WRONG)
    await stage.hear(first)
    await stage.hear(stage.api.edit(first, caption=RIGHT))
    report = await handed_in(stage)
    assert report.text == RIGHT
    assert len(report.media) == 1


async def test_fault_20_a_photo_is_replaced(stage: Stage) -> None:
    first = stage.api.photo(CITIZEN, picture("red"), caption=WRONG)
    other = stage.api.photo(CITIZEN, picture("blue"))["message"]["photo"]
    await stage.hear(first)
    before = stage.draft(CITIZEN)["report"]["parts"][0]["photos"]
    await stage.hear(stage.api.edit(first, photo=other))
    report = await handed_in(stage)
    assert len(report.media) == 1
    assert list(report.media) != before


async def test_fault_20_a_photo_that_cannot_be_fetched_again_stays(stage: Stage) -> None:
    first = stage.api.photo(CITIZEN, picture("red"), caption=WRONG)
    await stage.hear(first)
    stage.api.files.clear()
    await stage.hear(stage.api.edit(first, caption=RIGHT))
    report = await handed_in(stage)
    assert report.text == RIGHT
    assert len(report.media) == 1


@pytest.mark.parametrize("member", [0, 1, 2])
async def test_fault_20_a_caption_in_an_album_is_edited(stage: Stage, member: int) -> None:
    photos = [picture(colour) for colour in ("red", "green", "blue")]
    album = stage.api.album(CITIZEN, photos, "中山东路")
    await stage.hear(*album)
    await stage.hear(stage.api.edit(album[member], caption=RIGHT))
    report = await handed_in(stage)
    assert report.text == (RIGHT if member == 0 else f"中山东路\n{RIGHT}")
    assert len(report.media) == 3


async def test_fault_20_a_typed_place_is_edited(stage: Stage) -> None:
    await stage.write(CITIZEN, "井盖没了")
    place = stage.api.write(CITIZEN, "解放路口")
    await stage.hear(place)
    await stage.hear(stage.api.edit(place, text="中山路口"))
    report = await handed_in(stage)
    assert (report.text, report.place_text) == ("井盖没了", "中山路口")


@pytest.mark.parametrize("ended", [{}, {"live_period": 900}])
async def test_fault_20_a_live_place_does_not_move_on_with_its_sender(
    stage: Stage, ended: dict[str, int]
) -> None:
    await stage.write(CITIZEN, "井盖没了")
    live = {"longitude": 121.59, "latitude": 29.88, "live_period": 900}
    place = stage.api.message(CITIZEN, location=live)
    await stage.hear(place)
    said = len(stage.api.of(CITIZEN))
    on = {"longitude": 121.7, "latitude": 29.9, **ended}
    await stage.hear(stage.api.edit(place, location=on))
    assert len(stage.api.of(CITIZEN)) == said
    assert (await handed_in(stage)).point == Point(121.59, 29.88)


async def test_kind_1_a_place_that_cannot_be_is_answered(stage: Stage) -> None:
    await stage.hear(stage.api.place(CITIZEN, 181, 95))
    assert "照片或文字" in stage.api.last(CITIZEN).text


async def test_fault_20_after_the_number_an_edit_is_answered_in_one_line(stage: Stage) -> None:
    first = stage.api.write(CITIZEN, WRONG)
    await stage.hear(first)
    report = await handed_in(stage)
    number = next(iter(stage.backend.cases))
    stage.restart()
    await stage.hear(stage.api.edit(first, text=RIGHT))
    said = stage.api.last(CITIZEN).text
    assert printed(number) in said
    assert "不再生效" in said
    assert "另发一条消息" in said
    assert "\n" not in said
    assert len(stage.backend.reports) == 1
    assert report.text == WRONG
    assert stage.draft(CITIZEN)["report"] is None


async def test_fault_20_the_report_begun_after_that_is_left_alone(stage: Stage) -> None:
    first = stage.api.write(CITIZEN, WRONG)
    await stage.hear(first)
    await handed_in(stage)
    await stage.write(CITIZEN, "解放路有垃圾")
    await stage.hear(stage.api.edit(first, text=RIGHT))
    assert "不再生效" in stage.api.last(CITIZEN).text
    stage.api.sent.pop()
    await stage.place(CITIZEN)
    assert (await handed_in(stage)).text == "解放路有垃圾"


@pytest.mark.parametrize("done", [False, True])
async def test_fault_20_an_edit_that_changes_nothing_says_nothing(
    stage: Stage, *, done: bool
) -> None:
    first = stage.api.write(CITIZEN, WRONG)
    await stage.hear(first)
    if done:
        await handed_in(stage)
    said = len(stage.api.of(CITIZEN))
    await stage.hear(stage.api.edit(first))
    assert len(stage.api.of(CITIZEN)) == said


async def test_fault_20_an_edit_of_what_nobody_knows_is_answered(stage: Stage) -> None:
    gone = stage.api.write(CITIZEN, WRONG)
    await stage.hear(stage.api.edit(gone, text=RIGHT))
    assert "不再生效" in stage.api.last(CITIZEN).text
    assert stage.draft(CITIZEN)["report"] is None
    stage.seat(COLLECTOR, "collector01")
    command = stage.api.write(COLLECTOR, "/taks")
    await stage.hear(command, stage.api.edit(command, text="/tasks"))
    assert "不再生效" in stage.api.last(COLLECTOR).text


async def test_fault_20_an_edit_that_is_too_long_is_cut_and_said_so(stage: Stage) -> None:
    first = stage.api.write(CITIZEN, WRONG)
    await stage.hear(first)
    await stage.write(CITIZEN, "快来修")
    await stage.hear(stage.api.edit(first, text="长" * 5000))
    assert "最多 4000 字" in stage.api.last(CITIZEN).text
    await stage.place(CITIZEN)
    text = (await handed_in(stage)).text
    assert len(text) <= 4000
    assert text.endswith("快来修")


async def test_fault_20_edits_come_by_polling(stage: Stage) -> None:
    first = stage.api.write(CITIZEN, WRONG)
    async with polling(stage):
        await until(lambda: stage.api.of(CITIZEN))
        stage.api.edit(first, text=RIGHT)
        await until(lambda: RIGHT in stage.api.last(CITIZEN).text)


async def at_work(stage: Stage) -> str:
    """A case that waits for the collector's look, its tap made and its photo missing."""
    stage.seat(COLLECTOR, "collector01")
    number = await stage.report()
    await stage.move(number, "ask_verify", "acceptor1", given={"collector": "collector01"})
    await stage.deliver()
    await stage.tap(COLLECTOR, "属实")
    return number


async def test_fault_20_an_edit_changes_the_words_of_a_begun_move(stage: Stage) -> None:
    number = await at_work(stage)
    first = stage.api.write(COLLECTOR, "68号门口没有井盖")
    await stage.hear(first)
    await stage.write(COLLECTOR, "很危险")
    stage.restart()
    await stage.hear(stage.api.edit(first, text="86号门口没有井盖"))
    said = stage.api.last(COLLECTOR).text
    assert "已按您修改的消息更新" in said
    assert "照片" in said, "what is still missing is asked for again"
    await stage.photo(COLLECTOR)
    assert stage.backend.steps[number][-1].note == "86号门口没有井盖\n很危险"


async def test_fault_20_the_same_words_again_change_nothing_in_a_begun_move(stage: Stage) -> None:
    await at_work(stage)
    first = stage.api.write(COLLECTOR, "没有井盖")
    await stage.hear(first)
    said = len(stage.api.of(COLLECTOR))
    await stage.hear(stage.api.edit(first))
    assert len(stage.api.of(COLLECTOR)) == said


async def test_fault_20_a_value_that_was_not_taken_is_put_right_by_an_edit(stage: Stage) -> None:
    stage.seat(COLLECTOR, "dispatcher1")
    number = await stage.report()
    await stage.move(number, "file", "acceptor1", given=FILED)
    await stage.write(COLLECTOR, "/tasks")
    await stage.tap(COLLECTOR, "供水井盖")
    await stage.tap(COLLECTOR, "派遣")
    wrong = stage.api.write(COLLECTOR, "没有的单位")
    await stage.hear(wrong)
    assert "不能用" in stage.api.last(COLLECTOR).text
    await stage.hear(stage.api.edit(wrong, text="water"))
    assert stage.backend.cases[number].stage == "handling"


async def test_fault_20_an_edit_after_the_move_is_made_says_what_to_do(stage: Stage) -> None:
    number = await at_work(stage)
    first = stage.api.photo(COLLECTOR, picture(), caption="没有井盖")
    await stage.hear(first)
    steps = len(stage.backend.steps[number])
    await stage.hear(stage.api.edit(first, caption="井盖没了"))
    assert "另发一条消息" in stage.api.last(COLLECTOR).text
    assert len(stage.backend.steps[number]) == steps
