"""One supervisor: starts children in order, restarts them with backoff, stops whole groups."""

import asyncio
import logging
import os
import shutil
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from config.logs import MAX_BYTES, keep_short
from hotline.clock import Clock

log = logging.getLogger(__name__)

FIRST_WAIT_S: Final = 0.5
MAX_WAIT_S: Final = 30.0
STABLE_S: Final = 60.0
PROBE_EVERY_S: Final = 0.1
PROBE_S: Final = 2.0
WATCH_EVERY_S: Final = 5.0
GIVE_UP_AFTER: Final = 3

Probe = Callable[[], Awaitable[bool]]
Told = Callable[[str, str], None]
"""Called with a child's name and what became of it: started, ready, ended, stopped."""


async def always() -> bool:
    """Take a child for ready as soon as it runs."""
    return True


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep running.

    `ready` answers whether it does its work; `death` is the signal it gets when the supervisor
    itself is killed; `stop` is the signal that asks it to end, `grace_s` how long it may take.
    `alive` is asked from then on: a child that gives no answer for `hung_s` is killed and starts
    anew, where it has `ready_s` again.
    """

    name: str
    command: Sequence[str]
    ready: Probe = always
    ready_s: float = 30.0
    stop: signal.Signals = signal.SIGTERM
    death: str = "KILL"
    grace_s: float = 10.0
    alive: Probe = always
    hung_s: float = 60.0
    environ: Mapping[str, str] = field(default_factory=dict)


class NotReady(Exception):
    """A child did not come up in its time; the message names it and its log."""


class Supervisor:
    """Keeps a list of children running until it is asked to stop."""

    def __init__(
        self,
        logs: Path,
        environ: Mapping[str, str],
        clock: Clock,
        told: Told,
    ):
        self._logs = logs
        self._environ = dict(environ)
        self._clock = clock
        self._told = told
        self._keepers: list[tuple[Child, asyncio.Task[None]]] = []
        self._watchers: list[asyncio.Task[None]] = []
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._ends: Counter[str] = Counter()
        self._stopping = asyncio.Event()

    async def start(self, child: Child) -> None:
        """Start a child and wait until it is ready; NotReady where it is not in time."""
        keeper = asyncio.create_task(self._keep(child), name=child.name)
        self._keepers.append((child, keeper))
        until = self._clock.monotonic() + child.ready_s
        while not (child.name in self._running and await child.ready()):
            if self._clock.monotonic() > until or self._ends[child.name] >= GIVE_UP_AFTER:
                raise NotReady(self._why_not(child))
            await self._clock.sleep(PROBE_EVERY_S)
        self._told(child.name, "ready")
        self._watchers.append(asyncio.create_task(self._watch(child)))

    async def stop(self) -> None:
        """Stop all children, the last started first, each with its whole process group."""
        self._stopping.set()
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        self._watchers.clear()
        for child, keeper in reversed(self._keepers):
            await self._end(child)
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            self._told(child.name, "stopped")
        self._keepers.clear()

    def pid(self, name: str) -> int | None:
        """The process of a child that runs now."""
        process = self._running.get(name)
        return process.pid if process else None

    async def _keep(self, child: Child) -> None:
        pauses = backoff()
        while True:
            begun = self._clock.monotonic()
            code = await self._run(child)
            if self._stopping.is_set():
                return
            if self._clock.monotonic() - begun >= STABLE_S:
                pauses = backoff()
            pause = next(pauses)
            self._ends[child.name] += 1
            self._told(child.name, "ended")
            level = logging.WARNING if code else logging.INFO
            log.log(level, "%s ended with %s; again in %.1f s", child.name, code, pause)
            await self._clock.sleep(pause)

    async def _run(self, child: Child) -> int:
        path = self._log_of(child)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > MAX_BYTES:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab") as out:
            process = await asyncio.create_subprocess_exec(
                *bound_to_us(child),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=self._environ | dict(child.environ),
                start_new_session=True,
            )
        self._running[child.name] = process
        self._told(child.name, "started")
        try:
            return await process.wait()
        finally:
            # What the child left in its group must not live on beside its successor.
            _signal_group(process.pid, signal.SIGKILL)
            self._running.pop(child.name, None)

    async def _watch(self, child: Child) -> None:
        """Kill a child that runs but answers nobody: a hung process is worse than a dead one."""
        process, answered = self._running.get(child.name), self._clock.monotonic()
        patience_s = child.hung_s
        while True:
            await self._clock.sleep(min(WATCH_EVERY_S, child.hung_s / 4))
            keep_short(self._log_of(child))
            now, runs = self._clock.monotonic(), self._running.get(child.name)
            if runs is not process:  # it starts anew, and may take its time
                process, answered, patience_s = runs, now, max(child.ready_s, child.hung_s)
            elif await child.alive():
                answered, patience_s = now, child.hung_s
            elif process is not None and now - answered >= patience_s:
                log.error("%s gives no answer for %.0f s and is killed", child.name, patience_s)
                _signal_group(process.pid, signal.SIGKILL)

    async def _end(self, child: Child) -> None:
        process = self._running.get(child.name)
        if process is None:
            return
        _signal(process, child.stop)
        try:
            async with asyncio.timeout(child.grace_s):
                await process.wait()
        except TimeoutError:
            log.warning("%s did not stop in %.0f s and is killed", child.name, child.grace_s)
        _signal_group(process.pid, signal.SIGKILL)
        await process.wait()

    def _why_not(self, child: Child) -> str:
        path = self._log_of(child)
        lines = path.read_text("utf-8", "replace").strip().splitlines() if path.exists() else []
        said = f": {lines[-1]}" if lines else ""
        return f"{child.name} is not ready{said} (see {path})"

    def _log_of(self, child: Child) -> Path:
        return self._logs / f"{child.name}.log"


def backoff() -> Iterator[float]:
    """Seconds to wait before each new start of a child that keeps ending."""
    pause = FIRST_WAIT_S
    while True:
        yield pause
        pause = min(pause * 2, MAX_WAIT_S)


def bound_to_us(child: Child) -> list[str]:
    """The child's command, so wrapped that the kernel ends it when we are killed."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        log.warning("no setpriv on this machine: %s would outlive a killed supervisor", child.name)
        return list(child.command)
    return [setpriv, f"--pdeathsig={child.death}", "--", *child.command]


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    if process.returncode is None:
        process.send_signal(number)


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


