"""Updates on their way: confirmed only when done, once each, in order."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from telegram import Update

from bots.channel import MessageIn
from bots.telegram.polling import Polling
from bots.telegram.rate import RateLimiter
from bots.telegram.updates import Inbox
from hotline.errors import Refused, Unavailable
from tests.bots.stage import CITIZEN, Stage, picture
from tests.fakes.botapi import ApiError


@asynccontextmanager
async def polling(stage: Stage) -> AsyncIterator[asyncio.Task[None]]:
    """A running loop of polling."""
    task = asyncio.create_task(Polling(stage.bot, stage.inbox, stage.clock).run())
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that must become true soon."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def test_an_update_is_confirmed_only_when_its_effects_are_on_record(stage: Stage) -> None:
    heard = asyncio.Event()

    async def slow(_: MessageIn) -> None:
        await heard.wait()

    stage.inbox = Inbox(slow, stage.talk.apologise, stage._elsewhere, stage.clock)
    first = stage.api.write(CITIZEN, "中山东路井盖没了")["update_id"]
    async with polling(stage):
        await until(lambda: stage.inbox.lowest_open() == first)
        second = stage.api.write(CITIZEN, "很危险")["update_id"]
        await until(lambda: len(stage.inbox._open) == 2)
        assert stage.api.fetched_to <= first
        heard.set()
        await until(lambda: stage.api.fetched_to == second + 1)


async def test_polling_takes_a_webhook_away_and_goes_on_after_trouble(stage: Stage) -> None:
    stage.api.webhook = {"url": "https://old.example/hook"}
    stage.api.trouble("deleteWebhook", ApiError(502, "Bad Gateway"))
    stage.api.trouble("getUpdates", ApiError(502, "Bad Gateway"))
    stage.api.trouble("getUpdates", ApiError(409, "Conflict: terminated by other getUpdates"))
    stage.api.trouble("getUpdates", OSError("cut"))
    stage.api.write(CITIZEN, "中山东路井盖没了")
    async with polling(stage):
        await until(lambda: stage.api.sent)
    assert "请确认" in stage.api.last(CITIZEN).text


async def test_a_token_that_is_taken_back_ends_polling_with_a_clear_line(stage: Stage) -> None:
    stage.api.trouble("getUpdates", ApiError(401, "Unauthorized"))
    with pytest.raises(Refused, match=r"telegram\.token"):
        await asyncio.wait_for(Polling(stage.bot, stage.inbox, stage.clock).run(), 5)


async def test_an_album_split_over_two_pages_is_one_message(stage: Stage) -> None:
    heard: list[MessageIn] = []

    async def note(message: MessageIn) -> None:
        heard.append(message)

    stage.inbox = Inbox(note, stage.talk.apologise, stage._elsewhere, stage.clock)
    album = stage.api.album(CITIZEN, [picture(), picture("blue"), picture("green")], "words")
    later = stage.api.write(CITIZEN, "after the album")
    await stage.hear(album[1], album[2], later, album[0])
    assert len(heard) == 2
    assert heard[0].text == "words"
    assert len(heard[0].photos) == 3
    assert heard[0].key.startswith(f"{CITIZEN}:{album[0]['message']['message_id']}:")
    assert heard[1].text == "after the album"


async def test_two_albums_at_once_stay_apart(stage: Stage) -> None:
    heard: list[MessageIn] = []

    async def note(message: MessageIn) -> None:
        heard.append(message)

    stage.inbox = Inbox(note, stage.talk.apologise, stage._elsewhere, stage.clock)
    one = stage.api.album(CITIZEN, [picture(), picture("blue")])
    two = stage.api.album(CITIZEN + 1, [picture(), picture("blue")])
    await stage.hear(one[0], two[0], one[1], two[1])
    assert sorted(len(message.photos) for message in heard) == [2, 2]


async def test_messages_of_a_chat_keep_their_order_while_one_waits(stage: Stage) -> None:
    heard: list[str] = []
    away = [True, True]

    async def note(message: MessageIn) -> None:
        if message.text == "first" and away:
            away.pop()
            raise Unavailable("away")
        heard.append(message.text)

    stage.inbox = Inbox(note, stage.talk.apologise, stage._elsewhere, stage.clock)
    await stage.hear(stage.api.write(CITIZEN, "first"), stage.api.write(CITIZEN, "second"))
    assert heard == ["first", "second"]


async def test_the_same_update_twice_at_once_is_heard_once(stage: Stage) -> None:
    heard: list[str] = []

    async def note(message: MessageIn) -> None:
        await asyncio.sleep(0)
        heard.append(message.text)

    stage.inbox = Inbox(note, stage.talk.apologise, stage._elsewhere, stage.clock)
    update = stage.api.write(CITIZEN, "once")
    await stage.hear(update, update)
    await stage.hear(update)
    assert heard == ["once"]


async def test_what_is_not_done_at_the_end_was_never_confirmed(stage: Stage) -> None:
    async def never(_: MessageIn) -> None:
        await asyncio.Event().wait()

    stage.inbox = Inbox(never, stage.talk.apologise, stage._elsewhere, stage.clock)
    update = stage.api.write(CITIZEN, "x")
    stage.inbox.take(Update.de_json(update, stage.bot))
    await asyncio.sleep(0)
    await stage.inbox.close()
    assert stage.inbox.lowest_open() == update["update_id"]


async def test_a_chat_gets_a_few_messages_at_once_and_then_one_a_second(stage: Stage) -> None:
    pace = RateLimiter(stage.clock)
    start = stage.clock.monotonic()
    for _ in range(4):
        await pace.wait("one")
    assert stage.clock.monotonic() - start < 0.5
    for _ in range(10):
        await pace.wait("one")
    assert 9 <= stage.clock.monotonic() - start <= 11


async def test_all_chats_together_stay_below_thirty_a_second(stage: Stage) -> None:
    pace = RateLimiter(stage.clock)
    start = stage.clock.monotonic()
    for chat in range(290):
        await pace.wait(str(chat))
    assert 290 / (stage.clock.monotonic() - start) < 30


@pytest.mark.parametrize("number", [0, 3, 990, 1000, 5_000_000])
async def test_kind_8_updates_are_heard_when_their_numbers_begin_anew(
    stage: Stage, number: int
) -> None:
    async with polling(stage):
        stage.api.write(CITIZEN, "中山东路井盖没了")
        await until(lambda: stage.api.of(CITIZEN))
        # A round with nothing in it: all that was there is confirmed.
        await until(lambda: asked_without_an_offset(stage))
        stage.api._update = number
        stage.api.write(CITIZEN, "快来修")
        await until(lambda: "快来修" in stage.api.last(CITIZEN).text)


def asked_without_an_offset(stage: Stage) -> bool:
    """Let a long poll end, and tell whether the next asks for whatever is not confirmed."""
    stage.api._arrived.set()
    asked = [params for name, params in stage.api.calls if name == "getUpdates"]
    return len(asked) > 2 and not int(asked[-1].get("offset") or 0)


async def test_kind_8_a_number_that_was_used_before_is_another_update(stage: Stage) -> None:
    first = stage.api.write(CITIZEN, "中山东路井盖没了")
    second = {**stage.api.write(CITIZEN, "快来修"), "update_id": first["update_id"]}
    await stage.hear(first, second)
    await stage.hear(first, second)
    assert "中山东路井盖没了\n快来修" in stage.api.last(CITIZEN).text
    assert len(stage.api.of(CITIZEN)) == 2


async def test_kind_8_a_bot_that_was_made_anew_counts_its_messages_from_one(stage: Stage) -> None:
    await stage.write(CITIZEN, "中山东路井盖没了")
    await stage.tap(CITIZEN, "提交")
    stage.restart()
    anew = stage.api.write(CITIZEN, "中山东路路灯不亮")
    anew["message"] |= {"message_id": 1, "date": anew["message"]["date"] + 86_400}
    await stage.hear(anew)
    await stage.tap(CITIZEN, "提交")
    texts = [report.text for report, _ in stage.backend.reports.values()]
    assert texts == ["中山东路井盖没了", "中山东路路灯不亮"]
