"""The hotline's call: a greeting, one prompt, a spoken report, and its number read back."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hotline.brief import CaseBrief
from hotline.call import CallEventType, CallRing
from hotline.clock import Clock
from hotline.errors import HotlineError
from hotline.room.nuisance import NuisanceLevel
from ivr.asked import BackendGateway
from ivr.flows.status import StatusTalk
from ivr.flows.voice import Voice
from ivr.line import WORDS_VARIABLE, End, HungUp, Line, Recorded
from ivr.prompts import Prompts
from ivr.recording import began_of, speech_in
from ivr.spool_records import SpokenReport

log = logging.getLogger(__name__)

STATUS_KEY, ENGLISH_KEY, END_KEY = "1", "9", "#"
MENU_KEYS = STATUS_KEY + ENGLISH_KEY
NUMBER_VARIABLE = "NUMBER"
MAX_RECORD_SECONDS = 120
SILENCE_SECONDS = 4
# Whoever ends the report has said something; whoever is cut off has to have said enough.
# Both lie a little below what is promised (3 s), for the first syllable may be lost.
MIN_SPEECH = 0.8
MIN_SPEECH_HUNG_UP = 2.5
# A call whose keys never end is not a report.
MAX_KEYS = 12


@dataclass(frozen=True, slots=True)
class Incoming:
    """A call as the dialplan hands it over; `recording` is a path without its ending."""

    key: str
    caller: str
    recording: str
    line: str = ""
    caller_name: str = ""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the caller said after the tone, if anything."""

    path: Path
    seconds: float
    end: End
    key: str = ""
    text: str = ""

    @property
    def is_report(self) -> bool:
        """Whether it is enough to be a report."""
        least = MIN_SPEECH_HUNG_UP if self.end is End.HANGUP else MIN_SPEECH
        return bool(self.text) or self.seconds >= least


def recordings_of(stem: str) -> list[tuple[float, Path]]:
    """Give the recordings of a call, each with its seconds of speech."""
    folder, name = Path(stem).parent, Path(stem).name
    found = [folder / f"{name}.wav", folder / f"{name}-2.wav"]
    return [(speech_in(path), path) for path in found if path.is_file()]


