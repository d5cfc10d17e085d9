"""The server below the application: no HTTP is refused in words, what dawdles is let go."""

import asyncio
import logging
from typing import Any, Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from backend.api.http import SAFE, Problem, answer
from config.settings import Settings
from hotline.words import say

LOG = logging.getLogger("hotline.http")
# Longer than what proxies keep, so that it is they who end an idle connection.
KEEP_S: Final = 75.0
# So long the rest of a body is read and thrown away that was answered before its end.
LINGER_S: Final = 10.0


class Connection(RequestHandler):
    """One connection; the next request's head has to come whole within `slow_s`."""

    def __init__(self, server: "_HttpServer", slow_s: float, language: str, **given: Any):
        super().__init__(server, **given)
        self._slow_s = slow_s
        self._language = language
        self._due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._due = asyncio.get_running_loop().call_later(self._slow_s, self._let_go)

    def data_received(self, data: bytes) -> None:
        """Take what came; a head that has begun has its time, one that is whole needs none."""
        heads = self._request_count
        super().data_received(data)
        if self._request_count > heads:
            self._calm()
        elif self._due is None and self._waiter is not None:
            self._due = asyncio.get_running_loop().call_later(self._slow_s, self._let_go)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Wait no more."""
        self._calm()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - the parser's words are not ours
    ) -> web.StreamResponse:
        """Refuse what is no HTTP, as everything else is refused; one line for the log."""
        # A header that is no text can upset the server before any handler sees it.
        status = 400 if isinstance(exc, UnicodeError) else status
        if status < 500:
            LOG.info("no HTTP from %s: %s", request.remote, type(exc).__name__)
        else:
            LOG.error("a request from %s failed", request.remote, exc_info=exc)
        code = "bad_request" if status < 500 else "failed"
        said = Problem(code, say(f"error.{code}", self._language))
        refused = answer(said, status=status, headers={**SAFE, "Server": "hotline"})
        refused.force_close()
        return refused

    def log_exception(self, *args: Any, **given: Any) -> None:
        """Write what went wrong with a trace, but not for a body that is what nobody can read."""
        if isinstance(given.get("exc_info"), web.RequestPayloadError):
            LOG.info("a body could not be read: %r", given["exc_info"])
        else:
            super().log_exception(*args, **given)

    def _let_go(self) -> None:
        self._due = None
        if self._waiter is not None:
            self.force_close()

    def _calm(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None


class _HttpServer(web.Server):
    def __init__(self, made: web.Server, settings: Settings):
        loop = asyncio.get_running_loop()
        super().__init__(made.request_handler, request_factory=made.request_factory, loop=loop)
        self._settings = settings

    def __call__(self) -> Connection:
        return Connection(
            self,
            self._settings.web.slow_s,
            self._settings.home.language,
            loop=asyncio.get_running_loop(),
            access_log=None,
            keepalive_timeout=KEEP_S,
            lingering_time=min(LINGER_S, self._settings.web.slow_s),
        )


class Runner(web.AppRunner):
    """Runs the application behind such connections."""

    __slots__ = ("_settings",)

    def __init__(self, app: web.Application, settings: Settings):
        super().__init__(app, access_log=None)
        self._settings = settings

    async def _make_server(self) -> web.Server:
        return _HttpServer(await super()._make_server(), self._settings)
