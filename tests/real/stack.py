"""The whole hotline for a test: `hotline serve` as a process, on ports and a folder of its own."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from backend.client import BackendClient
from backend.operations.postgres import Postgres
from config.settings import ROOT, Settings, load
from hotline.clock import SystemClock

CLOCK = SystemClock()
START_S = 240.0
# Ports that no connection of this machine is given by itself; each worker of the tests has its own.
FIRST_PORT, PORTS, WORKERS = 10_000, 1_000, 9
COMMANDS = {
    "backend": "backend backend",
    "worker": "backend worker",
    "ivr": "-m ivr",
    "postgres": "backend.operations.postgres",
    "asterisk": "/etc/asterisk.conf -f",
}


@dataclass(slots=True)
class Stack:
    """A running hotline. `settings` are its own; `process` is the supervisor."""

    folder: Path
    environment: dict[str, str]
    settings: Settings
    process: subprocess.Popen[bytes] | None = None
    killed: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Start it and wait until every part answers."""
        command = [sys.executable, "-m", "backend", "serve"]
        with (self.folder / "serve.log").open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = CLOCK.monotonic() + START_S
        while not self._is_serving():
            if self.process.poll() is not None or CLOCK.monotonic() > until:
                self.stop()
                raise AssertionError(f"the hotline did not start: {self.said()}")
            CLOCK.wait(0.1)

    def said(self) -> str:
        """Give what the supervisor and its children said last."""
        logs = [self.folder / "serve.log", *sorted((self.folder / "data/log").glob("*.log"))]
        tails = [f"{path.name}: {path.read_text('utf-8', 'replace')[-1500:]}" for path in logs]
        return "\n".join(tails)

    def stop(self) -> None:
        """End it in good order, and by force where that takes too long."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None

    def pid(self, part: str) -> int | None:
        """Give the process of a part that runs now, by its name in COMMANDS."""
        assert self.process is not None
        for pid in _descendants(self.process.pid):
            words = _command_of(pid)
            if part == "postgres" and "postgres -D" in words:
                return pid
            if part != "postgres" and COMMANDS[part] in words:
                return pid
        return None

    def kill(self, part: str) -> bool:
        """Kill a part as a power cut would; False when it does not run at this moment."""
        pid = self.pid(part)
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self.killed.append(part)
        return True

    def hang(self, part: str) -> None:
        """Let a part answer nobody any more, with its ports open."""
        pid = self.pid(part)
        assert pid is not None, f"{part} does not run"
        os.kill(pid, signal.SIGSTOP)

    def client(self, connector: str = "ivr") -> BackendClient:
        """Give a client with a connector's token."""
        url, token = self.settings.backend_url, self.settings.connector_token(connector)
        return BackendClient(url, token, timeout_seconds=20)

    def database(self) -> Postgres:
        """Give the server that runs below the folder, to ask for its address."""
        return Postgres(self.settings.home.data_dir / "postgres")

    def _is_serving(self) -> bool:
        """Whether the supervisor has said that everything is ready: it names the address then."""
        return self.settings.public_url in (self.folder / "serve.log").read_text("utf-8", "replace")


@contextlib.contextmanager
def running(folder: Path, more: Mapping[str, str]) -> Iterator[Stack]:
    """Run the hotline of the demo city, without players and past, until the block ends."""
    stack = make_stack(folder, more)
    stack.start()
    try:
        yield stack
    finally:
        stack.stop()


def make_stack(folder: Path, more: Mapping[str, str]) -> Stack:
    """Give a hotline that is not started yet, on free ports."""
    sip, agi, ami, web, http = free_ports(5)
    first = 20_000 + sip // PORTS * PORTS - FIRST_PORT
    mine = {
        "HOTLINE_HOME_DATA_DIR": str(folder / "data"),
        "HOTLINE_WEB_PORT": str(web),
        "HOTLINE_PHONE_SIP_PORT": str(sip),
        "HOTLINE_PHONE_AGI_PORT": str(agi),
        "HOTLINE_PHONE_AMI_PORT": str(ami),
        "HOTLINE_PHONE_HTTP_PORT": str(http),
        "HOTLINE_PHONE_RTP_FIRST": str(first),
        "HOTLINE_PHONE_RTP_LAST": str(first + 998),
        "HOTLINE_BACKUP_HOUR": "-1",
        "HOTLINE_SPEECH_LIVE_CALLS": "0",
        "HOTLINE_CONNECTORS_TERMINAL": "on",
        "HOTLINE_CONNECTORS_REPORTS_A_DAY": "0",
        "CAST": "off",
        **more,
    }
    clean = {k: v for k, v in os.environ.items() if not k.startswith("HOTLINE_")}
    return Stack(folder, clean | mine, load([], mine))


def free_ports(count: int) -> list[int]:
    """Give ports that nobody listens on, for TCP and UDP."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = FIRST_PORT + worker % WORKERS * PORTS
    found: list[int] = []
    while len(found) < count:
        port = first + secrets.randbelow(PORTS)
        if port not in found and _is_free(port):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def _descendants(pid: int) -> Iterator[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    except OSError:
        return
    for child in children:
        yield int(child)
        yield from _descendants(int(child))


def _command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""
