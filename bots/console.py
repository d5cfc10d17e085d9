"""The same conversations in a terminal: lines in, messages out, buttons by their number."""

import asyncio
import logging
import shlex
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from backend.client import BackendClient
from bots.cards import data, matter_name, stage_name
from bots.channel import Button, Delivery, MessageIn, MessageOut
from bots.city import CityWatch
from bots.conversation import Conversation
from bots.delivery import DeliveryLoop
from bots.gateway import make_client
from bots.media import LARGEST
from config.settings import Settings
from hotline.card import CaseCard
from hotline.channel import Channel
from hotline.clock import Clock
from hotline.errors import (
    Forbidden,
    HotlineError,
    Invalid,
    NotFound,
    Refused,
    TooLarge,
    Unavailable,
)
from hotline.ids import new_id
from hotline.notice import Outcome
from hotline.number import printed
from hotline.place.point import Point
from hotline.words import say

log = logging.getLogger(__name__)

WATCH_S = 3.0
OFF = "connectors.terminal is off: nobody speaks at a terminal here"


@dataclass(slots=True)
class Screen:
    """What was shown: every button keeps its number as long as the terminal runs."""

    buttons: dict[int, tuple[str, str]] = field(default_factory=dict)
    messages: int = 0

    def number(self, data: str, message: str) -> int:
        """Give the next number for a button."""
        self.buttons[len(self.buttons) + 1] = (data, message)
        return len(self.buttons)


class Terminal:
    """The channel protocol on a text stream; photos are files, named by their path."""

    name = Channel.TERMINAL

    def __init__(self, out: TextIO, language: str):
        self._out = out
        self.language = language
        self.screen = Screen()

    async def send(self, message: MessageOut) -> Delivery:
        """Write a message and its numbered buttons."""
        self.screen.messages += 1
        shown = message.replaces or str(self.screen.messages)
        lines = ["", *(f"[photo {sha256[:12]}]" for sha256 in message.photos), message.text]
        if message.file:
            lines += [f"[{message.file_name}]", message.file]
        if message.ask_place:
            lines.append(say("bot.terminal_place", self.language))
        for row in message.rows:
            numbers = [(self.screen.number(one.data, shown), one.label) for one in row]
            lines.append("   ".join(f"[{number}] {label}" for number, label in numbers))
        self.write("\n".join(lines))
        return Delivery(Outcome.SENT, message=shown)

    async def acknowledge(self, _tap: MessageIn, toast: str, /) -> None:
        """Write what a tap is answered with."""
        if toast:
            self.write(f"( {toast} )")

    async def fetch(self, handle: str) -> bytes:
        """Give a photo file's bytes."""
        path = Path(handle).expanduser()
        try:
            if path.stat().st_size > LARGEST:
                raise TooLarge(f"{path} is above the limit")
            return await asyncio.to_thread(path.read_bytes)
        except OSError as error:
            raise NotFound(f"{path} cannot be read: {error}") from error

    def write(self, text: str) -> None:
        """Write a text at once."""
        self._out.write(text + "\n")
        self._out.flush()


class Reader:
    """Lines as messages: `photo PATH ... [-- words]`, `at LON,LAT`, a button's number, or words.

    `say WORDS` are words even where they look like one of the others.
    """

    def __init__(self, screen: Screen, address: str, clock: Clock, name: str = ""):
        self._screen = screen
        self._address = address
        self._clock = clock
        self._name = name

    def read(self, line: str) -> MessageIn | None:
        """Give the message of a line; None for an empty one. Invalid for a place off the earth."""
        words = line.strip()
        if not words:
            return None
        if words.isascii() and words.isdigit() and int(words) in self._screen.buttons:
            data, shown = self._screen.buttons[int(words)]
            return self._message(tap=data, tapped=shown)
        command, _, rest = words.partition(" ")
        if command == "photo" and rest.strip():
            paths, _, text = rest.partition("--")
            return self._message(photos=_paths(paths), text=text.strip())
        if command == "say":
            return self._message(text=rest.strip())
        if command == "at":
            point = _point(rest)
            return self._message(text=words) if point is None else self._message(point=point)
        return self._message(text=words)

    def _message(
        self,
        *,
        text: str = "",
        photos: tuple[str, ...] = (),
        point: Point | None = None,
        tap: str = "",
        tapped: str = "",
    ) -> MessageIn:
        now = self._clock.now()
        return MessageIn(
            channel=Channel.TERMINAL,
            address=self._address,
            key=f"terminal:{new_id(now)}",
            said_at=now,
            name=self._name,
            text=text,
            photos=photos,
            point=point,
            accuracy=None if point is None else 0.0,
            tap=tap,
            tapped=tapped,
        )


