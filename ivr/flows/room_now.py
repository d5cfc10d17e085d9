"""The telephone room as a call finds it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hotline.room.plan import RoomPlan
from ivr.flows.bulletin import OnAir

OVERLOAD: Final = "overload"


@dataclass(frozen=True, slots=True)
class RoomNow:
    """The telephone room as a call finds it.

    `begins` is told that a call waits from now on; `place_of` gives which place in a queue a call
    of a priority has that comes back and has waited since then, 0 for the end; `left` is told that
    a call is in no queue any more, and why; `expected` gives how many seconds callers of a queue
    have waited of late. `on_air` is what all callers hear, `is_overloaded` that they wait long;
    `away` gives how many seats of a queue take no calls.
    """

    plan: RoomPlan
    begins: Callable[[str, datetime], None]
    place_of: Callable[[int, str, datetime, int], int]
    left: Callable[[str, str], None]
    expected: Callable[[int], float] = lambda _queue: 0.0
    on_air: OnAir | None = None
    is_overloaded: bool = False
    away: Callable[[int], int] = lambda _queue: 0

    @property
    def news(self) -> str:
        """What callers are to hear of the room, by a name; "" for nothing."""
        return self.on_air.id if self.on_air else OVERLOAD if self.is_overloaded else ""

    def rings_back(self, now: datetime) -> bool:
        """Whether people are rung back now who need not hold the line."""
        rule = self.plan.call_back
        return rule is not None and rule.is_open(now, self.plan.zone)

    def is_long(self, queue: int, waited_s: float) -> bool:
        """Whether the wait is so long that nobody has to stay on the line for it."""
        rule, longest = self.plan.call_back, max(waited_s, self.expected(queue) - waited_s)
        return rule is not None and longest >= rule.offer_wait_s
