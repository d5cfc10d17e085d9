"""A caller for the demo, the bench and the tests: speaks a wav to the hotline, hears its number."""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from config.neighbours import DEMO_TRUNK
from config.private import keep_private
from config.prompts import PROMPTS
from config.settings import Settings, from_environment
from hotline.clock import Clock, SystemClock
from hotline.number import printed
from ivr.handset.ear import Ear
from ivr.handset.phone import Address, Call, CallFailed, SipPhone, open_phone
from ivr.pcm import RATE, Samples, read_wav, write_wav
from ivr.prompts import open_prompts

LOOK_EVERY = 0.25
# Nobody presses a key with the last syllable; the exchange cuts 0.2 s off a recording before a key.
BEFORE_KEY = 0.5
PAUSE_S = 5.0
NO_SOUND: Samples = np.zeros(0, dtype=np.int16)


@dataclass(frozen=True, slots=True)
class Told:
    """What a caller got out of a call: the numbers heard by ear, and all the sound."""

    numbers: list[str]
    sound: Samples
    status: int

    @property
    def number(self) -> str | None:
        """The report's number, where one was heard whole."""
        return self.numbers[0] if self.numbers else None


@dataclass(frozen=True, slots=True)
class Script:
    """How a caller behaves.

    `keys` are pressed one after the other while the greeting plays. After the tone `speech` is
    spoken; `ending` is the key that ends it, or empty for falling silent. `hang_up_after` counts
    seconds from the answer, `hang_up_in_speech` from the first word. One who `talks` waits for
    no tone: the words are said to a person, again and again.
    """

    speech: Samples = field(default_factory=lambda: NO_SOUND)
    keys: str = ""
    keys_after: float = 1.0
    ending: str = "#"
    hang_up_after: float | None = None
    hang_up_in_speech: float | None = None
    longest: float = 60.0
    talks: bool = False


class Caller:
    """A person with a telephone and an ear for the hotline's prompts."""

    def __init__(self, phone: SipPhone, ear: Ear, clock: Clock):
        self.phone = phone
        self.ear = ear
        self.clock = clock

    async def wait_prompt(
        self, call: Call, key: str, seconds: float, since: int = 0, ear: Ear | None = None
    ) -> int | None:
        """Wait until a prompt has been heard whole; give the sample after it, or None."""
        ear = ear or self.ear
        assert call.stream is not None
        until = self.clock.monotonic() + seconds
        while True:
            ended = call.ended.is_set()
            sound = call.stream.heard.samples(since)
            for match in ear.find(sound, key)[:1]:
                return since + match.end
            since = max(since, since + len(sound) - len(ear.prompt(key)))
            if ended or self.clock.monotonic() > until:
                return None
            await asyncio.sleep(LOOK_EVERY)

    async def report(self, server: Address, number: str, caller: str, script: Script) -> Told:
        """Call the hotline and follow a script; gives what was heard, however the call ended."""
        call = await self.phone.call(number, server, caller)
        acting: asyncio.Task[None] | None = None
        try:
            await call.wait_answer()
            acting = asyncio.ensure_future(self._act(call, script))
            longest = script.hang_up_after
            await call.wait_end(script.longest if longest is None else longest)
        finally:
            if acting is not None:
                acting.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await acting
            with contextlib.suppress(CallFailed):
                await call.hang_up()
        assert call.stream is not None
        sound = call.stream.heard.samples()
        numbers = await asyncio.to_thread(self.ear.numbers, sound)
        return Told(numbers, sound, call.status)

    async def _act(self, call: Call, script: Script) -> None:
        if script.keys:
            await asyncio.sleep(script.keys_after)
            for key in script.keys:
                await call.press(key)
        if script.talks:
            await self._talk(call, script.speech)
            return
        beep = await self.wait_prompt(call, "beep", script.longest)
        if beep is None:
            return
        if script.hang_up_in_speech is not None:
            heard = script.speech[: int(script.hang_up_in_speech * RATE)]
            await call.say(heard)
            await call.hang_up()
            return
        if len(script.speech):
            await call.say(script.speech)
        if script.ending:
            await asyncio.sleep(BEFORE_KEY)
            await call.press(script.ending)

    async def _talk(self, call: Call, speech: Samples) -> None:
        """Say the words again and again to whoever is there, with time to answer in between."""
        while True:
            await asyncio.sleep(PAUSE_S)
            await call.say(speech)

    async def listen(self, call: Call, seconds: float = 60.0) -> Told:
        """Take a call that came in and hear it to its end."""
        await call.answer()
        await call.wait_end(seconds)
        await call.hang_up()
        assert call.stream is not None
        sound = call.stream.heard.samples()
        return Told(self.ear.numbers(sound), sound, 200)


