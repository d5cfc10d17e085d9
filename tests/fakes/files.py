"""Stored files in memory: by the hash of their content, named only by who handed them in."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field

from backend.desks.media import MAX_FILES
from hotline.case.proof import PhotoKnown
from hotline.errors import Invalid, NotFound
from hotline.media import PHOTO_MIME, SOUND_MIME, Attachment, MediaKind
from hotline.place.point import Point

PHOTOS = (b"\xff\xd8\xff", b"\x89PNG")
SOUND = b"RIFF"
# Holds whatever a connector hands in without saying for whom.
CONNECTOR = "connector"


@dataclass(slots=True)
class FakeFiles:
    """The folder of files, who handed each in, and the cases that each belongs to."""

    bodies: dict[str, bytes] = field(default_factory=dict)
    holders: dict[str, set[str]] = field(default_factory=dict)
    cases: dict[str, set[str]] = field(default_factory=dict)
    hint: Point | None = None

    def put(self, body: bytes, kind: MediaKind, holders: Collection[str]) -> Attachment:
        """Keep a file; Invalid for what is no such file."""
        if kind is MediaKind.RECORDING:
            if not body.startswith(SOUND):
                raise Invalid("media", "not a WAV file", code="bad_media")
        elif not body:
            raise Invalid("media", "the file is empty", code="empty_photo")
        elif not body.startswith(PHOTOS):
            raise Invalid("media", "not a photo that can be read", code="bad_media")
        sha256 = hashlib.sha256(body).hexdigest()
        self.bodies[sha256] = body
        self.holders.setdefault(sha256, set()).update(holders)
        hint = None if kind is MediaKind.RECORDING else self.hint
        return Attachment(sha256, kind, kind.mime, hint=hint)

    def find(self, sha256: str) -> bytes:
        """Give a file; NotFound when there is none of that hash."""
        if sha256 not in self.bodies:
            raise NotFound(f"no file {sha256}")
        return self.bodies[sha256]

    def check_held(self, hashes: Collection[str], holders: Collection[str]) -> None:
        """Raise Invalid for a file that none of the holders handed in."""
        if len(hashes) > MAX_FILES:
            raise Invalid("media", f"must not be more than {MAX_FILES}")
        for sha256 in hashes:
            if not self.holders.get(sha256, set()) & set(holders):
                raise Invalid(
                    "media", f"there is no file {sha256[:80]!r} of yours", code="no_photo"
                )

    def check_proof(
        self, hashes: Collection[str], holders: Collection[str]
    ) -> tuple[PhotoKnown, ...]:
        """Give what photos say; Invalid unless all are the holders' and belong to no case yet."""
        if len(set(hashes)) != len(hashes):
            raise Invalid("media", "names a file twice", code="photo_used")
        self.check_held(hashes, holders)
        for sha256 in hashes:
            if self._mime(sha256) != PHOTO_MIME:
                raise Invalid("media", f"{sha256} is no photo", code="no_photo")
            if self.cases.get(sha256):
                raise Invalid("media", f"{sha256} belongs to a step already", code="photo_used")
        return tuple(PhotoKnown(one) for one in hashes)

    def link(self, number: str, hashes: Collection[str]) -> None:
        """Let files belong to a case."""
        for sha256 in hashes:
            self.cases.setdefault(sha256, set()).add(number)

    def _mime(self, sha256: str) -> str:
        return SOUND_MIME if self.bodies[sha256].startswith(SOUND) else PHOTO_MIME
