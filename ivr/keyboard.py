"""The same call in a terminal: prompts are read, the report is typed or taken from a wav."""

import asyncio
import secrets
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from backend.client import BackendClient
from config.prompts import load_prompts
from hotline.clock import Clock
from hotline.number import printed
from hotline.words import say
from ivr.connector import ConnectorConfig
from ivr.flows.intake import MENU_KEYS, Incoming, Intake
from ivr.gateway import SpooledGateway
from ivr.line import End, HungUp, Recorded, Typed
from ivr.numbers import NumberReserve
from ivr.pcm import RATE
from ivr.prompts import Prompts, open_prompts
from ivr.recording import read_samples
from ivr.spool import Spool
from ivr.uploader import Uploader

BRING_SECONDS = 5.0


class KeyboardLine:
    """A line whose sounds are printed and whose caller types."""

    def __init__(self, source: TextIO, write: Callable[[str], object], prompts: Prompts):
        self._source = source
        self._write = write
        self._language = prompts.default
        self._spoken = load_prompts(prompts.folder)
        self._over = False
        self._variables: dict[str, str] = {}

    def answer(self) -> None:
        """Pick up."""

    def play(self, sounds: Sequence[str], keys: str = "") -> str | None:  # noqa: ARG002
        """Print the words of the sounds; keys are taken where the words are."""
        if self._over:
            raise HungUp("the line is closed")
        words = [self._words(sound) for sound in sounds]
        text = " ".join(word for word in words if word)
        if text:
            self._write(f"☎ {text}\n")
        return None

    def wait_key(self, seconds: float, keys: str) -> str | None:  # noqa: ARG002
        """Take a key from the next line."""
        line = self._read()
        return line if line is not None and len(line) == 1 and line in keys else None

    def ask_digits(self, sound: str, count: int, seconds: float) -> Typed:  # noqa: ARG002
        """Take digits from the next line."""
        self.play([sound])
        digits = "".join(ch for ch in self._read() or "" if ch.isdigit())[:count]
        return Typed(digits, finished=True)

    def record(
        self,
        path: str,
        max_seconds: int,  # noqa: ARG002
        silence_seconds: int,  # noqa: ARG002
        keys: str,
    ) -> Recorded:
        """Take the report from the next line: typed words, the path of a wav, or a key."""
        self._write(say("keyboard.hint", self._language) + "\n> ")
        line = self._read()
        if line is None:
            return Recorded(0.0, End.HANGUP)
        if len(line) == 1 and line in keys and line in MENU_KEYS:
            return Recorded(0.0, End.KEY, line)
        if line.lower().endswith(".wav") and Path(line).is_file():
            shutil.copyfile(line, f"{path}.wav")
            return Recorded(len(read_samples(Path(line))) / RATE, End.KEY, "#")
        return Recorded(0.0, End.SILENCE if not line else End.KEY, "#" if line else "", line)

    def variable(self, name: str) -> str:
        """Give a variable that was set here."""
        return self._variables.get(name, "")

    def set_variable(self, name: str, value: str) -> None:
        """Set a variable."""
        self._variables[name] = value

    def hang_up(self) -> None:
        """Close the line."""
        self._over = True

    def _words(self, sound: str) -> str:
        language, _, key = sound.partition("/")
        prompt = self._spoken[language][key]
        return " ".join(say(part.word, language) for part in prompt.spoken)

    def _read(self) -> str | None:
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
) -> bool:
    """Run one call in the terminal; false where its report could not be brought yet."""
    folder = config.spool / "keyboard"
    (folder / "recording").mkdir(parents=True, exist_ok=True)
    prompts = open_prompts(config.prompts, config.language)
    client = BackendClient(config.backend_url, config.token)
    spool, numbers = Spool(folder), NumberReserve(folder / "numbers.log")
    office = SpooledGateway(client, spool, numbers, clock, asyncio.get_running_loop())
    uploading = asyncio.ensure_future(Uploader(client, spool, numbers, office, clock).run())
    key = f"keyboard-{int(clock.now().timestamp())}-{secrets.randbelow(10**6)}"
    call = Incoming(key, caller, str(folder / "recording" / f"{key}_{caller}"))
    line = KeyboardLine(source, write, prompts)
    try:
        report = await asyncio.to_thread(Intake(line, call, office, prompts, clock).run)
        write(say("keyboard.hung_up", config.language) + "\n")
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


async def _is_brought(spool: Spool, clock: Clock, key: str) -> bool:
    """Wait a little for a report to leave the disk."""
    until = clock.monotonic() + BRING_SECONDS
    while spool.has_report(key) and clock.monotonic() < until:
        await clock.sleep(0.1)
    return not spool.has_report(key)
