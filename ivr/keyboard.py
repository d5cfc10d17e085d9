"""The same call in a terminal: prompts are read, the report is typed or taken from a wav."""

import asyncio
import secrets
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from backend.client import BackendClient
from hotline.clock import Clock
from hotline.errors import HotlineError
from hotline.number import printed
from hotline.room.plan import NO_ROOM, RoomPlan
from hotline.words import say
from ivr.connector import ConnectorConfig
from ivr.flows.intake import END_KEY, Incoming
from ivr.flows.reception import TALKED, TIMED_OUT, TURN, Reception
from ivr.flows.room_now import RoomNow
from ivr.flows.voice import ANY
from ivr.gateway import SpooledGateway
from ivr.line import End, HungUp, Recorded
from ivr.numbers import BLOCK, NumberReserve
from ivr.pcm import RATE
from ivr.prompts import Prompts, open_prompts
from ivr.recording import read_samples
from ivr.rehearsal import SoundWords, Variables, rehearse
from ivr.spool import Spool
from ivr.uploader import Uploader

BRING_SECONDS = 5.0
READY = "> "


class KeyboardLine(Variables):
    """A line whose sounds are printed and whose caller types; keys may be typed ahead in a line."""

    def __init__(
        self, source: TextIO, write: Callable[[str], object], prompts: Prompts, clock: Clock
    ):
        super().__init__()
        self._source = source
        self._write = write
        self._language = prompts.default
        self._words = SoundWords(prompts)
        self._clock = clock
        self._over = False
        self._keys = ""

    def answer(self) -> None:
        """Pick up."""

    def play(self, sounds: Sequence[str], keys: str = "") -> str | None:
        """Print the words of the sounds; a key that was typed ahead interrupts them."""
        if self._over:
            raise HungUp("the line is closed")
        words = [self._words.read(sound).text for sound in sounds]
        text = " ".join(word for word in words if word)
        if text:
            self._write(f"☎ {text}\n")
        return self._key(keys) if keys and self._keys else None

    def wait_key(self, seconds: float, keys: str) -> str | None:  # noqa: ARG002
        """Take a key from the next line; a line without one is time that passes."""
        if not keys:
            return None
        if not self._keys:
            line = self._read()
            if line is None:
                raise HungUp("the line is closed")
            self._keys = line if set(line) <= set(ANY) else ""
        return self._key(keys)

    def record(
        self,
        path: str,
        max_seconds: int,  # noqa: ARG002
        silence_seconds: int,  # noqa: ARG002
        keys: str,
    ) -> Recorded:
        """Take the report from the next line: typed words, the path of a wav, or a key."""
        self._write(say("keyboard.hint", self._language) + "\n")
        line = self._read()
        if line is None:
            return Recorded(0.0, End.HANGUP)
        if len(line) == 1 and line in keys.replace(END_KEY, ""):
            return Recorded(0.0, End.KEY, line)
        if line.lower().endswith(".wav") and Path(line).is_file():
            shutil.copyfile(line, f"{path}.wav")
            return Recorded(len(read_samples(Path(line))) / RATE, End.KEY, END_KEY)
        return Recorded(0.0, End.SILENCE if not line else End.KEY, END_KEY if line else "", line)

    def hang_up(self) -> None:
        """Close the line."""
        self._over = True

    def waits(self) -> None:
        """Let the caller wait: keys lead out, at words somebody answers, else time passes."""
        if not self._keys:
            self._write(say("keyboard.waiting", self._language) + "\n")
            line = self._read()
            if line is None:
                raise HungUp("the line is closed")
            if not line:
                turn = int(self.variable(TURN))
                self.leaves(self._clock.now(), TIMED_OUT, waited=turn)
                return
            if not set(line) <= set(ANY):
                self._write(say("keyboard.answered", self._language) + "\n")
                self.leaves(self._clock.now(), TALKED)
                return
            self._keys = line
        self.leaves(self._clock.now(), "", self._key(ANY) or "")

    def _key(self, keys: str) -> str | None:
        """Take the next key that was typed; one that counts for nothing here is gone."""
        key, self._keys = self._keys[:1], self._keys[1:]
        return key if key and key in keys else None

    def _read(self) -> str | None:
        self._write(READY)
        line = self._source.readline()
        if not line:
            self._over = True
            return None
        return line.strip()


async def call_at_keyboard(
    config: ConnectorConfig,
    clock: Clock,
    caller: str,
    source: TextIO,
    write: Callable[[str], object],
    seats: int = 1,
) -> bool:
    """Run one call in the terminal; false where its report could not be brought yet.

    So many seats are signed in to everybody's queue, as far as the call knows.
    """
    folder = config.spool / "keyboard"
    (folder / "recording").mkdir(parents=True, exist_ok=True)
    prompts = open_prompts(config.prompts, config.language)
    client = BackendClient(config.backend_url, config.token)
    spool, numbers = Spool(folder), NumberReserve(folder / "numbers.log")
    office = SpooledGateway(client, spool, numbers, clock, asyncio.get_running_loop())
    uploader = Uploader(client, spool, numbers, office, clock)
    await _lease(client, numbers)
    uploading = asyncio.ensure_future(uploader.run())
    key = f"keyboard-{int(clock.now().timestamp())}-{secrets.randbelow(10**6)}"
    call = Incoming(key, caller, str(folder / "recording" / f"{key}_{caller}"))
    line = KeyboardLine(source, write, prompts, clock)
    plan = await _plan(client)
    line.sits(plan.skills[0].queue, seats)
    room = RoomNow(plan, lambda *_: None, lambda *_: 1, lambda *_: None)

    def flow() -> Reception:
        return Reception(line, call, office, prompts, clock, room)

    try:
        report = (await asyncio.to_thread(rehearse, line, flow)).report
        write(say("keyboard.hung_up", config.language) + "\n")
        await uploader.bring_notes()
        if report is None:
            return True
        brought = await _is_brought(spool, clock, key)
        word = "keyboard.brought" if brought else "keyboard.waits"
        write(say(word, config.language, number=printed(report.number or "")) + "\n")
        return brought
    finally:
        uploading.cancel()
        await asyncio.gather(uploading, return_exceptions=True)
        await client.close()


async def _lease(client: BackendClient, numbers: NumberReserve) -> None:
    """Have a number to say: what is typed ahead is faster than who brings them meanwhile."""
    if numbers.count:
        return
    with suppress(HotlineError):  # without the backend a call has none
        fresh = await client.lease_numbers(BLOCK)
        await asyncio.to_thread(numbers.add, fresh)


async def _plan(client: BackendClient) -> RoomPlan:
    """Give the city's plan; without the backend it is a room of one queue."""
    try:
        return (await client.city()).room or NO_ROOM
    except HotlineError:
        return NO_ROOM


async def _is_brought(spool: Spool, clock: Clock, key: str) -> bool:
    """Wait a little for a report to leave the disk."""
    until = clock.monotonic() + BRING_SECONDS
    while spool.has_report(key) and clock.monotonic() < until:
        await clock.sleep(0.1)
    return not spool.has_report(key)
