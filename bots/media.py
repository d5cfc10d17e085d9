"""The photos of a message: fetched from the channel, stored as its chat is opened, or refused."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hotline.contract import PhotoTaken
from hotline.errors import NotFound, TooLarge
from hotline.media import Attachment
from hotline.place.point import Point

LARGEST = 20 * 1024 * 1024
MAX_COUNT = 10
# Of messages that nobody tried to the end.
MAX_KEPT = 1000
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

    def tells_place(self, handles: Sequence[str]) -> bool:
        """Tell whether one of these photos says by itself where and when it was taken."""
        files = (self.stored[one] for one in handles if one in self.stored)
        return any(one.hint is not None and one.taken_at is not None for one in files)


HandIn = Callable[[bytes], Awaitable[PhotoTaken]]
"""Hands a photo to the backend; Unavailable when it is to be tried again."""


@dataclass(slots=True)
class PhotoCarrier:
    """Carries the photos of messages to the backend, each by itself as it comes.

    What was taken goes up no second time where the message is tried again: on a slow line an album
    gets further with every try, and what a line loses is one photo. The same photo in another
    message is another one: only who handed it in may name it.
    """

    fetch: Callable[[str], Awaitable[bytes]]
    # By the message's key and the photo's handle.
    taken: dict[tuple[str, str], PhotoTaken] = field(default_factory=dict)

    async def carry(self, message: str, handles: Sequence[str], hand_in: HandIn) -> MessagePhotos:
        """Fetch a message's photos and hand them in; Unavailable when it is to be tried again."""
        files: dict[str, Attachment] = {}
        troubles: dict[str, str] = {}
        for handle in dict.fromkeys(handles[:MAX_COUNT]):
            if (message, handle) not in self.taken:
                body = await self._fetched(handle)
                if isinstance(body, str):
                    troubles[handle] = body
                    continue
                self._keep((message, handle), await hand_in(body))
            taken = self.taken[message, handle]
            if taken.file is None:
                troubles[handle] = TROUBLES.get(taken.refused, "bot.photo_unread")
            else:
                files[handle] = taken.file
        return MessagePhotos(files, troubles)

    def forget(self, message: str, handles: Sequence[str]) -> None:
        """Let go of the photos of a message that is done."""
        for handle in handles:
            self.taken.pop((message, handle), None)

    async def _fetched(self, handle: str) -> bytes | str:
        """Fetch a photo from its channel; gives the word of what went wrong."""
        try:
            body = await self.fetch(handle)
        except TooLarge:
            return LARGE
        except NotFound:
            return GONE
        return body if len(body) <= LARGEST else LARGE

    def _keep(self, photo: tuple[str, str], taken: PhotoTaken) -> None:
        self.taken[photo] = taken
        while len(self.taken) > MAX_KEPT:
            del self.taken[next(iter(self.taken))]