class Intake:
    """One call from ring to end."""

    def __init__(
        self, line: Line, call: Incoming, office: BackendGateway, prompts: Prompts, clock: Clock
    ):
        self.line = line
        self.call = call
        self.office = office
        self.prompts = prompts
        self.clock = clock
        self.voice = Voice(line, prompts)
        self.report: SpokenReport | None = None
        # What is held against the caller; nothing is against a number that is withheld.
        self.nuisance: NuisanceLevel | None = None
        # Somebody is in danger: the words are asked for in short.
        self.is_emergency = False
        self.newest: CaseBrief | None = None
        # Whether the call goes on in the exchange when the flow is over.
        self.waits = False
        self._keys_left = MAX_KEYS

    @property
    def language(self) -> str:
        """What the caller speaks."""
        return self.voice.language

    @property
    def urgent(self) -> str:
        """The keys that lead away to a person, at any time."""
        return ""

    @property
    def menu(self) -> str:
        """The keys that count while the words are asked for and taken."""
        return MENU_KEYS + self.urgent

    def run(self) -> SpokenReport | None:
        """Take the call and give the report made of it; every way out leaves a finished record."""
        return self._on_record(self._talk)

    def finish(self, number: str = "") -> SpokenReport | None:
        """Go on after the words, with a caller whom an earlier connector could not tell a number.

        `number` is the one that has been promised already, where the exchange knows it.
        """
        return self._on_record(lambda: self._go_on(number))

    def _on_record(self, talk: Callable[[], None], *, first: bool = True) -> SpokenReport | None:
        """Put the call on record, pick up, talk, and end the record unless the call goes on."""
        at = self.clock.now() if first else began_of(self.call.key) or self.clock.now()
        ring = CallRing(self.call.key, self.call.caller, at, self.call.caller_name, self.call.line)
        known = self.office.ring(ring)
        try:
            if known is not None:
                self.newest = known.newest
                self.voice.language = self.prompts.language(known.language)
                self.nuisance = known.nuisance if self.call.caller else None
            if first:
                self.line.answer()
                self._mark(CallEventType.ANSWERED)
            talk()
        except HungUp:
            self.waits = False
            log.info("hung up", extra={"call": self.call.key})
        finally:
            if self.waits:
                self.office.wait(self.call.key)
            else:
                self.office.end(self.call.key)
        return self.report

    def _talk(self) -> None:
        self._take_report(self._say("greeting", press=self.menu))

    def _take_report(self, key: str | None) -> None:
        """Take the words down, after what a key that was pressed asks for."""
        for attempt in ("", "-2"):
            spoken = self._take_words(key, attempt)
            key = None
            if spoken is not None and spoken.is_report:
                self._promise(spoken)
                return
            if spoken is None or spoken.end is End.HANGUP:
                return
            if attempt == "":
                key = self._say("too_short", press=self.menu)
        self._nothing_said()

    def _nothing_said(self) -> None:
        """End a call in which nothing was said, nor said again."""
        self._say("goodbye")
        self.line.hang_up()

    def _go_on(self, number: str) -> None:
        self.report = self.office.kept_report(self.call.key)
        known = number or (self.report.number if self.report else None)
        best = max(recordings_of(self.call.recording), default=(0.0, Path()))
        if not known and self.report is None and best[0] >= MIN_SPEECH:
            self._promise(Utterance(best[1], best[0], End.SILENCE))
            return
        known = known or self._number_on_record()
        if known or self.report is not None:
            self._tell_number(known)
            return
        self._say("goodbye")
        self.line.hang_up()

    def _number_on_record(self) -> str | None:
        """Give the number of the report that another brought while nobody could tell it."""
        try:
            newest = self.office.newest_case(self.call.caller)
        except HotlineError as error:
            log.warning("no number: %s", error, extra={"call": self.call.key})
            return None
        return newest.number if newest is not None and newest.call == self.call.key else None

    def _take_words(self, key: str | None, attempt: str) -> Utterance | None:
        """Ask for the report and record it, menu keys served in between.

        None: too many keys, or one that leads away.
        """
        asked, keys = attempt == "" and not self.is_emergency, key or ""
        while self._keys_left:
            if not keys and asked:
                keys = self._say("speak", press=self.menu) or ""
            if not keys:
                spoken = self._record(attempt)
                if not (spoken.key and spoken.key in self.menu and not spoken.is_report):
                    return spoken
                keys = spoken.key
            self._keys_left -= 1
            if self._leads_away(keys[0]):
                return None
            keys = (self._serve(keys[0]) or "") + keys[1:]
            asked = not self.is_emergency
        self.line.hang_up()
        return None

    def _leads_away(self, _key: str) -> bool:
        """Do what a key asks for that ends the report; false where it does not."""
        return False

    def _serve(self, key: str) -> str | None:
        """Do what a key asks for, and give the next ones that were pressed meanwhile."""
        if key == ENGLISH_KEY:
            self._speak("en")
        elif key == STATUS_KEY:
            return self._tell_status(key)
        return None

    def _speak(self, language: str) -> None:
        self.voice.language = self.prompts.language(language)
        self._mark(CallEventType.LANGUAGE, self.language)

    def _tell_status(self, key: str) -> str | None:
        """Tell how cases stand; gives keys that were pressed for something else."""
        talk = StatusTalk(self.voice, self.office, self.call.key, self.call.caller, key)
        return talk.tell()

    def _record(self, attempt: str) -> Utterance:
        """Record after the tone; what holds no report is not kept."""
        stem = f"{self.call.recording}{attempt}"
        # Should we die from here on, the exchange records the words: callers speak after the tone,
        # whoever sent it.
        self.line.set_variable(WORDS_VARIABLE, stem)
        self._say("beep")
        path = Path(f"{stem}.wav")
        recorded: Recorded = self.line.record(
            stem, MAX_RECORD_SECONDS, SILENCE_SECONDS, END_KEY + self.menu
        )
        spoken = Utterance(path, speech_in(path), recorded.end, recorded.key, recorded.text)
        if not spoken.is_report:
            path.unlink(missing_ok=True)
        return spoken

    def _promise(self, spoken: Utterance) -> None:
        """Make the report safe on disk, then read its number back, twice."""
        number = self.office.take_number()
        self.report = SpokenReport(
            key=self.call.key,
            caller=self.call.caller,
            language=self.language,
            said_at=self.clock.now(),
            number=number,
            recording=str(spoken.path) if spoken.seconds else "",
            seconds_of_speech=round(spoken.seconds, 2),
            text=spoken.text,
            is_emergency=self.is_emergency,
        )
        self.office.keep_report(self.report)
        self._mark(CallEventType.RECORDED, f"{spoken.seconds:.1f}")
        if spoken.end is End.HANGUP or (spoken.key and self._leads_away(spoken.key)):
            return
        self._tell_number(number)

    def _tell_number(self, number: str | None) -> None:
        key = self._say("trouble") if number is None else self._say_number(number)
        if key is None or not self._leads_away(key):
            self.line.hang_up()

    def _say_number(self, number: str) -> str | None:
        """Say the number twice; gives a key that leads away."""
        # Should we die while it is said, the exchange hands the call with it to the next connector.
        self.line.set_variable(NUMBER_VARIABLE, number)
        said, sounds = self.voice.number(number), self.prompts.sounds
        key = self.line.play([*sounds(self.language, "recorded"), *said], self.urgent)
        if key is not None:
            return key
        self._mark(CallEventType.NUMBER_SAID, number)
        again, end = ("pause", "again", "pause"), ("pause", "goodbye")
        return self.line.play(
            [*sounds(self.language, *again), *said, *sounds(self.language, *end)], self.urgent
        )

    def _say(self, *words: str, press: str = "") -> str | None:
        return self.voice.say(*words, press=press)

    def _mark(self, mark: CallEventType, value: str = "") -> None:
        self.office.note(self.call.key, mark, value)
