"""A time limit: an amount of a unit of time, natural or worked."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from hotline.errors import Invalid


class TimeUnit(StrEnum):
    """Units of limits: urgent ones run on natural time, working ones inside working time."""

    URGENT_MINUTE = "um"
    URGENT_HOUR = "uh"
    URGENT_DAY = "ud"
    WORKING_MINUTE = "wm"
    WORKING_HOUR = "wh"
    WORKING_DAY = "wd"


NATURAL: Final = {
    TimeUnit.URGENT_MINUTE: timedelta(minutes=1),
    TimeUnit.URGENT_HOUR: timedelta(hours=1),
    TimeUnit.URGENT_DAY: timedelta(days=1),
}


# Limits that are too long are refused for that, where a city names them.
_WRITTEN: Final = re.compile(r"([0-9]{1,400})(u[mhd]|w[mhd])")


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount of time in a unit. `ours` is true where no standard or city gave the figure."""

    amount: int
    unit: TimeUnit
    ours: bool = False

    @property
    def is_working(self) -> bool:
        """Tell whether it runs in working time only."""
        return self.unit not in NATURAL

    @property
    def text(self) -> str:
        """As limits are written, such as 4wh."""
        return f"{self.amount}{self.unit}"


def text_of(limit: Limit | None) -> str | None:
    """Give a limit as it is written; None where there is none."""
    return limit.text if limit else None


@lru_cache(maxsize=1024)
def parse_limit(text: str, *, ours: bool = False) -> Limit:
    """Give the limit of a text such as `2uh`, `4wh`, `5wd` or `30um`."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise Invalid("limit", f"{text[:40]!r} is not a limit such as 2uh, 4wh or 5wd")
    limit = Limit(int(found[1]), TimeUnit(found[2]), ours)
    if limit.amount <= 0:
        raise Invalid("limit", f"{text!r} must be more than nothing")
    return limit
