"""Listening to legs: utterances are cut, wait for a while, and are written down or told as lost."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest

from hotline.clock import FixedClock, SystemClock
from hotline.errors import Invalid, Unavailable
from hotline.room.spoken import NotWritten, Speaker, SpokenLine, TalkHeard
from ivr.listening import speech_queue
from ivr.listening.audio_socket import AudioSocket, Sound
from ivr.listening.cutter import FRAME, MOST, LegUtterance, UtteranceCutter
from ivr.listening.listener import LegExpected, TalkListener
from ivr.listening.speech_queue import LAG_S, LegSaid, WaitingSpeech
from ivr.listening.writer_process import WriterFailed, WriterProcess
from ivr.pcm import RATE, Samples
from tests.ivr.fakes import NOW, fixed_clock

SPEECH, SILENCE = 1000, 0


def loud(sound: Samples) -> Sequence[float]:
    """Take what is loud for a voice."""
    return [float(abs(frame).max() >= SPEECH) for frame in sound.reshape(-1, FRAME)]


def sound(*parts: tuple[int, float]) -> Samples:
    """Give a sound of levels and seconds."""
    return np.concatenate([np.full(int(s * RATE), level, np.int16) for level, s in parts])


def cut(whole: Samples, step: int = 160) -> list[LegUtterance]:
    """Give what is cut of a sound that comes in small pieces."""
    cutter = UtteranceCutter(loud)
    found = [one for at in range(0, len(whole), step) for one in cutter.feed(whole[at : at + step])]
    return [*found, *cutter.end()]


def test_utterances_are_cut_at_pauses_whatever_the_pieces_in_which_they_come() -> None:
    whole = sound((SILENCE, 1), (SPEECH, 2), (SILENCE, 0.3), (SPEECH, 1), (SILENCE, 1), (SPEECH, 1))
    for step in (160, 333, 4000):
        first, last = cut(whole, step)
        assert first.begins_s == pytest.approx(0.8, abs=0.1)
        assert first.seconds == pytest.approx(4.0, abs=0.2)
        assert last.begins_s == pytest.approx(5.1, abs=0.1)


def test_a_click_is_no_utterance_and_a_speech_without_a_pause_is_cut() -> None:
    assert cut(sound((SILENCE, 1), (SPEECH, 0.2), (SILENCE, 1))) == []
    parts = cut(sound((SPEECH, 30), (SILENCE, 1)))
    assert len(parts) >= 3
    assert max(len(one.sound) for one in parts) <= MOST * FRAME


def said(clock: FixedClock, second: float = 0.0, call: str = "h1") -> LegSaid:
    """Give something that was said."""
    at = NOW + timedelta(seconds=second)
    words = LegUtterance(second, sound((SPEECH, 1)))
    return LegSaid(call, Speaker.CALLER, at, "zh_CN", words, clock.monotonic())


def test_what_lags_is_dropped_and_so_is_the_oldest_of_too_much() -> None:
    clock, dropped = fixed_clock(), list[LegSaid]()
    speech = WaitingSpeech(clock, dropped.append)
    first, second = said(clock, 1), said(clock, 2)
    speech.put(first)
    clock.move(timedelta(seconds=LAG_S + 1))
    second = said(clock, 2)
    speech.put(second)
    assert speech.next() is second
    assert speech.next() is None
    assert dropped == [first]
    many = [said(clock, at) for at in range(speech_queue.MOST + 2)]
    for one in many:
        speech.put(one)
    assert dropped == [first, *many[:2]]
    assert len(speech) == speech_queue.MOST


class FakeWriter:
    """Writes down what it is told to, or fails."""

    def __init__(self, *answers: str | None):
        self.answers = list(answers)

    async def begin(self) -> None:
        """It is ready."""

    async def write_down(self, said: LegSaid) -> tuple[str, float | None]:
        answer = self.answers.pop(0)
        if answer is None:
            raise WriterFailed("hung")
        return answer, 0.5


class FakeOffice:
    """Remembers what it was told, where it is there and takes it."""

    def __init__(self) -> None:
        self.told: list[TalkHeard] = []
        self.fails: list[Exception] = []

    async def talk_heard(self, heard: TalkHeard) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.told.append(heard)

    @property
    def lines(self) -> list[SpokenLine]:
        return [line for one in self.told for line in one.lines]


async def sounds(*parts: Samples) -> AsyncIterator[Samples]:
    """Give the sound of a leg."""
    for one in parts:
        yield one


async def heard(writer: FakeWriter, office: FakeOffice, *utterances: float) -> list[SpokenLine]:
    """Let a caller say so many seconds, with pauses; gives what is told of it."""
    listener = TalkListener(office, writer, fixed_clock(), lambda: loud)
    leg = LegExpected(uuid4(), "h1-100-1", Speaker.CALLER)
    listener.expect(leg)
    parts = [(level, s) for seconds in utterances for level, s in ((SPEECH, seconds), (SILENCE, 1))]
    running = asyncio.create_task(listener.run())
    await listener.hear(leg.id, sounds(sound(*parts)))
    for _ in range(200):
        if len(office.lines) + writer.answers.count("") >= len(utterances):
            break
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return office.lines


async def test_what_is_said_is_told_with_its_time_and_what_was_not_heard_is_not() -> None:
    office = FakeOffice()
    one, two = await heard(FakeWriter("路灯不亮", "", "谢谢"), office, 2, 1.5, 1)
    assert (one.text, one.speaker, one.confidence) == ("路灯不亮", Speaker.CALLER, 0.5)
    assert (two.at - one.at).total_seconds() == pytest.approx(5.5, abs=0.3)
    assert {told.call for told in office.told} == {"h1-100-1"}


async def test_what_the_recogniser_does_not_manage_is_told_and_the_rest_goes_on() -> None:
    failed, fine = await heard(FakeWriter(None, "你好"), FakeOffice(), 2, 1.5)
    assert (failed.text, failed.lost) == ("", NotWritten.FAILED)
    assert (fine.text, fine.lost) == ("你好", None)


async def test_an_office_that_is_away_is_told_later_and_one_that_refuses_is_not_asked_again() -> (
    None
):
    office = FakeOffice()
    office.fails = [Unavailable("away")]
    assert [one.text for one in await heard(FakeWriter("一"), office, 2)] == ["一"]
    office.fails = [Invalid("call", "is none")]
    assert [one.text for one in await heard(FakeWriter("二", "三"), office, 2, 2)][1:] != [
        "二",
        "三",
    ]


async def test_a_leg_that_nobody_told_of_is_not_listened_to() -> None:
    office = FakeOffice()
    listener = TalkListener(office, FakeWriter(), fixed_clock(), lambda: loud)
    await listener.hear(uuid4(), sounds(sound((SPEECH, 3))))
    assert office.told == []


HANGS = "import sys; print('{\"ready\": true}', flush=True); sys.stdin.read()"
DIES = "import sys; print('{\"ready\": true}', flush=True); sys.stdin.buffer.read(10); sys.exit(3)"
BROKEN = "import sys; sys.exit(1)"
ODD = "import sys; print('[]', flush=True); sys.stdin.read()"


@pytest.mark.parametrize("script", [HANGS, DIES, BROKEN, ODD])
async def test_a_recogniser_that_hangs_dies_or_says_odd_things_is_ended(script: str) -> None:
    writer = WriterProcess(SystemClock(), (sys.executable, "-c", script), one_s=1.0)
    with pytest.raises(WriterFailed):
        await writer.write_down(said(fixed_clock()))
    await writer.end()


ANSWERS = """
import sys
from ivr.listening.writer import answers
from ivr.speech import Transcript, Unheard
def write(sound, language):
    if len(sound) < 8000:
        raise Unheard("nothing")
    return Transcript(f"{language} {len(sound)}", "", "fake", 0.75, language, 1.0)
