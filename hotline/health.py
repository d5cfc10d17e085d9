"""How the parts of the hotline are: findings of checks, and the signs of life of its processes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from hotline.clock import Clock
from hotline.errors import HotlineError
from hotline.queue import Aside, ItemRef

# The processes that give signs of life.
BACKEND, WORKER, IVR, SCRIBE, BOTS = "backend", "worker", "ivr", "scribe", "bots"
# A worker gives its signs under this name, and does nothing else, while its clock is far off.
ASTRAY: Final = "worker astray"
BEAT_S: Final = 5.0
# Queue at the phone connector -> folder of its spool where what was set aside lies.
SPOOL_ASIDE: Final[Mapping[str, str]] = {
    "reports": "stuck",
    "rings": "stuck-rings",
    "notes": "stuck-notes",
    "live": "stuck-live",
}


class State(StrEnum):
    """How a check ended; `off` is what was not looked at or is not wanted."""

    RIGHT = "right"
    WARN = "warn"
    WRONG = "wrong"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: `health.<check>_<what>` with `values` are its words.

    `items` lie aside and can be brought back.
    """

    check: str
    state: State
    what: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    items: tuple[Aside, ...] = ()


@dataclass(frozen=True, slots=True)
class Ref:
    """An item of a queue."""

    queue: ItemRef
    ref: ItemRef


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life: by the process's own clock, with what waits there and what lies aside.

    `held` are the jobs that are worked on there: their leases go on.
    """

    part: str
    at: datetime
    told: dict[str, int] = field(default_factory=dict)
    aside: tuple[Aside, ...] = ()
    held: tuple[Ref, ...] = ()


async def keep_beating(
    clock: Clock,
    beat: Callable[[], Awaitable[Beat]],
    send: Callable[[Beat], Awaitable[list[Ref]]],
    bring_back: Callable[[Ref], object] = lambda _: None,
) -> None:
    """Give signs of life until cancelled, and bring back what the answers ask for."""
    while True:
        try:
            for ref in await send(await beat()):
                bring_back(ref)
        except (HotlineError, OSError):
            pass  # nobody hears it, and that is what the missing beat says
        await clock.sleep(BEAT_S)
