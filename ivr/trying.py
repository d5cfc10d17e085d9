"""A call that is tried: the very flow of the telephone under conditions that somebody names."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, TextIO

from config.prompts import PROMPTS
from hotline.brief import CaseBrief
from hotline.call import CallEventType, CallKnown, CallRing
from hotline.clock import FixedClock
from hotline.contract import CallBackAsked
from hotline.errors import Refused
from hotline.ids import new_id
from hotline.number import make_number
from hotline.room.plan import Skill
from hotline.room.trying import (
    NOTHING,
    PERSON,
    TOO_LONG,
    WORDS,
    Trial,
    TrialBulletin,
    TrialEnd,
    TrialHeard,
    TrialMark,
    TrialQueue,
    TrialSaid,
)
from hotline.wire import decode, encode
from ivr.flows.bulletin import OnAir
from ivr.flows.intake import Incoming
from ivr.flows.reception import PRIORITY, QUEUE, TALKED, TIMED_OUT, TURN, WAIT, Reception
from ivr.flows.room_now import RoomNow
from ivr.flows.status import TRIES
from ivr.flows.voice import ANY, BETWEEN_DIGITS_S
from ivr.line import End, HungUp, Recorded
from ivr.prompts import open_prompts
from ivr.rehearsal import PAUSE, SoundWords, Spoken, Variables, rehearse
from ivr.spool_records import SpokenReport
from ivr.switch.called import Priority, queue_of

CALLER: Final = "13800138000"
KEY: Final = "trial-0-0"
# A number that no report has: the example of one that is promised.
SERIAL: Final = 2026041
OWN: Final = "/own"
SAID: Final = "…"
TRIAL: Final = "trial"
# What tells a caller who waits how it stands.
STANDING: Final = ("queue_", "count_")
# What somebody does takes so long.
PRESS_S: Final = 0.5


class TrialStops(Exception):
    """All was pressed that there is, and the call waits for more."""

    def __init__(self, ends: TrialEnd, keys: str):
        super().__init__(ends)
        self.ends = ends
        self.keys = keys


class TrialLine(Variables):
    """A line whose caller follows a list; what is heard and done is remembered."""

    def __init__(self, script: SoundWords, pressed: Sequence[str], clock: FixedClock):
        super().__init__()
        self._script = script
        self._pressed = list(pressed)
        self._clock = clock
        # Nothing was pressed while something was said, nor will be right after.
        self._is_passed = False
        self._is_over = False
        self.said: list[TrialSaid] = []

    def answer(self) -> None:
        """Pick up."""

    def play(self, sounds: Sequence[str], keys: str = "") -> str | None:
        """Let the caller hear sounds; a key that comes next is pressed while the last plays."""
        if self._is_over:
            raise HungUp("the line is closed")
        spoken = [self._script.read(sound) for sound in sounds]
        self._hear(spoken)
        # How it stands is heard by who waits: what passes is the turn behind it.
        stands = bool(spoken) and spoken[0].prompt.startswith(STANDING)
        self._is_passed = bool(keys) and not stands and self._takes(NOTHING)
        if not keys or self._is_passed or not self._next_is(ANY):
            return None
        key = self._act()
        return key if key in keys else None

    def wait_key(self, seconds: float, keys: str) -> str | None:
        """Take what is pressed next, or stop where somebody has to say what."""
        if not keys or self._is_passed or self._takes(NOTHING):
            self._is_passed = False
            self._clock.wait(seconds)
            return None
        if not self._next_is(ANY):
            if seconds < BETWEEN_DIGITS_S or self._pressed:
                return None
            raise TrialStops(TrialEnd.ASKS, keys)
        key = self._act()
        return key if key in keys else None

    def record(
        self,
        path: str,  # noqa: ARG002
        max_seconds: int,  # noqa: ARG002
        silence_seconds: int,  # noqa: ARG002
        keys: str,
    ) -> Recorded:
        """Let the caller speak, press a key or fall silent."""
        if self._takes(WORDS):
            self._did(WORDS)
            return Recorded(0.0, End.KEY, "#", SAID)
        if not self._pressed:
            raise TrialStops(TrialEnd.REPORT, keys)
        if self._next_is(ANY) and (key := self._act()) in keys:
            return Recorded(0.0, End.KEY, key)
        self._takes(NOTHING)
        return Recorded(0.0, End.SILENCE)

    def hang_up(self) -> None:
        """Close the line."""
        self._is_over = True

    def waits(self) -> None:
        """Let the caller wait: for a turn, for too long, till a seat has talked, or for a key."""
        while self._pressed and self._pressed[0] == WORDS:
            self._pressed.pop(0)
        if not self._pressed:
            raise TrialStops(TrialEnd.QUEUE, ANY)
        act, now = self._act(), self._clock.now
        turn, whole = int(self.variable(TURN)), int(self.variable(WAIT))
        if act == PERSON:
            self.leaves(now(), TALKED)
        elif act in (NOTHING, TOO_LONG):
            waited = turn if act == NOTHING else whole
            self._clock.wait(waited)
            self.leaves(now(), TIMED_OUT, waited=waited)
        else:
            self.leaves(now(), "", act)

    def _hear(self, spoken: Sequence[Spoken]) -> None:
        for one in spoken:
            if one.prompt != PAUSE:
                stands = one.prompt.startswith(STANDING)
                self.said.append(TrialSaid(one.prompt, one.language, one.text, one.file, stands))

    def _next_is(self, keys: str) -> bool:
        return bool(self._pressed) and self._pressed[0] in keys

    def _takes(self, act: str) -> bool:
        if self._pressed and self._pressed[0] == act:
            self._pressed.pop(0)
            return True
        return False

    def _act(self) -> str:
        act = self._pressed.pop(0)
        self._clock.wait(PRESS_S if act in ANY else 0.0)
        self._did(act)
        return act

    def _did(self, act: str) -> None:
        """Remember what was pressed beside what was heard last."""
        if self.said:
            last = self.said[-1]
            self.said[-1] = replace(last, pressed=f"{last.pressed} {act}".strip())


class TrialOffice:
    """An office that knows the trial's caller, and keeps nothing."""

    def __init__(self, trial: Trial):
        self._trial = trial
        self._tries = TRIES
        self.marks: list[TrialMark] = []
        self.number = ""

    def ring(self, call: CallRing) -> CallKnown:
        """Give what is known of the caller."""
        newest = next(iter(self._trial.cases), None)
        return CallKnown(new_id(call.at), self._trial.language, newest, self._trial.nuisance)

    def newest_case(self, caller: str) -> CaseBrief | None:
        """Give the caller's newest case."""
        return next(iter(self.own_cases(caller)), None)

    def own_cases(self, caller: str) -> list[CaseBrief]:
        """Give the caller's cases."""
        return list(self._trial.cases) if caller else []

    def status(self, key: str, number: str, tail: str) -> CaseBrief | None:  # noqa: ARG002
        """Give one of the trial's cases to who knows its number and the end of the telephone's."""
        self._tries -= 1
        if self._tries < 0:
            raise Refused("too many tries", code="status_tries")
        fits = (one for one in self._trial.cases if one.number == number)
        return next(fits, None) if CALLER.endswith(tail) else None

    def survey(self, key: str) -> bool:  # noqa: ARG002
        """A trial ends before its caller has talked with anybody."""
        return False

    def call_back(self, asked: CallBackAsked) -> None:
        """Nobody is rung by a trial."""
        self.note(asked.call, CallEventType.CALL_BACK)

    def note(self, key: str, mark: CallEventType, value: str = "") -> None:  # noqa: ARG002
        """Remember a mark."""
        self.marks.append(TrialMark(mark.value, value))

    def take_number(self) -> str:
        """Give an example of a number."""
        self.number = make_number(SERIAL)
        return self.number

    def keep_report(self, report: SpokenReport) -> None:
        """Nobody keeps it."""

    def kept_report(self, key: str) -> SpokenReport | None:  # noqa: ARG002
        """Nothing is kept."""
        return None

    def wait(self, key: str) -> None:
        """The call goes on in the queue."""

    def end(self, key: str) -> None:
        """The call is over."""


