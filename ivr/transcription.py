"""Writes recordings down in the background: a process of its own, so that no call has to wait."""

import asyncio
import logging
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from backend.client import BackendClient
from config.logs import set_up
from config.private import keep_private
from config.settings import Settings, from_environment
from hotline.call import FailedTranscript, NewTranscript, TranscriptTask
from hotline.clock import Clock, SystemClock
from hotline.errors import HotlineError, Unanswered, Unavailable
from hotline.health import SCRIBE, Beat, Ref, keep_beating
from hotline.job import TRANSCRIPTS
from hotline.profile import SpokenNames
from hotline.queue import is_away, reason_of
from ivr.hearing import Hearing, hearing_of
from ivr.speech import Recogniser, Unheard
from ivr.whisper import ModelRefused

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
MAX_SECONDS = 900.0
STUCK = 3
# One request that is never answered is the recording's own fault after so many times.
MAX_UNANSWERED = 20
T = TypeVar("T")
NICE = 10


class TranscriptionWorker:
    """Asks for recordings that nobody has written down, and writes them down one at a time."""

    def __init__(
        self,
        client: BackendClient,
        recogniser: Recogniser,
        hearing: Hearing,
        clock: Clock,
        end: Callable[[int], object] = os._exit,
    ):
        self._client = client
        self._recogniser = recogniser
        self._hearing = hearing
        self._clock = clock
        self._end = end
        self._parent: int | None = None
        self.held: tuple[Ref, ...] = ()

    async def run(self, parent: int | None = None) -> None:
        """Work until cancelled, or until the process `parent` is no longer ours.

        Raises ModelRefused before a recording is taken: each that is counts as a try of its own.
        """
        self._parent = parent
        await asyncio.to_thread(self._recogniser.check)
        while self._is_ours():
            try:
                worked = await self.work_once()
            except ModelRefused:
                raise
            except Unavailable:
                worked = False
            except Exception:
                log.exception("writing down failed; tried again")
                worked = False
            if not worked:
                await self._clock.sleep(EVERY_SECONDS)

    def _is_ours(self) -> bool:
        return self._parent is None or os.getppid() == self._parent

    async def work_once(self) -> bool:
        """Write down the oldest recording that waits; false where none does."""
        tasks = await self._client.transcript_tasks(limit=1)
        for task in tasks:
            await self._settle(task)
        return bool(tasks)

    async def _settle(self, task: TranscriptTask) -> None:
        """Write one down, or tell why not: then it waits, and the others go on.

        The try is counted already, so a backend that goes away on the way is waited for.
        """
        self.held = (Ref(TRANSCRIPTS, f"{task.number}/{task.sha256}"),)
        try:
            sound = await self._reach(partial(self._client.media, task.sha256))
            await self._follow(task.release)
            async with asyncio.timeout(MAX_SECONDS):
                written = await asyncio.to_thread(self._transcribe, task, sound)
            await self._reach(partial(self._client.put_transcript, written))
            log.info("report %s is written down", task.number)
        except ModelRefused:
            raise
        except TimeoutError:
            # Its thread cannot be ended; this process can, and is started again.
            log.critical("report %s: no end in %.0f s", task.number, MAX_SECONDS)
            self._end(STUCK)
        except Exception as error:
            log.exception("report %s was not written down", task.number)
            failed = FailedTranscript(task.number, task.sha256, reason_of(error))
            await self._reach(partial(self._client.transcript_failed, failed))
        finally:
            self.held = ()

    async def _follow(self, release: str) -> None:
        """Hear by the names of the release that counts."""
        if not release or release == self._hearing.release:
            return
        told = await self._reach(partial(self._client.city, self._hearing.release, spoken=True))
        if told.spoken is not None:
            self._hearing = await asyncio.to_thread(hearing_of, told.spoken, told.release)
            self._recogniser.know(self._hearing.lexicon)

    async def _reach(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask until the backend is there; raises what it answers, or that it answers not this."""
        unanswered = 0
        while True:
            try:
                return await ask()
            except HotlineError as error:
                unanswered += isinstance(error, Unanswered)
                waits = is_away(error) or isinstance(error, Unanswered)
                if not waits or unanswered > MAX_UNANSWERED or not self._is_ours():
                    raise
                log.info("what was written down waits for the backend: %s", error)
            await self._clock.sleep(EVERY_SECONDS)

    def _transcribe(self, task: TranscriptTask, sound: bytes) -> NewTranscript:
        engine = self._recogniser.engine
        with tempfile.TemporaryDirectory(prefix="hotline-") as folder:
            path = Path(folder) / "recording.wav"
            path.write_bytes(sound)
            try:
                hints = self._hearing.hints.get(task.language, ())
                heard = self._recogniser.transcribe(path, task.language, hints)
            except Unheard as error:
                log.info("report %s: %s", task.number, error)
                return NewTranscript(task.number, task.sha256, engine, "")
        return NewTranscript(
            task.number, task.sha256, heard.engine, heard.text, heard.raw, heard.confidence,
            heard.seconds,
        )  # fmt: skip


async def work(settings: Settings, parent: int | None) -> None:
    """Write down recordings with the recogniser of these settings."""
    speech = settings.speech
    token = settings.connector_token("ivr")
    client = BackendClient(
        settings.backend_url, token, timeout_seconds=settings.connectors.timeout_s
    )
    # The city's names come with the first recording.
    hearing = hearing_of(SpokenNames())
    recogniser = Recogniser(
        speech.engine, speech.model_path, speech.threads, settings.home.data_dir / "speech",
        hearing.lexicon, invented=hearing.invented,
    )  # fmt: skip
    clock = SystemClock()

    worker = TranscriptionWorker(client, recogniser, hearing, clock)

    async def beat() -> Beat:
        return Beat(SCRIBE, clock.now(), held=worker.held)

    living = asyncio.create_task(keep_beating(clock, beat, client.beat))
    try:
        await worker.run(parent)
    finally:
        living.cancel()
        await client.close()


def main(arguments: list[str]) -> int:
    """Write down recordings, with low priority, until ended."""
    parent = os.getppid() if "--child" in arguments else None
    os.nice(NICE)
    settings = from_environment()
    set_up(settings.log)
    keep_private(settings.home.data_dir)
    try:
        asyncio.run(work(settings, parent))
    except KeyboardInterrupt:
        return 0
    except (HotlineError, OSError) as error:
        sys.stderr.write(f"ivr.transcription: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
