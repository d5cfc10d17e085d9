"""The telephone desk in memory: calls on record, leased numbers, recordings to write down."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from backend.desks.queues import TRANSCRIPTS
from backend.desks.telephone import TRIES_A_CALL
from hotline.call import (
    CallEvent,
    CallEventType,
    CallRing,
    FailedTranscript,
    NewTranscript,
    TranscriptTask,
)
from hotline.channel import Channel
from hotline.clock import Clock
from hotline.contract import CallBackAsked
from hotline.errors import Invalid, NotFound, Refused
from hotline.ids import new_id
from hotline.number import make_number
from hotline.room.alarm import RoomAlarm
from hotline.room.nuisance import NuisanceLevel
from hotline.room.spoken import TalkHeard, TalkSaid, told
from hotline.room.survey import SurveyTold
from hotline.telephone import canonical
from tests.cities import demo_city
from tests.fakes.leases import Leased, free


@dataclass(slots=True)
class FakeTelephone:
    """Calls by their keys, the languages that callers have chosen, and what is to be heard."""

    clock: Clock
    rings: dict[str, CallRing] = field(default_factory=dict)
    calls: dict[str, UUID] = field(default_factory=dict)
    notes: set[CallEvent] = field(default_factory=set)
    languages: dict[str, str] = field(default_factory=dict)
    asks: bool = True
    surveys: dict[str, str] = field(default_factory=dict)
    talks: dict[str, TalkSaid] = field(default_factory=dict)
    alarms: list[RoomAlarm] = field(default_factory=list)
    held: dict[str, NuisanceLevel] = field(default_factory=dict)
    # Who asked to be rung back.
    call_backs: list[CallBackAsked] = field(default_factory=list)
    serial: int = 20
    unheard: list[Leased[TranscriptTask]] = field(default_factory=list)
    heard: dict[tuple[str, str], NewTranscript] = field(default_factory=dict)

    def ring(self, ring: CallRing) -> UUID:
        """Put a call on record, once a key."""
        self.rings.setdefault(ring.key, ring)
        return self.calls.setdefault(ring.key, new_id(self.clock.now()))

    def talk_heard(self, heard: TalkHeard) -> None:
        """Take what is new of a talk."""
        self.talks[heard.call] = told(self.talks.get(heard.call, TalkSaid()), heard)

    def survey(self, call: str) -> SurveyTold:
        """Ask about a call, once."""
        if call not in self.rings:
            raise NotFound("no such call", code="no_call")
        asks = self.asks and call not in self.surveys
        if asks:
            self.surveys[call] = ""
        return SurveyTold(asks)

    def note(self, notes: Collection[CallEvent]) -> None:
        """Add marks, each once; a language is the caller's from now on."""
        for one in notes:
            if not is_key(one.key):
                continue
            if any(_same(one, known) for known in self.notes):
                continue
            self.notes.add(one)
            ring = self.rings.get(one.key)
            if one.mark is CallEventType.LANGUAGE and ring is not None:
                self.languages[caller(ring.caller)] = one.value
            if one.mark is CallEventType.SURVEYED and self.surveys.get(one.key) == "":
                self.surveys[one.key] = one.value

    def call_back(self, asked: CallBackAsked) -> None:
        """Keep who asks to be rung back."""
        if not demo_city().rings(canonical(asked.number, demo_city().telephone)):
            raise Refused("such numbers are not rung", code="not_rung")
        self._check_there(asked.call)
        self.call_backs.append(asked)

    def check_status(self, call: str) -> None:
        """Raise what stands against telling a status in a call."""
        self._check_there(call)
        if self.marks(call).count(CallEventType.STATUS_REFUSED) >= TRIES_A_CALL:
            raise Refused("too many tries", code="status_tries")

    def _check_there(self, call: str) -> None:
        if call not in self.rings:
            raise NotFound("no such call", code="no_call")

    def marks(self, key: str) -> list[CallEventType]:
        """Give the marks of a call in the order of time."""
        return [n.mark for n in sorted(self.notes, key=lambda n: n.at) if n.key == key]

    def numbers(self, count: int) -> list[str]:
        """Lease report numbers."""
        self.serial += count
        return [make_number(one) for one in range(self.serial - count, self.serial)]

    def listen(self, number: str, sha256: str, language: str) -> None:
        """Let a recording be written down."""
        task = TranscriptTask(number, sha256, language, demo_city().release)
        self.unheard.append(Leased(task, self.clock.now()))

    def take(self, limit: int) -> list[TranscriptTask]:
        """Lease recordings; one whose tries all ended without a word is given up."""
        given = []
        for one in free(self.unheard, self.clock.now())[:limit]:
            one.lease(self.clock.now(), TRANSCRIPTS.lease_s)
            if TRANSCRIPTS.patience.is_spent(one.tries - 1):
                one.over = True
            else:
                given.append(one.item)
        return given

    def keep_held(self, refs: Collection[str]) -> None:
        """Let the leases of these recordings go on."""
        now = self.clock.now()
        for one in self.unheard:
            mine = f"{one.item.number}/{one.item.sha256}" in refs
            if mine and one.is_held and not one.is_free(now):
                one.tries -= 1
                one.lease(now, TRANSCRIPTS.lease_s)

    def failed(self, failed: FailedTranscript) -> None:
        """Take that a try failed: after some it is given up."""
        for one in self._of(failed.number, failed.sha256):
            if not one.is_held:
                continue
            if TRANSCRIPTS.patience.is_spent(one.tries):
                one.over = True
            else:
                wait = timedelta(seconds=TRANSCRIPTS.patience.wait(one.tries))
                one.put_off(self.clock.now() + wait)

    def put(self, heard: NewTranscript) -> bool:
        """Keep what was heard; False for the second of a recording, Invalid for what is none."""
        if not self._of(heard.number, heard.sha256):
            raise Invalid("sha256", "is no recording of this case")
        for one in self._of(heard.number, heard.sha256):
            one.over = True
        key = (heard.number, heard.sha256)
        return self.heard.setdefault(key, heard) is heard

    def _of(self, number: str, sha256: str) -> list[Leased[TranscriptTask]]:
        return [
            one for one in self.unheard if (one.item.number, one.item.sha256) == (number, sha256)
        ]


def is_key(key: str) -> bool:
    """Whether a call may be named so."""
    return 1 <= len(key) <= 200


def caller(number: str) -> str:
    """Give a telephone number in its one form."""
    return canonical(number, demo_city().telephone)


def _same(one: CallEvent, other: CallEvent) -> bool:
    return (one.key, one.mark, one.at) == (other.key, other.mark, other.at)


def check_key(key: str) -> None:
    """Raise Invalid for a key that names no call."""
    if not is_key(key):
        raise Invalid("key", "must be between 1 and 200 characters")


def holder_of(channel: Channel, address: str) -> str:
    """Give the name of who hands a file in from a chat or by a telephone."""
    return f"contact:{channel}:{caller(address) if channel is Channel.PHONE else address}"
