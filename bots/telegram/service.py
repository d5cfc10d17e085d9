"""The Telegram connector as a whole: bot, inbox, conversation and outbox, until it is stopped."""

import asyncio
import logging
import re

from telegram import Bot
from telegram.error import TelegramError

from backend.client import BackendClient
from bots.channel import MessageOut
from bots.city import CityWatch
from bots.conversation import Conversation
from bots.delivery import DeliveryLoop
from bots.gateway import make_client
from bots.telegram.api import make_bot, name_commands, sign_in
from bots.telegram.channel import TelegramChannel
from bots.telegram.polling import Polling
from bots.telegram.updates import Inbox
from bots.telegram.webhook import Webhook
from config.settings import Settings
from hotline.clock import Clock
from hotline.errors import Refused, Unavailable
from hotline.health import BOTS, Beat, keep_beating
from hotline.words import say

log = logging.getLogger(__name__)

RETRY_S = 5.0
SECRET_FORM = re.compile(r"[A-Za-z0-9_-]{1,256}")


class TelegramConnector:
    """Everything between the Bot API and the backend."""

    def __init__(self, settings: Settings, clock: Clock, bot: Bot, backend: BackendClient):
        self._clock = clock
        self._bot = bot
        self._backend = backend
        self._language = settings.home.language
        self._channel = TelegramChannel(bot, backend.media, clock)
        city = CityWatch(backend)
        talk = Conversation(backend, self._channel, city, clock, settings.home.language)
        self.inbox = Inbox(talk.hear, talk.apologise, self._elsewhere, clock)
        self._delivery = DeliveryLoop(backend, self._channel, city, clock)
        self._source = (
            Polling(bot, self.inbox, clock)
            if settings.telegram.mode == "polling"
            else Webhook(bot, self.inbox, settings.telegram, clock)
        )

    async def run(self) -> None:
        """Run until cancelled, or until one part cannot go on; its error is raised."""
        await self._sign_in()
        works = (self._source.run(), self._delivery.run(), self._live())
        parts = [asyncio.ensure_future(one) for one in works]
        try:
            done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for part in done:
                part.result()
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
            await self.inbox.close()

    async def _sign_in(self) -> None:
        """Sign in, waiting as long as the Bot API is out of reach."""
        while True:
            try:
                name = await sign_in(self._bot)
            except Unavailable as error:
                log.warning("%s", error)
                await self._clock.sleep(RETRY_S)
            else:
                break
        log.info("signed in to the Bot API as %s", name)
        try:
            await name_commands(self._bot)
        except TelegramError as error:
            log.warning("the menu of commands was not set: %s", error)

    async def _live(self) -> None:
        """Give signs of life."""

        async def beat() -> Beat:
            return Beat(BOTS, self._clock.now())

        await keep_beating(self._clock, beat, self._backend.beat)

    async def _elsewhere(self, group: str) -> None:
        words = say("bot.private_only", self._language)
        await self._channel.send(MessageOut(group, words))


async def serve(settings: Settings, clock: Clock) -> None:
    """Run the Telegram connector. Refused, Invalid or OSError for settings that cannot work."""
    check_settings(settings)
    backend = make_client(settings)
    bot = make_bot(settings.telegram)
    try:
        await TelegramConnector(settings, clock, bot, backend).run()
    finally:
        await bot.shutdown()
        await backend.close()


async def check(settings: Settings) -> str:
    """Give the bot's name when the Bot API takes our token; raise what it says otherwise."""
    check_settings(settings)
    bot = make_bot(settings.telegram)
    try:
        return await sign_in(bot)
    finally:
        await bot.shutdown()


def check_settings(settings: Settings) -> None:
    """Refuse settings that the Bot API would refuse later, with one clear line."""
    ours = settings.telegram
    if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", ours.token):
        raise Refused("telegram.token is not of the form 123456:letters-and-digits")
    if ours.mode == "webhook" and not SECRET_FORM.fullmatch(ours.webhook_secret):
        raise Refused("telegram.webhook_secret may hold letters, digits, _ and - only")
    if ours.mode == "webhook" and not ours.webhook_url.startswith(("https://", "http://")):
        raise Refused("telegram.webhook_url must begin with https://")
    for name in ("base_url", "base_file_url"):
        url = getattr(ours, name)
        if url and not url.startswith(("https://", "http://")):
            raise Refused(f"telegram.{name} must begin with https:// or http://")
