"""Asking to be rung back: at the caller's own number, or at another one that is typed."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hotline.contract import CallBackAsked
from hotline.errors import HotlineError
from hotline.telephone import MAX_DIGITS
from ivr.asked import BackendGateway
from ivr.flows.voice import ANY, NO_INPUT_S, Voice

log = logging.getLogger(__name__)

CONFIRM: Final = "1"
TRIES: Final = 3
# A caller may not be told a number that is longer in one breath.
PART: Final = 4
# Why a backend keeps nobody whatever their number is.
CLOSED: Final = ("call_back_closed", "withheld", "no_call")
# Another number may be rung instead.
REFUSED: Final = ("not_rung", "day_limit", *CLOSED)


@dataclass(frozen=True, slots=True)
class Place:
    """The place that a caller gives up: in which queue, before whom, since when."""

    queue: int
    priority: int
    since: datetime


class AskBack:
    """Asks at which number, has it kept, and promises nothing that is not."""

    def __init__(self, voice: Voice, office: BackendGateway, call: str, caller: str, place: Place):
        self.voice = voice
        self.office = office
        self.call = call
        self.caller = caller
        self.place = place
        self.is_kept = False

    def ask(self) -> str | None:
        """Have it kept where the caller confirms it; gives keys that were pressed for other things.

        A key alone that confirms nothing is the menu's; the star leads back.
        """
        number, key = self.caller, self._read_back(self.caller)
        for _ in range(TRIES):
            typed = self.voice.digits(key, MAX_DIGITS) if key else None
            if not typed or (len(typed) == 1 and typed != CONFIRM):
                return typed
            if typed != CONFIRM:
                number, key = typed, self._read_back(typed)
                continue
            refused = self._keep(number)
            if not refused:
                self.is_kept = True
                self.voice.say("call_back_kept")
                return None
            if refused in CLOSED:
                return self.voice.say("call_back_closed", press=ANY)
            key = self.voice.ask(["call_back_other"], ["call_back_type"])
        return None

    def _read_back(self, number: str) -> str | None:
        """Tell the number that is to be rung; gives the first key that was pressed then."""
        parts = tuple(number[at : at + PART] for at in range(0, len(number), PART))
        prompts, language = self.voice.prompts, self.voice.language
        told = [
            *prompts.sounds(language, "call_back_number"),
            *prompts.number(language, parts),
            *prompts.sounds(language, "call_back_confirm"),
        ]
        key = self.voice.line.play(told, ANY) or self.voice.line.wait_key(NO_INPUT_S, ANY)
        if key is None:
            key = self.voice.say("call_back_confirm", press=ANY)
        return key or self.voice.line.wait_key(NO_INPUT_S, ANY)

    def _keep(self, number: str) -> str:
        """Have it kept; gives the code of why it is not ("": it is)."""
        place = self.place
        asked = CallBackAsked(
            self.call, number, self.voice.language, place.queue, place.priority, place.since
        )
        try:
            self.office.call_back(asked)
        except HotlineError as error:
            log.info("nobody is rung back: %s", error, extra={"call": self.call})
            return error.code if error.code in REFUSED else CLOSED[0]
        return ""
