"""The library's bot, made from our settings; what can be wrong with them is one clear line."""

import warnings
from datetime import timedelta
from typing import Any

from telegram import Bot, BotCommand
from telegram.error import InvalidToken, RetryAfter, TelegramError
from telegram.request import BaseRequest, HTTPXRequest
from telegram.warnings import PTBDeprecationWarning

from bots.telegram.read import readable
from config.sections import TelegramSettings
from hotline.errors import Refused, Unavailable
from hotline.words import LANGUAGES, say

OWN_BASE = "https://api.telegram.org/bot"
OWN_FILES = "https://api.telegram.org/file/bot"
LONG_POLL_S = 30
READ_S = 20.0
COMMANDS = ("tasks", "status", "proof", "language", "cancel", "start")


class Updates(BaseRequest):
    """A wire for updates: the library gives up a whole page for one that it cannot read."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Give an answer in which every update can be read."""
        body: dict[str, Any] = BaseRequest.parse_json_payload(payload)
        if isinstance(told := body.get("result"), list):
            body["result"] = [one for one in map(readable, told) if one is not None]
        return body


class _HttpUpdates(Updates, HTTPXRequest):
    pass


def make_bot(
    settings: TelegramSettings, request: BaseRequest | None = None, updates: Updates | None = None
) -> Bot:
    """Give a bot that speaks to the Bot API of the settings.

    `request` replaces the wire, `updates` the one that asks for updates.
    """
    # The library warns of its own coming change while it builds its own error.
    warnings.filterwarnings("ignore", message=".*retry_after.*", category=PTBDeprecationWarning)
    base, files = OWN_BASE, OWN_FILES
    if settings.base_url:
        base, files = settings.base_url, f"{_bare(settings.base_url)}/file"
    return Bot(
        settings.token,
        base_url=_ended(base, "/bot"),
        base_file_url=_ended(settings.base_file_url or files, "/bot"),
        request=request or HTTPXRequest(connection_pool_size=16, read_timeout=READ_S),
        get_updates_request=updates
        or _HttpUpdates(connection_pool_size=1, read_timeout=LONG_POLL_S + READ_S),
    )


async def sign_in(bot: Bot) -> str:
    """Give the bot's name; Refused for a wrong token, Unavailable when nobody answers."""
    try:
        await bot.initialize()
    except InvalidToken as error:
        raise Refused("telegram.token is not taken by the Bot API") from error
    except TelegramError as error:
        raise Unavailable(f"the Bot API does not answer: {error}") from error
    return str(bot.username)


async def name_commands(bot: Bot) -> None:
    """Show the commands in the chats' menu, in both languages."""
    for language in LANGUAGES:
        commands = [BotCommand(name, say(f"bot.menu_{name}", language)) for name in COMMANDS]
        await bot.set_my_commands(commands, language_code="en" if language == "en" else None)


def seconds_of(error: RetryAfter) -> float:
    """Give how long Telegram wants us to wait."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def _bare(url: str) -> str:
    return url.rstrip("/").removesuffix("/bot")


def _ended(url: str, end: str) -> str:
    return f"{url.rstrip('/').removesuffix(end)}{end}"
