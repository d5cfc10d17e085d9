"""Recordings are written down one at a time, and none of them holds up the others."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from hotline.call import FailedTranscript, NewTranscript, TranscriptTask
from hotline.errors import Failed, HotlineError, Invalid, NotFound, Unanswered, Unavailable
from hotline.phonetic import NameIndex, snap
from hotline.profile import CityTold, SpokenNames
from ivr import transcription
from ivr.hearing import Hearing
from ivr.speech import Transcript, Unheard
from ivr.transcription import TranscriptionWorker
from ivr.whisper import ModelRefused
from tests.ivr.fakes import fixed_clock

TASK = TranscriptTask("20260418", "a" * 64, "zh_CN")


class FakeClient:
    """A backend with recordings that wait."""

    def __init__(self, tasks: list[TranscriptTask]):
        self.tasks = tasks
        self.written: list[NewTranscript] = []
        self.failed: list[FailedTranscript] = []
        self.missing: HotlineError | None = None
        self.refusal: HotlineError | None = None
        self.told: list[tuple[str, bool]] = []

    async def transcript_tasks(self, limit: int) -> list[TranscriptTask]:
        """Give what waits; what failed a moment ago comes later."""
        done = {one.sha256 for one in self.written} | {one.sha256 for one in self.failed}
        return [task for task in self.tasks if task.sha256 not in done][:limit]

    async def transcript_failed(self, failed: FailedTranscript) -> None:
        """Take why one was not written down."""
        self.failed.append(failed)

    async def media(self, sha256: str) -> bytes:
        """Give a recording."""
        if self.missing is not None and sha256 == TASK.sha256:
            raise self.missing
        return b"RIFF" + sha256.encode()

    async def city(self, known: str = "", *, spoken: bool = False) -> CityTold:
        """Tell the names of the city, to who does not know them."""
        self.told.append((known, spoken))
        names = SpokenNames(("光明路",), ("井盖",))
        return CityTold("r2", spoken=None if known == "r2" else names)

    async def put_transcript(self, transcript: NewTranscript) -> None:
        """Take what was heard."""
        if self.refusal is not None and transcript.sha256 == TASK.sha256:
            raise self.refusal
        self.written.append(transcript)


class FakeRecogniser:
    """An engine that hears what it is told to, or fails."""

    engine = "whisper"

    def __init__(self, heard: str | Exception):
        self.heard = heard
        self.asked: list[tuple[bytes, str, tuple[str, ...]]] = []

    def know(self, lexicon: NameIndex) -> None:
        """Take the names of another release."""
        self.lexicon = lexicon

    def check(self) -> None:
        """The model is there, unless it is what fails."""
        if isinstance(self.heard, ModelRefused):
            raise self.heard

    def transcribe(self, path: Path, language: str, hints: Sequence[str]) -> Transcript:
        """Hear."""
        self.asked.append((path.read_bytes(), language, tuple(hints)))
        if isinstance(self.heard, Exception):
            raise self.heard
        return Transcript(self.heard, "raw", "whisper", 0.8, language, 5.0)


def make_scribe(client: FakeClient, recogniser: FakeRecogniser) -> TranscriptionWorker:
    hearing = Hearing(NameIndex(()), {"zh_CN": ("井盖",)})
    return TranscriptionWorker(client, recogniser, hearing, fixed_clock())  # type: ignore[arg-type]


async def test_a_recording_is_written_down_with_the_hints_of_its_language() -> None:
    client, recogniser = FakeClient([TASK]), FakeRecogniser("井盖丢了")
    worker = make_scribe(client, recogniser)
    assert await worker.work_once()
    assert recogniser.asked == [(b"RIFF" + b"a" * 64, "zh_CN", ("井盖",))]
    (written,) = client.written
    assert (written.number, written.text, written.raw) == ("20260418", "井盖丢了", "raw")
    assert not await worker.work_once()


async def test_a_recording_is_heard_by_the_names_of_the_release_that_counts() -> None:
    """They are asked for once a release, and not at all where a backend names none."""
    first, second = (replace(TASK, sha256=sign * 64, release="r2") for sign in "cd")
    client, recogniser = FakeClient([TASK, first, second]), FakeRecogniser("光明路")
    worker = make_scribe(client, recogniser)
    while await worker.work_once():
        pass
    assert len(client.written) == 3
    assert client.told == [("", True)]
    assert snap("光名路的警盖", recogniser.lexicon).text.startswith("光明路")


async def test_what_nobody_can_make_out_is_settled_with_no_words() -> None:
    client = FakeClient([TASK])
    assert await make_scribe(client, FakeRecogniser(Unheard("noise"))).work_once()
    assert client.written[0].text == ""


OTHER = TranscriptTask("20260426", "b" * 64, "zh_CN")


async def test_a_recording_that_breaks_the_engine_does_not_block_the_next() -> None:
    client, recogniser = FakeClient([TASK, OTHER]), FakeRecogniser(RuntimeError("broken"))
    worker = make_scribe(client, recogniser)
    assert await worker.work_once()
    recogniser.heard = "路灯不亮"
    assert await worker.work_once()
    assert [(one.number, one.reason) for one in client.failed] == [
        ("20260418", "RuntimeError: broken")
    ]
    assert [(one.number, one.text) for one in client.written] == [("20260426", "路灯不亮")]


@pytest.mark.parametrize("error", [NotFound("no file"), Failed("500"), ValueError("odd")])
async def test_f22_a_missing_recording_does_not_stop_the_scribe(error: HotlineError) -> None:
    client, recogniser = FakeClient([TASK, OTHER]), FakeRecogniser("路灯不亮")
    client.missing = error
    worker = make_scribe(client, recogniser)
    assert [await worker.work_once() for _ in range(3)] == [True, True, False]
    assert [one.number for one in client.failed] == ["20260418"]
    assert client.failed[0].reason
    assert [one.number for one in client.written] == ["20260426"]


@pytest.mark.parametrize("error", [Invalid("text", "no"), NotFound("no case"), Failed("500")])
async def test_f22_a_transcript_that_is_refused_does_not_stop_the_scribe(
    error: HotlineError,
) -> None:
    client, recogniser = FakeClient([TASK, OTHER]), FakeRecogniser("路灯不亮")
    client.refusal = error
    worker = make_scribe(client, recogniser)
    assert [await worker.work_once() for _ in range(3)] == [True, True, False]
    assert [one.number for one in client.failed] == ["20260418"]
    assert [one.number for one in client.written] == ["20260426"]


@pytest.mark.parametrize("error", [Unavailable("away"), Unanswered("cut off")])
@pytest.mark.parametrize("name", ["media", "put_transcript", "transcript_failed"])
async def test_a_backend_that_goes_away_on_the_way_is_waited_for(
    name: str, error: HotlineError, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The try is counted when a recording is taken; four restarts gave a good one up."""
    client = FakeClient([TASK])
    heard = RuntimeError("broken") if name == "transcript_failed" else "井盖丢了"
    recogniser, real, left = FakeRecogniser(heard), getattr(client, name), [error] * 10

    async def away(*given: object) -> object:
        if left:
            raise left.pop()
        return await real(*given)

    monkeypatch.setattr(client, name, away)
    assert await make_scribe(client, recogniser).work_once()
    assert len(recogniser.asked) == 1
    assert bool(client.written) != bool(client.failed)
    assert bool(client.failed) == (name == "transcript_failed")