class Trying:
    """One trial, made ready."""

    def __init__(self, trial: Trial):
        self.trial = trial
        own = {one.name: f"{OWN}/{one.name}" for one in trial.plan.prompts}
        self.prompts = open_prompts(PROMPTS).with_own(own)
        self.clock = FixedClock(trial.at)
        self.office = TrialOffice(trial)
        self.line = TrialLine(SoundWords(self.prompts, _words(trial)), trial.pressed, self.clock)
        self.queues = {one.skill: one for one in trial.queues}
        for skill in trial.plan.skills:
            self.line.sits(skill.queue, self._queue(skill).seats)

    def heard(self) -> TrialHeard:
        """Run it; gives what was heard, and where the call is when all has been pressed."""
        ends, keys = TrialEnd.OVER, ""
        try:
            rehearse(self.line, self._flow)
        except TrialStops as stops:
            ends, keys = stops.ends, stops.keys
        told = TrialHeard(
            tuple(self.line.said), ends, keys, marks=tuple(self.office.marks),
            number=self.office.number,
        )  # fmt: skip
        return told if ends is not TrialEnd.QUEUE else self._in_queue(told)

    def _flow(self) -> Reception:
        trial = self.trial
        caller = "" if trial.withheld else CALLER
        room = RoomNow(
            trial.plan, lambda *_: None, self._place, lambda *_: None,
            expected=self._expected, on_air=_on_air(trial), is_overloaded=trial.overloaded,
        )  # fmt: skip
        call = Incoming(KEY, caller, KEY)
        return Reception(self.line, call, self.office, self.prompts, self.clock, room)

    def _queue(self, skill: Skill) -> TrialQueue:
        return self.queues.get(skill.id, TrialQueue(skill.id, 0))

    def _place(self, queue: int, _call: str, _since: datetime, priority: int) -> int:
        skill = self._skill(queue_of(queue))
        before = self._queue(skill).before if skill else 0
        return 1 if priority == Priority.EMERGENCY else before + 1

    def _expected(self, queue: int) -> float:
        skill = self._skill(queue_of(queue))
        return float(self._queue(skill).wait_s) if skill else 0.0

    def _skill(self, queue: str) -> Skill | None:
        skills = self.trial.plan.skills
        return next((one for one in skills if queue_of(one.queue) == queue), None)

    def _in_queue(self, told: TrialHeard) -> TrialHeard:
        """Say where the caller waits, and which keys count there."""
        skill, priority = self._skill(self.line.variable(QUEUE)), int(self.line.variable(PRIORITY))
        return replace(
            told,
            keys="".join(rule.key for rule in self.trial.plan.keys),
            skill=skill.id if skill else "",
            place=self._place(skill.queue, KEY, self.trial.at, priority) if skill else 0,
            longest_s=int(self.line.variable(WAIT)),
        )


def _on_air(trial: Trial) -> OnAir | None:
    one = trial.bulletin
    return (
        OnAir(TRIAL, {language: f"/{language}" for language in _texts(one)}, one.case)
        if one
        else None
    )


def _words(trial: Trial) -> dict[str, Spoken]:
    own = {
        f"{OWN}/{one.name}": Spoken(one.id, one.language, one.text) for one in trial.plan.prompts
    }
    texts = _texts(trial.bulletin) if trial.bulletin else {}
    return own | {f"/{language}": Spoken("", language, text) for language, text in texts.items()}


def _texts(one: TrialBulletin) -> dict[str, str]:
    return {name: text for name, text in (("zh_CN", one.text), ("en", one.text_en)) if text}


def main(source: TextIO, write: Callable[[str], object]) -> None:
    """Try the call that is read as JSON, and write what was heard."""
    trial = decode(source.read(), Trial)
    write(encode(Trying(trial).heard()).decode())
