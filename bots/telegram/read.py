"""Telegram's updates as messages of ours; everything that is not for us is None."""

import hashlib
import logging
from dataclasses import replace
from datetime import datetime
from typing import Any

from telegram import CallbackQuery, Document, Message, Update
from telegram.constants import ChatType, FileSizeLimit

from bots.channel import MessageIn
from hotline.channel import Channel
from hotline.errors import HotlineError
from hotline.place.point import Point

log = logging.getLogger(__name__)

# What can be sent and cannot be used: named so that the answer can say what is needed instead.
ODD = (
    "voice",
    "video",
    "video_note",
    "audio",
    "animation",
    "sticker",
    "document",
    "contact",
    "poll",
    "dice",
    "story",
    "game",
    "paid_media",
    "checklist",
)
# A picture that comes as a file is known by its type, or by its name where it has none.
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".bmp", ".tif", ".tiff")
ALLOWED = [Update.MESSAGE, Update.EDITED_MESSAGE, Update.CALLBACK_QUERY]


def readable(told: object) -> dict[str, Any] | None:
    """Give an update as it was told, or its number alone where the library cannot read the rest.

    So it comes to its end like any other, and those behind it are heard. None without a number.
    """
    number = told.get("update_id") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(number, int):
        log.error("an update without a number is left out")
        return None
    try:
        Update.de_json(told)
    except Exception:  # whatever the library makes of a form that nobody knows
        log.exception("update %s could not be read", number)
        return {"update_id": number}
    return told


def read(update: Update, now: datetime) -> MessageIn | None:
    """Give the message of an update; channels, groups and service messages are None."""
    if update.callback_query is not None:
        return _tap(update.callback_query, now)
    if update.edited_message is not None:
        return _edit(update.edited_message, update.update_id)
    if update.message is None or update.message.chat.type != ChatType.PRIVATE:
        return None
    return _message(update.message)


def group_command(update: Update) -> str | None:
    """Give the group in which somebody spoke to the bot, so that it can say where it listens."""
    message = update.message
    if message is None or message.chat.type not in (ChatType.GROUP, ChatType.SUPERGROUP):
        return None
    return str(message.chat.id) if (message.text or "").startswith("/start") else None


def _tap(query: CallbackQuery, now: datetime) -> MessageIn | None:
    message = query.message
    if message is None or message.chat.type != ChatType.PRIVATE or not query.data:
        return None
    return MessageIn(
        channel=Channel.TELEGRAM,
        address=str(message.chat.id),
        key=f"tap:{query.id}",
        said_at=now,
        language=query.from_user.language_code or "",
        name=query.from_user.full_name,
        tap=query.data,
        tapped=str(message.message_id),
    )


def _edit(message: Message, update: int) -> MessageIn | None:
    """Give an edit; a position that changes is none, the place it was first sent counts.

    Nobody can edit a position: it is a live one, which moves on with its sender, or has just ended.
    """
    if message.chat.type != ChatType.PRIVATE or message.location is not None:
        return None
    anew = _message(message)
    if anew is None:
        return None
    # One message can be edited many times; the update's number tells the edits apart.
    return replace(anew, edits=anew.key, key=f"edit:{anew.key}:{update}", former="", album="")


def _message(message: Message) -> MessageIn | None:
    photos, odd = _photos(message)
    text = message.text or message.caption or ""
    point = _point(message)
    if point is None and (message.location or message.venue):
        odd = odd or "location"
    if not (text or photos or odd or point):
        return None
    sender = message.from_user
    return MessageIn(
        channel=Channel.TELEGRAM,
        address=str(message.chat.id),
        # A bot that was made anew counts its messages from one again, so the date belongs to it.
        key=f"{message.chat.id}:{message.message_id}:{int(message.date.timestamp())}",
        former=f"{message.chat.id}:{message.message_id}",
        said_at=message.date,
        language=(sender.language_code if sender else "") or "",
        name=sender.full_name if sender else "",
        text=text,
        photos=photos,
        album=message.media_group_id or "",
        point=point,
        accuracy=_accuracy(message),
        odd=odd,
        mark=_mark(message, text),
        answers=_answers(message),
        answers_message=str(message.reply_to_message.message_id)
        if message.reply_to_message
        else "",
    )


def _mark(message: Message, text: str) -> str:
    """Give a digest of what an edit can change: Telegram also tells edits that changed nothing."""
    files = [one.file_unique_id for one in (*message.photo[-1:], message.document) if one]
    return hashlib.sha256("\0".join((text, *files)).encode("utf-8", "replace")).hexdigest()[:16]


def _photos(message: Message) -> tuple[tuple[str, ...], str]:
    """Give the handles of usable photos, and what was sent besides that cannot be used."""
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return _fitting(largest.file_id, largest.file_size)
    document = message.document
    if document is not None and _is_picture(document):
        return _fitting(document.file_id, document.file_size)
    for name in ODD:
        if getattr(message, name, None):
            return (), name
    return (), ""


def _is_picture(document: Document) -> bool:
    kind = document.mime_type or ""
    untold = kind in ("", "application/octet-stream")
    named = (document.file_name or "").lower().endswith(PICTURES)
    return kind.startswith("image/") or (untold and named)


def _fitting(handle: str, size: int | None) -> tuple[tuple[str, ...], str]:
    if size is not None and size > FileSizeLimit.FILESIZE_DOWNLOAD:
        return (), "large"
    return (handle,), ""


def _accuracy(message: Message) -> float | None:
    """Give how exact somebody's own position is; None for a venue, or for somebody else's."""
    if message.location is None or message.venue or message.forward_origin is not None:
        return None
    return message.location.horizontal_accuracy or 0.0


def _point(message: Message) -> Point | None:
    place = message.location or (message.venue.location if message.venue else None)
    if place is None:
        return None
    try:
        return Point(place.longitude, place.latitude)
    except HotlineError:
        return None


def _answers(message: Message) -> str:
    """Give the data of the first button of the message replied to: our cards carry their case."""
    replied = message.reply_to_message
    markup = replied.reply_markup if replied is not None else None
    if markup is None:
        return ""
    for row in markup.inline_keyboard:
        for button in row:
            if isinstance(button.callback_data, str):
                return button.callback_data
    return ""