async def test_a_transcript_that_never_gets_an_answer_holds_up_no_other() -> None:
    client = FakeClient([TASK, OTHER])
    client.refusal = Unanswered("no answer in time")
    worker = make_scribe(client, FakeRecogniser("路灯不亮"))
    assert [await worker.work_once() for _ in range(3)] == [True, True, False]
    assert [one.number for one in client.failed] == ["20260418"]
    assert [one.number for one in client.written] == ["20260426"]


async def test_a_recogniser_that_hangs_ends_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcription, "MAX_SECONDS", 0.05)
    ended: list[int] = []
    released = threading.Event()

    class Hanging(FakeRecogniser):
        """An engine that does not come to an end."""

        def transcribe(self, path: Path, language: str, hints: Sequence[str]) -> Transcript:
            """Hear without an end."""
            released.wait(30)
            return super().transcribe(path, language, hints)

    hearing = Hearing(NameIndex(()), {})
    worker = TranscriptionWorker(
        FakeClient([TASK]),  # type: ignore[arg-type]
        Hanging(""),  # type: ignore[arg-type]
        hearing,
        fixed_clock(),
        ended.append,
    )
    await worker.work_once()
    released.set()
    assert ended == [transcription.STUCK]


async def test_without_a_model_no_recording_is_taken_and_none_is_given_up() -> None:
    """Each that is taken counts as a try, and after some tries a recording is set aside."""
    taken: list[int] = []

    class Counting(FakeClient):
        async def transcript_tasks(self, limit: int) -> list[TranscriptTask]:
            taken.append(limit)
            return await super().transcript_tasks(limit)

    with pytest.raises(ModelRefused):
        await make_scribe(Counting([TASK]), FakeRecogniser(ModelRefused("no model"))).run()
    assert taken == []
