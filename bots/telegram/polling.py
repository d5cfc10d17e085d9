"""Fetching updates by long polling; an update is confirmed only when its effects are on record."""

import logging

from telegram import Bot, Update
from telegram.error import InvalidToken, RetryAfter, TelegramError

from bots.telegram.api import LONG_POLL_S, READ_S, seconds_of
from bots.telegram.read import ALLOWED
from bots.telegram.updates import Inbox
from hotline.clock import Clock
from hotline.errors import Refused

log = logging.getLogger(__name__)

PENDING_S = 0.5
WAITS_S = (1.0, 2.0, 5.0, 10.0, 30.0)


class Polling:
    """One loop that asks for updates and gives them to the inbox."""

    def __init__(self, bot: Bot, inbox: Inbox, clock: Clock):
        self._bot = bot
        self._inbox = inbox
        self._clock = clock
        self._next: int | None = None
        self._failures = 0

    async def run(self) -> None:
        """Poll until cancelled; Refused when the token is not taken any more."""
        await self._without_webhook()
        while True:
            updates = await self._ask()
            for update in updates:
                self._inbox.take(update)
            if updates:
                self._next = max(update.update_id for update in updates) + 1
            await self._inbox.some_done(PENDING_S)

    async def _without_webhook(self) -> None:
        """Take a webhook away, which would keep polling out; waiting updates stay."""
        while True:
            try:
                await self._bot.delete_webhook(drop_pending_updates=False)
            except TelegramError as error:
                await self._wait(error)
            else:
                return

    async def _ask(self) -> tuple[Update, ...]:
        """Ask for what is not confirmed; while something is on its way, without waiting."""
        pending = self._inbox.lowest_open()
        seconds = 0 if pending is not None else LONG_POLL_S
        try:
            updates = await self._bot.get_updates(
                offset=pending if pending is not None else self._next,
                timeout=seconds,
                read_timeout=seconds + READ_S,
                allowed_updates=ALLOWED,
            )
        except TelegramError as error:
            await self._wait(error)
            return ()
        self._failures = 0
        if pending is None and not updates:
            # All there was is confirmed. After a quiet week, or for a bot that was made anew, the
            # numbers begin somewhere else: who kept asking from the old one would hear nothing.
            self._next = None
        return updates

    async def _wait(self, error: TelegramError) -> None:
        if isinstance(error, InvalidToken):
            raise Refused("telegram.token is not taken by the Bot API") from error
        log.warning("no updates: %s", error)
        wait = WAITS_S[min(self._failures, len(WAITS_S) - 1)]
        self._failures += 1
        if isinstance(error, RetryAfter):
            wait = max(wait, seconds_of(error))
        await self._clock.sleep(wait)
