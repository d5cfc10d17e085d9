"""The channel protocol on Telegram's Bot API: sending, editing, answering taps, fetching photos."""

import logging
from collections.abc import Awaitable, Callable

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bots.channel import Delivery, MessageIn, MessageOut
from bots.telegram.api import seconds_of
from bots.telegram.rate import RateLimiter
from hotline.channel import Channel
from hotline.clock import Clock
from hotline.errors import HotlineError, NotFound, TooLarge, Unavailable
from hotline.notice import Outcome
from hotline.sanitize import truncate

log = logging.getLogger(__name__)

MAX_TEXT_LENGTH = 4096
MAX_CAPTION_LENGTH = 1024
MAX_TOAST_LENGTH = 200
MAX_LABEL_LENGTH = 64
RETRY_S = 5.0
FETCH_WAITS_S = (1.0, 3.0, 9.0)

Media = Callable[[str], Awaitable[bytes]]


class TelegramChannel:
    """Messages by Telegram; `media` gives a stored photo's bytes."""

    name = Channel.TELEGRAM

    def __init__(self, bot: Bot, media: Media, clock: Clock):
        self._bot = bot
        self._media = media
        self._clock = clock
        self._pace = RateLimiter(clock)

    async def send(self, message: MessageOut) -> Delivery:
        """Send or edit a message, its photos ahead of it."""
        photos_sent = not message.photos
        try:
            if message.photos:
                await self._photos(message)
                photos_sent = True
            return await self._text(message)
        except TelegramError as error:
            return _failed(error, photos_sent=photos_sent)
        except Unavailable as error:
            return Delivery(Outcome.AWAY, detail=str(error), retry_after=error.retry_after)

    async def acknowledge(self, tap: MessageIn, toast: str, /) -> None:
        """Answer a tap; one that is too old needs no answer any more."""
        try:
            await self._bot.answer_callback_query(
                tap.key.removeprefix("tap:"), text=truncate(toast, MAX_TOAST_LENGTH) or None
            )
        except TelegramError as error:
            log.info("a tap was not answered: %s", error)

    async def fetch(self, handle: str) -> bytes:
        """Give the bytes of a photo that somebody sent; NotFound after some tries in vain."""
        for wait in FETCH_WAITS_S:
            try:
                return await self._fetch_once(handle)
            except Unavailable as error:
                log.info("a photo is tried again: %s", error)
                await self._clock.sleep(max(wait, error.retry_after))
        raise NotFound("a photo could not be fetched")

    async def _fetch_once(self, handle: str) -> bytes:
        try:
            file = await self._bot.get_file(handle)
            return bytes(await file.download_as_bytearray())
        except RetryAfter as error:
            raise Unavailable("told to wait", retry_after=seconds_of(error)) from error
        except BadRequest as error:
            if "too big" in error.message.lower():
                raise TooLarge(error.message) from error
            raise NotFound(error.message) from error
        except InvalidToken as error:  # the file server says 404 for what it no longer has
            raise NotFound(error.message) from error
        except TelegramError as error:
            raise Unavailable(f"a photo was not fetched: {error}", retry_after=0) from error

    async def _text(self, message: MessageOut) -> Delivery:
        if message.file:
            return await self._file(message)
        text = truncate(message.text, MAX_TEXT_LENGTH)
        buttons = _inline(message)
        if message.replaces:
            edited = await self._edit(message, text, buttons)
            if edited is not None:
                return edited
        await self._pace.wait(message.address)
        sent = await self._bot.send_message(
            message.address, text, reply_markup=_place_keyboard(message) or buttons
        )
        return Delivery(Outcome.SENT, message=str(sent.message_id))

    async def _file(self, message: MessageOut) -> Delivery:
        """Send a file with its words below it."""
        await self._pace.wait(message.address)
        sent = await self._bot.send_document(
            message.address,
            message.file.encode(),
            caption=truncate(message.text, MAX_CAPTION_LENGTH),
            filename=message.file_name,
            reply_markup=_inline(message),
        )
        return Delivery(Outcome.SENT, message=str(sent.message_id))

    async def _edit(
        self, message: MessageOut, text: str, buttons: InlineKeyboardMarkup | None
    ) -> Delivery | None:
        """Edit in place; None when there is nothing to edit, so that it is sent anew."""
        await self._pace.wait(message.address)
        try:
            edited = await self._bot.edit_message_text(
                text,
                chat_id=message.address,
                message_id=int(message.replaces),
                reply_markup=buttons,
            )
        except BadRequest as error:
            if "not modified" in error.message.lower():
                return Delivery(Outcome.SENT, message=message.replaces)
            log.info("a message was not edited: %s", error)
            return None
        found = str(edited.message_id) if isinstance(edited, Message) else message.replaces
        return Delivery(Outcome.SENT, message=found)

    async def _photos(self, message: MessageOut) -> None:
        """Send the photos as one album, which carries no buttons; what is gone is left out."""
        bodies = [body for sha256 in message.photos if (body := await self._stored(sha256))]
        try:
            if len(bodies) == 1:
                await self._pace.wait(message.address)
                await self._bot.send_photo(message.address, bodies[0])
            elif bodies:
                await self._pace.wait(message.address)
                album = [InputMediaPhoto(body) for body in bodies[:10]]
                await self._bot.send_media_group(message.address, album)
        except BadRequest as error:
            log.warning("photos were refused, the words go alone: %s", error)

    async def _stored(self, sha256: str) -> bytes | None:
        try:
            return await self._media(sha256)
        except Unavailable:
            raise
        except HotlineError as error:
            log.warning("photo %s cannot be shown: %s", sha256, error)
            return None


def _failed(error: TelegramError, *, photos_sent: bool) -> Delivery:
    """Say whether trying again makes sense; BadRequest is a NetworkError to the library."""
    detail = f"{type(error).__name__}: {error.message}"
    match error:
        case RetryAfter():
            wait = seconds_of(error)
            return Delivery(Outcome.AWAY, "", detail, wait, photos_sent)
        case Forbidden() | BadRequest() | ChatMigrated():
            return Delivery(Outcome.FAILED, "", detail, None, photos_sent)
        case NetworkError() | InvalidToken():
            return Delivery(Outcome.AWAY, "", detail, RETRY_S, photos_sent)
        case TelegramError():
            return Delivery(Outcome.RETRY, "", detail, RETRY_S, photos_sent)


def _inline(message: MessageOut) -> InlineKeyboardMarkup | None:
    rows = [
        [
            InlineKeyboardButton(truncate(one.label, MAX_LABEL_LENGTH), callback_data=one.data)
            for one in row
        ]
        for row in message.rows
    ]
    return InlineKeyboardMarkup(rows) if rows else None


def _place_keyboard(message: MessageOut) -> ReplyKeyboardMarkup | None:
    if not message.ask_place:
        return None
    button = KeyboardButton(message.ask_place, request_location=True)
    return ReplyKeyboardMarkup([[button]], resize_keyboard=True, one_time_keyboard=True)
