"""A case by chat, step by step: Bot API over HTTP, connector, backend and PostgreSQL."""

import asyncio
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from backend.api.office_keys import OFFICE
from backend.app import build_app
from backend.client import BackendClient
from backend.desks.context import AppContext
from backend.jobs.runner import Worker
from backend.store import cases, chats
from bots.gateway import make_client
from bots.telegram.api import make_bot
from bots.telegram.service import TelegramConnector
from config.sections import ConnectorSettings, HomeSettings, TelegramSettings, WebSettings
from config.settings import Settings
from hotline.case.case import Case, Step
from hotline.channel import Channel
from hotline.clock import SystemClock
from hotline.number import printed
from tests.bots.desk import Desk
from tests.bots.stage import CITIZEN, COLLECTOR, HANDLER, picture
from tests.fakes.botapi import TOKEN, BotApi, serve

CLOCK = SystemClock()


@dataclass(slots=True)
class Hotline:
    """Everything that runs, and who works in it."""

    api: BotApi
    office: AppContext
    backend: BackendClient
    environment: dict[str, str]

    async def said(self, chat: int, words: str) -> None:
        """Wait until the bot has said something to a chat."""
        await until(lambda: any(words in one.text for one in self.api.of(chat)))

    async def case(self) -> Case:
        """The only case."""
        brief = await self.backend.newest_case(Channel.TELEGRAM, str(CITIZEN))
        assert brief is not None
        return await self.numbered(brief.number)

    async def numbered(self, number: str) -> Case:
        """The case of a number."""
        async with self.office.store.connect() as connection:
            return await cases.load(connection, number)

    async def steps(self, case: Case) -> list[Step]:
        """The steps of a case."""
        async with self.office.store.connect() as connection:
            return await cases.steps_of(connection, case.id)

    async def in_stage(self, stage: str) -> Case:
        """Wait until the case is in a stage."""
        return await self.gets(stage, (await self.case()).number)

    async def gets(self, stage: str, number: str) -> Case:
        """Wait until the case of a number is in a stage."""
        async with asyncio.timeout(90):
            while (found := await self.numbered(number)).stage != stage:
                await asyncio.sleep(0.05)
        return found

    async def understood(self, number: str) -> Case:
        """Wait until a class was suggested for the case of a number."""
        async with asyncio.timeout(90):
            while not (found := await self.numbered(number)).suggestions:
                await asyncio.sleep(0.05)
        return found

    async def seat(self, chat: int, person: str) -> None:
        """Bind a chat to a person."""
        async with self.office.store.begin() as connection:
            seat = chats.Chat(Channel.TELEGRAM, str(chat), person, "zh_CN")
            await chats.bind_chat(connection, seat, CLOCK.now())

    def desk(self, person: str) -> Desk:
        """Somebody at a terminal."""
        return Desk(self.backend, CLOCK, person)

    async def open_desk(self, person: str) -> Desk:
        """Somebody at a terminal with the case's card open."""
        desk = self.desk(person)
        assert "待办 1 件" in await desk.type("/tasks")
        await desk.press(printed((await self.case()).number))
        return desk


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that must become true soon."""
    async with asyncio.timeout(90):
        while not condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def chatting(tables: str, tmp_path: Path) -> AsyncIterator[Hotline]:
    """A backend on a migrated database, and the Telegram connector on the double of the Bot API."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    async with serve(BotApi()) as served:
        settings = Settings(
            home=HomeSettings(data_dir=tmp_path),
            connectors=ConnectorSettings(terminal=True),
            web=WebSettings(port=port),
            telegram=TelegramSettings(token=TOKEN, base_url=served.url),
        )
        settings.tokens_folder.mkdir(parents=True)
        (settings.tokens_folder / "bots").write_text(secrets.token_urlsafe(16), "ascii")
        async with office_of(settings, tables) as office:
            backend, bot = make_client(settings), make_bot(settings.telegram)
            connector = TelegramConnector(settings, CLOCK, bot, backend)
            task = asyncio.create_task(connector.run())
            environment = {
                "HOTLINE_HOME_DATA_DIR": str(tmp_path),
                "HOTLINE_WEB_PORT": str(port),
                "HOTLINE_CONNECTORS_TERMINAL": "on",
                "HOTLINE_TELEGRAM_TOKEN": TOKEN,
                "HOTLINE_TELEGRAM_BASE_URL": served.url,
                "LANG": "zh_CN.UTF-8",
            }
            yield Hotline(served.api, office, backend, environment)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await bot.shutdown()
            await backend.close()


