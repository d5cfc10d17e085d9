"""Has talks at seats listened to while they go on: each leg apart, so many talks at a time.

It looks which talks there are and which are listened to, and puts right what is otherwise. Who
listens is another process (`ivr.listening`): what becomes of it, the talks go on.
"""

import asyncio
import logging
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from uuid import UUID, uuid4

from hotline.call import CallEvent, CallEventType
from hotline.clock import Clock, pause
from hotline.errors import HotlineError
from hotline.room.exchange import Leg
from hotline.room.spoken import Listening, Speaker, TalkHeard
from hotline.wire import encode
from ivr.listening.listener import LegExpected, TalkOffice
from ivr.manager import LISTENS, Exchange, call_key
from ivr.switch.called import seat_at
from ivr.switch.seen import legs_in

log = logging.getLogger(__name__)

COMMAND: Final = (sys.executable, "-m", "ivr.listening", "--child")
RESTART_S: Final = 15.0
LOOK_S: Final = 5.0
# The exchange shows a line that it was asked for behind so long.
MADE_S: Final = 3.0
OF_TALKS: Final = (CallEventType.SEAT_ANSWERED, CallEventType.SEAT_LEFT, CallEventType.ENDED)
Message = Mapping[str, Any]


class SeatLines(Protocol):
    """Which calls are at which seats, as told and as seen."""

    def legs(self, seen: Iterable[Leg]) -> tuple[Leg, ...]:
        """Give which calls are at seats."""
        ...


class ListeningChild:
    """Keeps the process that listens; `port` is where it takes legs, 0 while it is not there."""

    def __init__(self, clock: Clock, command: tuple[str, ...] = COMMAND):
        self._clock = clock
        self._command = command
        self._input: asyncio.StreamWriter | None = None
        self.port = 0
        self.changed = asyncio.Event()

    async def run(self) -> None:
        """Run it, and again when it ends; it ends with this process."""
        while True:
            child = await asyncio.create_subprocess_exec(
                *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
            assert child.stdin is not None
            assert child.stdout is not None
            self._input = child.stdin
            try:
                told = (await child.stdout.readline()).strip()
                self.port = int(told) if told.isdigit() else 0
                self.changed.set()
                status = await child.wait()
            except asyncio.CancelledError:
                child.terminate()
                await child.wait()
                raise
            finally:
                self.port = 0
            log.warning("what listens to talks ended with %s; started again", status)
            await self._clock.sleep(RESTART_S)

    def expect(self, leg: LegExpected) -> None:
        """Tell it of a leg that comes."""
        if self._input is not None:
            self._input.write(encode(leg) + b"\n")


@dataclass(slots=True)
class _Talk:
    """A talk at a seat: whether it is listened to, by which lines, asked for since when."""

    leg: Leg
    stands: Listening | None = None
    lines: dict[Speaker, UUID] = field(default_factory=dict)
    asked: float = 0.0


class TalkListening:
    """Begins and ends listening; who came first is listened to first."""

    def __init__(
        self, exchange: Exchange, office: TalkOffice, lines: SeatLines, clock: Clock, most: int,
        child: ListeningChild | None = None,
    ):  # fmt: skip
        self._exchange = exchange
        self._office = office
        self._lines = lines
        self._clock = clock
        self._most = most
        self._child = child or ListeningChild(clock)
        self._talks: dict[tuple[str, str], _Talk] = {}
        self._untold: list[TalkHeard] = []

    @property
    def is_ready(self) -> bool:
        """Whether somebody is there to listen."""
        return bool(self._child.port)

    def take(self, event: CallEvent) -> None:
        """Look at once where a talk begins or ends."""
        if event.mark in OF_TALKS:
            self._child.changed.set()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._child.run())
            group.create_task(self._keep())

    async def _keep(self) -> None:
        while True:
            await pause(self._child.changed, LOOK_S)
            self._child.changed.clear()
            try:
                await self.look()
                await self.tell()
            except HotlineError as error:
                log.info("talks are looked at again: %s", error)
            except Exception:
                log.exception("listening to talks failed; tried again")

    async def look(self) -> None:
        """Begin what is to be listened to, and end what is no more."""
        channels = await self._exchange.channels() if self._exchange.connected.is_set() else None
        if channels is None:
            return
        talking = {(one.call, one.seat): one for one in self._lines.legs(legs_in(channels))
                   if one.talking}  # fmt: skip
        for key in [one for one in self._talks if one not in talking]:
            self._stands(self._talks.pop(key), Listening.OVER)
        for key, leg in talking.items():
            self._talks.setdefault(key, _Talk(leg))
        there = {ident: name for one in channels for ident, name in _listens(one)}
        wanted = {str(one) for talk in self._talks.values() for one in talk.lines.values()}
        for ident in there.keys() - wanted:
            await self._exchange.do("Hangup", Channel=there[ident])
        for place, talk in enumerate(self._talks.values()):
            if place < self._most and self._child.port:
                await self._begin(talk, channels, there)
            elif place >= self._most and talk.stands is None:
                self._stands(talk, Listening.BUSY)

    async def _begin(
        self, talk: _Talk, channels: Iterable[Message], there: Mapping[str, str]
    ) -> None:
        """Ask for the lines of a talk that are not there."""
        now = self._clock.monotonic()
        if talk.lines and now - talk.asked < MADE_S:
            return
        legs = _legs_of(talk.leg, channels)
        language = str(legs[Speaker.CALLER].get("Language", "")) if Speaker.CALLER in legs else ""
        for speaker, channel in legs.items():
            if str(talk.lines.get(speaker)) in there:
                continue
            ident, talk.asked = uuid4(), now
            talk.lines[speaker] = ident
            self._child.expect(LegExpected(ident, talk.leg.call, speaker, language[:20]))
            failed = await self._exchange.do(
                "Originate", Channel=f"AudioSocket/127.0.0.1:{self._child.port}/{ident}",
                Context="listened", Exten="s", Priority="1", Timeout="5000", Async="true",
                Variable=f"LISTENED={channel.get('Channel', '')}", ChannelId=f"{LISTENS}{ident}",
            )  # fmt: skip
            if failed:
                log.warning("%s of %s is not listened to: %s", speaker, talk.leg.call, failed)
        if talk.stands is not Listening.LISTENS:
            self._stands(talk, Listening.LISTENS)

    def _stands(self, talk: _Talk, stands: Listening) -> None:
        talk.stands = stands
        self._untold.append(TalkHeard(talk.leg.call, stands))

    async def tell(self) -> None:
        """Tell how talks stand; a backend that is away is told at the next look."""
        while self._untold:
            await self._office.talk_heard(self._untold[0])
            del self._untold[0]


def _listens(channel: Message) -> Iterable[tuple[str, str]]:
    """Give the id and the name of a line by which somebody is listened to."""
    ident = str(channel.get("Uniqueid", ""))
    if ident.startswith(LISTENS):
        yield ident.removeprefix(LISTENS), str(channel.get("Channel", ""))


def _legs_of(leg: Leg, channels: Iterable[Message]) -> dict[Speaker, Message]:
    """Give the lines of a talk: the caller's and the seat's."""
    found: dict[Speaker, Message] = {}
    for one in channels:
        if call_key(str(one.get("Uniqueid", ""))) == leg.call:
            found[Speaker.CALLER] = one
        elif seat_at(str(one.get("Channel", ""))) == leg.seat:
            found[Speaker.SEAT] = one
    return found
