"""The line over which quick commands go to a connector."""

import asyncio
import logging
from typing import Final

from aiohttp import WSMsgType, web

from backend.api.connector_guard import CONNECTORS, CommandLine
from backend.api.permissions import BY_CONNECTORS
from backend.api.route import SOCKET, Route
from hotline import contract

SEND_S: Final = 5.0
LOG = logging.getLogger("hotline.connectors")


async def commands(request: web.Request) -> web.StreamResponse:
    """Hold the line over which quick commands go to a connector."""
    socket = web.WebSocketResponse(heartbeat=10)
    await socket.prepare(request)
    line, lines = CommandLine(), request.app[CONNECTORS].lines
    lines.add(line)
    sending = asyncio.create_task(_send(socket, line))
    try:
        async for message in socket:
            if message.type is WSMsgType.ERROR:
                break
    finally:
        lines.discard(line)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    return socket


async def _send(socket: web.WebSocketResponse, line: CommandLine) -> None:
    """Send what waits for a connector until it does not take it any more, or the line ends."""
    try:
        while (text := await line.waiting.get()) is not None:
            async with asyncio.timeout(SEND_S):
                await socket.send_str(text)
    except (TimeoutError, ConnectionError) as error:
        LOG.info("a connector was let go: %r", error)
    await socket.close()


ROUTES: tuple[Route, ...] = (
    Route(
        contract.COMMANDS.method,
        contract.COMMANDS.path,
        commands,
        "Line for quick commands (WebSocket)",
        BY_CONNECTORS,
        gives=SOCKET,
    ),
)
