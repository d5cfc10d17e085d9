"""Listens to legs of talks, lets what is said be written down, and tells it to the office."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final, Protocol
from uuid import UUID

from hotline.clock import Clock, pause
from hotline.errors import HotlineError
from hotline.queue import is_away
from hotline.room.listening import CallKey
from hotline.room.spoken import NotWritten, Speaker, SpokenLine, TalkHeard
from hotline.wire import Meta
from ivr.listening.audio_socket import Sound
from ivr.listening.cutter import LegUtterance, UtteranceCutter, Voices
from ivr.listening.speech_queue import LegSaid, WaitingSpeech
from ivr.listening.writer_process import WriterFailed

log = logging.getLogger(__name__)

# What is written down while the office is away; more is nobody's any more.
MOST_UNTOLD: Final = 500
AT_ONCE: Final = 50
AGAIN_S: Final = 2.0
LOOK_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class LegExpected:
    """A leg that the exchange will bring, by the id that it was told."""

    id: UUID
    call: CallKey
    speaker: Speaker
    language: Annotated[str, Meta(max_length=20)] = "zh_CN"


class SpeechWriter(Protocol):
    """What writes an utterance down."""

    async def begin(self) -> object:
        """Be ready for utterances."""
        ...

    async def write_down(self, said: LegSaid) -> tuple[str, float | None]:
        """Give text ("": nothing was heard) and confidence; raises WriterFailed."""
        ...


class TalkOffice(Protocol):
    """Who is told what was said."""

    async def talk_heard(self, heard: TalkHeard) -> None:
        """Take what is new of a talk."""
        ...


class TalkListener:
    """Takes legs as they come; one utterance is written down at a time."""

    def __init__(
        self, office: TalkOffice, writer: SpeechWriter, clock: Clock, voices: Callable[[], Voices]
    ):
        self._office = office
        self._writer = writer
        self._clock = clock
        self._voices = voices
        self._expected: dict[UUID, LegExpected] = {}
        self._waiting = WaitingSpeech(clock, lambda said: self._lost(said, NotWritten.LAGS))
        self._untold: list[tuple[str, SpokenLine]] = []
        self._waits, self._tells = asyncio.Event(), asyncio.Event()

    def expect(self, leg: LegExpected) -> None:
        """Take the leg that comes by an id; the recogniser is made ready meanwhile."""
        self._expected[leg.id] = leg
        self._waits.set()

    async def hear(self, ident: UUID, sounds: Sound) -> None:
        """Listen to a leg to its end; one that nobody told of is not listened to."""
        leg = self._expected.pop(ident, None)
        if leg is None:
            log.warning("a leg came that nobody told of")
            return
        began = self._clock.now()
        cutter = UtteranceCutter(self._voices())

        def said(one: LegUtterance) -> None:
            at = began + timedelta(seconds=round(one.begins_s, 3))
            self._waiting.put(
                LegSaid(leg.call, leg.speaker, at, leg.language, one, self._clock.monotonic())
            )
            self._waits.set()

        async for sound in sounds:
            for one in cutter.feed(sound):
                said(one)
        for one in cutter.end():
            said(one)

    async def run(self) -> None:
        """Write down and tell until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write())
            group.create_task(self._tell())

    async def _write(self) -> None:
        while True:
            await pause(self._waits, LOOK_S)
            if not self._waits.is_set():
                continue
            self._waits.clear()
            try:
                await self._writer.begin()
            except (HotlineError, OSError) as error:
                log.warning("the recogniser does not begin: %s", error)
            while (said := self._waiting.next()) is not None:
                await self.write_once(said)

    async def write_once(self, said: LegSaid) -> None:
        """Write one down; what the recogniser does not manage is told as not written."""
        try:
            text, confidence = await self._writer.write_down(said)
        except WriterFailed as error:
            log.warning("something said in %s is not written down: %s", said.call, error)
            self._lost(said, NotWritten.FAILED)
            return
        if text:
            self._add(said.call, said.line(text, confidence))

    def _lost(self, said: LegSaid, why: NotWritten) -> None:
        self._add(said.call, said.line(lost=why))

    def _add(self, call: str, line: SpokenLine) -> None:
        self._untold.append((call, line))
        del self._untold[:-MOST_UNTOLD]
        self._tells.set()

    async def _tell(self) -> None:
        while True:
            await pause(self._tells, LOOK_S)
            self._tells.clear()
            while self._untold:
                try:
                    await self.tell_once()
                except HotlineError as error:
                    log.info("what was said is told later: %s", error)
                    await self._clock.sleep(AGAIN_S)

    async def tell_once(self) -> None:
        """Tell the first lines; what the office refuses is told no more."""
        first = self._untold[:AT_ONCE]
        by_call: dict[str, list[SpokenLine]] = defaultdict(list)
        for call, line in first:
            by_call[call].append(line)
        for call, lines in by_call.items():
            try:
                await self._office.talk_heard(TalkHeard(call, None, tuple(lines)))
            except HotlineError as error:
                if is_away(error):
                    raise
                log.warning("the office does not take what was said in %s: %s", call, error)
        del self._untold[: len(first)]
