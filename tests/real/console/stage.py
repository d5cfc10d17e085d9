"""A real backend with the demo city on a database of its own, and its connectors to knock at."""

import asyncio
import http.client
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

from backend.client import BackendClient
from backend.desks.accounts import load_people
from backend.office import open_office
from backend.operations.postgres import Postgres
from backend.operations.preflight import make_tokens
from backend.passwords import Passwords
from backend.store.schema import migrate
from backend.store.session import make_engine
from config.settings import ROOT, Settings
from config.settings import load as load_settings
from hotline.clock import SystemClock

T = TypeVar("T")
READY_S = 180.0
CLOCK = SystemClock()


@dataclass(slots=True)
class Stage:
    """A backend that runs; `passwords` are those of the city's accounts."""

    settings: Settings
    file: Path
    passwords: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    @property
    def url(self) -> str:
        """The console's address."""
        return self.settings.public_url

    def start(self) -> None:
        """Start the backend and a worker, and wait until the backend is ready."""
        for part in ("backend", "worker"):
            command = [sys.executable, "-m", "backend", "--config", str(self.file), part]
            with (self.settings.home.data_dir / f"{part}.log").open("ab") as log:
                started = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
            self.processes.append(started)
        until(self._is_ready, READY_S, "the backend is ready")

    def stop(self) -> None:
        """End the backend and its worker."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(30)
        self.processes.clear()

    def empty(self) -> None:
        """Let no case wait and no call be up, so that those to come are first in every list."""
        self.thread.submit(asyncio.run, _close_all(self.settings.database.url)).result(60)

    def connector(
        self, ask: Callable[[BackendClient], Coroutine[Any, Any, T]], name: str = "ivr"
    ) -> T:
        """Do something as a connector does, in another thread: Playwright's loop runs here."""
        token = (self.settings.tokens_folder / name).read_text("utf-8").strip()

        async def asked() -> T:
            client = BackendClient(self.settings.backend_url, token)
            try:
                return await ask(client)
            finally:
                await client.close()

        return self.thread.submit(asyncio.run, asked()).result(60)

    def _is_ready(self) -> bool:
        ended = [one.args for one in self.processes if one.poll() is not None]
        assert not ended, f"ended by themselves, see their logs: {ended}"
        connection = http.client.HTTPConnection(
            self.settings.web.host, self.settings.web.port, timeout=20
        )
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


async def _close_all(url: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.execute("UPDATE cases SET stage = 'closed'")
    await connection.execute("DELETE FROM call_mark; DELETE FROM call")
    await connection.close()


def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Wait for something that must become true soon."""
    end = CLOCK.monotonic() + seconds
    pause = ThreadPoolExecutor(1)
    try:
        while not condition():
            assert CLOCK.monotonic() < end, f"not within {seconds} s: {what}"
            pause.submit(asyncio.run, asyncio.sleep(0.1)).result()
    finally:
        pause.shutdown()


@contextmanager
def staged(
    postgres: Postgres, folder: Path, *, past: bool = False, name: str = "console"
) -> Iterator[Stage]:
    """A backend on a database of its own, with the city's accounts and, if wanted, its past."""
    postgres.run("createdb", name)
    stage = _make(postgres.url(name), folder, past=past)
    try:
        stage.start()
        yield stage
    finally:
        stage.stop()
        stage.thread.shutdown()
        postgres.run("dropdb", "--force", name)


def _make(url: str, folder: Path, *, past: bool) -> Stage:
    data = folder / "data"
    data.mkdir(parents=True)
    file = folder / "hotline.toml"
    file.write_text(
        f'[home]\ndata_dir = "{data}"\n[database]\nurl = "{url}"\n'
        f"[web]\nport = {_free_port()}\n[cast]\nenabled = false\n[people]\nlogin_tries = 50\n"
        "[health]\nsilent_s = 3600\n",
        "utf-8",
    )
    settings = load_settings([file], {})
    make_tokens(settings)
    with ThreadPoolExecutor(1) as aside:  # a browser's loop may run in this thread already
        accounts = aside.submit(asyncio.run, _furnish(settings, url)).result()
    if past:
        command = [sys.executable, "-m", "backend", "--config", str(file), "load-city"]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return Stage(settings, file, dict(accounts))


async def _furnish(settings: Settings, url: str) -> list[tuple[str, str]]:
    engine = make_engine(url)
    await migrate(engine)
    await engine.dispose()
    office = (await open_office(settings, CLOCK, url)).context
    passwords = Passwords()
    try:
        return await load_people(
            office.store,
            CLOCK,
            office.city.organisation.people,
            passwords,
            settings.people,
            "zh_CN",
        )
    finally:
        passwords.close()
        await office.store.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