answers(sys.stdin.buffer, write, lambda line: print(line, flush=True))
"""


@pytest.mark.slow
async def test_a_recogniser_answers_one_utterance_after_the_other() -> None:
    writer = WriterProcess(SystemClock(), (sys.executable, "-W", "ignore", "-c", ANSWERS))
    clock = fixed_clock()
    try:
        assert await writer.write_down(said(clock)) == ("zh_CN 8000", 0.75)
        short = LegUtterance(0.0, sound((SPEECH, 0.5)))
        quiet = LegSaid("h1", Speaker.SEAT, NOW, "en", short, clock.monotonic())
        assert await writer.write_down(quiet) == ("", None)
        assert await writer.write_down(said(clock)) == ("zh_CN 8000", 0.75)
    finally:
        await writer.end()


@pytest.fixture
def legs() -> list[tuple[str, Samples]]:
    """What came by the socket: id and sound."""
    return []


async def test_sound_comes_by_its_id_and_what_is_missing_of_it_is_silence(
    legs: list[tuple[str, Samples]],
) -> None:
    over = asyncio.Event()

    async def hear(ident: object, coming: Sound) -> None:
        parts = [one async for one in coming]
        legs.append((str(ident), np.concatenate(parts)))
        over.set()

    socket, ident = AudioSocket(hear, SystemClock()), uuid4()
    port = await socket.start()
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    frame = np.full(160, SPEECH, "<i2").tobytes()
    writer.write(b"\x01\x00\x10" + ident.bytes + b"\x10\x01\x40" + frame)
    await writer.drain()
    await asyncio.sleep(0.8)
    writer.write(b"\x10\x01\x40" + frame + b"\x00\x00\x00")
    await writer.drain()
    await asyncio.wait_for(over.wait(), 5)
    writer.close()
    await socket.close()
    ((told, whole),) = legs
    assert told == str(ident)
    assert RATE * 0.3 < len(whole) < RATE * 2
    assert (whole[:160] == SPEECH).all()
    assert (whole[-160:] == SPEECH).all()
    assert not whole[160:-160].any()


@pytest.mark.parametrize("told", [b"", b"\x01\x00\x02ab", b"\x10\x00\x00", b"\xff" * 40])
async def test_who_says_nothing_of_a_leg_is_let_go(
    legs: list[tuple[str, Samples]], told: bytes
) -> None:
    async def hear(ident: object, coming: Sound) -> None:
        legs.append((str(ident), np.zeros(0, np.int16)))

    socket = AudioSocket(hear, SystemClock())
    port = await socket.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(told)
    writer.write_eof()
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
    await socket.close()
    assert legs == []
