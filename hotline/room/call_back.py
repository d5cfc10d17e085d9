"""Call-backs (回拨): whom the office rings so that they need not wait on the line. No I/O.

Who asks for one keeps their place: by when they began to wait, among those who wait on the line. A
call that nobody answered is rung back as well, behind all who wait. Whoever is rung is a person who
presses a key; all else counts as a try.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from hotline.call import CallEvent, CallEventType
from hotline.errors import Refused
from hotline.notice import CallEnd
from hotline.room.exchange import InLine
from hotline.room.plan import CallBackRule
from hotline.room.seat import Seat, SeatState

Change = Callable[["CallBack", datetime], "CallBack"]
"""What somebody does with one at an instant."""
# The priority of who is nobody special, on the line and off it.
USUAL: Final = 10
# The calls by which we ring back are known by their keys, which are made as all others are.
CALL_BACK: Final = "callback"
# Between two tries there is at least so much.
LEAST: Final = timedelta(minutes=1)
# A try whose way out is away counts as none, and is made again after so long.
AWAY: Final = timedelta(minutes=2)
# A call of ours is in the exchange this long after it was asked for, or never will be.
BEGUN: Final = timedelta(seconds=20)
# Such an end says nothing of who was rung.
NO_TRY: Final = (CallEnd.LINE_AWAY, CallEnd.UNTOLD)
# Who cannot be rung now will not be in half an hour.
FINAL: Final = (CallEnd.NOT_DIALABLE, CallEnd.MAY_NOT_RING)
# What is done for a caller without a seat: nobody who has had it is rung back.
_SERVED: Final = frozenset(
    {
        CallEventType.SEAT_ANSWERED,
        CallEventType.RECORDED,
        CallEventType.NUMBER_SAID,
        CallEventType.CASE_JOINED,
        CallEventType.CALL_BACK,
    }
)


class CallBackSource(StrEnum):
    """Where it comes from: a key, a call that was given up, or one that found all lines busy."""

    ASKED = "asked"
    MISSED = "missed"
    BUSY = "busy"


class CallBackState(StrEnum):
    """How it stands: it waits for its turn or is on its way, or how it ended.

    They talked with a seat (met), or called again and did (called_in), or left their words instead
    (left_words); all tries came to nothing and a message went (unreached); somebody did it by hand
    or dropped it; the number may not be rung (not_rung).
    """

    WAITING = "waiting"
    CALLING = "calling"
    MET = "met"
    CALLED_IN = "called_in"
    LEFT_WORDS = "left_words"
    UNREACHED = "unreached"
    BY_HAND = "by_hand"
    DROPPED = "dropped"
    NOT_RUNG = "not_rung"


OPEN: Final = (CallBackState.WAITING, CallBackState.CALLING)


@dataclass(frozen=True, slots=True)
class CallBack:
    """Somebody who is to be rung, and how far that is.

    `since` is when they began to wait, `queue` and `priority` are those they waited with. `due` is
    when the next try may be made, `first_at` when the first one was. On its way it has the key of
    its call (`leg`) since `given_at`, and `is_up` once the exchange has shown it. `calls` counts
    the calls that ask for it. `at_once`: somebody wants it done now, whatever the hour.
    """

    id: UUID
    contact: UUID
    number: str
    language: str
    source: CallBackSource
    call: str
    queue: int
    priority: int
    since: datetime
    state: CallBackState
    due: datetime
    tries: int = 0
    calls: int = 1
    first_at: datetime | None = None
    given_at: datetime | None = None
    leg: str = ""
    is_up: bool = False
    at_once: bool = False
    reason: str = ""
    said: str = ""
    ended_by: str = ""
    ended_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether they are still to be rung."""
        return self.state in OPEN

    @property
    def rank(self) -> tuple[int, int, datetime]:
        """What goes first is less; who has hung up goes behind all who wait."""
        kept = self.source is CallBackSource.ASKED
        return (0 if kept else 1, -self.priority, self.since)


