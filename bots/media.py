"""Taking in photos: fetched from the channel, stored by the backend, or refused with a word key."""

from dataclasses import dataclass

from bots.flow import FlowContext
from hotline.errors import Invalid, NotFound, Refused, TooLarge
from hotline.place.point import Point
from hotline.report import MediaKind

LARGEST = 20 * 1024 * 1024
MAX_COUNT = 10
TROUBLES = {"heic_photo": "bot.photo_heic", "large_photo": "bot.photo_pixels"}


@dataclass(frozen=True, slots=True)
class Taken:
    """Photos that are stored now, the place one of them was taken at, and what went wrong."""

    photos: tuple[str, ...] = ()
    hint: Point | None = None
    troubles: tuple[str, ...] = ()


async def take_photos(scene: FlowContext, kind: MediaKind, room: int = MAX_COUNT) -> Taken:
    """Store the photos of a message, at most `room`; a bad one never spoils the others.

    Raises Unavailable when the whole message is to be tried again.
    """
    photos: list[str] = []
    troubles: list[str] = []
    hint: Point | None = None
    for handle in scene.message.photos[:room]:
        try:
            body = await scene.fetch(handle)
            if len(body) > LARGEST:
                raise TooLarge("a photo above the limit")  # noqa: TRY301
            stored = await scene.backend.upload_bytes(body, kind, chat=scene.chat)
        except TooLarge:
            troubles.append("bot.photo_large")
        except NotFound:
            troubles.append("bot.photo_gone")
        except Invalid as error:
            troubles.append(TROUBLES.get(error.code, "bot.photo_unread"))
        except Refused:
            troubles.append("bot.photo_unread")
        else:
            photos.append(stored.sha256)
            hint = hint or stored.hint
    if len(scene.message.photos) > room:
        troubles.append("bot.photo_many")
    return Taken(tuple(dict.fromkeys(photos)), hint, tuple(dict.fromkeys(troubles)))
