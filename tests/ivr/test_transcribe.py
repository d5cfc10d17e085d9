"""Recordings are written down one at a time, and none of them holds up the others."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from hotline.call import NewTranscript, TranscriptTask
from hotline.snap import Lexicon
from ivr.hearing import Hearing
from ivr.speech import Transcript, Unheard
from ivr.transcribe import MOST_TRIES, Scribe
from tests.ivr.fakes import fixed_clock

TASK = TranscriptTask("20260418", "a" * 64, "zh_CN")


class FakeClient:
    """A backend with recordings that wait."""

    def __init__(self, tasks: list[TranscriptTask]):
        self.tasks = tasks
        self.written: list[NewTranscript] = []

    async def transcript_tasks(self, limit: int) -> list[TranscriptTask]:
        """Give what waits."""
        done = {one.sha256 for one in self.written}
        return [task for task in self.tasks if task.sha256 not in done][:limit]

    async def media(self, sha256: str) -> bytes:
        """Give a recording."""
        return b"RIFF" + sha256.encode()

    async def put_transcript(self, transcript: NewTranscript) -> None:
        """Take what was heard."""
        self.written.append(transcript)


class FakeRecogniser:
    """An engine that hears what it is told to, or fails."""

    engine = "whisper"

    def __init__(self, heard: str | Exception):
        self.heard = heard
        self.asked: list[tuple[bytes, str, tuple[str, ...]]] = []

    def transcribe(self, path: Path, language: str, hints: Sequence[str]) -> Transcript:
        """Hear."""
        self.asked.append((path.read_bytes(), language, tuple(hints)))
        if isinstance(self.heard, Exception):
            raise self.heard
        return Transcript(self.heard, "raw", "whisper", 0.8, language, 5.0)


def make_scribe(client: FakeClient, recogniser: FakeRecogniser) -> Scribe:
    hearing = Hearing(Lexicon(()), {"zh_CN": ("井盖",)})
    return Scribe(client, recogniser, hearing, fixed_clock())  # type: ignore[arg-type]


async def test_a_recording_is_written_down_with_the_hints_of_its_language() -> None:
    client, recogniser = FakeClient([TASK]), FakeRecogniser("井盖丢了")
    scribe = make_scribe(client, recogniser)
    assert await scribe.work_once()
    assert recogniser.asked == [(b"RIFF" + b"a" * 64, "zh_CN", ("井盖",))]
    (written,) = client.written
    assert (written.number, written.text, written.raw) == ("20260418", "井盖丢了", "raw")
    assert not await scribe.work_once()


async def test_what_nobody_can_make_out_is_settled_with_no_words() -> None:
    client = FakeClient([TASK])
    assert await make_scribe(client, FakeRecogniser(Unheard("noise"))).work_once()
    assert client.written[0].text == ""


async def test_a_recording_that_breaks_the_engine_does_not_block_the_next() -> None:
    other = TranscriptTask("20260426", "b" * 64, "zh_CN")
    client, recogniser = FakeClient([TASK, other]), FakeRecogniser(RuntimeError("broken"))
    scribe = make_scribe(client, recogniser)
    for _ in range(MOST_TRIES):
        with pytest.raises(RuntimeError):
            await scribe.work_once()
    await scribe.work_once()
    recogniser.heard = "路灯不亮"
    await scribe.work_once()
    assert [(one.number, one.text) for one in client.written] == [
        ("20260418", ""), ("20260426", "路灯不亮"),
    ]  # fmt: skip
