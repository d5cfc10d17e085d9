"""A bulletin (话务播报): what all callers hear while many call about one matter."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class BulletinTold:
    """A bulletin as callers hear it: typed words in each language, or a recorded `sound` (SHA-256).

    `case` is the number of the known case, which a caller joins by a key; "" for none.
    """

    id: str
    text: str
    text_en: str = ""
    sound: str = ""
    case: str = ""


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A bulletin as the office keeps it; it is heard from `since` until `until`, or until ended."""

    id: UUID
    text: str
    text_en: str
    sound: str
    case: str
    since: datetime
    until: datetime
    made_by: str
    ended_by: str = ""
    ended_at: datetime | None = None

    @property
    def told(self) -> BulletinTold:
        """The bulletin as callers hear it."""
        return BulletinTold(str(self.id), self.text, self.text_en, self.sound, self.case)

    def is_heard(self, now: datetime) -> bool:
        """Tell whether callers hear it now."""
        return self.ended_at is None and self.since <= now < self.until
