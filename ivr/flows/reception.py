"""The hotline's call where people take calls: a person is the default, and keys are an offer.

No thread is held while a caller waits: the flow says where and ends, the dialplan runs the queue,
and a flow goes on when the caller has left it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from hotline.call import CallEventType
from hotline.clock import Clock
from hotline.room.plan import Does, RoomPlan, Skill
from ivr.flows.intake import Incoming, Intake
from ivr.gateway import BackendGateway
from ivr.line import Line
from ivr.prompts import Prompts
from ivr.switch.called import queue_of, seat_in

# What the dialplan and its queues read (config/asterisk/conf), and what they leave.
WAY, TO_QUEUE = "WAY", "queue"
QUEUE, PLACE, WAIT = "QUEUE", "PLACE", "WAIT"
LANGUAGE, ACCOUNT, ROOM = "CHANNEL(language)", "CHANNEL(accountcode)", "room"
PRESSED, STATUS = "PRESSED", "QUEUESTATUS"
AT_SEAT = "MEMBERINTERFACE"
TALKED, EMPTY = "CONTINUE", ("JOINEMPTY", "LEAVEEMPTY")
# What a flow leaves for the next one of the same call.
SINCE, SPEAKS, CALM = "ROOM_SINCE", "ROOM_SPEAKS", "ROOM_CALM"
# A language of the exchange's in which nothing is said.
QUIET: Final = "quiet"
BY_KEY, BY_TIME = "key", "timeout"
# A page that is read anew is away for a moment: so often, so many seconds each, it is waited for.
BACK_TRIES, BACK_S = 3, 2.0
# Within this a page that is closed has told the exchange so.
LOST_S = 0.5
CONTACT = ";@"


@dataclass(frozen=True, slots=True)
class RoomNow:
    """The telephone room as a call finds it.

    `begins` is told that a call waits from now on; `place_of` gives which place in a queue a call
    has that comes back and has waited since then, 0 for the end; `left` is told that a call is in
    no queue any more, and why.
    """

    plan: RoomPlan
    begins: Callable[[str, datetime], None]
    place_of: Callable[[int, str, datetime], int]
    left: Callable[[str, str], None]


class Reception(Intake):
    """One call from ring to queue, and on from there; where nobody sits, today's spoken report."""

    def __init__(
        self,
        line: Line,
        call: Incoming,
        office: BackendGateway,
        prompts: Prompts,
        clock: Clock,
        room: RoomNow,
    ):
        super().__init__(line, call, office, prompts, clock)
        self.room = room
        self.since: datetime | None = None
        self.calm = False

    @property
    def _keys(self) -> str:
        return "".join(rule.key for rule in self.room.plan.keys)

    def _talk(self) -> None:
        if not self.room.plan.is_open(self.clock.now()) or self._skill() is None:
            super()._talk()
        else:
            self._receive(self._say("welcome", self._keys))

    def go_on(self) -> None:
        """Go on with a caller who has left the queue: by a key, after a talk, or after too long."""
        self._on_record(self._left, first=False)

    def _left(self) -> None:
        self.language = self.prompts.language(self.line.variable(SPEAKS) or self.language)
        self.since = _time(self.line.variable(SINCE))
        self.calm = bool(self.line.variable(CALM))
        pressed, status = self.line.variable(PRESSED), self.line.variable(STATUS)
        if pressed:
            self.room.left(self.call.key, BY_KEY)
            self._receive(pressed)
        elif status == TALKED and not self._is_seat_lost():
            self._say("goodbye")
            self.line.hang_up()
        elif status == TALKED:
            self._receive(self._say("room_back", self._keys))
        elif status in EMPTY and self._somebody_is_back():
            self._queue()
        else:
            self._give_up()

    def _receive(self, key: str | None) -> None:
        """Do what keys ask for, one after the other, and let the caller wait for a person."""
        while key is not None and self._keys_left:
            self._keys_left -= 1
            self._mark(CallEventType.KEY, key)
            rule = self.room.plan.rule(key)
            key = None
            match rule.does if rule else None:
                case Does.REPORT:
                    self._take_report(None)
                    return
                case Does.HUMAN:
                    self.calm = True
                case Does.LANGUAGE:
                    assert rule is not None
                    self.language = self.prompts.language(rule.language)
                    self._mark(CallEventType.LANGUAGE, self.language)
                case Does.STATUS:
                    key = self._tell_status(self._keys) or self._say("room_back", self._keys)
        self._queue()

    def _queue(self) -> None:
        """Say where the caller waits; the exchange goes on when this flow is over."""
        skill, now = self._skill(), self.clock.now()
        since = self.since or now
        left = int(self.room.plan.longest_wait_s - (now - since).total_seconds())
        if skill is None or left <= 0:
            self._give_up()
            return
        if self.since is None and not self.calm and self._is_next(skill.queue):
            self._say("queue_next")
        place = 0
        if self.since is None:
            self.room.begins(self.call.key, since)
        else:
            place = self.room.place_of(skill.queue, self.call.key, since)
        told = {
            LANGUAGE: QUIET if self.calm else self.language, ACCOUNT: ROOM,
            QUEUE: queue_of(skill.queue), PLACE: str(place), WAIT: str(left),
            SINCE: f"{since.timestamp():.3f}", SPEAKS: self.language,
            CALM: "yes" if self.calm else "", WAY: TO_QUEUE,
        }  # fmt: skip
        for name, value in told.items():
            self.line.set_variable(name, value)
        self.waits = True

    def _give_up(self) -> None:
        """Ask for the words instead: nobody is there, or for too long nobody was free."""
        if self.since is not None and not self.line.variable(PRESSED):
            self.room.left(self.call.key, BY_TIME)
        self._say("room_busy")
        self._take_report(None)

    def _skill(self) -> Skill | None:
        """Give the skill whose queue has seats: the caller's, else everybody's; None for none."""
        wanted = (self.room.plan.skill_of(self.language), self.room.plan.skills[0])
        return next((skill for skill in wanted if self._seats(skill.queue)), None)

    def _seats(self, queue: int) -> int:
        """Ask the exchange how many telephones of a queue are there, free or not."""
        told = self.line.variable(f"QUEUE_MEMBER({queue_of(queue)},logged)")
        return int(told) if told.isdigit() else 0

    def _is_next(self, queue: int) -> bool:
        """Whether the caller would be the first who waits; the exchange tells all others so."""
        waiting = self.line.variable(f"QUEUE_WAITING_COUNT({queue_of(queue)})")
        ready = self.line.variable(f"QUEUE_MEMBER({queue_of(queue)},ready)")
        return waiting == ready == "0"

    def _is_seat_lost(self) -> bool:
        """Whether the talk ended because a page was closed or its line lost, and by nobody's wish.

        Who hangs up has a telephone afterwards, who leaves has no seat either.
        """
        seat = seat_in(self.line.variable(AT_SEAT))
        if not seat:
            return False
        self.line.wait_key(LOST_S, "")
        if not self.line.variable(f"PJSIP_ENDPOINT({seat},context)"):
            return False
        # What is left of a contact that is gone is told with two at-signs.
        return CONTACT not in self.line.variable(f"PJSIP_AOR({seat},contact)")

    def _somebody_is_back(self) -> bool:
        for _ in range(BACK_TRIES):
            if self._skill() is not None:
                return True
            self.line.wait_key(BACK_S, "")
        return self._skill() is not None


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None
