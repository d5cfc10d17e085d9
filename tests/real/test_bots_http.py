"""The Telegram connector over HTTP: the real library against our double of the Bot API."""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bots.telegram.api import make_bot
from bots.telegram.service import TelegramConnector, check
from config.sections import HomeSettings, TelegramSettings
from config.settings import Settings
from hotline.clock import SystemClock
from hotline.errors import Refused, Unavailable
from hotline.media import MediaKind
from hotline.number import printed
from tests import cities
from tests.bots.stage import CITIZEN, COLLECTOR, FILED, HANDLER, picture
from tests.fakes.backend import FakeBackend
from tests.fakes.botapi import TOKEN, ApiError, BotApi, Served, retry_after, serve

pytestmark = pytest.mark.real


class Running:
    """A connector that runs, and everything around it."""

    def __init__(self, served: Served, backend: FakeBackend, settings: Settings):
        self.served = served
        self.api = served.api
        self.backend = backend
        self.settings = settings

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something that must become true soon."""
        async with asyncio.timeout(90):
            while not condition():
                await asyncio.sleep(0.02)

    async def said(self, chat: int, words: str) -> None:
        """Wait until the bot has said something to a chat."""
        await self.until(lambda: any(words in one.text for one in self.api.of(chat)))

    async def desk(self, number: str, action: str, person: str, **more: object) -> None:
        """Somebody at a desk moves a case."""
        key = f"desk:{len(self.backend.keys)}"
        actor = cities.organisation().person(person).actor()
        self.backend.move(number, action, actor, key=key, **more)  # type: ignore[arg-type]


@asynccontextmanager
async def running(
    served: Served, folder: Path, backend: FakeBackend, **telegram: object
) -> AsyncIterator[Running]:
    """Run the connector as the service does."""
    ours = TelegramSettings(token=TOKEN, base_url=served.url, **telegram)  # type: ignore[arg-type]
    settings = Settings(home=HomeSettings(data_dir=folder), telegram=ours)
    bot = make_bot(ours)
    connector = TelegramConnector(settings, SystemClock(), bot, backend)
    task = asyncio.create_task(connector.run())
    try:
        yield Running(served, backend, settings)
        assert not task.done() or task.exception() is None
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await bot.shutdown()


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """The double behind HTTP."""
    async with serve(BotApi()) as made:
        yield made


@pytest.fixture
def backend() -> FakeBackend:
    """A backend in memory, on the real clock."""
    return FakeBackend(SystemClock(), hurried=True)


async def test_a_case_goes_round_by_polling(
    served: Served, backend: FakeBackend, tmp_path: Path
) -> None:
    async with running(served, tmp_path, backend) as connector:
        api = connector.api
        backend.codes |= {"COLLECT": "collector01", "WATER": "water1"}
        api.write(COLLECTOR, "/start COLLECT")
        api.write(HANDLER, "/start WATER")
        await connector.said(COLLECTOR, "已绑定")
        await connector.said(HANDLER, "已绑定")

        api.album(CITIZEN, [picture("red"), picture("blue")], "中山东路井盖没了")
        await connector.said(CITIZEN, "📷 2")
        api.tap(CITIZEN, "提交")
        await connector.said(CITIZEN, "已登记")
        number = next(iter(backend.cases))
        assert printed(number) in api.last(CITIZEN).text

        await connector.desk(number, "ask_verify", "acceptor1", given={"collector": "collector01"})
        await connector.said(COLLECTOR, "核实任务")
        assert [one.photo for one in api.of(COLLECTOR) if one.photo] == [
            picture("red"),
            picture("blue"),
        ]
        api.tap(COLLECTOR, "属实")
        await connector.said(COLLECTOR, "请发一张现场照片")
        api.photo(COLLECTOR, picture("green"))
        await connector.until(lambda: backend.cases[number].fields.get("verified") == "true")

        await connector.desk(number, "file", "acceptor1", given=FILED)
        await connector.desk(number, "dispatch", "dispatcher1", given={"department": "water"})
        await connector.said(HANDLER, "新案件")
        await connector.said(CITIZEN, "自来水公司")
        api.tap(HANDLER, "接单")
        await connector.until(lambda: backend.cases[number].person_of("handler") == "water1")
        await connector.said(HANDLER, "✅ 接单 · ")
        api.photo(HANDLER, picture("white"), reply_to_message=api.last(HANDLER))
        await connector.until(lambda: backend.cases[number].stage == "to_check")
        assert backend.photos[number][-1].kind is MediaKind.PHOTO_DONE

        await connector.desk(number, "ask_check", "acceptor1", given={"collector": "collector01"})
        await connector.said(COLLECTOR, "核查任务")
        api.photo(COLLECTOR, picture("black"))
        await connector.said(COLLECTOR, "已收到 1 张")
        api.tap(COLLECTOR, "已解决")
        await connector.said(COLLECTOR, "发送您的位置")
        here = {"longitude": 121.5886, "latitude": 29.8814}
        api.message(COLLECTOR, location=here, date=int(time.time()))
        await connector.until(lambda: backend.cases[number].stage == "to_close")
        await connector.desk(number, "close", "chief1")
        await connector.said(CITIZEN, "已处理完毕并结案")
        await connector.until(lambda: api.fetched_to == api._update + 1)
        await connector.until(lambda: {one.state for one in backend.outbox} == {"sent"})
        assert len(backend.reports) == 1


async def test_errors_of_the_api_lose_and_double_nothing(
    served: Served, backend: FakeBackend, tmp_path: Path
) -> None:
    api = served.api
    for method in ("getMe", "setMyCommands", "deleteWebhook", "getUpdates"):
        api.trouble(method, ApiError(502, "Bad Gateway"))
    async with running(served, tmp_path, backend) as connector:
        api.trouble("getFile", ApiError(502, "Bad Gateway"))
        api.trouble("sendMessage", retry_after(1))
        api.photo(CITIZEN, picture(), caption="中山东路井盖没了")
        await connector.said(CITIZEN, "请确认")
        tap = api.tap(CITIZEN, "提交")
        api.expired.add(tap["callback_query"]["id"])
        api.trouble("editMessageText", ApiError(400, "Bad Request: message to edit not found"))
        await connector.said(CITIZEN, "已登记")
        number = next(iter(backend.cases))
        api.trouble("sendMessage", retry_after(1))
        await connector.desk(number, "file", "acceptor1", given=FILED)
        await connector.until(lambda: len(backend.outbox[0].settled) == 1)
        assert backend.outbox[0].settled[0].retry_after == 1
        await connector.said(CITIZEN, "已立案")
        api.blocked.add(CITIZEN)
        await connector.desk(number, "dispatch", "dispatcher1", given={"department": "water"})
        await connector.until(lambda: backend.outbox[1].state == "failed")
        assert len(backend.reports) == 1
        assert len([one for one in api.of(CITIZEN) if "已立案" in one.text]) == 1


async def test_a_connector_that_is_stopped_in_the_middle_goes_on_where_it_was(
    served: Served, backend: FakeBackend, tmp_path: Path
) -> None:
    api = served.api
    async with running(served, tmp_path, backend) as connector:
        api.photo(CITIZEN, picture("red"), caption="中山东路井盖没了")
        await connector.said(CITIZEN, "请确认")
        backend.down = True
        api.tap(CITIZEN, "提交")
        await connector.said(CITIZEN, "不必重发")
    backend.down = False
    async with running(served, tmp_path, backend) as connector:
        await connector.said(CITIZEN, "已登记")
        await connector.until(lambda: api.fetched_to == api._update + 1)
    assert len(backend.reports) == 1


async def test_updates_come_by_webhook_with_the_secret_only(
    served: Served, backend: FakeBackend, tmp_path: Path
) -> None:
    api, port = served.api, free_port()
    hook = {
        "mode": "webhook",
        "webhook_url": f"http://127.0.0.1:{port}/telegram/hook",
        "webhook_port": port,
        "webhook_secret": "open-sesame",
    }
    async with running(served, tmp_path, backend, **hook) as connector:
        await connector.until(lambda: api.webhook["url"])
        update = api.write(CITIZEN, "中山东路井盖没了")
        assert await served.post(update, secret="wrong") == 403
        assert not api.sent
        assert await served.post(update) == 200
        assert "请确认" in api.last(CITIZEN).text
        assert await served.post(update) == 200
        tap = api.tap(CITIZEN, "提交")
        answers = await asyncio.gather(served.post(tap), served.post(tap), served.post(tap))
        assert list(answers) == [200, 200, 200]
        assert len(backend.reports) == 1
        album = api.album(CITIZEN, [picture("red"), picture("blue")], "解放路路灯")
        assert await asyncio.gather(*(served.post(one) for one in album)) == [200, 200]
        assert "位置" in api.last(CITIZEN).text
        for body in ({}, {"update_id": "x"}):
            assert await served.post(body) == 400
        # Telegram would post it again and again, and what comes behind it would wait.
        assert await served.post({"update_id": 5, "message": {}}) == 200
        async with served.session.get(f"http://127.0.0.1:{port}/healthz") as response:
            assert response.status == 200


@pytest.mark.parametrize("secret", [b"\xff\xfe", b"\xed\xa0\x80", b"open-sesame\xff", b""])
async def test_l1_a_webhook_secret_that_is_no_text_is_refused(
    served: Served, backend: FakeBackend, tmp_path: Path, secret: bytes
) -> None:
    """Bytes that are no UTF-8 were answered with 500 and a trace, by whoever sent them."""
    port = free_port()
    hook = {
        "mode": "webhook",
        "webhook_url": f"http://127.0.0.1:{port}/hook",
        "webhook_port": port,
        "webhook_secret": "open-sesame",
    }
    async with running(served, tmp_path, backend, **hook) as connector:
        await connector.until(lambda: served.api.webhook["url"])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = b"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
        writer.write(head + b"X-Telegram-Bot-Api-Secret-Token: " + secret + b"\r\n\r\n{}")
        assert (await reader.readline()).split()[1] == b"403"
        writer.close()


async def test_k4_an_update_that_cannot_be_read_holds_up_no_other_chat(
    served: Served, backend: FakeBackend, tmp_path: Path
) -> None:
    """The library gives up a whole page of updates for one, and polling ended with it."""
    api = served.api
    async with running(served, tmp_path, backend) as connector:
        bad = [api.write(chat, "x") for chat in (111, 112, 113)]
        bad[0]["message"]["date"] = 10**13
        del bad[1]["message"]["chat"]
        bad[2]["message"] = ["of a form that nobody knows"]
        last = api.write(CITIZEN, "中山东路井盖没了")
        await connector.said(CITIZEN, "请确认")
        await connector.until(lambda: api.fetched_to == last["update_id"] + 1)


async def test_fault_20_edits_come_by_webhook(
    served: Served, backend: FakeBackend, tmp_path: Path
) -> None:
    api, port = served.api, free_port()
    hook = {
        "mode": "webhook",
        "webhook_url": f"http://127.0.0.1:{port}/telegram/hook",
        "webhook_port": port,
        "webhook_secret": "open-sesame",
    }
    async with running(served, tmp_path, backend, **hook) as connector:
        await connector.until(lambda: api.webhook["url"])
        assert "edited_message" in api.webhook["allowed_updates"]
        first = api.write(CITIZEN, "中山东路68号路灯不亮")
        assert await served.post(first) == 200
        assert await served.post(api.edit(first, text="中山东路86号路灯不亮")) == 200
        assert "86号" in api.last(CITIZEN).text


async def test_wrong_settings_are_refused_with_one_clear_line(
    served: Served, backend: FakeBackend, tmp_path: Path
) -> None:
    def settings(**telegram: object) -> Settings:
        return Settings(home=HomeSettings(data_dir=tmp_path), telegram=TelegramSettings(**telegram))  # type: ignore[arg-type]

    assert await check(settings(token=TOKEN, base_url=served.url)) == "double_bot"
    with pytest.raises(Refused, match="is not taken"):
        await check(settings(token="1:wrong", base_url=served.url))
    with pytest.raises(Unavailable, match="does not answer"):
        await check(settings(token=TOKEN, base_url=f"http://127.0.0.1:{free_port()}"))
    busy = socket.socket()
    busy.bind(("127.0.0.1", 0))
    busy.listen()
    port = busy.getsockname()[1]
    hook = TelegramSettings(
        token=TOKEN,
        base_url=served.url,
        mode="webhook",
        webhook_url="https://x",
        webhook_port=port,
        webhook_secret="s",
    )
    bot = make_bot(hook)
    wrong = Settings(home=HomeSettings(data_dir=tmp_path), telegram=hook)
    with pytest.raises(OSError, match=str(port)):
        await TelegramConnector(wrong, SystemClock(), bot, backend).run()
    await bot.shutdown()
    busy.close()


async def test_the_token_is_in_no_log_line(
    served: Served, backend: FakeBackend, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bots")
    served.api.trouble("getUpdates", ApiError(502, "Bad Gateway"))
    async with running(served, tmp_path, backend) as connector:
        connector.api.write(CITIZEN, "中山东路井盖没了")
        await connector.said(CITIZEN, "请确认")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("bots")]
    assert ours
    assert not [line for line in ours if TOKEN in line]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
