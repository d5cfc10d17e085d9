"""Stand-ins for the fast tests: a line whose caller follows a list, an office that remembers."""

import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from hotline.brief import CaseBrief
from hotline.call import CallEventType, CallKnown, CallRing
from hotline.clock import FixedClock
from hotline.contract import CallBackAsked
from hotline.errors import Refused, Unavailable
from hotline.ids import new_id
from hotline.room.nuisance import NuisanceLevel
from ivr.line import WORDS_VARIABLE, End, HungUp, Recorded
from ivr.pcm import RATE, Samples
from ivr.spool_records import SpokenReport

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def fixed_clock() -> FixedClock:
    """Give a clock that stands still."""
    return FixedClock(NOW)


def talk(seconds: float, seed: int = 1) -> Samples:
    """Give something with the loudness of speech: syllables with short rests, then quiet."""
    rng = np.random.default_rng(seed)
    place = np.arange(int(seconds * RATE)) / RATE
    syllables = (np.sin(2 * np.pi * 3.5 * place) > -0.6).astype(float)
    loud = rng.normal(0, 4000, len(place)) * syllables
    sound: Samples = loud.clip(-32000, 32000).astype(np.int16)
    return sound


def quiet(seconds: float) -> Samples:
    """Give silence."""
    return np.zeros(int(seconds * RATE), dtype=np.int16)


def hiss(seconds: float, level: int = 3000) -> Samples:
    """Give steady noise."""
    return np.random.default_rng(2).normal(0, level, int(seconds * RATE)).astype(np.int16)


def joined(*parts: Samples) -> Samples:
    """Give one sound after the other."""
    return np.concatenate(parts)


def keep_wav(path: Path, samples: Samples) -> Path:
    """Write a wav as Asterisk does."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return path


@dataclass(frozen=True, slots=True)
class Says:
    """What the caller does after the tone."""

    samples: Samples
    end: End = End.KEY
    key: str = "#"


@dataclass(slots=True)
class FakeLine:
    """A line; `keys` answers prompts by name, `says` the recordings in order.

    `typed` is what is pressed while nothing is said, "" for nothing.

    The caller hangs up while the prompt named by `hang_up_at` plays for the n-th time.
    """

    says: list[Says] = field(default_factory=list)
    keys: dict[str, list[str]] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    hang_up_at: tuple[str, int] = ("", 0)
    played: list[str] = field(default_factory=list)
    answered: bool = False
    over: bool = False
    asked_keys: list[str] = field(default_factory=list)
    # Presses are so far apart by this clock.
    clock: FixedClock = field(default_factory=lambda: fixed_clock())
    apart_s: float = 1.0
    variables: dict[str, str] = field(default_factory=dict)

    def answer(self) -> None:
        """Pick up."""
        self.answered = True

    def play(self, sounds: Sequence[str], keys: str = "") -> str | None:
        """Note what was heard."""
        for sound in sounds:
            if self.over:
                raise HungUp("over")
            self.played.append(sound)
            name = sound.partition("/")[2]
            if self.hang_up_at == (name, sum(s == sound for s in self.played)):
                self.over = True
                raise HungUp("hung up")
            pressed = self.keys.get(name, [])
            if pressed and pressed[0] in keys:
                self.clock.wait(self.apart_s)
                return pressed.pop(0)
        return None

    def wait_key(self, seconds: float, keys: str) -> str | None:
        """Take what is pressed next."""
        key = self.typed.pop(0) if self.typed and keys else ""
        self.clock.wait(self.apart_s if key else 0.0)
        return key if key and key in keys else None

    def record(self, path: str, max_seconds: int, silence_seconds: int, keys: str) -> Recorded:
        """Write what the caller says."""
        if self.over:
            raise HungUp("over")
        self.asked_keys.append(keys)
        self.variables.pop(WORDS_VARIABLE, None)
        said = self.says.pop(0)
        keep_wav(Path(f"{path}.wav"), said.samples)
        if said.end is End.HANGUP:
            self.over = True
        key = said.key if said.end is End.KEY else ""
        return Recorded(len(said.samples) / RATE, said.end, key)

    def variable(self, name: str) -> str:
        """Give a variable that was set."""
        return self.variables.get(name, "")

    def set_variable(self, name: str, value: str) -> None:
        """Remember it."""
        self.variables[name] = value

    def hang_up(self) -> None:
        """End."""
        self.over = True

    def heard(self, key: str) -> int:
        """Count how often a prompt was played, in any language."""
        return sum(sound.endswith(f"/{key}") for sound in self.played)

    def digits(self) -> str:
        """Give every digit that was played."""
        names = [sound.partition("/")[2] for sound in self.played]
        return "".join(n.removeprefix("digit_") for n in names if n.startswith("digit_"))


@dataclass(slots=True)
class FakeOffice:
    """An office that remembers what it was told and in which order."""

    up: bool = True
    language: str = "zh_CN"
    newest: CaseBrief | None = None
    others: list[CaseBrief] = field(default_factory=list)
    nuisance: NuisanceLevel | None = None
    known: dict[tuple[str, str], CaseBrief] = field(default_factory=dict)
    tries: int = 9
    numbers: list[str] = field(default_factory=lambda: ["20260418"])
    log: list[str] = field(default_factory=list)
    reports: list[SpokenReport] = field(default_factory=list)
    marks: list[tuple[CallEventType, str]] = field(default_factory=list)
    rings: list[CallRing] = field(default_factory=list)
    asks: bool = False
    call_backs: list[CallBackAsked] = field(default_factory=list)
    not_rung: list[str] = field(default_factory=list)

    def ring(self, call: CallRing) -> CallKnown | None:
        """Put a call on record."""
        self.log.append("ring")
        self.rings.append(call)
        known = CallKnown(new_id(NOW), self.language, self.newest, self.nuisance)
        return known if self.up else None

    def newest_case(self, caller: str) -> CaseBrief | None:
        """Give the newest case."""
        if not self.up:
            raise Unavailable("away")
        return self.newest

    def own_cases(self, caller: str) -> list[CaseBrief]:
        """Give the newest case and the others."""
        newest = self.newest_case(caller)
        return [newest, *self.others] if newest and caller else []

    def status(self, key: str, number: str, tail: str) -> CaseBrief | None:
        """Give the case that is known by these, while there are tries."""
        self.tries -= 1
        if self.tries < 0:
            raise Refused("too many tries", code="status_tries")
        return self.known.get((number, tail))

    def survey(self, key: str) -> bool:
        """Whether callers are asked about their calls."""
        self.log.append("survey")
        return self.up and self.asks

    def call_back(self, asked: CallBackAsked) -> None:
        """Keep who asks to be rung back, but at a number that is not rung."""
        if not self.up:
            raise Unavailable("away")
        if asked.number in self.not_rung:
            raise Refused("not rung", code="not_rung")
        self.call_backs.append(asked)

    def note(self, key: str, mark: CallEventType, value: str = "") -> None:
        """Remember a mark."""
        self.marks.append((mark, value))

    def take_number(self) -> str | None:
        """Give a number while there are some."""
        return self.numbers.pop(0) if self.numbers else None

    def keep_report(self, report: SpokenReport) -> None:
        """Remember a report."""
        self.log.append("kept")
        self.reports.append(report)

    def kept_report(self, key: str) -> SpokenReport | None:
        """Give a report that was kept."""
        return next((report for report in self.reports if report.key == key), None)

    def wait(self, key: str) -> None:
        """The call goes on in the exchange."""
        self.log.append("wait")

    def end(self, key: str) -> None:
        """The call is over."""
        self.log.append("end")
