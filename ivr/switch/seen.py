"""What the exchange shows of the telephone room when it is looked at as a whole."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hotline.call import DIALLED
from hotline.room.exchange import InLine, Leg
from ivr.line import CHANNEL_UP
from ivr.manager import LISTENS, NOTICE, call_key
from ivr.switch.called import number_of, seat_at, seat_in

# States of a telephone (Asterisk's numbers) in which it has a call: in use, busy, ringing, on hold.
OCCUPIED = frozenset("23678")
Message = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """A seat in a queue, whether it is rung, and whether its telephone has a call."""

    queue: int
    seat: str
    paused: bool
    occupied: bool


@dataclass(frozen=True, slots=True)
class InQueue:
    """A call that waits in a queue, for how many seconds in this turn, and before whom."""

    queue: int
    call: str
    seconds: int
    priority: int = 0


def calls_in(channels: Iterable[Message]) -> tuple[str, ...]:
    """Give the keys of the calls that came in and are up."""
    keys = []
    for one in channels:
        ident = str(one.get("Uniqueid", ""))
        is_ours = ident.startswith((NOTICE, LISTENS)) or seat_at(str(one.get("Channel", "")))
        if ident and not is_ours:
            keys.append(call_key(ident))
    return tuple(keys)


def legs_in(channels: Iterable[Message]) -> tuple[Leg, ...]:
    """Give which calls are at which seats; of two at one seat the one that is talked in."""
    legs: dict[str, Leg] = {}
    for one in channels:
        seat = seat_at(str(one.get("Channel", "")))
        linked = str(one.get("Linkedid", ""))
        own = linked == one.get("Uniqueid") and not linked.startswith(DIALLED)
        if not seat or not linked or own:
            continue
        leg = Leg(call_key(linked), seat, str(one.get("ChannelState", "")) == CHANNEL_UP)
        if seat not in legs or leg.talking:
            legs[seat] = leg
    return tuple(legs.values())


def members_in(told: Iterable[Message]) -> tuple[Member, ...]:
    """Give who sits in which queue."""
    return tuple(
        Member(
            number_of(str(one.get("Queue", ""))),
            seat_in(str(one.get("Location", ""))),
            str(one.get("Paused", "0")) != "0",
            str(one.get("Status", "")) in OCCUPIED,
        )
        for one in told
        if one.get("Event") == "QueueMember" and seat_in(str(one.get("Location", "")))
    )


def waiting_in(told: Iterable[Message]) -> tuple[InQueue, ...]:
    """Give who waits in which queue, first in line first."""
    return tuple(
        InQueue(
            number_of(str(one.get("Queue", ""))),
            call_key(str(one.get("Uniqueid", ""))),
            _number(one.get("Wait")),
            _number(one.get("Priority")),
        )
        for one in told
        if one.get("Event") == "QueueEntry"
    )


def in_line(
    waiting: Iterable[InQueue], since: Callable[[str], datetime | None], now: datetime
) -> tuple[InLine, ...]:
    """Give who waits, and since when in all; the exchange knows of their last turn alone."""
    return tuple(
        InLine(
            one.call, one.queue, one.priority,
            since(one.call) or now - timedelta(seconds=one.seconds),
        )
        for one in waiting
        if one.call
    )  # fmt: skip


def _number(text: object) -> int:
    return int(str(text)) if str(text).isdigit() else 0
