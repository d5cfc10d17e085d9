"""A citizen reports by chat."""

from collections.abc import Callable, Sequence

import pytest

from backend.client import Chat
from bots.media import PhotoCarrier
from hotline.channel import Channel
from hotline.contract import ChatOpened, PhotoTaken
from hotline.errors import Unanswered
from hotline.media import Attachment, MediaKind
from hotline.number import printed
from hotline.place.point import Point
from hotline.report import NewReport
from tests.bots.stage import CITIZEN, FILED, Stage, picture


def the_report(stage: Stage) -> NewReport:
    """The only report that was handed in."""
    assert len(stage.backend.reports) == 1
    return next(iter(stage.backend.reports.values()))[0]


async def test_a_photo_a_place_and_one_tap_make_a_report(stage: Stage) -> None:
    asked = await stage.photo(CITIZEN)
    assert "位置" in asked.text
    assert asked.markup is not None
    assert asked.markup["keyboard"][0][0]["request_location"] is True
    card = await stage.place(CITIZEN)
    assert "请确认" in card.text
    assert "供水井盖" in card.text
    assert "330299001001001" in card.text
    assert "📷 1" in card.text
    done = await stage.tap(CITIZEN, "提交")
    number = next(iter(stage.backend.cases))
    assert printed(number) in done.text
    assert done is card, "the card is edited in place"
    assert not done.buttons
    report = the_report(stage)
    assert report.key.startswith(f"{CITIZEN}:1:")
    assert report.point == Point(121.59, 29.88)
    assert report.contact.address == str(CITIZEN)
    assert report.contact.name == "张 伟"
    assert len(report.media) == 1
    assert report.said_at.tzinfo is not None


async def test_words_that_name_a_place_go_straight_to_the_card(stage: Stage) -> None:
    card = await stage.write(CITIZEN, "中山东路井盖没了")
    assert list(card.buttons) == ["✅ 提交", "🏷 其他类别", "📍 改位置", "✏️ 补充", "✖ 取消"]
    await stage.tap(CITIZEN, "提交")
    assert the_report(stage).text == "中山东路井盖没了"
    assert the_report(stage).place_text == "中山东路"


async def test_an_album_is_one_report_with_all_its_photos(stage: Stage) -> None:
    bodies = [picture(colour) for colour in ("red", "green", "blue")]
    await stage.hear(*stage.api.album(CITIZEN, bodies, "中山东路井盖没了"))
    assert len(stage.api.of(CITIZEN)) == 1, "one card for the album"
    assert "📷 3" in stage.api.last(CITIZEN).text
    await stage.tap(CITIZEN, "提交")
    assert len(the_report(stage).media) == 3


@pytest.mark.parametrize("arrives", [True, False])
async def test_an_album_on_a_slow_line_loses_no_photo_and_sends_none_twice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, arrives: bool
) -> None:
    """It went in one request of two minutes: on a slow line all of it, again and again."""
    went: list[bytes] = []
    cuts, open_chat = [1, 1], stage.backend.open_chat

    async def slow(chat: Chat, number: str = "", photos: Sequence[bytes] = ()) -> ChatOpened:
        assert len(photos) <= 1
        late = len(went) == 2 and bool(cuts)
        if late:
            cuts.pop()
        if late and not arrives:
            raise Unanswered("no answer in time")
        opened = await open_chat(chat, number, photos)
        if late:
            raise Unanswered("no answer in time")
        went.extend(photos)
        return opened

    monkeypatch.setattr(stage.backend, "open_chat", slow)
    bodies = [picture(colour) for colour in ("red", "green", "blue", "white")]
    await stage.hear(*stage.api.album(CITIZEN, bodies, "中山东路井盖没了"))
    assert (cuts, went) == ([], bodies)
    assert "📷 4" in stage.api.last(CITIZEN).text
    await stage.tap(CITIZEN, "提交")
    assert len(set(the_report(stage).media)) == 4
    # What is done is kept no longer: the same photo in another message goes up as any.
    assert stage.talk._photos.taken == {}