@asynccontextmanager
async def office_of(settings: Settings, url: str) -> AsyncIterator[AppContext]:
    """Run the backend's own application on a port, and a worker beside it."""
    app = await build_app(settings, CLOCK, url)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, settings.web.host, settings.web.port).start()
    working = asyncio.create_task(Worker(app[OFFICE]).run())
    yield app[OFFICE].now
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await runner.cleanup()


async def reported(hotline: Hotline) -> Case:
    """The citizen reports with an album and a position."""
    api = hotline.api
    api.album(CITIZEN, [picture("red"), picture("blue")], "污水井盖不见了，很危险")
    await hotline.said(CITIZEN, "还缺位置")
    api.place(CITIZEN, 121.5886, 29.8814)
    await hotline.said(CITIZEN, "请确认")
    api.tap(CITIZEN, "提交")
    await hotline.said(CITIZEN, "已登记")
    case = await hotline.case()
    assert printed(case.number) in api.last(CITIZEN).text
    return await hotline.understood(case.number)


async def verified_and_filed(hotline: Hotline, case: Case) -> None:
    """The acceptor has it verified by the collector's chat and files it."""
    api = hotline.api
    collector = hotline.office.city.suggested_collector(case.cell, hotline.office.clock.now())
    assert collector is not None
    await hotline.seat(COLLECTOR, collector)
    acceptor = await hotline.open_desk("acceptor")
    await acceptor.press("下发核实")
    await hotline.said(COLLECTOR, "核实任务")
    api.photo(COLLECTOR, picture("green"))
    await hotline.said(COLLECTOR, "已收到 1 张")
    api.tap(COLLECTOR, "属实")
    assert (await hotline.in_stage("reported")).fields.get("verified") == "true"
    acceptor = await hotline.open_desk("acceptor")
    assert "类别" in await acceptor.press("📁 立案")
    await acceptor.press("井盖")
    if (await hotline.case()).stage == "reported":
        await acceptor.press("缺失")
    await hotline.in_stage("to_dispatch")
    await hotline.said(CITIZEN, "已立案")


async def dispatched(hotline: Hotline, department: str) -> None:
    """The dispatcher chooses a department."""
    dispatcher = await hotline.open_desk("dispatcher")
    await dispatcher.press("派遣")
    await dispatcher.press(department)
    await hotline.in_stage("handling")


async def handled(hotline: Hotline, colour: str) -> None:
    """The department finishes by a photo in reply to its card."""
    card = hotline.api.last(HANDLER)
    hotline.api.photo(HANDLER, picture(colour), reply_to_message=card, caption="已换")
    await hotline.in_stage("to_check")


async def checked(hotline: Hotline, label: str, stage: str, colour: str) -> None:
    """The acceptor has it checked; the collector sends a photo and taps."""
    acceptor = await hotline.open_desk("acceptor")
    before = len(hotline.api.of(COLLECTOR))
    await acceptor.press("下发核查")
    await until(lambda: any("核查任务" in one.text for one in hotline.api.of(COLLECTOR)[before:]))
    hotline.api.tap(COLLECTOR, label)
    await until(lambda: "现场照片" in hotline.api.last(COLLECTOR).text)
    hotline.api.photo(COLLECTOR, picture(colour))
    if stage == "to_close":
        await stands_there(hotline, await hotline.case())
    await hotline.in_stage(stage)


async def stands_there(hotline: Hotline, case: Case) -> None:
    """What proves something is of the place: the collector shares where they stand."""
    await hotline.said(COLLECTOR, "发送您的位置")
    assert case.point is not None
    here = {"longitude": case.point.lon, "latitude": case.point.lat}
    hotline.api.message(COLLECTOR, location=here, date=int(time.time()))