def _paths(text: str) -> tuple[str, ...]:
    """Give the paths of a line as a shell would; an odd quote stays what it is."""
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return tuple(text.split())


def _point(text: str) -> Point | None:
    """Give the point of `lon,lat`; None when it is not two numbers: then they are words."""
    parts = text.replace("，", ",").split(",")
    try:
        lon, lat = (float(part) for part in parts)
    except ValueError:
        return None
    try:
        return Point(lon, lat)
    except Invalid:
        return None


async def lines_of(stream: TextIO) -> "asyncio.Queue[str | None]":
    """Give a queue of a stream's lines; None at its end. A daemon thread does the waiting."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | None] = asyncio.Queue()

    def pump() -> None:
        for line in stream:
            _tell(loop, queue, line)
        _tell(loop, queue, None)

    threading.Thread(target=pump, name="terminal", daemon=True).start()
    return queue


def _tell(
    loop: asyncio.AbstractEventLoop, queue: "asyncio.Queue[str | None]", line: str | None
) -> None:
    put: Callable[[str | None], None] = queue.put_nowait
    if not loop.is_closed():
        loop.call_soon_threadsafe(put, line)


@dataclass(frozen=True, slots=True)
class Guest:
    """Who sits at the terminal: somebody of the city or a post, or a citizen with a name."""

    person: str = ""
    name: str = ""
    language: str = "zh_CN"


async def run_console(
    settings: Settings, clock: Clock, guest: Guest, streams: tuple[TextIO, TextIO]
) -> None:
    """Lead one person's conversations at a terminal until the input ends.

    Refused where the guest is nobody of this city, or where this city has no terminals.
    """
    if not settings.connectors.terminal:
        raise Refused(OFF)
    source, out = streams
    backend = make_client(settings)
    city = CityWatch(backend)
    terminal = Terminal(out, guest.language)
    try:
        person = await _person(backend, guest.person)
        address = f"terminal:{person or guest.name or 'citizen'}"
        talk = Conversation(backend, terminal, city, clock, guest.language)
        reader = Reader(terminal.screen, address, clock, guest.name)
        beside = [DeliveryLoop(backend, terminal, city, clock, address).run()]
        if person:
            beside.append(Watch(backend, terminal, address).run())
        terminal.write(say("bot.terminal_help", guest.language))
        first = "/tasks" if person else "/start"
        async with _running(beside):
            await _lead(talk, reader, terminal, await lines_of(source), first)
    finally:
        await backend.close()


async def _person(backend: BackendClient, person: str) -> str:
    if not person:
        return ""
    try:
        actor = (await backend.open_chat((Channel.TERMINAL, f"terminal:{person}"))).actor
    except Forbidden:
        raise Refused(OFF) from None
    if actor is None:
        raise Refused(f"--as {person}: there is no such post or person in this city")
    return actor.person


class Watch:
    """Tells a person at a terminal of cases that have come to lie with them."""

    def __init__(self, backend: BackendClient, terminal: Terminal, address: str):
        self._backend = backend
        self._terminal = terminal
        self._address = address
        self._known: set[tuple[str, str | None]] | None = None

    async def run(self) -> None:
        """Look every few seconds until cancelled."""
        while True:
            try:
                await self.look()
            except HotlineError as error:
                log.info("no look at the tasks: %s", error)
            await asyncio.sleep(WATCH_S)

    async def look(self) -> None:
        """Show what is new since the last look; the first look only learns."""
        cards = await self._backend.tasks((Channel.TERMINAL, self._address))
        here = {(card.number, card.stage_since) for card in cards}
        for card in cards:
            if self._known is not None and (card.number, card.stage_since) not in self._known:
                await self._show(card)
        self._known = here

    async def _show(self, card: CaseCard) -> None:
        language = self._terminal.language
        words = say("task.arrived", language, stage=stage_name(card, language))
        label = f"{printed(card.number)} {matter_name(card, language)}"
        button = Button(label, data(card, "open"))
        await self._terminal.send(MessageOut(self._address, words, ((button,),)))


@asynccontextmanager
async def _running(work: list[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _lead(
    talk: Conversation,
    reader: Reader,
    terminal: Terminal,
    lines: "asyncio.Queue[str | None]",
    first: str,
) -> None:
    line: str | None = first
    while line is not None:
        message = reader.read(line)
        if message is not None:
            await _hear(talk, terminal, message)
        line = await lines.get()


async def _hear(talk: Conversation, terminal: Terminal, message: MessageIn) -> None:
    """Take a line; with the backend away the person is told and may send it again."""
    try:
        await talk.hear(message)
    except Unavailable:
        terminal.write(say("bot.terminal_away", terminal.language))
    except HotlineError as error:
        terminal.write(say("bot.failed", terminal.language))
        log.warning("a line could not be taken: %s", error)