async def test_a_photo_that_two_chats_send_is_handed_in_by_both() -> None:
    went: list[bytes] = []

    async def fetch(handle: str) -> bytes:
        return handle.encode()

    async def hand_in(body: bytes) -> PhotoTaken:
        went.append(body)
        return PhotoTaken(Attachment("0" * 64, MediaKind.PHOTO, "image/jpeg"))

    photos = PhotoCarrier(fetch)
    for message in ("telegram:1:9", "telegram:2:9", "telegram:1:9"):
        await photos.carry(message, ("file",), hand_in)
    assert went == [b"file"] * 2


async def test_members_of_a_split_album_join_the_same_case(stage: Stage) -> None:
    album = stage.api.album(CITIZEN, [picture(c) for c in ("red", "green", "blue")], "中山东路")
    await stage.hear(album[0])
    await stage.hear(album[1])
    assert "📷 2" in stage.api.last(CITIZEN).text
    await stage.tap(CITIZEN, "提交")
    await stage.hear(album[2])
    number = next(iter(stage.backend.cases))
    assert len(stage.backend.photos[number]) == 3
    assert printed(number) in stage.api.last(CITIZEN).text
    assert stage.draft(CITIZEN)["report"] is None


async def test_a_late_member_after_ten_minutes_begins_something_new(stage: Stage) -> None:
    album = stage.api.album(CITIZEN, [picture("red"), picture("green")], "中山东路")
    await stage.hear(album[0])
    await stage.tap(CITIZEN, "提交")
    await stage.clock.sleep(601)
    await stage.hear(album[1])
    assert len(stage.backend.photos[next(iter(stage.backend.cases))]) == 1
    assert stage.draft(CITIZEN)["report"]["parts"][0]["photos"]


async def test_an_image_sent_as_a_file_is_a_photo_and_its_place_a_hint(stage: Stage) -> None:
    stage.backend.files.hint = Point(121.6, 29.9)
    name = stage.api.store(picture("red"))
    document = {"file_id": name, "file_unique_id": name, "mime_type": "image/jpeg"}
    await stage.hear(stage.api.message(CITIZEN, document=document))
    assert "请确认" in stage.api.last(CITIZEN).text
    await stage.tap(CITIZEN, "提交")
    assert the_report(stage).point == Point(121.6, 29.9)


async def test_another_class_is_chosen_from_three_and_told_to_the_desk(stage: Stage) -> None:
    await stage.write(CITIZEN, "中山东路井盖没了")
    listed = await stage.tap(CITIZEN, "其他类别")
    assert "污水井盖异常" in listed.buttons
    assert len(listed.buttons) == 4
    card = await stage.tap(CITIZEN, "污水井盖异常")
    assert "🏷 污水井盖" in card.text
    await stage.tap(CITIZEN, "提交")
    assert the_report(stage).matter == "01002"


async def test_a_typed_place_takes_the_old_ones_stead(stage: Stage) -> None:
    await stage.write(CITIZEN, "井盖没了")
    await stage.place(CITIZEN)
    await stage.tap(CITIZEN, "改位置")
    card = await stage.write(CITIZEN, "解放路口")
    assert "📍 解放路口" in card.text
    await stage.tap(CITIZEN, "提交")
    assert the_report(stage).place_text == "解放路口"
    assert the_report(stage).point is None
    assert the_report(stage).text == "井盖没了"


async def test_words_are_added_and_nothing_is_typed_twice(stage: Stage) -> None:
    await stage.write(CITIZEN, "中山东路井盖没了")
    await stage.tap(CITIZEN, "补充")
    card = await stage.write(CITIZEN, "很危险")
    assert "中山东路井盖没了\n很危险" in card.text