def main(arguments: list[str], settings: Settings, write: Callable[[str], object]) -> int:
    """Place one call, or wait to be called, as the command line says."""
    wanted = _parser(settings).parse_args(arguments)
    keep_private(settings.home.data_dir)
    told = asyncio.run(_answer(wanted, settings) if wanted.answer else _call(wanted, settings))
    if told is None:
        write("nobody called\n")
        return 1
    if wanted.record:
        write_wav(Path(wanted.record), told.sound)
    write(f"heard {len(told.sound) / RATE:.1f} s, status {told.status}\n")
    if told.number is not None:
        write(f"number {printed(told.number)}\n")
    return 0 if told.number is not None or wanted.answer or wanted.talk else 1


async def _call(wanted: argparse.Namespace, settings: Settings) -> Told:
    clock = SystemClock()
    phone = await open_phone(clock)
    try:
        speech = read_wav(Path(wanted.say)) if wanted.say else NO_SOUND
        talks = wanted.talk > 0
        stays = wanted.talk if talks else wanted.hang_up_after
        script = Script(speech, wanted.keys, hang_up_after=stays, talks=talks)
        server = (wanted.server, wanted.port)
        caller = Caller(phone, _ear(settings, wanted.language), clock)
        return await caller.report(server, wanted.to, wanted.caller, script)
    finally:
        phone.close()


async def _answer(wanted: argparse.Namespace, settings: Settings) -> Told | None:
    """Be the citizen who is called back: take the first call that comes."""
    clock = SystemClock()
    host, _, port = (settings.phone.trunk or DEMO_TRUNK).rpartition(":")
    phone = await open_phone(clock, host, int(port))
    calls: asyncio.Queue[Call] = asyncio.Queue()
    phone.on_call = calls.put
    try:
        async with asyncio.timeout(wanted.answer):
            call = await calls.get()
        return await Caller(phone, _ear(settings, wanted.language), clock).listen(call)
    except TimeoutError:
        return None
    finally:
        phone.close()


def _ear(settings: Settings, language: str) -> Ear:
    return Ear(open_prompts(PROMPTS, settings.home.language), language)


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ivr.handset.caller", description=main.__doc__)
    parser.add_argument("--say", default="", help="wav to speak after the tone")
    parser.add_argument("--from", dest="caller", default="13800138000", help="own number")
    parser.add_argument("--to", default=settings.phone.hotline_number, help="number to dial")
    parser.add_argument("--server", default=settings.phone.sip_host, help="address of the exchange")
    parser.add_argument("--port", type=int, default=settings.phone.sip_port, help="its SIP port")
    parser.add_argument("--keys", default="", help="keys to press while the greeting plays")
    parser.add_argument("--hang-up-after", type=float, default=None, help="seconds from the answer")
    parser.add_argument(
        "--talk", type=float, default=0.0, metavar="SECONDS", help="talk with a person so long"
    )
    parser.add_argument("--record", default="", help="wav to keep what is heard")
    parser.add_argument("--language", default=settings.home.language, help="language to listen for")
    parser.add_argument(
        "--answer", type=float, default=0.0, metavar="SECONDS", help="wait to be called instead"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], from_environment(), sys.stdout.write))
