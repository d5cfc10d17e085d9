"""One call of a test: what the citizen hears, says and presses, by an ear for the prompts."""

import asyncio
from dataclasses import dataclass

import numpy as np

from config.prompts import PROMPTS
from hotline.clock import SystemClock
from ivr.handset.ear import Ear, Listened, Template
from ivr.handset.phone import Call, SipPhone
from ivr.pcm import RATE, Samples
from ivr.prompts import open_prompts
from tests.real.stack import Stack

CLOCK = SystemClock()
LOOK_EVERY_S = 0.3
AUDIBLE = 100
PATIENCE_S = 120.0
MAX_S = 240.0
ANSWER_S = 60.0


@dataclass(slots=True)
class Ears:
    """The prompts by their sound, in both languages."""

    zh: Ear
    en: Ear


def make_ears() -> Ears:
    """Give ears for both languages."""
    zh, en = (Ear(open_prompts(PROMPTS, code), code) for code in ("zh_CN", "en"))
    return Ears(zh, en)


def span_of(prompt: Samples, sound: Samples) -> tuple[int, int] | None:
    """Give where a prompt begins and ends in a sound; None where its end is not heard.

    A machine with much to do loses a packet here and there, so that a long prompt is not found
    in one piece: one of its first and one of its last two seconds are enough.
    """
    listened, length = Listened(sound), len(prompt)
    if length < 4 * RATE:
        whole = listened.find(Template("", prompt))
        return (whole[0].start, whole[0].end) if whole else None
    last = _second_of(prompt, (length - RATE, length - 2 * RATE), listened)
    if last is None:
        return None
    first = _second_of(prompt, (0, RATE), listened)
    return last if first is None else first, last + length


def _second_of(prompt: Samples, places: tuple[int, ...], listened: Listened) -> int | None:
    """Give where a prompt would begin by one of its seconds, the first of these that is heard."""
    for place in places:
        for match in listened.find(Template("", prompt[place : place + RATE]))[:1]:
            return match.start - place
    return None


class Ring:
    """A call to the hotline that was answered."""

    def __init__(self, call: Call, ear: Ear):
        self.call = call
        self.ear = ear
        self._since = 0

    @property
    def sound(self) -> Samples:
        """Everything heard so far."""
        assert self.call.stream is not None
        return self.call.stream.heard.samples()

    async def hears(self, prompt: str, ear: Ear | None = None) -> None:
        """Wait until a prompt is heard to its end, after what was heard before."""
        assert self.call.stream is not None
        ear = ear or self.ear
        until = CLOCK.monotonic() + PATIENCE_S
        while True:
            ended = self.call.ended.is_set()
            sound = self.call.stream.heard.samples(self._since)
            span = await asyncio.to_thread(span_of, ear.prompt(prompt), sound)
            if span is not None:
                self._since += span[1]
                return
            self._since += max(len(sound) - len(ear.prompt(prompt)) - RATE, 0)
            assert not ended, f"the call ended before {prompt}"
            assert CLOCK.monotonic() < until, f"{prompt} is not heard"
            await asyncio.sleep(LOOK_EVERY_S)

    async def hears_something(self) -> None:
        """Wait for the first sound."""
        until = CLOCK.monotonic() + PATIENCE_S
        while not (np.abs(self.sound) > AUDIBLE).any():
            assert not self.call.ended.is_set(), "the call ended in silence"
            assert CLOCK.monotonic() < until, "nothing is heard"
            await asyncio.sleep(LOOK_EVERY_S)

    async def says(self, sound: Samples) -> None:
        """Speak."""
        await self.call.say(sound)

    async def presses(self, key: str) -> None:
        """Press a key."""
        await self.call.press(key)

    async def hangs_up(self) -> None:
        """End it."""
        await self.call.hang_up()

    async def to_the_end(self) -> None:
        """Wait until the hotline has ended it."""
        assert await self.call.wait_end(MAX_S), "the hotline does not hang up"

    def span(self, prompt: str) -> tuple[float, float] | None:
        """Give from which second to which a prompt was heard; None where it was not."""
        found = span_of(self.ear.prompt(prompt), self.sound)
        return None if found is None else (found[0] / RATE, found[1] / RATE)

    def numbers(self) -> list[str]:
        """Give the whole numbers that were heard."""
        return self.ear.numbers(self.sound)

    def begins_s(self) -> float:
        """Give the second of the first sound."""
        return float(np.flatnonzero(np.abs(self.sound) > AUDIBLE)[0]) / RATE


async def ring(stack: Stack, phone: SipPhone, caller: str, ear: Ear, name: str = "") -> Ring:
    """Ring the hotline up; gives the call when it is answered."""
    server = ("127.0.0.1", stack.settings.phone.sip_port)
    call = await phone.call(stack.settings.phone.hotline_number, server, caller, name=name)
    await call.wait_answer(ANSWER_S)
    return Ring(call, ear)
