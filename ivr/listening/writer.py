"""The process that writes utterances down, one at a time: what hangs in it hangs nothing else.

    python -m ivr.listening.writer --child

It reads utterances (see `pack`) and answers each by a line of JSON; the first line says that it is
ready.
"""

import asyncio
import json
import logging
import os
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, Final

import numpy as np

from backend.client import BackendClient
from config.logs import set_up
from config.private import keep_private
from config.settings import Settings, from_environment
from hotline.clock import Clock, SystemClock
from hotline.errors import HotlineError
from hotline.profile import SpokenNames
from hotline.room.spoken import MOST_TEXT
from ivr.hearing import Hearing, hearing_of
from ivr.pcm import Samples
from ivr.speech import Recogniser, Transcript, Unheard

log = logging.getLogger(__name__)

HEAD: Final = struct.Struct(">HI")
NICE: Final = 10
# So often it is asked whether the city has other names by now.
CITY_EVERY_S: Final = 300.0
CITY_S: Final = 5.0

WriteDown = Callable[[Samples, str], Transcript]


def pack(sound: Samples, language: str) -> bytes:
    """Give an utterance as it is handed over: lengths of language and sound, and these."""
    told, data = language.encode(), sound.astype("<i2").tobytes()
    return HEAD.pack(len(told), len(data)) + told + data


def unpack(source: IO[bytes]) -> tuple[Samples, str] | None:
    """Read the next utterance; None at the end."""
    head = source.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    language, size = HEAD.unpack(head)
    told, data = source.read(language), source.read(size)
    if len(data) < size:
        return None
    return np.frombuffer(data, dtype="<i2").astype(np.int16), told.decode()


def answers(source: IO[bytes], write_down: WriteDown, tell: Callable[[str], object]) -> None:
    """Write down what comes until there is no more."""
    tell(json.dumps({"ready": True}))
    while (given := unpack(source)) is not None:
        tell(json.dumps(_answer(write_down, *given), ensure_ascii=False))


def _answer(write_down: WriteDown, sound: Samples, language: str) -> dict[str, Any]:
    try:
        heard = write_down(sound, language)
    except Unheard as error:
        log.info("%s", error)
        return {"text": ""}
    return {"text": heard.text[:MOST_TEXT], "confidence": heard.confidence}


@dataclass(slots=True)
class _Names:
    """The names by which it is heard, asked for anew now and then; it can do without them."""

    settings: Settings
    recogniser: Recogniser
    clock: Clock
    hearing: Hearing
    asked: float | None = None

    def follow(self) -> None:
        """Hear by the names that the city has now, where they can be told."""
        now = self.clock.monotonic()
        if self.asked is not None and now - self.asked < CITY_EVERY_S:
            return
        self.asked = now
        try:
            told = asyncio.run(self._ask())
        except (HotlineError, TimeoutError) as error:
            log.info("the city's names are not told: %s", error)
            return
        if told is not None:
            self.hearing = told
            self.recogniser.know(told.lexicon)

    async def _ask(self) -> Hearing | None:
        settings = self.settings
        client = BackendClient(
            settings.backend_url, settings.connector_token("ivr"), timeout_seconds=CITY_S
        )
        try:
            told = await client.city(self.hearing.release, spoken=True)
        finally:
            await client.close()
        return hearing_of(told.spoken, told.release) if told.spoken is not None else None


def work(settings: Settings, source: IO[bytes], tell: Callable[[str], object]) -> None:
    """Write down what comes, with the recogniser of these settings."""
    speech, hearing = settings.speech, hearing_of(SpokenNames())
    recogniser = Recogniser(
        speech.engine, speech.model_path, speech.threads, settings.home.data_dir / "speech",
        hearing.lexicon, invented=hearing.invented,
    )  # fmt: skip
    recogniser.load()
    names = _Names(settings, recogniser, SystemClock(), hearing)
    names.follow()

    def write_down(sound: Samples, language: str) -> Transcript:
        names.follow()
        return recogniser.write_down(sound, language, names.hearing.hints.get(language, ()))

    answers(source, write_down, tell)


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Write down utterances, with low priority, until there are no more."""
    os.nice(NICE)
    settings = from_environment()
    set_up(settings.log)
    keep_private(settings.home.data_dir)
    try:
        work(settings, sys.stdin.buffer, _tell)
    except (HotlineError, OSError) as error:
        sys.stderr.write(f"ivr.listening.writer: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