def answers_http(url: str, path: str) -> Probe:
    """A probe: whether a GET is answered with 200. The url is http://host:port."""
    host, _, port = url.removeprefix("http://").rstrip("/").partition(":")
    request = f"GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode()

    async def probe() -> bool:
        return b" 200 " in (await _asked(host, int(port or 80), request, PROBE_S) or b"")

    return probe


def answers_tcp(host: str, port: int, within_s: float = PROBE_S) -> Probe:
    """A probe: whether somebody takes a connection, and greets or hangs up when we say nothing.

    The kernel accepts for a process that hangs, so an accepted connection alone proves nothing.
    """

    async def probe() -> bool:
        return await _asked(host, port, b"", within_s) is not None

    return probe


def touches(path: Path) -> Probe:
    """A probe: whether a file was touched since the last time that was asked.

    By no clock: one that is set must not make a process that lives look dead.
    """
    seen: list[int] = []

    async def probe() -> bool:
        last = list(seen)
        with suppress(OSError):
            seen[:] = [path.stat().st_mtime_ns]
        return seen != last

    return probe


async def _asked(host: str, port: int, request: bytes, within_s: float) -> bytes | None:
    """The first line that answers a request, empty where there is none; None without an answer."""
    writer = None
    try:
        async with asyncio.timeout(within_s):
            reader, writer = await asyncio.open_connection(host, port)
            if request:
                writer.write(request)
            else:
                writer.write_eof()
            return await reader.readline()
    except (OSError, TimeoutError):
        return None
    finally:
        if writer is not None:
            writer.close()
