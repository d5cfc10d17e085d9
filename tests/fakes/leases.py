"""What is leased, as the backend's jobs are: to one at a time, until that one tells of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Leased(Generic[T]):
    """An item that waits; `until` is set while somebody has it, `tries` counts those begun."""

    item: T
    due: datetime
    tries: int = 0
    until: datetime | None = None
    over: bool = False

    def is_free(self, now: datetime) -> bool:
        """Whether it may be leased now: it is due, and no lease of it goes on."""
        return not self.over and self.due <= now and (self.until is None or self.until <= now)

    @property
    def is_held(self) -> bool:
        """Whether somebody has leased it and has not told of it; a late word counts too."""
        return not self.over and self.until is not None

    def lease(self, now: datetime, seconds: float) -> None:
        """Give it to somebody for so long."""
        self.tries += 1
        self.until = now + timedelta(seconds=seconds)

    def put_off(self, due: datetime) -> None:
        """Let it wait for its next try."""
        self.due, self.until = due, None

    def give_back(self, due: datetime) -> None:
        """Let it wait as if it had not been tried."""
        self.tries -= 1
        self.put_off(due)


def free(items: Iterable[Leased[T]], now: datetime) -> list[Leased[T]]:
    """Give what may be leased now, in the order in which it became due."""
    return sorted((one for one in items if one.is_free(now)), key=lambda one: one.due)
