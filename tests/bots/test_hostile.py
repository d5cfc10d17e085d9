"""Bad, strange and hostile messages: nothing lost, nothing doubled, a clear answer."""

from typing import Any

import pytest

from hotline.card import Understood
from hotline.place.point import Point
from hotline.sanitize import sanitize_name, sanitize_text, truncate
from tests.bots.stage import CITIZEN, Stage, picture
from tests.fakes.botapi import ApiError, retry_after


def voice() -> dict[str, Any]:
    """A voice message."""
    return {"voice": {"file_id": "v", "file_unique_id": "v", "duration": 3}}


def sticker() -> dict[str, Any]:
    """A sticker."""
    return {
        "sticker": {
            "file_id": "s",
            "file_unique_id": "s",
            "type": "regular",
            "width": 1,
            "height": 1,
            "is_animated": False,
            "is_video": False,
        }
    }


@pytest.mark.parametrize("content", [voice(), sticker()])
async def test_voice_and_stickers_are_told_what_is_needed(
    stage: Stage, content: dict[str, Any]
) -> None:
    await stage.hear(stage.api.message(CITIZEN, **content))
    assert "照片或文字" in stage.api.last(CITIZEN).text
    assert stage.draft(CITIZEN)["report"] is None


async def test_a_voice_message_in_between_keeps_what_was_sent(stage: Stage) -> None:
    await stage.photo(CITIZEN)
    await stage.hear(stage.api.message(CITIZEN, **voice()))
    said = stage.api.last(CITIZEN).text
    assert "已保留" in said
    assert "位置" in said
    assert "\n" not in said, "one line"
    assert len(stage.draft(CITIZEN)["report"]["parts"][0]["photos"]) == 1


async def test_a_photo_above_the_limit_is_refused_before_it_is_fetched(stage: Stage) -> None:
    await stage.write(CITIZEN, "井盖没了")
    name = stage.api.store(b"", size=21 * 1024 * 1024)
    document = {
        "file_id": name,
        "file_unique_id": name,
        "mime_type": "image/png",
        "file_size": 21 * 1024 * 1024,
    }
    await stage.hear(stage.api.message(CITIZEN, document=document))
    assert "20 MB" in stage.api.last(CITIZEN).text
    assert not [name for name, _ in stage.api.calls if name == "getFile"]
    assert stage.draft(CITIZEN)["report"]["parts"][0]["text"] == "井盖没了"


async def test_a_photo_that_hides_its_size_is_refused_by_the_api(stage: Stage) -> None:
    name = stage.api.store(b"", size=21 * 1024 * 1024)
    document = {"file_id": name, "file_unique_id": name, "mime_type": "image/png"}
    await stage.hear(stage.api.message(CITIZEN, document=document))
    assert "20 MB" in stage.api.last(CITIZEN).text


async def test_a_file_that_is_no_image_spoils_nothing_else(stage: Stage) -> None:
    album = stage.api.album(CITIZEN, [picture(), b"<html>not a photo</html>"], "中山东路")
    await stage.hear(*album)
    card = stage.api.last(CITIZEN).text
    assert "不是可用的照片" in card
    assert "📷 1" in card


async def test_a_pdf_is_no_photo(stage: Stage) -> None:
    document = {"file_id": "p", "file_unique_id": "p", "mime_type": "application/pdf"}
    await stage.hear(stage.api.message(CITIZEN, document=document))
    assert "照片或文字" in stage.api.last(CITIZEN).text


async def test_a_photo_that_the_api_has_lost_is_asked_for_again(stage: Stage) -> None:
    update = stage.api.photo(CITIZEN, picture())
    stage.api.files.clear()
    await stage.hear(update)
    assert "请重发" in stage.api.last(CITIZEN).text


async def test_a_photo_is_fetched_again_when_the_network_stumbles(stage: Stage) -> None:
    stage.api.trouble("getFile", ApiError(502, "Bad Gateway"))
    stage.api.trouble("getFile", retry_after(7))
    before = stage.clock.monotonic()
    await stage.photo(CITIZEN)
    assert len(stage.draft(CITIZEN)["report"]["parts"][0]["photos"]) == 1
    assert stage.clock.monotonic() - before >= 8


async def test_eleven_photos_are_ten(stage: Stage) -> None:
    await stage.write(CITIZEN, "中山东路井盖没了")
    for shade in range(11):
        await stage.hear(stage.api.photo(CITIZEN, picture(f"rgb({shade},0,0)") + bytes([shade])))
    assert "最多 10 张" in stage.api.last(CITIZEN).text
    await stage.tap(CITIZEN, "提交")
    assert len(next(iter(stage.backend.reports.values()))[0].media) == 10


