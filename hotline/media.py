"""Files that are evidence: what a file can show, and a stored file of a case."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from hotline.place.point import Point

SOUND_MIME: Final = "audio/wav"
PHOTO_MIME: Final = "image/jpeg"


class MediaKind(StrEnum):
    """What a stored file is evidence of."""

    RECORDING = "recording"
    PHOTO = "photo"
    PHOTO_VERIFY = "photo_verify"
    PHOTO_DONE = "photo_done"
    PHOTO_CHECK = "photo_check"

    @property
    def mime(self) -> str:
        """The type of every file of this kind: a voice is never linked as a photo."""
        return SOUND_MIME if self is MediaKind.RECORDING else PHOTO_MIME


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored file that belongs to a case.

    A photo's EXIF says when it was taken, and where (`hint`), within some `metres`.
    """

    sha256: str
    kind: MediaKind
    mime: str
    name: str = ""
    hint: Point | None = None
    metres: float | None = None
    taken_at: datetime | None = None
    values: dict[str, str] = field(default_factory=dict)
