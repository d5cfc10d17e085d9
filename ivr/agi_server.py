"""The phone connector's ear: Asterisk connects for every call, and each call gets a thread."""

import hmac
import logging
import socketserver
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from hotline.errors import HotlineError
from ivr.handover import secret_of
from ivr.line import AgiLine

log = logging.getLogger(__name__)

STOP_EVERY_S: Final = 0.1
"""How often the ear looks whether it has been told to stop."""

Flow = Callable[[AgiLine], None]
Secret = Callable[[], str]
"""Gives the secret that the exchange which runs now hands over; empty where none runs."""


class _AgiServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 1024

    def __init__(
        self, address: tuple[str, int], flows: Mapping[str, Flow], secret: Secret, most: int
    ):
        self.flows = flows
        self.secret = secret
        self.places = threading.BoundedSemaphore(most)
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give a call its thread; beyond the most, the exchange takes the report alone."""
        if not self.places.acquire(blocking=False):
            log.error("more calls than this connector takes at once")
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self.places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Run a call in its thread, and free its place."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.places.release()


class _Handler(socketserver.BaseRequestHandler):
    server: _AgiServer

    def handle(self) -> None:
        """Run one call; whatever happens in it stays in it."""
        try:
            line = AgiLine(self.request)
        except HotlineError as error:
            log.debug("not a call: %s", error)
            return
        if not self._is_ours(line):
            log.warning("a connection without the exchange's secret is refused")
            return
        flow = self.server.flows.get(line.script.partition("?")[0])
        if flow is None:
            log.error("the dialplan asks for an unknown flow: %s", line.script)
            return
        try:
            flow(line)
        except HotlineError as error:
            log.warning(
                "call ended early: %s", error, extra={"call": line.env.get("agi_uniqueid", "")}
            )
        except Exception:
            log.exception("a call failed", extra={"call": line.env.get("agi_uniqueid", "")})

    def _is_ours(self, line: AgiLine) -> bool:
        secret = self.server.secret().encode()
        return bool(secret) and hmac.compare_digest(secret_of(line), secret)


class CallServer:
    """Takes Asterisk's connections on a thread of its own, `most` calls at once."""

    def __init__(self, host: str, port: int, flows: Mapping[str, Flow], secret: Secret, most: int):
        self._server = _AgiServer((host, port), flows, secret, most)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(STOP_EVERY_S,), name="calls", daemon=True
        )

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Take calls from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more calls; those that are up go on in the exchange."""
        self._server.shutdown()
        self._server.server_close()