def due_now(
    rows: Collection[CallBack],
    waiting: Iterable[InLine],
    seats: Iterable[frozenset[int]],
    now: datetime,
) -> list[CallBack]:
    """Give whom to ring now, first in line first; `seats` are free or soon so, by their queues.

    Those on their way have a seat each before all others. The rest is one line, callers who wait
    and who are due alike: whoever finds no seat of their queue leaves none for those behind them.
    """
    free = sorted(seats, key=len)
    legs = {one.leg for one in rows if one.leg}
    calling = sorted((one for one in rows if one.state is CallBackState.CALLING), key=_order)
    # One whose queue has lost its seat is on its way all the same.
    most = len(free) - len(calling)
    for flying in calling:
        _takes(free, flying.queue)
    due = [one for one in rows if one.state is CallBackState.WAITING and one.due <= now]
    line: list[CallBack | InLine] = [*(one for one in waiting if one.call not in legs), *due]
    found: list[CallBack] = []
    for one in sorted(line, key=_order):
        if len(found) >= most:
            break
        if _takes(free, one.queue) and isinstance(one, CallBack):
            found.append(one)
    return found


def _order(one: CallBack | InLine) -> tuple[tuple[int, int, datetime], bool]:
    # Of two who are alike, who is on the line goes before.
    return one.rank, isinstance(one, CallBack)


def _takes(free: list[frozenset[int]], queue: int) -> bool:
    """Take the seat of a queue that can do the least besides; false where there is none."""
    place = next((place for place, seat in enumerate(free) if queue in seat), None)
    if place is None:
        return False
    free.pop(place)
    return True


def leg_of(one: CallBack, now: datetime) -> str:
    """Give the key of the call by which somebody is rung now: it tells its second, as all do."""
    return f"{CALL_BACK}{one.id.hex}-{int(now.timestamp())}-{one.tries + 1}"


def is_leg(key: str) -> bool:
    """Tell whether a call is one by which somebody is rung back."""
    return key.startswith(CALL_BACK)


# --- what is told of one


def rings(one: CallBack, now: datetime) -> CallBack:
    """Let somebody be rung from now on."""
    return replace(
        one,
        state=CallBackState.CALLING,
        tries=one.tries + 1,
        first_at=one.first_at or now,
        given_at=now,
        leg=leg_of(one, now),
        is_up=False,
        at_once=False,
    )


def failed(one: CallBack, end: CallEnd, rule: CallBackRule, now: datetime) -> CallBack:
    """Take that a try has come to nothing: it is made again by the clock, or was the last."""
    if one.state is not CallBackState.CALLING:
        return one
    if end in FINAL:
        return not_rung(one, end, now)
    waits = replace(one, state=CallBackState.WAITING, reason=end, given_at=None, is_up=False)
    if end in NO_TRY:
        first = one.first_at if one.tries > 1 else None
        return replace(waits, tries=max(0, one.tries - 1), first_at=first, due=now + AWAY)
    if one.tries >= len(rule.tries_min):
        return _ends(waits, CallBackState.UNREACHED, "", now)
    began = one.first_at or now
    planned = began + timedelta(minutes=rule.tries_min[one.tries])
    return replace(waits, due=max(planned, now + LEAST))


def seen(one: CallBack, up: Collection[str], rule: CallBackRule, now: datetime) -> CallBack:
    """Take which calls are up: one on its way that is gone has come to nothing.

    Whoever was to ring, and died before, has not done it: that is no try.
    """
    if one.state is not CallBackState.CALLING or one.given_at is None:
        return one
    if one.leg in up:
        return replace(one, is_up=True)
    if one.is_up:
        return failed(one, CallEnd.HUNG_UP, rule, now)
    return failed(one, CallEnd.UNTOLD, rule, now) if now - one.given_at >= BEGUN else one


def met(one: CallBack, call: str, now: datetime) -> CallBack:
    """Take that they talk with a seat, in our call or in one of their own."""
    if not one.is_open:
        return one
    state = CallBackState.MET if is_leg(call) else CallBackState.CALLED_IN
    return _ends(one, state, "", now)


