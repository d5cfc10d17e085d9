"""Taking updates that Telegram posts to us; each is answered when its effects are on record."""

import asyncio
import hmac
import json
import logging
from urllib.parse import urlsplit

from aiohttp import web
from telegram import Bot, Update
from telegram.error import InvalidToken, TelegramError

from bots.telegram.read import ALLOWED, readable
from bots.telegram.updates import Inbox
from config.sections import TelegramSettings
from hotline.clock import Clock
from hotline.errors import Refused

log = logging.getLogger(__name__)

SECRET = "X-Telegram-Bot-Api-Secret-Token"
LARGEST = 1024 * 1024
# Telegram waits about a minute; what takes longer is answered "later" and posted again.
MAX_S = 40.0
WAIT_S = 10.0
# An update is small and comes in one piece.
SLOW_S = 20.0


class Webhook:
    """A small server for one path; anything without the secret stays outside."""

    def __init__(self, bot: Bot, inbox: Inbox, settings: TelegramSettings, clock: Clock):
        self._bot = bot
        self._inbox = inbox
        self._settings = settings
        self._clock = clock
        self.port = settings.webhook_port

    async def run(self) -> None:
        """Serve until cancelled. Raises OSError when the port is in use."""
        app = web.Application(client_max_size=LARGEST)
        path = urlsplit(self._settings.webhook_url).path or "/"
        app.router.add_post(path, self._take)
        app.router.add_get("/healthz", _well)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._settings.webhook_host, self._settings.webhook_port)
            await site.start()
            await self._announce()
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    async def _announce(self) -> None:
        """Tell Telegram where to post, until it has taken it."""
        while True:
            try:
                await self._bot.set_webhook(
                    self._settings.webhook_url,
                    allowed_updates=ALLOWED,
                    secret_token=self._settings.webhook_secret,
                    drop_pending_updates=False,
                )
            except InvalidToken as error:
                raise Refused("telegram.token is not taken by the Bot API") from error
            except TelegramError as error:
                log.warning("the webhook was not set: %s", error)
                await self._clock.sleep(WAIT_S)
            else:
                return

    async def _take(self, request: web.Request) -> web.Response:
        given = request.headers.get(SECRET, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._settings.webhook_secret.encode()):
            return web.Response(status=403)
        try:
            async with asyncio.timeout(SLOW_S):
                body = await request.read()
            told = readable(json.loads(body))
        except TimeoutError:
            return web.Response(status=408)
        except (ValueError, RecursionError) as error:
            log.warning("an update could not be read: %s", error)
            return web.Response(status=400)
        if told is None:
            return web.Response(status=400)
        done = self._inbox.take(Update.de_json(told, self._bot))
        try:
            async with asyncio.timeout(MAX_S):
                await asyncio.shield(done)
        except TimeoutError:
            return web.Response(status=503, headers={"Retry-After": "5"})
        return web.Response()


async def _well(_: web.Request) -> web.Response:
    return web.Response(text="ok\n")
