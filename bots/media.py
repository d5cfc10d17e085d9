"""The photos of a message: fetched from the channel, stored as its chat is opened, or refused."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hotline.contract import PhotoTaken
from hotline.errors import NotFound, TooLarge
from hotline.media import Attachment
from hotline.place.point import Point

LARGEST = 20 * 1024 * 1024
MAX_COUNT = 10
GONE = "bot.photo_gone"
LARGE = "bot.photo_large"
TROUBLES = {
    "heic_photo": "bot.photo_heic",
    "large_photo": "bot.photo_pixels",
    TooLarge.code: LARGE,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """Photos that are stored now, the place one of them was taken at, and what went wrong."""

    photos: tuple[str, ...] = ()
    hint: Point | None = None
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MessagePhotos:
    """What became of a message's photos, by their handles: stored, or in trouble (a word key)."""

    stored: Mapping[str, Attachment] = field(default_factory=dict)
    troubles: Mapping[str, str] = field(default_factory=dict)

    def take(self, handles: Sequence[str], room: int = MAX_COUNT) -> Taken:
        """Give the photos of these handles, at most `room`; a bad one never spoils the others."""
        files = [self.stored[one] for one in handles[:room] if one in self.stored]
        troubles = [self.troubles[one] for one in handles[:room] if one in self.troubles]
        if len(handles) > room:
            troubles.append("bot.photo_many")
        return Taken(
            tuple(dict.fromkeys(one.sha256 for one in files)),
            next((one.hint for one in files if one.hint is not None), None),
            tuple(dict.fromkeys(troubles)),
        )


@dataclass(frozen=True, slots=True)
class Fetched:
    """The photos of a message as they came, by their handles, and what went wrong with others."""

    bodies: Mapping[str, bytes]
    troubles: Mapping[str, str]

    def stored(self, taken: Sequence[PhotoTaken]) -> MessagePhotos:
        """Give what became of the photos once they were handed in, in their order."""
        ends = dict(zip(self.bodies, taken, strict=True))
        refused = {
            handle: TROUBLES.get(end.refused, "bot.photo_unread")
            for handle, end in ends.items()
            if end.file is None
        }
        files = {handle: end.file for handle, end in ends.items() if end.file is not None}
        return MessagePhotos(files, {**self.troubles, **refused})


async def fetch_photos(fetch: Callable[[str], Awaitable[bytes]], handles: Sequence[str]) -> Fetched:
    """Fetch a message's photos from its channel; Unavailable when it is to be tried again."""
    bodies: dict[str, bytes] = {}
    troubles: dict[str, str] = {}
    for handle in dict.fromkeys(handles[:MAX_COUNT]):
        try:
            body = await fetch(handle)
        except TooLarge:
            troubles[handle] = LARGE
        except NotFound:
            troubles[handle] = GONE
        else:
            if len(body) > LARGEST:
                troubles[handle] = LARGE
            else:
                bodies[handle] = body
    return Fetched(bodies, troubles)
