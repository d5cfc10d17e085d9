"""A seat (坐席): its states, and what changes them. No I/O: the office keeps the rows.

Acts are what a person wants; events are what the exchange tells. An act that is not possible raises
Refused, an event never does: what has happened has happened.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from hotline.errors import Refused


class SeatState(StrEnum):
    """What a seat is doing. Only one that is ready is rung."""

    OFF = "off"
    READY = "ready"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"


class Device(StrEnum):
    """What a seat's telephone is: the page itself, or an ordinary one on the desk."""

    BROWSER = "browser"
    PHONE = "phone"


BUSY = (SeatState.RINGING, SeatState.TALKING)
# Nothing is told later than this; what seems to be is told by a clock that was set back.
LATEST: Final = timedelta(minutes=1)
# Why a seat has missed a call, as the exchange tells; and how long it may stay so.
REFUSED, NO_ANSWER = "refused", "no_answer"
MISSED: Final = (REFUSED, NO_ANSWER)
MISSED_FOR: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Next:
    """What a seat turns to when its call and the time behind it are over, and why.

    `by` is who else than its person wants that, and `why` in their words.
    """

    state: SeatState = SeatState.READY
    reason: str = ""
    by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat as it stands: `since` when, with which call (its key), and until when it wraps up.

    `told_at` is when the exchange told of it last, by the exchange's clock: what comes later but is
    older changes nothing. `reason` says why it is paused; `by` who else than its person has put it
    into its state, and `why` in their words.
    """

    name: str
    person: str
    state: SeatState
    since: datetime
    reason: str = ""
    call: str = ""
    until: datetime | None = None
    extended: bool = False
    next: Next = Next()
    told_at: datetime | None = None
    by: str = ""
    why: str = ""

    @property
    def is_rung(self) -> bool:
        """Whether a call that waits may ring here."""
        return self.state is SeatState.READY


# --- acts


def go_online(seat: Seat, at: datetime) -> Seat:
    """Be ready; who talks (a page that was read anew) goes on talking."""
    if seat.state in BUSY:
        return replace(seat, next=Next())
    return seat if seat.state is not SeatState.OFF else _in(seat, SeatState.READY, at)


def go_off(seat: Seat, at: datetime) -> Seat:
    """Leave; who is rung or talks leaves when the call is over."""
    if seat.state in BUSY:
        return replace(seat, next=Next(SeatState.OFF))
    return seat if seat.state is SeatState.OFF else _in(seat, SeatState.OFF, at)


def pause(seat: Seat, reason: str, at: datetime) -> Seat:
    """Take no calls for a while; who talks does so when the call is over."""
    _check_on(seat)
    if seat.state is SeatState.TALKING:
        return replace(seat, next=Next(SeatState.PAUSED, reason))
    return _in(seat, SeatState.PAUSED, at, reason=reason)


def resume(seat: Seat, at: datetime) -> Seat:
    """Take calls again: ends a pause, and the time behind a call."""
    _check_on(seat)
    if seat.state in BUSY:
        return replace(seat, next=Next())
    return seat if seat.state is SeatState.READY else _in(seat, SeatState.READY, at)


def force(seat: Seat, to: Next, at: datetime) -> Seat:
    """Put a seat into a state in another one's name; one that has a call goes there behind it.

    Nothing takes a seat out of a call, and none that is off comes on: it has no telephone.
    """
    _check_on(seat)
    return replace(seat, next=to) if seat.state in BUSY else _at_next(replace(seat, next=to), at)


def extend(seat: Seat, by: timedelta) -> Seat:
    """Take more time behind a call, once."""
    if seat.state is not SeatState.WRAP_UP or seat.until is None:
        raise Refused("there is no time behind a call to extend", code="no_wrap_up")
    if seat.extended:
        raise Refused("the time behind a call is extended once", code="extended_already")
    return replace(seat, until=seat.until + by, extended=True)


def _check_on(seat: Seat) -> None:
    if seat.state is SeatState.OFF:
        raise Refused("the seat is off", code="seat_off")


# --- events


def rings(seat: Seat, call: str, at: datetime) -> Seat:
    """A call rings here."""
    if _is_past(seat, at) or seat.state is SeatState.TALKING:
        return seat
    stays = seat.state in (SeatState.PAUSED, SeatState.OFF)
    after = Next(seat.state, seat.reason, seat.by, seat.why) if stays else seat.next
    return _in(seat, SeatState.RINGING, at, call=call, next=after, told_at=at)


def answers(seat: Seat, call: str, at: datetime) -> Seat:
    """A call is answered here."""
    if _is_past(seat, at):
        return seat
    return _in(seat, SeatState.TALKING, at, call=call, next=seat.next, told_at=at)


def stops_ringing(seat: Seat, call: str, at: datetime, missed: str) -> Seat:
    """A call rings here no more; `missed` says why the seat did not take it ("": not its doing).

    Who missed a call is paused: it is not rung again and again.
    """
    if _is_past(seat, at) or seat.state is not SeatState.RINGING or seat.call != call:
        return seat
    if missed and seat.next.state is not SeatState.OFF:
        return _in(seat, SeatState.PAUSED, at, reason=missed, told_at=at)
    return _at_next(seat, at, told_at=at)


def is_left(seat: Seat, call: str, at: datetime, wrap_up: timedelta) -> Seat:
    """The call that is talked in here is over, or goes on elsewhere; time to write follows."""
    if _is_past(seat, at) or seat.state not in BUSY or seat.call != call:
        return seat
    if seat.next.state is SeatState.OFF or seat.state is SeatState.RINGING or not wrap_up:
        return _at_next(seat, at, told_at=at)
    until = at + wrap_up
    return _in(seat, SeatState.WRAP_UP, at, call=call, until=until, next=seat.next, told_at=at)


def turns(seat: Seat, at: datetime) -> Seat:
    """Turn a seat whose time behind a call is over to what it wants to do next.

    Who has missed a call and does not come back is gone: callers wait for nobody there.
    """
    if is_missing(seat, at):
        return _in(seat, SeatState.OFF, at)
    if seat.state is not SeatState.WRAP_UP or seat.until is None:
        return seat
    if seat.until > at and seat.since - at < LATEST:
        return seat
    return _at_next(seat, at)


def is_missing(seat: Seat, at: datetime) -> bool:
    """Tell whether a seat missed a call a while ago, and nobody has said anything since."""
    missed = seat.state is SeatState.PAUSED and seat.reason in MISSED
    return missed and at - seat.since >= MISSED_FOR


def _is_past(seat: Seat, at: datetime) -> bool:
    """Tell whether something newer was told already; what is much older tells a clock set back."""
    late = timedelta(0) if seat.told_at is None else seat.told_at - at
    return timedelta(0) < late < LATEST


def _at_next(seat: Seat, at: datetime, told_at: datetime | None = None) -> Seat:
    """Give a seat in the state that it was to turn to."""
    to = seat.next
    turned = _in(seat, to.state, at, reason=to.reason, told_at=told_at)
    return replace(turned, by=to.by, why=to.why)


def _in(
    seat: Seat,
    state: SeatState,
    at: datetime,
    *,
    reason: str = "",
    call: str = "",
    until: datetime | None = None,
    next: Next = Next(),
    told_at: datetime | None = None,
) -> Seat:
    return Seat(
        seat.name, seat.person, state, at, reason, call, until,
        next=next, told_at=told_at or seat.told_at,
    )  # fmt: skip
