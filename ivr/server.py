"""The phone door's ear: Asterisk connects for every call, and each call gets a thread."""

import logging
import socketserver
import threading
from collections.abc import Callable, Mapping
from typing import Final

from hotline.errors import HotlineError
from ivr.line import AgiLine

log = logging.getLogger(__name__)

STOP_EVERY_S: Final = 0.1
"""How often the ear looks whether it has been told to stop."""

Flow = Callable[[AgiLine], None]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, address: tuple[str, int], flows: Mapping[str, Flow]):
        self.flows = flows
        super().__init__(address, _Handler)


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        """Run one call; whatever happens in it stays in it."""
        try:
            line = AgiLine(self.request)
        except HotlineError as error:
            log.debug("not a call: %s", error)
            return
        flow = self.server.flows.get(line.script.partition("?")[0])
        if flow is None:
            log.error("the dialplan asks for an unknown flow: %s", line.script)
            return
        try:
            flow(line)
        except HotlineError as error:
            log.warning("call ended early: %s", error, extra={"call": line.argument(1)})
        except Exception:
            log.exception("a call failed", extra={"call": line.argument(1)})
        finally:
            line.close()


class CallServer:
    """Takes Asterisk's connections on a thread of its own."""

    def __init__(self, host: str, port: int, flows: Mapping[str, Flow]):
        self._server = _Server((host, port), flows)
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
