"""What is shown of the clocks of a case: how each was counted, in data and in words."""

from dataclasses import dataclass

from hotline.case.counting import DayKind
from hotline.wire import Instant


@dataclass(frozen=True, slots=True)
class ShownStretch:
    """A part of a day, and the minutes that it added."""

    start: Instant
    end: Instant
    minutes: int


@dataclass(frozen=True, slots=True)
class ShownPause:
    """A span in which a clock stood still, and what its stage is called; to now where it does."""

    start: Instant
    end: Instant | None
    stage: str
    by: str


@dataclass(frozen=True, slots=True)
class ShownDay:
    """A day of a clock: what counted of it, what was skipped and paused, as `text` says it.

    `day` is one of the city, such as 2026-11-27.
    """

    day: str
    kind: DayKind
    minutes: int
    counted: list[ShownStretch]
    skipped: list[ShownStretch]
    paused: list[ShownPause]
    text: str


@dataclass(frozen=True, slots=True)
class LeftOutDays:
    """How many days lie between the first and the last, which are not told one by one."""

    working: int
    off: int
    paused: int
    minutes: int
    text: str


@dataclass(frozen=True, slots=True)
class ClockAccount:
    """A clock and how it was counted, in the reader's language.

    `counted_from` is before `started` for one that was kept. `calendar` is the mark by which its
    deadline was found, `counted_by` the one that its days here come from. `minutes` are those of
    its limit and of what was `added`; None, and no days, where its limit is not on record. One that
    is paused is due never. `short` tells in one line how it was counted, `text` sums it up, `notes`
    are what else there is to know.
    """

    kind: str
    name: str
    limit: str | None
    added: list[str]
    working: bool
    minutes: int | None
    counted_from: Instant | None
    started: Instant | None
    warn_at: Instant | None
    due_at: Instant | None
    stopped: Instant | None
    pauses: list[ShownPause]
    calendar: str
    counted_by: str
    provisional: bool
    short: str
    text: str
    notes: list[str]
    first: list[ShownDay]
    between: LeftOutDays | None
    last: list[ShownDay]


@dataclass(frozen=True, slots=True)
class CaseClocks:
    """The clocks of a case that end, once they run: that of its handling first, then its stage's.

    One that is the same as the clock of the stage is told once.
    """

    number: str
    version: int
    clocks: list[ClockAccount]
