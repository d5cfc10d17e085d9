"""The only place that reads the time."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol, overload


class Clock(Protocol):
    """What everything that needs the time is given."""

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Give seconds that never go back; only differences mean something."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; a fixed clock moves itself on instead."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Give seconds that never go back."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Block the calling thread; for call threads, never on an event loop."""
        time.sleep(seconds)

    async def sleep(self, seconds: float) -> None:
        """Wait without blocking the loop."""
        await asyncio.sleep(seconds)


@dataclass(slots=True)
class FixedClock:
    """A clock that tests and seeding move by hand."""

    at: datetime
    passed: float = field(default=0.0)

    def now(self) -> datetime:
        """Give the instant that was set last."""
        return self.at

    def monotonic(self) -> float:
        """Give the seconds moved so far."""
        return self.passed

    def move(self, delta: timedelta) -> None:
        """Move on by a span of time."""
        self.at += delta
        self.passed += delta.total_seconds()

    def wait(self, seconds: float) -> None:
        """Move on instead of blocking."""
        self.move(timedelta(seconds=seconds))

    async def sleep(self, seconds: float) -> None:
        """Move on instead of waiting."""
        self.move(timedelta(seconds=seconds))


async def pause(woken: asyncio.Event, seconds: float) -> None:
    """Wait until woken, or so many seconds.

    Not by asyncio.wait_for, which swallows a cancellation that comes as the event is set: up to
    Python 3.11 a task that waits by it now and then goes on for ever after an orderly stop.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await woken.wait()


@overload
def iso(at: datetime) -> str: ...


@overload
def iso(at: None) -> None: ...


@overload
def iso(at: datetime | None) -> str | None: ...


def iso(at: datetime | None) -> str | None:
    """Give an instant as JSON holds it: ISO 8601 in UTC."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
