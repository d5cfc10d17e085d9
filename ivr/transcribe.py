"""Writes recordings down in the background: a process of its own, so that no call has to wait."""

import asyncio
import logging
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

from backend.client import BackendClient
from config.logs import set_up
from config.settings import Settings, from_environment
from hotline.call import NewTranscript, TranscriptTask
from hotline.clock import Clock, SystemClock
from hotline.errors import HotlineError, Unavailable
from ivr.hearing import Hearing, load_hearing
from ivr.speech import Recogniser, Unheard
from ivr.whisper import ModelRefused

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
MOST_TRIES = 3
NICE = 10


class Scribe:
    """Asks for recordings that nobody has written down, and writes them down one at a time."""

    def __init__(
        self, client: BackendClient, recogniser: Recogniser, hearing: Hearing, clock: Clock
    ):
        self._client = client
        self._recogniser = recogniser
        self._hearing = hearing
        self._clock = clock
        self._tries: Counter[str] = Counter()

    async def run(self, parent: int | None = None) -> None:
        """Work until cancelled, or until the process `parent` is no longer ours."""
        while parent is None or os.getppid() == parent:
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

    async def work_once(self) -> bool:
        """Write down the oldest recording that waits; false where none does."""
        tasks = await self._client.transcript_tasks(limit=1)
        for task in tasks:
            await self._client.put_transcript(await self._write_down(task))
            log.info("report %s is written down", task.number)
        return bool(tasks)

    async def _write_down(self, task: TranscriptTask) -> NewTranscript:
        # One recording that breaks the engine must not keep the others waiting for ever.
        if self._tries[task.sha256] >= MOST_TRIES:
            log.error("report %s cannot be written down", task.number)
            return NewTranscript(task.number, task.sha256, self._recogniser.engine, "")
        sound = await self._client.media(task.sha256)
        self._tries[task.sha256] += 1
        written = await asyncio.to_thread(self._transcribe, task, sound)
        del self._tries[task.sha256]
        return written

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
    token = (settings.tokens_folder / "ivr").read_text("ascii").strip()
    client = BackendClient(settings.backend_url, token, timeout_seconds=settings.doors.timeout_s)
    hearing = load_hearing(settings.city_folder, settings.catalogue_folder)
    recogniser = Recogniser(
        speech.engine, speech.model_path, speech.threads, settings.home.data_dir / "speech",
        hearing.lexicon,
    )  # fmt: skip
    try:
        await Scribe(client, recogniser, hearing, SystemClock()).run(parent)
    finally:
        await client.close()


def main(arguments: list[str]) -> int:
    """Write down recordings, with low priority, until ended."""
    parent = os.getppid() if "--child" in arguments else None
    os.nice(NICE)
    settings = from_environment()
    set_up(settings.log)
    try:
        asyncio.run(work(settings, parent))
    except KeyboardInterrupt:
        return 0
    except (HotlineError, OSError) as error:
        sys.stderr.write(f"ivr.transcribe: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
