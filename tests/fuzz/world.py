"""A whole backend on a database of its own, with somebody of every post and both connectors."""

import hashlib
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from aiohttp import web

from backend.api import pages
from backend.api.office_keys import OFFICE
from backend.api.server import Runner
from backend.app import build_app
from backend.desks.context import AppContext
from backend.store import chats, people
from backend.store.chats import Chat
from config.sections import ConnectorSettings, HomeSettings, WebSettings
from config.settings import Settings
from hotline.case.case import Case
from hotline.channel import Channel
from hotline.clock import SystemClock
from hotline.ids import new_id
from tests.backend.test_media import make_photo
from tests.fuzz.send import Sent, send
from tests.posts import Post

SLOW_S: Final = 0.4
CASES: Final = 6


@dataclass(slots=True)
class World:
    """Where the backend listens, who may speak to it, and the names that there are."""

    app: web.Application
    port: int
    tokens: dict[str, str]
    sessions: dict[str, tuple[str, str]]
    known: dict[str, list[str]]

    @property
    def office(self) -> AppContext:
        """The office behind it."""
        return self.app[OFFICE].now

    @property
    def everybody(self) -> list[str]:
        """Every account, both connectors, and a stranger."""
        return [*self.sessions, *self.tokens, ""]

    def headers_of(self, who: str) -> tuple[str, ...]:
        """The headers by which somebody is known."""
        if who in self.tokens:
            return (f"Authorization: Bearer {self.tokens[who]}",)
        if who not in self.sessions:
            return ()
        secret, csrf = self.sessions[who]
        return (f"Cookie: hotline_session={secret}", f"X-CSRF-Token: {csrf}")

    async def enter(self, person: str) -> None:
        """Give somebody an account and a session."""
        secret, csrf = secrets.token_hex(8), secrets.token_hex(8)
        self.sessions[person] = (secret, csrf)
        now = self.office.clock.now()
        hashed = hashlib.sha256(secret.encode()).hexdigest()
        account = people.Account(person.lower(), person, "no hash", "zh_CN")
        async with self.office.store.begin() as connection:
            await people.add_accounts(connection, [account], now)
            later = now + timedelta(hours=12)
            await people.add_session(connection, hashed, account.username, csrf, now, later)


@asynccontextmanager
async def world(url: str, folder: Path) -> AsyncIterator[World]:
    """Run a backend on a migrated database, with a few cases to work on."""
    settings = Settings(
        home=HomeSettings(data_dir=folder),
        web=WebSettings(slow_s=SLOW_S),
        connectors=ConnectorSettings(terminal=True),
    )
    tokens = {connector: secrets.token_hex(16) for connector in ("ivr", "bots")}
    settings.tokens_folder.mkdir(parents=True)
    for connector, token in tokens.items():
        (settings.tokens_folder / connector).write_text(token)
    app = await build_app(settings, SystemClock(), url)
    app[pages.STATIC] = _console(folder / "static")
    runner = Runner(app, settings)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = int(runner.addresses[0][1])
        made = World(app, port, tokens, {}, {})
        for post in Post:
            if first := made.office.city.organisation.first_of(post):
                await made.enter(first.code)
        await _fill(made)
        yield made
    finally:
        await runner.cleanup()


def _console(folder: Path) -> Path:
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>console</title>", "utf-8")
    return folder


async def _fill(made: World) -> None:
    """Report some cases, store a photo, and note every name that a request may use."""
    connector = made.headers_of("bots")
    photo = Sent("PUT", "/connector/media?kind=photo", connector, make_photo())
    sha256 = json.loads((await send(made.port, photo)).text.partition(b"\r\n\r\n")[2])["sha256"]
    numbers = []
    for turn in range(CASES):
        report = {
            "channel": "telegram",
            "key": f"seed-{turn}",
            "contact": {"channel": "telegram", "address": str(1000 + turn), "name": "王小明"},
            "said_at": made.office.clock.now().isoformat(),
            "text": "中山东路86号供水井盖没了",
            "media": [sha256],
        }
        json_type = "Content-Type: application/json"
        sent = Sent(
            "POST", "/connector/reports", (*connector, json_type), json.dumps(report).encode()
        )
        answer = (await send(made.port, sent)).text.partition(b"\r\n\r\n")[2]
        numbers.append(json.loads(answer)["number"])
    city = made.office.city
    staff = list(made.sessions)
    async with made.office.store.begin() as connection:
        for turn, person in enumerate(staff):
            chat = Chat(Channel.TELEGRAM, str(2000 + turn), person, "en")
            await chats.bind_chat(connection, chat, made.office.clock.now())
    made.known |= {
        "number": numbers,
        "person": staff,
        "collector": staff,
        "handler": staff,
        "reporter": staff,
        "username": staff,
        "sha256": [sha256, "0" * 64, new_id(made.office.clock.now()).hex * 2],
        "media": [sha256],
        "action": sorted({move.action for move in city.workflow.moves}),
        "stage": list(city.workflow.stages),
        "department": list(city.organisation.departments),
        "matter": list(made.office.matters)[:20],
        "cell": list(city.duty)[:20],
        "urgency": ["critical", "urgent", "normal"],
        "language": ["zh_CN", "en", "tlh"],
        "channel": ["telegram", "phone", "console", "terminal"],
        "address": [
            *(str(2000 + turn) for turn in range(len(staff))),
            *(f"terminal:{person}" for person in staff),
            *("1000", "1001", "13800138000"),
        ],
        "key": [f"seed-{turn}" for turn in range(CASES)],
        "kind": ["photo", "recording", "photo_done"],
        "name": ["cells", "roads", "places", "grids"],
        "id": [str(new_id(made.office.clock.now()))],
        "field": sorted(Case.__dataclass_fields__),
    }
