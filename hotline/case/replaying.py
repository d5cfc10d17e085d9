"""The clocks of a case once more, from its history and the calendars: what is stored is that.

An instant that no history gives is a fault of the software, or of who wrote into the database.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hotline.case.calendar import Calendar
from hotline.case.case_clock import CaseClock
from hotline.case.clock_time import instants_of, limits_of

Clocks = Mapping[str, CaseClock]


@dataclass(frozen=True, slots=True)
class ClockStep:
    """What a step changes of the clocks of its case, by their kinds; None: it is gone.

    `release` is the one whose rules the case goes by from then on, where the step says so.
    """

    seq: int
    clocks: Mapping[str, Mapping[str, Any] | None]
    release: str | None = None


@dataclass(frozen=True, slots=True)
class ClockDifference:
    """An attribute of a clock that is stored otherwise than it is counted.

    `seq` is the step that set it; None: what stands in the case is not what its steps have set.
    """

    kind: str
    name: str
    seq: int | None
    stored: object
    counted: object


@dataclass(frozen=True, slots=True)
class ReplayedClocks:
    """How many instants of a case were counted once more, and which of them differ.

    `unknown` are those of which no limit or no calendar is on record: nobody can count them.
    """

    counted: int
    unknown: int
    differences: tuple[ClockDifference, ...]
    clocks: Clocks


@dataclass(frozen=True, slots=True)
class Counting:
    """By what clocks are counted: calendars by their marks, and the share by which a release warns.

    `share_of` gives None for a release that nobody knows.
    """

    calendars: Mapping[str, Calendar]
    share_of: Callable[[str], float | None]

    def instants(
        self, clock: CaseClock, release: str
    ) -> tuple[datetime | None, datetime | None] | None:
        """Give when a clock of a case of a release warns and is due; None: nobody can tell."""
        calendar, share = self.calendars.get(clock.calendar), self.share_of(release)
        if calendar is None or share is None:
            return None
        return instants_of(clock, limits_of(clock), calendar, share)


def calendars_by_mark(calendars: Iterable[Calendar]) -> dict[str, Calendar]:
    """Give calendars by their marks, and by those versions that only one of them has.

    The version alone is what clocks of 0.1.0 say.
    """
    found = {one.mark: one for one in calendars}
    versions: dict[str, list[Calendar]] = {}
    for one in found.values():
        versions.setdefault(one.version, []).append(one)
    return {**{name: own[0] for name, own in versions.items() if len(own) == 1}, **found}


@dataclass(frozen=True, slots=True)
class SetClock:
    """A clock as a step has set it, in a case of a release."""

    seq: int
    kind: str
    clock: CaseClock
    release: str


def set_clocks(steps: Iterable[ClockStep], clocks: dict[str, CaseClock]) -> Iterator[SetClock]:
    """Give the clocks that the steps of a case set, in order; `clocks` are led on by the steps.

    One that has stopped is not among them: its instants are those that it had.
    """
    release = ""
    for step in steps:
        release = step.release or release
        for kind, patch in step.clocks.items():
            after = patched(clocks.get(kind), patch)
            if after is None or patch is None:
                clocks.pop(kind, None)
                continue
            clocks[kind] = after
            if patch and after.stopped is None and _has_instants(after):
                yield SetClock(step.seq, kind, after, release)


def replayed(steps: Iterable[ClockStep], by: Counting) -> ReplayedClocks:
    """Count the clocks of a case anew at each of its steps, in order, that set them."""
    clocks: dict[str, CaseClock] = {}
    counted = unknown = 0
    differing: list[ClockDifference] = []
    for one in set_clocks(steps, clocks):
        instants = by.instants(one.clock, one.release)
        if instants is None:
            unknown += 1
        else:
            counted += 1
            differing += _differences(one, instants)
    return ReplayedClocks(counted, unknown, tuple(differing), clocks)


def patched(clock: CaseClock | None, patch: Mapping[str, Any] | None) -> CaseClock | None:
    """Give a clock after what a step changes of it; None: there is none."""
    after = None if patch is None else replace(clock or CaseClock(), **patch)
    return None if after == CaseClock() else after


def stored_otherwise(stored: Clocks, replayed: Clocks) -> list[ClockDifference]:
    """Give what stands in the clocks of a case and is not what its steps have set."""
    found = []
    for kind in sorted({*stored, *replayed}):
        one, other = stored.get(kind, CaseClock()), replayed.get(kind, CaseClock())
        for name in CaseClock.__slots__ if one != other else ():
            here, there = getattr(one, name), getattr(other, name)
            if here != there:
                found.append(ClockDifference(kind, name, None, here, there))
    return found


def _has_instants(clock: CaseClock) -> bool:
    return clock.warn_at is not None or clock.due_at is not None or bool(clock.limit)


def _differences(
    one: SetClock, instants: tuple[datetime | None, datetime | None]
) -> Iterator[ClockDifference]:
    stored = one.clock.warn_at, one.clock.due_at
    for name, here, there in zip(("warn_at", "due_at"), stored, instants, strict=True):
        if here != there:
            yield ClockDifference(one.kind, name, one.seq, here, there)
