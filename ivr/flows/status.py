"""How cases stand: the caller's own, or one of whose number and reporter the caller knows."""

import logging
from typing import Final

from hotline.brief import CaseBrief
from hotline.call import CallEventType
from hotline.errors import HotlineError, Refused
from ivr.asked import BackendGateway
from ivr.flows.voice import ANY, NO_INPUT_S, Voice, key_word

log = logging.getLogger(__name__)

# A stage that a city has added and nobody has recorded yet: there is a case all the same.
OTHER_STAGE: Final = "stage_other"
TRIES: Final = 3
NUMBER_DIGITS, TAIL_DIGITS = 8, 4


class StatusTalk:
    """Tells states, and nothing else of a case; `key` is what was pressed for it."""

    def __init__(self, voice: Voice, office: BackendGateway, call: str, caller: str, key: str):
        self.voice = voice
        self.office = office
        self.call = call
        self.caller = caller
        self.key = key

    def tell(self) -> str | None:
        """Tell what the caller may know; gives keys that were pressed for something else."""
        try:
            own = self.office.own_cases(self.caller)
        except HotlineError as error:
            log.warning("no status: %s", error, extra={"call": self.call})
            return self.voice.say("status_later", press=ANY)
        if own:
            return self._tell_own(own)
        return self._by_number(self.voice.say("no_case", press=ANY) if self.caller else None)

    def _tell_own(self, own: list[CaseBrief]) -> str | None:
        """Tell the newest, and each further one that the same key asks for."""
        for place, brief in enumerate(own):
            key = self._tell_one(brief, "status_intro" if place == 0 else "status_found")
            if key is None and place + 1 < len(own):
                key = self.voice.say("menu_next", key_word(self.key), press=ANY)
                key = key or self.voice.line.wait_key(NO_INPUT_S, ANY)
            if key != self.key:
                return key
        return None

    def _tell_one(self, brief: CaseBrief, intro: str) -> str | None:
        prompts, language, stage = self.voice.prompts, self.voice.language, brief.prompt
        if not prompts.has(language, stage):
            log.warning("no words for the stage %s", brief.stage, extra={"call": self.call})
            stage = OTHER_STAGE
        key = self.voice.line.play(
            [
                *prompts.sounds(language, intro), *self.voice.number(brief.number),
                *self._leading(brief), *prompts.sounds(language, "pause", stage),
            ],
            ANY,
        )  # fmt: skip
        if key is None:
            self.office.note(self.call, CallEventType.STATUS_TOLD, brief.number)
        return key

    def _leading(self, brief: CaseBrief) -> list[str]:
        """The number of the case with which it goes along: what is told is how that one stands."""
        if not brief.leader:
            return []
        found = self.voice.prompts.sounds(self.voice.language, "pause", "status_along")
        return [*found, *self.voice.number(brief.leader)]

    def _by_number(self, key: str | None) -> str | None:
        """Ask for a number and the end of its reporter's telephone, three times at most.

        A key alone, and one that is pressed twice, begin no number: they are the menu's.
        """
        for _ in range(TRIES):
            number = self._typed("status_number", NUMBER_DIGITS, key)
            if number and len(number) <= 2 and len(set(number)) == 1:
                return number
            tail = number and self._typed("status_tail", TAIL_DIGITS, None)
            if not number or not tail:
                return None
            try:
                found = self._asked(number, tail)
            except Refused:
                break
            except HotlineError as error:
                log.warning("no status: %s", error, extra={"call": self.call})
                return self.voice.say("status_later", press=ANY)
            if found is not None:
                return self._tell_one(found, "status_found")
            key = self.voice.say("status_wrong", press=ANY)
        return self.voice.say("status_limit", press=ANY)

    def _asked(self, number: str, tail: str) -> CaseBrief | None:
        if len(number) < NUMBER_DIGITS or len(tail) < TAIL_DIGITS:
            return None
        return self.office.status(self.call, number, tail)

    def _typed(self, words: str, count: int, key: str | None) -> str | None:
        """Give what was typed, whole or not; None where nothing was, or the caller wants back."""
        return self.voice.digits(key or self.voice.ask([words], [f"{words}_short"]), count)
