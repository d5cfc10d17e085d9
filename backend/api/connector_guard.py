"""Which connector asks, by its token, and for which channels and kinds of files it may speak."""

import asyncio
import hmac
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from backend.api.keys import Handler
from backend.api.permissions import MESSAGES, PHONE, WITNESS
from config.settings import Settings
from hotline.channel import Channel
from hotline.errors import Forbidden, Unauthorised
from hotline.media import MediaKind
from hotline.wire import encode

MAX_COMMANDS = 64
# The channels that a connector speaks for, and the kinds of files that go through it.
CHANNELS: Final = {
    PHONE: frozenset({Channel.PHONE}),
    MESSAGES: frozenset({Channel.TELEGRAM, Channel.TERMINAL}),
    WITNESS: frozenset[Channel](),
}
KINDS: Final = {
    PHONE: frozenset({MediaKind.RECORDING}),
    MESSAGES: frozenset(MediaKind) - {MediaKind.RECORDING},
    WITNESS: frozenset[MediaKind](),
}


@dataclass(slots=True, eq=False)
class CommandLine:
    """A connector that listens for quick commands, and those that wait to be sent to it."""

    waiting: asyncio.Queue[str | None] = field(default_factory=lambda: asyncio.Queue(MAX_COMMANDS))

    def put(self, command: str) -> None:
        """Let a command wait; a connector that does not listen misses it and looks by itself."""
        if not self.waiting.full():
            self.waiting.put_nowait(command)

    def end(self) -> None:
        """End without a word; what still waits is looked for again by itself."""
        while not self.waiting.empty():
            self.waiting.get_nowait()
        self.waiting.put_nowait(None)


@dataclass(slots=True)
class Connectors:
    """The connectors' tokens, and the lines over which quick commands go to them."""

    tokens: dict[str, str]
    terminal: bool = False
    lines: set[CommandLine] = field(default_factory=set)

    def name_of(self, request: web.Request) -> str:
        """Give the connector whose token a request carries, or raise Unauthorised."""
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        for name, token in self.tokens.items():
            if token and hmac.compare_digest(given.encode("utf-8", "replace"), token.encode()):
                return name
        raise Unauthorised("no connector has this token", code="bad_token")

    def speaks_for(self, connector: str, channel: Channel) -> bool:
        """Whether a connector may speak for a channel; the terminal needs a setting besides."""
        return channel in CHANNELS[connector] and (channel is not Channel.TERMINAL or self.terminal)

    def tell(self, command: dict[str, str]) -> None:
        """Let a command go to every connector that listens; waits for none of them.

        What must not be lost is in the outbox.
        """
        text = encode(command).decode()
        for line in self.lines:
            line.put(text)

    def close(self) -> None:
        """End all lines, because the server ends."""
        for line in self.lines:
            line.end()


CONNECTORS: web.AppKey[Connectors] = web.AppKey("connectors", Connectors)
CONNECTOR: Final[web.RequestKey[str]] = web.RequestKey("connector", str)


def read_connectors(settings: Settings) -> Connectors:
    """Give the connectors with the tokens that the settings or set-up gave them."""
    tokens = {connector: settings.connector_token(connector) for connector in CHANNELS}
    return Connectors(tokens, settings.connectors.terminal)


def guarded(handler: Handler, connectors: frozenset[str]) -> Handler:
    """Let a request in only with the token of one of these connectors."""

    async def checked(request: web.Request) -> web.StreamResponse:
        connector = request.app[CONNECTORS].name_of(request)
        if connector not in connectors:
            raise Forbidden(f"not for the connector {connector}", code="not_this_connector")
        request[CONNECTOR] = connector
        return await handler(request)

    return checked


def check_channel(request: web.Request, channel: Channel) -> None:
    """Refuse a connector that speaks for a channel which is not its own."""
    if not request.app[CONNECTORS].speaks_for(request[CONNECTOR], channel):
        message = f"the connector {request[CONNECTOR]} does not speak for {channel}"
        raise Forbidden(message, code="not_this_connector")


def check_kind(request: web.Request, kind: MediaKind) -> None:
    """Refuse a connector that hands in a kind of file which does not go through it."""
    if kind not in KINDS[request[CONNECTOR]]:
        raise Forbidden(
            f"no {kind} by the connector {request[CONNECTOR]}", code="not_this_connector"
        )