async def test_an_older_card_says_that_it_is_old_and_does_nothing(stage: Stage) -> None:
    old = await stage.write(CITIZEN, "中山东路井盖没了")
    await stage.write(CITIZEN, "很危险")
    await stage.tap(CITIZEN, "提交", old)
    assert not stage.backend.reports
    assert "过时" in stage.toasts()[-1]


async def test_two_taps_at_once_hand_in_one_report(stage: Stage) -> None:
    card = await stage.write(CITIZEN, "中山东路井盖没了")
    await stage.hear(stage.api.tap(CITIZEN, "提交", card), stage.api.tap(CITIZEN, "提交", card))
    assert len(stage.backend.reports) == 1
    assert len(stage.api.answered) == 2


@pytest.mark.parametrize("restarted", [False, True])
async def test_replayed_updates_do_nothing_twice(stage: Stage, *, restarted: bool) -> None:
    updates = [stage.api.write(CITIZEN, "中山东路井盖没了")]
    await stage.hear(*updates)
    updates.append(stage.api.tap(CITIZEN, "提交"))
    await stage.hear(updates[-1])
    said = len(stage.api.of(CITIZEN))
    if restarted:
        stage.restart()
    await stage.hear(*updates)
    assert len(stage.backend.reports) == 1
    assert len(stage.api.of(CITIZEN)) == said
    assert stage.draft(CITIZEN)["report"] is None


async def test_a_lost_answer_of_the_backend_makes_no_second_report(stage: Stage) -> None:
    await stage.write(CITIZEN, "中山东路井盖没了")
    stage.backend.lose_answers = 1
    done = await stage.tap(CITIZEN, "提交")
    assert len(stage.backend.reports) == 1
    number = next(iter(stage.backend.cases))
    assert any(printed(number) in one.text for one in stage.api.of(CITIZEN)), done.text


async def test_the_status_is_that_of_the_newest_case(stage: Stage) -> None:
    assert "还没有" in (await stage.write(CITIZEN, "/status")).text
    number = await stage.report()
    said = await stage.write(CITIZEN, "/status")
    assert printed(number) in said.text
    assert "等待受理" in said.text


async def test_the_language_is_kept(stage: Stage) -> None:
    await stage.write(CITIZEN, "/language")
    await stage.tap(CITIZEN, "English")
    assert "Please confirm" in (await stage.write(CITIZEN, "中山东路 cover missing")).text
    await stage.tap(CITIZEN, "Submit")
    assert the_report(stage).language == "en"
    assert the_report(stage).contact.language == "en"


async def test_cancel_and_start_reach_zero_from_anywhere(stage: Stage) -> None:
    await stage.photo(CITIZEN)
    assert "已取消" in (await stage.write(CITIZEN, "/cancel")).text
    assert stage.draft(CITIZEN)["report"] is None
    await stage.write(CITIZEN, "中山东路井盖没了")
    await stage.tap(CITIZEN, "取消")
    assert stage.draft(CITIZEN)["report"] is None
    await stage.photo(CITIZEN)
    assert "明州市" in (await stage.write(CITIZEN, "/start")).text
    assert stage.draft(CITIZEN)["report"] is None


async def test_progress_is_told_in_the_chat(stage: Stage) -> None:
    number = await stage.report()
    await stage.move(number, "file", "acceptor1", given=FILED)
    assert "已立案" in stage.api.last(CITIZEN).text
    await stage.move(number, "dispatch", "dispatcher1", given={"department": "water"})
    assert "自来水公司" in stage.api.last(CITIZEN).text
    assert printed(number) in stage.api.last(CITIZEN).text
    assert [one.state for one in stage.backend.outbox if one.task.person is None] == ["sent"] * 2


async def test_a_decline_says_its_reason(stage: Stage) -> None:
    number = await stage.report()
    await stage.move(
        number,
        "decline",
        "acceptor1",
        note="不属受理范围",
        given={"decline_reason": "out_of_scope"},
    )
    assert "不属受理范围" in stage.api.last(CITIZEN).text
    assert stage.backend.outbox[0].task.channel is Channel.TELEGRAM