def not_rung(one: CallBack, end: CallEnd, now: datetime) -> CallBack:
    """Take that a number may not be rung: nobody is, and people see it."""
    return _ends(replace(one, reason=end), CallBackState.NOT_RUNG, "", now)


def joined(one: CallBack, asked: CallBack) -> CallBack:
    """Take that somebody who is to be rung already has called, or asks for it, once more.

    Who asks has the place of this call, the first where they had one; what rings, rings on. Tries
    that were made stay made: nobody can have a telephone rung without end by asking again.
    """
    more = replace(one, calls=one.calls + asked.calls)
    if asked.source is not CallBackSource.ASKED or one.state is not CallBackState.WAITING:
        return more
    had_place = one.source is CallBackSource.ASKED
    return replace(
        more,
        source=CallBackSource.ASKED,
        language=asked.language,
        queue=asked.queue,
        priority=asked.priority,
        since=min(one.since, asked.since) if had_place else asked.since,
        due=asked.due,
    )


def is_free_soon(seat: Seat, rule: CallBackRule, now: datetime) -> bool:
    """Tell whether a seat takes a call now, or will before who is rung has answered."""
    if seat.state is SeatState.READY:
        return True
    if seat.state is not SeatState.WRAP_UP or seat.until is None:
        return False
    soon = seat.until - now <= timedelta(seconds=rule.soon_s)
    return soon and seat.next.state is SeatState.READY


def left_words(one: CallBack, now: datetime) -> CallBack:
    """Take that who was rung has left their words instead of waiting."""
    return _ends(one, CallBackState.LEFT_WORDS, "", now) if one.is_open else one


# --- what a person wants of one


def ring_now(one: CallBack, now: datetime) -> CallBack:
    """Let it be rung as soon as a seat is there for it, whatever the hour and the last try."""
    _check_waits(one)
    return replace(one, due=now, at_once=True)


def done(one: CallBack, person: str, said: str, now: datetime) -> CallBack:
    """Take that somebody has done it by hand; what is said tells how."""
    _check_waits(one)
    return _ends(replace(one, said=said), CallBackState.BY_HAND, person, now)


def drop(one: CallBack, person: str, reason: str, now: datetime) -> CallBack:
    """Ring nobody, for a reason."""
    _check_waits(one)
    return _ends(replace(one, said=reason), CallBackState.DROPPED, person, now)


def _check_waits(one: CallBack) -> None:
    if not one.is_open:
        raise Refused("it has ended", code="not_open")
    if one.state is CallBackState.CALLING:
        raise Refused("it is being rung", code="call_back_rings")


def _ends(one: CallBack, state: CallBackState, person: str, now: datetime) -> CallBack:
    return replace(
        one, state=state, ended_by=person, ended_at=now, given_at=None, is_up=False, at_once=False
    )


def missed(events: Sequence[CallEvent], rule: CallBackRule) -> CallBackSource | None:
    """Give why who called in these events of a call, which is over, is to be rung back, or None.

    Who was served has no need of it, nor who is rung already, refused, or hung up at once.
    """
    marks = {one.mark for one in events}
    rang = next((one for one in events if one.mark is CallEventType.RING), None)
    over = next((one for one in events if one.mark is CallEventType.ENDED), None)
    if rang is None or over is None or marks & _SERVED:
        return None
    if is_leg(rang.key) or CallEventType.DIALLED in marks:
        return None  # it was we who rang
    turned_away = [one for one in events if one.mark is CallEventType.TURNED_AWAY]
    if turned_away:
        return CallBackSource.BUSY if turned_away[0].value == BUSY_LINES else None
    if CallEventType.STATUS_TOLD in marks and CallEventType.QUEUED not in marks:
        return None
    lasted = (over.at - rang.at).total_seconds()
    return CallBackSource.MISSED if lasted >= rule.missed_after_s else None


# Why a caller was turned away: all lines were taken.
BUSY_LINES: Final = "busy"
