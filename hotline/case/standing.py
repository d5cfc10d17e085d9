"""Where a case stands, as counts and the feed see it."""

from dataclasses import dataclass
from typing import Final

from hotline.wire import Schema


@dataclass(frozen=True, slots=True)
class Standing:
    """All of a case that a count depends on."""

    stage: str
    light: str
    verified: str | None = None
    filed: bool = False
    department: str | None = None
    collector: str | None = None
    reporter: str | None = None


# What the feed keeps of it is read by later versions too.
STANDING: Final = Schema(Standing)
