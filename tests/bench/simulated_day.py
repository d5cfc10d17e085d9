"""A day of a telephone room, drawn call by call and played by the room's own rules.

Nothing is written here: what a connector would tell comes out, in order, and a tally of its own of
what it has played. Seats follow `hotline.room.seat`, the queue its priorities and longest wait.
"""

import heapq
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from itertools import count
from random import Random
from typing import Final

from hotline.call import CallEvent, CallEventType, CallRing
from hotline.room import seat as states
from hotline.room.plan import RoomPlan
from hotline.room.seat import Seat, SeatState
from ivr.switch.called import Priority
from ivr.switch.told import BY_HANGUP, BY_SEAT

Mark = CallEventType
DAY_S: Final = 86_400
HALF_HOUR_S: Final = 1_800
GREETING_S: Final = 6.0
BY_TIME: Final = "timeout"
# What calls of an hour are to those of the busiest one, from midnight on.
BY_HOUR: Final = (
    *(9, 6, 5, 4, 5, 8, 20, 46, 84, 100, 96, 78),
    *(60, 66, 84, 88, 80, 66, 48, 40, 34, 28, 20, 13),
)  # fmt: skip
STORM_NUMBER: Final = "13900000000"
AGAIN_S: Final = (40.0, 420.0)
LAST_S: Final = DAY_S - 60


class CallKind(StrEnum):
    """What callers are after, and who they are."""

    WAITS = "waits"
    EMERGENCY = "emergency"
    REPORTS = "reports"
    ASKS_STATUS = "asks_status"
    TURNED_AWAY = "turned_away"
    HANGS_UP = "hangs_up"


# How many of a thousand calls are of which kind; all others wait for a person.
OF_THOUSAND: Final = {
    CallKind.EMERGENCY: 2,
    CallKind.REPORTS: 40,
    CallKind.ASKS_STATUS: 30,
    CallKind.TURNED_AWAY: 2,
    CallKind.HANGS_UP: 15,
}


