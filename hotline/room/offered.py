"""A call as it was offered to the room, or to a seat, by the call's own marks.

A call is offered once, when its caller begins to wait for a person, and counts there whenever it
ends; a call that rings at a seat is offered to that seat, when it first rings there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from hotline.call import CallEvent, CallEventType

Mark = CallEventType
NOTHING: Final = timedelta(0)
# What tells of seats has the seat's name before all else that its value says.
AT_SEATS: Final = frozenset(
    {Mark.SEAT_RINGING, Mark.SEAT_MISSED, Mark.SEAT_ANSWERED, Mark.SEAT_LEFT, Mark.HELD}
    | {Mark.UNHELD}
)
BEGINS: Final = frozenset({Mark.QUEUED, Mark.SEAT_RINGING, Mark.SEAT_ANSWERED})
# Whose words a machine has taken, who joined a known case, or who is rung back instead of waiting
# on, has been served without a person.
SERVES: Final = frozenset({Mark.RECORDED, Mark.CASE_JOINED, Mark.CALL_BACK})
# So has who heard how their case stands and hung up at once, and did not go on waiting.
HEARD_STATUS: Final = timedelta(seconds=30)
MARKS: Final = AT_SEATS | SERVES | {Mark.QUEUED, Mark.QUEUE_LEFT, Mark.STATUS_TOLD, Mark.ENDED}
"""All that is looked at of a call."""


class CameOf(StrEnum):
    """What came of a call that was offered.

    A seat that did not take one has missed it, unless its caller hung up or was led elsewhere:
    then it is gone.
    """

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    SERVED = "served"
    WAITS = "waits"
    MISSED = "missed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Offer:
    """A call that was offered at an instant to `whom` (a skill or a seat, "" where none is told).

    `waited` is until it was answered, or until its caller went; `is_over` says that nothing will be
    added any more: the times of the talk (without `held`), of the hold, and of writing behind it.
    """

    whom: str
    at: datetime
    came_of: CameOf
    waited: timedelta
    is_over: bool
    talked: timedelta = NOTHING
    held: timedelta = NOTHING
    wrote: timedelta = NOTHING


@dataclass(slots=True)
class _AtSeat:
    """What a call did at a seat until now: `at` is when it was answered first.

    `answered` is since when it is talked in now; `talked` holds what is `held`, too.
    """

    rang: datetime | None = None
    answered: datetime | None = None
    missed: bool = False
    talked: timedelta = NOTHING
    held: timedelta = NOTHING
    holds_since: datetime | None = None
    at: datetime | None = None

    def take(self, mark: CallEventType, at: datetime, why: str) -> None:
        """Take a mark that tells of this seat."""
        match mark:
            case Mark.SEAT_RINGING:
                self.rang = self.rang or at
            case Mark.SEAT_MISSED:
                self.missed = bool(why)
            case Mark.SEAT_ANSWERED if self.answered is None:
                self.rang, self.at = self.rang or at, self.at or at
                self.answered = at
            case Mark.SEAT_LEFT:
                self.leave(at)
            case Mark.HELD if self.answered is not None:
                self.holds_since = self.holds_since or at
            case Mark.UNHELD:
                self._hold_ends(at)

    def leave(self, at: datetime) -> None:
        """The talk is over."""
        self._hold_ends(at)
        if self.answered is not None:
            self.talked += max(at - self.answered, NOTHING)
            self.answered = None

    def _hold_ends(self, at: datetime) -> None:
        if self.holds_since is not None:
            self.held += max(at - self.holds_since, NOTHING)
            self.holds_since = None


@dataclass(slots=True)
class _Call:
    """What happened in a call, as far as it counts."""

    seats: dict[str, _AtSeat] = field(default_factory=dict)
    offered: datetime | None = None
    skill: str = ""
    answered: datetime | None = None
    left: datetime | None = None
    told: datetime | None = None
    served: bool = False
    ended: datetime | None = None


Wraps = Mapping[tuple[str, str], timedelta | None]
"""How long was written behind a call (its key) at a seat (its name); None while it is."""


def offers_of(events: Sequence[CallEvent], wraps: Wraps) -> tuple[Offer | None, tuple[Offer, ...]]:
    """Give a call as it was offered to the room (None: never) and to seats.

    `events` are those of one call, in the order in which they happened.
    """
    call = _read(events)
    if call.offered is None:
        return None, ()
    key = events[0].key
    at_seats = tuple(
        _of_seat(name, one, call, wraps.get((key, name), NOTHING))
        for name, one in call.seats.items()
        if one.rang is not None
    )
    return _of_room(call, at_seats), at_seats


def _read(events: Iterable[CallEvent]) -> _Call:
    call = _Call()
    for one in events:
        if one.mark in BEGINS:
            call.offered = call.offered or one.at
        if one.mark in AT_SEATS:
            name, _, why = one.value.partition(" ")
            call.seats.setdefault(name, _AtSeat()).take(one.mark, one.at, why)
        if call.offered is None:
            continue
        match one.mark:
            case Mark.QUEUED if call.answered is None:
                call.skill = one.value
            case Mark.SEAT_ANSWERED:
                call.answered = call.answered or one.at
            case Mark.QUEUE_LEFT:
                call.left = one.at
            case Mark.STATUS_TOLD:
                call.told = one.at
            case Mark.ENDED:
                call.ended = call.ended or one.at
        call.served = call.served or one.mark in SERVES
    if call.ended is not None:
        # The end of a talk that nobody told is that of its call.
        for seat in call.seats.values():
            seat.leave(call.ended)
    return call


def _of_room(call: _Call, at_seats: Iterable[Offer]) -> Offer:
    assert call.offered is not None
    began, ended = call.offered, call.ended
    if call.answered is not None:
        took = [one for one in at_seats if one.came_of is CameOf.ANSWERED]
        over = ended is not None and all(one.is_over for one in took)
        return Offer(
            call.skill, began, CameOf.ANSWERED, call.answered - began, over,
            sum((one.talked for one in took), NOTHING), sum((one.held for one in took), NOTHING),
            sum((one.wrote for one in took), NOTHING),
        )  # fmt: skip
    if ended is None:
        came_of, until = (CameOf.SERVED if call.served else CameOf.WAITS), call.left or began
    else:
        heard = call.told is not None and ended - call.told < HEARD_STATUS
        came_of = CameOf.SERVED if call.served or heard else CameOf.ABANDONED
        until = call.left or ended
    return Offer(call.skill, began, came_of, max(until - began, NOTHING), ended is not None)


def _of_seat(name: str, one: _AtSeat, call: _Call, wrote: timedelta | None) -> Offer:
    assert one.rang is not None
    if one.at is not None:
        over = one.answered is None and wrote is not None
        return Offer(
            name, one.rang, CameOf.ANSWERED, one.at - one.rang, over,
            one.talked - one.held, one.held, wrote or NOTHING,
        )  # fmt: skip
    if one.missed:
        return Offer(name, one.rang, CameOf.MISSED, NOTHING, is_over=True)
    rings = call.ended is None and call.answered is None and call.left is None
    came_of = CameOf.WAITS if rings else CameOf.GONE
    return Offer(name, one.rang, came_of, NOTHING, is_over=not rings)