async def test_a_hundred_kilobytes_of_text_are_kept_in_part_and_said_so(stage: Stage) -> None:
    card = await stage.write(CITIZEN, "中山东路" + "🚧" * 30_000)
    assert "最多 4000 字" in card.text
    assert len(card.text.encode("utf-16-le")) // 2 <= 4096
    await stage.tap(CITIZEN, "提交")
    report = next(iter(stage.backend.reports.values()))[0]
    assert len(report.text.encode("utf-16-le")) // 2 == 3999


@pytest.mark.parametrize("text", ["   ", "\u200f\u202e", "\x00\x07"])
async def test_words_with_nothing_in_them_are_no_report(stage: Stage, text: str) -> None:
    said = await stage.write(CITIZEN, text)
    assert "还缺照片或一句话" in said.text
    assert stage.draft(CITIZEN)["report"] is None


async def test_names_with_quotes_lines_and_turning_marks_are_harmless(stage: Stage) -> None:
    sender = {
        "id": CITIZEN,
        "is_bot": False,
        "first_name": 'Robert\'); DROP TABLE "case";--\n\u202eevil',
    }
    await stage.hear(stage.api.write(CITIZEN, "中山东路井盖没了\x00\u202e", sender=sender))
    await stage.tap(CITIZEN, "提交")
    report = next(iter(stage.backend.reports.values()))[0]
    assert report.text == "中山东路井盖没了"
    assert "\u202e" not in report.contact.name
    assert "\n" not in report.contact.name


async def test_an_expired_tap_is_still_worked_off(stage: Stage) -> None:
    await stage.write(CITIZEN, "中山东路井盖没了")
    tap = stage.api.tap(CITIZEN, "提交")
    stage.api.expired.add(tap["callback_query"]["id"])
    await stage.hear(tap)
    assert len(stage.backend.reports) == 1


async def test_the_tap_is_answered_before_the_work(stage: Stage) -> None:
    await stage.write(CITIZEN, "中山东路井盖没了")
    stage.api.calls.clear()
    await stage.tap(CITIZEN, "提交")
    methods = [name for name, _ in stage.api.calls]
    assert methods == ["answerCallbackQuery", "editMessageText"]


@pytest.mark.parametrize(
    "data", ["", "x", ":::", "new:1:", "new:99:submit", "123:abc:accept", "999:1:accept", "lang:xx"]
)
async def test_forged_buttons_do_nothing(stage: Stage, data: str) -> None:
    await stage.write(CITIZEN, "中山东路井盖没了")
    tap = stage.api.tap(CITIZEN, "提交")
    tap["callback_query"]["data"] = data
    await stage.hear(tap)
    assert not stage.backend.reports
    assert stage.draft(CITIZEN)["report"]["parts"][0]["text"] == "中山东路井盖没了"


async def test_groups_and_channels_are_left_alone(stage: Stage) -> None:
    first = stage.api.write(CITIZEN, "中山东路井盖没了")
    group = {**first["message"], "chat": {"id": -5, "type": "group", "title": "group"}}
    await stage.hear({"update_id": 1, "edited_message": group})
    await stage.hear(stage.api.message(-5, text="hello", chat_type="group"))
    await stage.hear({"update_id": 2, "channel_post": {**first["message"], "message_id": 77}})
    assert not stage.api.sent
    await stage.hear(stage.api.message(-5, text="/start", chat_type="group"))
    assert stage.api.last(-5).text == "elsewhere"


async def test_a_backend_that_is_away_loses_nothing_and_is_told_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.write(CITIZEN, "中山东路井盖没了")
    stage.backend.down = True
    tap = stage.api.tap(CITIZEN, "提交")
    sleep = stage.clock.sleep

    async def come_back(seconds: float) -> None:
        await sleep(seconds)
        stage.backend.down = stage.clock.monotonic() < 100

    monkeypatch.setattr(stage.clock, "sleep", come_back)
    await stage.hear(tap)
    assert len(stage.backend.reports) == 1
    told = [one for one in stage.api.of(CITIZEN) if "不必重发" in one.text]
    assert len(told) == 1