async def test_m10_a_full_day_is_said_and_keeps_what_was_given(stage: Stage) -> None:
    card = await stage.write(CITIZEN, "中山东路井盖没了")
    stage.backend.full = True
    said = await stage.tap(CITIZEN, "提交")
    assert "件数已满" in said.text
    assert "都还在" in said.text
    assert not stage.backend.reports
    stage.backend.full = False
    await stage.tap(CITIZEN, "提交", card)
    assert the_report(stage).text == "中山东路井盖没了"


FULL = str.maketrans("0123456789 ", "０１２３４５６７８９　")
CHINESE = str.maketrans("0123456789", "零一二三四五六七八九")


@pytest.mark.parametrize(
    "typed",
    [
        lambda number: number,
        lambda number: printed(number),
        lambda number: printed(number).replace(" ", "-"),
        lambda number: printed(number).replace(" ", " － "),
        lambda number: printed(number).translate(FULL),
        lambda number: number.translate(CHINESE),
        lambda number: number.translate(CHINESE).replace("零", "〇"),
        lambda number: f" {printed(number)}。",
        lambda number: f"/status {printed(number).translate(FULL)}",
        lambda number: f"/status 编号{number}",
    ],
)
async def test_kind_1_a_number_is_known_however_it_is_typed(
    stage: Stage, typed: Callable[[str], str]
) -> None:
    first = await stage.report()
    await stage.report("中山东路路灯不亮")
    said = await stage.write(CITIZEN, typed(first))
    assert said.text.startswith(f"{printed(first)}：")
    assert stage.draft(CITIZEN)["report"] is None


async def test_kind_1_two_numbers_in_one_message_are_both_answered(stage: Stage) -> None:
    first = await stage.report()
    second = await stage.report("中山东路路灯不亮")
    before = len(stage.api.of(CITIZEN))
    await stage.write(CITIZEN, f"{printed(first)}、{second.translate(FULL)}")
    said = [one.text for one in stage.api.of(CITIZEN)[before:]]
    assert [text.split("：")[0] for text in said] == [printed(first), printed(second)]


async def test_kind_1_a_number_of_somebody_else_or_none_is_refused_in_words(stage: Stage) -> None:
    number = await stage.report()
    assert "没有从这个聊天" in (await stage.write(CITIZEN + 1, printed(number))).text
    wrong = f"{number[:-1]}{(int(number[-1]) + 1) % 10}"
    assert "核对八位" in (await stage.write(CITIZEN, wrong)).text
    assert len(stage.backend.reports) == 1


async def test_kind_1_digits_in_a_report_stay_words(stage: Stage) -> None:
    number = await stage.report()
    await stage.write(CITIZEN + 1, "中山东路井盖没了")
    card = await stage.write(CITIZEN + 1, printed(number))  # not a case of theirs
    assert printed(number) in card.text
    assert "请确认" in card.text
    assert "请确认" in (await stage.write(CITIZEN + 2, f"中山东路{number}号杆路灯不亮")).text


@pytest.mark.parametrize("words", ["井盖没了", "中山东路井盖没了"])
async def test_ones_own_number_asks_how_it_stands_while_a_report_is_begun(
    stage: Stage, words: str
) -> None:
    number = await stage.report()
    await stage.write(CITIZEN, words)
    begun = stage.draft(CITIZEN)["report"]
    before = len(stage.api.of(CITIZEN))
    await stage.write(CITIZEN, printed(number))
    said, kept = (one.text for one in stage.api.of(CITIZEN)[before:])
    assert said.startswith(f"{printed(number)}：")
    assert "还在" in kept
    assert stage.draft(CITIZEN)["report"] == begun
    assert len(stage.backend.reports) == 1


async def test_kind_1_a_post_opens_a_card_by_its_number(stage: Stage) -> None:
    number = await stage.report()
    stage.seat(700, "acceptor1")
    card = await stage.write(700, printed(number).translate(FULL))
    assert "立案" in "".join(card.buttons)