class Fate(StrEnum):
    """What became of a call: `taken` are the words of who has waited for too long."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    TAKEN = "taken"
    REPORTED = "reported"
    STATUS_TOLD = "status_told"
    TURNED_AWAY = "turned_away"
    HUNG_UP = "hung_up"


@dataclass(frozen=True, slots=True)
class DayDrawn:
    """How a day is drawn: `calls` in all, redials among them; `storm` of them from one number.

    Talks are log-normal with a mean of `talk_s`, patience is exponential, both in seconds;
    `again` is the share of those who gave up that call again. `staffed` says how many sit in each
    half hour.
    """

    start: datetime
    calls: int
    staffed: Sequence[int]
    talk_s: float = 150.0
    patience_s: float = 100.0
    again: float = 0.3
    storm: int = 0
    dice: int = 1


@dataclass(slots=True)
class Told:
    """What is told at once: calls that ring, what happened, whose seats are taken and left.

    `turns` says that the time behind a call is over at some seat.
    """

    at: datetime
    rings: list[CallRing] = field(default_factory=list)
    notes: list[CallEvent] = field(default_factory=list)
    on: list[int] = field(default_factory=list)
    off: list[int] = field(default_factory=list)
    turns: bool = False


@dataclass(slots=True)
class _Call:
    key: str
    number: str
    kind: CallKind
    patience_s: float
    since_s: float = 0.0
    seat: int | None = None
    is_over: bool = False


def load_of(calls: float) -> tuple[float, ...]:
    """Give how many of a day's calls come in each half hour, on average."""
    whole = sum(BY_HOUR) * 2
    return tuple(calls * BY_HOUR[half // 2] / whole for half in range(48))


class SimulatedDay:
    """Plays a day; `fates` and `waits` (seconds until an answer) are its own tally."""

    def __init__(self, drawn: DayDrawn, plan: RoomPlan, names: Sequence[str]):
        self.drawn = drawn
        self.plan = plan
        self.fates: Counter[Fate] = Counter()
        self.waits: list[float] = []
        self.seats = [Seat(name, name, SeatState.OFF, drawn.start) for name in names]
        self._dice = Random(drawn.dice)
        self._turn = count()
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._queue: list[tuple[int, float, int, _Call]] = []
        self._ready: deque[int] = deque()
        self._again: deque[tuple[float, str]] = deque()
        self._now_s = 0.0
        self._told = Told(drawn.start)

    def play(self, every_s: float) -> Iterator[Told]:
        """Give what is told, gathered for so many seconds each; ends when no call is up."""
        self._draw()
        until = every_s
        while self._heap:
            at_s, _, happens = heapq.heappop(self._heap)
            while at_s >= until:
                if self._told != Told(self._told.at):
                    self._told.at = self._at(until)
                    yield self._told
                    self._told = Told(self.drawn.start)
                until += every_s
            self._now_s = at_s
            happens()
        self._told.at = self._at(until)
        yield self._told

    def _at(self, seconds: float) -> datetime:
        return self.drawn.start + timedelta(seconds=round(seconds, 3))

    @property
    def _now(self) -> datetime:
        return self._at(self._now_s)

    def _later(self, seconds: float, happens: Callable[[], None]) -> None:
        self._at_time(self._now_s + seconds, happens)

    def _at_time(self, at_s: float, happens: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (at_s, next(self._turn), happens))

    def _note(self, call: _Call, mark: CallEventType, value: str = "") -> None:
        self._told.notes.append(CallEvent(call.key, mark, self._now, value))

    # --- who calls

    def _draw(self) -> None:
        for half in range(48):
            self._later(half * HALF_HOUR_S, partial(self._staff, half))
        fresh = self.drawn.calls - self.drawn.storm
        halves = self._dice.choices(range(48), load_of(1), k=fresh)
        for half in halves:
            self._call(min(LAST_S, (half + self._dice.random()) * HALF_HOUR_S))
        for _ in range(self.drawn.storm):
            self._call(10 * 3600 + self._dice.random() * 600, number=STORM_NUMBER, storm=True)

    def _call(self, at_s: float, number: str = "", *, storm: bool = False) -> None:
        turn = next(self._turn)
        key = f"day-{int(self._at(at_s).timestamp())}-{turn}"
        withheld = self._dice.random() < 0.02 and not number
        own = "" if withheld else number or f"138{self._dice.randrange(10**8):08d}"
        kind = CallKind.WAITS if storm else self._kind()
        patience = self._dice.uniform(6, 12) if storm else self._patience()
        call = _Call(key, own, kind, patience)
        self._at_time(at_s, partial(self._ring, call))

    def _kind(self) -> CallKind:
        drawn = self._dice.randrange(1000)
        for kind, many in OF_THOUSAND.items():
            drawn -= many
            if drawn < 0:
                return kind
        return CallKind.WAITS

    def _patience(self) -> float:
        return self._dice.expovariate(1 / self.drawn.patience_s)

    def _ring(self, call: _Call) -> None:
        if self._again and self._again[0][0] <= self._now_s and call.number:
            call.number = self._again.popleft()[1]
        self._told.rings.append(CallRing(call.key, call.number, self._now))
        self._note(call, Mark.ANSWERED)
        match call.kind:
            case CallKind.REPORTS:
                self._note(call, Mark.KEY, "2")
                self._later(self._dice.uniform(15, 50), partial(self._said, call, Fate.REPORTED))
            case CallKind.ASKS_STATUS:
                self._note(call, Mark.KEY, "1")
                self._later(self._dice.uniform(8, 20), partial(self._status_told, call))
            case CallKind.TURNED_AWAY:
                self._note(call, Mark.TURNED_AWAY, "refuse")
                self._later(5, partial(self._end, call, Fate.TURNED_AWAY))
            case CallKind.HANGS_UP:
                self._later(
                    self._dice.uniform(0.5, GREETING_S), partial(self._end, call, Fate.HUNG_UP)
                )
            case _:
                self._later(GREETING_S, partial(self._wait, call))

    # --- a call without a person

    def _said(self, call: _Call, fate: Fate) -> None:
        self._note(call, Mark.RECORDED)
        self._note(call, Mark.NUMBER_SAID)
        self._end(call, fate)

    def _status_told(self, call: _Call) -> None:
        self._note(call, Mark.STATUS_TOLD)
        self._end(call, Fate.STATUS_TOLD)

    def _end(self, call: _Call, fate: Fate) -> None:
        call.is_over = True
        self.fates[fate] += 1
        self._note(call, Mark.ENDED)

    # --- a call that waits for a person

    def _wait(self, call: _Call) -> None:
        call.since_s = self._now_s
        if call.kind is CallKind.EMERGENCY:
            self._note(call, Mark.EMERGENCY, "0")
        self._note(call, Mark.QUEUED, self.plan.skills[0].id)
        priority = Priority.EMERGENCY if call.kind is CallKind.EMERGENCY else Priority.USUAL
        heapq.heappush(self._queue, (-priority, self._now_s, next(self._turn), call))
        self._later(call.patience_s, partial(self._give_up, call))
        self._later(self.plan.longest_wait_s, partial(self._time_out, call))
        self._match()

    def _waits(self, call: _Call) -> bool:
        return not call.is_over and (call.seat is None or self._is_ringing(call))

    def _is_ringing(self, call: _Call) -> bool:
        seat = self.seats[call.seat] if call.seat is not None else None
        return seat is not None and seat.state is SeatState.RINGING and seat.call == call.key

    def _give_up(self, call: _Call) -> None:
        if not self._waits(call):
            return
        self._leave_queue(call, BY_HANGUP)
        self._end(call, Fate.ABANDONED)
        if call.number and self._dice.random() < self.drawn.again:
            self._again.append((self._now_s + self._dice.uniform(*AGAIN_S), call.number))

    def _time_out(self, call: _Call) -> None:
        if self._waits(call):
            self._leave_queue(call, BY_TIME)
            call.is_over = True
            self._later(self._dice.uniform(15, 50), partial(self._said, call, Fate.TAKEN))

    def _leave_queue(self, call: _Call, why: str) -> None:
        self._note(call, Mark.QUEUE_LEFT, why)
        if call.seat is not None:
            seat = self.seats[call.seat]
            self._note(call, Mark.SEAT_MISSED, seat.name)
            self._turn_to(call.seat, states.stops_ringing(seat, call.key, self._now, ""))

    def _match(self) -> None:
        while self._ready and self._queue:
            call = self._queue[0][-1]
            if call.is_over or call.seat is not None:
                heapq.heappop(self._queue)
                continue
            place = self._ready.popleft()
            if self.seats[place].state is not SeatState.READY:
                continue
            heapq.heappop(self._queue)
            call.seat = place
            self._note(call, Mark.SEAT_RINGING, self.seats[place].name)
            self.seats[place] = states.rings(self.seats[place], call.key, self._now)
            self._later(self._dice.uniform(1, 3), partial(self._answer, call))

    def _answer(self, call: _Call) -> None:
        if call.is_over or not self._is_ringing(call):
            return
        assert call.seat is not None
        seat = self.seats[call.seat]
        self.waits.append(self._now_s - call.since_s)
        self._note(call, Mark.QUEUE_LEFT, BY_SEAT)
        self._note(call, Mark.SEAT_ANSWERED, seat.name)
        self.seats[call.seat] = states.answers(seat, call.key, self._now)
        self._later(self._talk_s(), partial(self._part, call))

    def _talk_s(self) -> float:
        spread = 0.6
        return self.drawn.talk_s * self._dice.lognormvariate(-(spread**2) / 2, spread)

    def _part(self, call: _Call) -> None:
        assert call.seat is not None
        seat = self.seats[call.seat]
        self._note(call, Mark.SEAT_LEFT, seat.name)
        wrap_up = timedelta(seconds=self.plan.wrap_up_s)
        self._turn_to(call.seat, states.is_left(seat, call.key, self._now, wrap_up))
        self._end(call, Fate.ANSWERED)

    # --- seats

    def _turn_to(self, place: int, seat: Seat) -> None:
        self.seats[place] = seat
        if seat.state is SeatState.READY:
            self._ready.append(place)
            self._match()
        elif seat.until is not None:
            self._later((seat.until - self._now).total_seconds(), partial(self._turn_seat, place))

    def _turn_seat(self, place: int) -> None:
        seat = self.seats[place]
        if seat.state is SeatState.WRAP_UP:
            self._told.turns = True
            self._turn_to(place, states.turns(seat, self._now))

    def _staff(self, half: int) -> None:
        wanted = self.drawn.staffed[half]
        for place, seat in enumerate(self.seats):
            is_on = seat.state is not SeatState.OFF and seat.next.state is not SeatState.OFF
            if place < wanted and not is_on:
                self._told.on.append(place)
                self._turn_to(place, states.go_online(seat, self._now))
            elif place >= wanted and is_on:
                self._told.off.append(place)
                self.seats[place] = states.go_off(seat, self._now)