async def test_a_message_that_cannot_be_taken_does_not_stop_the_others(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = stage.backend.understand

    async def poisoned(text: str, point: Point | None) -> Understood:
        if "poison" in text:
            raise ZeroDivisionError
        return await good(text, point)

    monkeypatch.setattr(stage.backend, "understand", poisoned)
    updates = [stage.api.write(CITIZEN, "poison"), stage.api.write(CITIZEN, "中山东路井盖没了")]
    await stage.hear(*updates)
    first, second = stage.api.of(CITIZEN)
    assert "没能处理" in first.text
    assert "请确认" in second.text


async def test_a_reply_waits_as_long_as_the_api_asks(stage: Stage) -> None:
    stage.api.trouble("sendMessage", retry_after(17))
    before = stage.clock.monotonic()
    card = await stage.write(CITIZEN, "中山东路井盖没了")
    assert "请确认" in card.text
    assert stage.clock.monotonic() - before >= 17


async def test_a_chat_that_blocked_the_bot_keeps_its_draft(stage: Stage) -> None:
    stage.api.blocked.add(CITIZEN)
    await stage.hear(stage.api.write(CITIZEN, "中山东路井盖没了"))
    assert stage.draft(CITIZEN)["report"]["parts"][0]["text"] == "中山东路井盖没了"


async def test_an_answer_that_did_not_go_out_before_a_stop_goes_out_after(stage: Stage) -> None:
    update = stage.api.write(CITIZEN, "中山东路井盖没了")
    stage.api.blocked.add(CITIZEN)
    await stage.hear(update)
    stage.api.blocked.clear()
    stage.restart()
    await stage.hear(update)
    assert "请确认" in stage.api.last(CITIZEN).text
    assert stage.draft(CITIZEN)["report"]["parts"][0]["text"] == "中山东路井盖没了"


def test_words_are_cleaned_and_cut_without_breaking_a_character() -> None:
    assert sanitize_name('  A\n"B"\u200f\t ') == 'A "B"'
    assert sanitize_text("a\r\nb\x00\u202e c ") == "a\nb c"
    assert truncate("🚧🚧🚧", 4) == "🚧…"
    assert truncate("abc", 3) == "abc"


def video() -> dict[str, Any]:
    """A video, as a live photo also comes."""
    size = {"width": 1, "height": 1, "duration": 3}
    return {"video": {"file_id": "v", "file_unique_id": "v", **size}}


async def test_kind_9_words_beside_a_video_are_kept_and_the_video_is_refused_in_words(
    stage: Stage,
) -> None:
    await stage.hear(stage.api.message(CITIZEN, **video(), caption="中山东路井盖没了"))
    card = stage.api.last(CITIZEN).text
    assert "视频、语音等无法收下" in card
    assert "📝 中山东路井盖没了" in card


async def test_kind_9_an_album_with_a_video_keeps_its_photos_and_says_so(stage: Stage) -> None:
    album = stage.api.album(CITIZEN, [picture("red"), picture("blue")], "中山东路")
    group = album[0]["message"]["media_group_id"]
    moving = stage.api.message(CITIZEN, **video(), media_group_id=group)
    await stage.hear(album[0], moving, album[1])
    card = stage.api.last(CITIZEN).text
    assert "视频、语音等无法收下" in card
    assert "📷 2" in card


@pytest.mark.parametrize(
    ("kind", "name"),
    [("image/heic", "x"), ("", "IMG_1.JPG"), ("application/octet-stream", "a.png")],
)
async def test_kind_9_a_picture_as_a_file_is_known_by_its_type_or_its_name(
    stage: Stage, kind: str, name: str
) -> None:
    file = stage.api.store(picture())
    document = {"file_id": file, "file_unique_id": file, "mime_type": kind, "file_name": name}
    await stage.hear(stage.api.message(CITIZEN, document=document, caption="中山东路"))
    assert "📷 1" in stage.api.last(CITIZEN).text


@pytest.mark.parametrize("name", ["a.jpg.exe", "report.pdf", ""])
async def test_kind_9_any_other_file_is_refused_in_words(stage: Stage, name: str) -> None:
    document = {"file_id": "f", "file_unique_id": "f", "mime_type": "", "file_name": name}
    await stage.hear(stage.api.message(CITIZEN, document=document))
    assert "照片或文字" in stage.api.last(CITIZEN).text


async def test_kind_9_an_empty_file_is_refused_in_words(stage: Stage) -> None:
    await stage.hear(stage.api.photo(CITIZEN, b""))
    assert "不是可用的照片" in stage.api.last(CITIZEN).text
