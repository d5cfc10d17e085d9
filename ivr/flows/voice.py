"""What a flow says and asks in the caller's language; a key that interrupts it always counts."""

from collections.abc import Sequence
from typing import Final

from hotline.number import groups
from ivr.line import Line
from ivr.prompts import Prompts

ANY: Final = "0123456789*#"
BACK: Final = "*"
NO_INPUT_S: Final = 5.0
BETWEEN_DIGITS_S: Final = 3.0
_SIGNS: Final = {"*": "key_star", "#": "key_hash"}
MOST: Final = 60


class Voice:
    """The hotline's voice on one line; its language may change in mid-call."""

    def __init__(self, line: Line, prompts: Prompts):
        self.line = line
        self.prompts = prompts
        self.language = prompts.default

    def say(self, *words: str, press: str = "") -> str | None:
        """Say prompts one after the other; gives which of `press` interrupted them."""
        return self.line.play(self.prompts.sounds(self.language, *words), press)

    def number(self, number: str) -> list[str]:
        """Give the sounds of a report's number."""
        return self.prompts.number(self.language, groups(number))

    def ask(self, words: Sequence[str], short: Sequence[str], press: str = ANY) -> str | None:
        """Say what can be pressed, and once more in short; None where nobody presses anything."""
        for said in (words, short):
            key = self.say(*said, press=press) or self.line.wait_key(NO_INPUT_S, press)
            if key is not None:
                return key
        return None

    def digits(self, first: str | None, count: int) -> str | None:
        """Take digits from the first one on, fewer where time runs out or another key ends them.

        None: there is none, or the caller wants back.
        """
        typed, key = "", first
        while key is not None and key.isdigit():
            typed += key
            if len(typed) == count:
                return typed
            key = self.line.wait_key(BETWEEN_DIGITS_S, ANY)
        return None if key == BACK or not typed else typed


def key_word(key: str) -> str:
    """Give the prompt that names a key."""
    return _SIGNS.get(key) or f"digit_{key}"


def count_words(count: int) -> list[str]:
    """Give the prompts of a number as it is counted, up to sixty."""
    count = min(count, MOST)
    if count <= 20 or count % 10 == 0:
        return [f"count_{count}"]
    return [f"count_{count // 10 * 10}", f"count_{count % 10}"]
