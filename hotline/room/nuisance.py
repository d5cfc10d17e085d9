"""Callers who misuse the hotline (骚扰来电): a level, a reason, a second person, and an end."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from hotline.errors import Refused

LONGEST: Final = timedelta(days=366)


class NuisanceLevel(StrEnum):
    """What comes of it: seats are told, others go before, or the call is refused."""

    MARK = "mark"
    SLOW = "slow"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Nuisance:
    """What somebody wants to hold against a number until an instant.

    It counts once another person has agreed (`agreed_by`), and until somebody ends it.
    """

    id: UUID
    contact: UUID
    level: NuisanceLevel
    reason: str
    asked_by: str
    asked_at: datetime
    until: datetime
    agreed_by: str = ""
    agreed_at: datetime | None = None
    ended_by: str = ""
    ended_at: datetime | None = None

    def counts(self, now: datetime) -> bool:
        """Tell whether it holds now."""
        return self.agreed_at is not None and self.ended_at is None and now < self.until

    def check_agreeable(self, person: str, now: datetime) -> None:
        """Raise Refused where somebody cannot agree: it is theirs, agreed to, ended or over."""
        if self.asked_by == person:
            raise Refused(f"{person} asked for it", code="same_person")
        if self.agreed_at is not None or self.ended_at is not None or now >= self.until:
            raise Refused("there is nothing to agree to", code="not_open")
