"""A call without an exchange: prompts are words, and what the dialplan and its queue do is played.

The flows are the telephone's own; what they leave for the exchange is read here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from config.prompts import Prompt, load_prompts
from hotline.words import say
from ivr.flows import reception as read
from ivr.flows.reception import Reception
from ivr.line import HungUp, Line
from ivr.prompts import Prompts
from ivr.switch.called import queue_of

PAUSE: Final = "pause"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sound as words: its prompt and language (both "" for a bulletin), text, and file.

    What the city says in its own words has no file of ours.
    """

    prompt: str
    language: str
    text: str
    file: str = ""


class SoundWords:
    """Gives what sounds say; `others` are those that are no prompts of ours, by their names."""

    def __init__(self, prompts: Prompts, others: Mapping[str, Spoken] | None = None):
        self._prompts: dict[str, dict[str, Prompt]] = load_prompts(prompts.folder)
        self._others = others or {}

    def read(self, sound: str) -> Spoken:
        """Give a sound as words; a tone and a rest have none."""
        if sound in self._others:
            return self._others[sound]
        language, _, key = sound.partition("/")
        prompt = self._prompts[language][key]
        text = " ".join(say(part.word, language) for part in prompt.spoken)
        return Spoken(key, language, text, prompt.file)


class WaitingLine(Line, Protocol):
    """A line whose caller may be let wait."""

    def waits(self) -> None:
        """Let the caller wait; leave what the dialplan would."""
        ...


class Variables:
    """What flows and the dialplan leave on a channel."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def variable(self, name: str) -> str:
        """Give a variable; empty when it is not set."""
        return self.values.get(name, "")

    def set_variable(self, name: str, value: str) -> None:
        """Set a variable."""
        self.values[name] = value

    def sits(self, queue: int, seats: int) -> None:
        """Let so many seats be signed in to a queue."""
        self.values[f"QUEUE_MEMBER({queue_of(queue)},logged)"] = str(seats)

    def leaves(self, now: datetime, status: str, pressed: str = "", waited: float = 0.0) -> None:
        """Leave what the dialplan does when a caller who has waited so long leaves the queue."""
        self.values |= {
            read.STATUS: status, read.PRESSED: pressed, read.WAY: "",
            read.MET: "yes" if status == read.TALKED else "",
            read.ENTERED: f"{now.timestamp() - waited:.3f}",
        }  # fmt: skip


def rehearse(line: WaitingLine, make: Callable[[], Reception]) -> Reception:
    """Run a call to its end, queue and all; gives the flow that was the last."""
    flow = make()
    flow.run()
    while flow.waits:
        try:
            line.waits()
        except HungUp:
            flow.office.end(flow.call.key)
            break
        flow = make()
        flow.go_on()
    return flow
