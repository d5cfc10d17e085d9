"""A stage for the message connectors: real library objects on a fake wire, a backend in memory."""

import asyncio
import io
from datetime import UTC, datetime
from typing import Any

from PIL import Image
from telegram import Bot, Update

from backend.client import BackendClient
from bots.city import CityWatch
from bots.conversation import Conversation
from bots.delivery import DeliveryLoop
from bots.telegram.api import make_bot
from bots.telegram.channel import TelegramChannel
from bots.telegram.updates import Inbox
from config.sections import TelegramSettings
from hotline.channel import Channel
from hotline.clock import FixedClock
from tests import cities
from tests.fakes.backend import FakeBackend
from tests.fakes.botapi import TOKEN, BotApi, Sent
from tests.fakes.wire import UpdatesWire, Wire

CITIZEN = 500
COLLECTOR = 601
HANDLER = 602
# What a case is filed with that was reported without a position.
FILED = {"matter": "01001", "condition": "1", "cell": "330299001001001"}
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


class StepClock(FixedClock):
    """A clock that moves itself on when somebody waits, and lets others run meanwhile."""

    async def sleep(self, seconds: float) -> None:
        """Move on, and yield."""
        await super().sleep(seconds)
        await asyncio.sleep(0)


class Stage:
    """One bot, one backend (in memory unless another is given), and everybody who writes."""

    backend: FakeBackend

    def __init__(self, backend: BackendClient | None = None) -> None:
        self.clock = StepClock(NOW)
        self.api = BotApi()
        self.asked = backend or FakeBackend(self.clock)
        if isinstance(self.asked, FakeBackend):
            self.backend = self.asked
        self.bot: Bot = make_bot(
            TelegramSettings(token=TOKEN), Wire(self.api), UpdatesWire(self.api)
        )
        self.city = CityWatch(self.asked)
        self.restart()

    def restart(self) -> None:
        """Begin with a new process: nothing is remembered but what the backend keeps."""
        self.channel = TelegramChannel(self.bot, self.asked.media, self.clock)
        self.talk = Conversation(self.asked, self.channel, self.city, self.clock, "zh_CN")
        self.inbox = Inbox(self.talk.hear, self.talk.apologise, self._elsewhere, self.clock)
        self.delivery = DeliveryLoop(self.asked, self.channel, self.city, self.clock)

    async def _elsewhere(self, group: str) -> None:
        await self.bot.send_message(group, "elsewhere")

    async def hear(self, *updates: dict[str, Any]) -> None:
        """Let updates arrive together, and wait until each is at its end."""
        taken = [self.inbox.take(Update.de_json(one, self.bot)) for one in updates]
        await asyncio.wait_for(asyncio.gather(*taken), 10)

    async def write(self, chat: int, text: str) -> Sent:
        """Somebody writes; gives the answer."""
        await self.hear(self.api.write(chat, text))
        return self.api.last(chat)

    async def photo(self, chat: int, colour: str = "red", **more: Any) -> Sent:
        """Somebody sends a photo; gives the answer."""
        await self.hear(self.api.photo(chat, picture(colour), **more))
        return self.api.last(chat)

    async def place(self, chat: int) -> Sent:
        """Somebody shares a position; gives the answer."""
        await self.hear(self.api.place(chat, 121.59, 29.88))
        return self.api.last(chat)

    async def tap(self, chat: int, label: str, sent: Sent | None = None) -> Sent:
        """Somebody presses a button; gives the newest message then."""
        await self.hear(self.api.tap(chat, label, sent))
        return self.api.last(chat)

    async def report(self, text: str = "中山东路井盖没了") -> str:
        """A citizen reports; gives the number."""
        await self.write(CITIZEN, text)
        await self.tap(CITIZEN, "提交")
        return list(self.backend.cases)[-1]

    def seat(self, chat: int, person: str) -> None:
        """Bind a chat to a person."""
        self.backend.chats[Channel.TELEGRAM, str(chat)] = (person, "zh_CN")

    async def move(self, number: str, action: str, person: str, **more: Any) -> None:
        """Somebody at a desk moves a case; the notices go out."""
        key = f"desk:{len(self.backend.keys)}"
        actor = cities.organisation().person(person).actor()
        self.backend.move(number, action, actor, key=key, **more)
        await self.deliver()

    async def deliver(self) -> None:
        """Send everything that is due."""
        while await self.delivery.deliver_once():
            pass

    def draft(self, chat: int) -> dict[str, Any]:
        """What the backend keeps of a chat."""
        return self.backend.drafts[Channel.TELEGRAM, str(chat)]

    def toasts(self) -> list[str]:
        """What taps were answered with."""
        return [text for _, text in self.api.answered]


def picture(colour: str = "red") -> bytes:
    """A small photo."""
    body = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(body, "JPEG")
    return body.getvalue()
