"""Where the bench runs: a folder, a PostgreSQL with default options and the product's processes."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from backend.operations.postgres import DATABASE, Postgres
from backend.operations.preflight import make_tokens
from backend.store.schema import migrate
from backend.store.session import make_engine
from config.settings import ROOT, Settings
from hotline.clock import SystemClock
from tests.bench.figure import BenchFailed
from tests.real.stack import make_stack

CLOCK = SystemClock()
SCRIPTS = Path(__file__).parent
CLIENTS = 8
START_S = 60.0
QUIET_S = 60.0
# The limit writes into a database of its own, so that no process of ours works on its rows.
LIMIT = "bench_limit"
DESK = "bench_desk"
WAITING = "SELECT count(*) FROM change"


@dataclass(slots=True)
class Ground:
    """One folder with everything that the bench started; `close` ends it all."""

    folder: Path
    environment: dict[str, str]
    settings: Settings
    server: Postgres
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)

    def launch(self, name: str, *words: str, **variables: str) -> subprocess.Popen[bytes]:
        """Start a process of ours."""
        with self.log(name).open("wb") as log:
            child = subprocess.Popen(
                [sys.executable, *words],
                cwd=ROOT, env=self.environment | variables, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self.children[name] = child
        return child

    def start(self, name: str, *words: str, port: int, **variables: str) -> None:
        """Start a process of ours and wait until its port answers."""
        child = self.launch(name, *words, **variables)
        until = CLOCK.monotonic() + START_S
        while not _answers(port):
            if child.poll() is not None or CLOCK.monotonic() > until:
                raise BenchFailed(f"{name} did not start: {self.log(name).read_text()[-1500:]}")
            CLOCK.wait(0.1)

    def log(self, name: str) -> Path:
        """What a process said."""
        return self.folder / f"{name}.log"

    def token(self, connector: str) -> Path:
        """The file with a connector's token."""
        return self.settings.tokens_folder / connector

    def start_backend(self, port: int = 0) -> None:
        """Start the office's server on the product's own database, or one more at a port."""
        words = ("-m", "backend", "backend")
        if not port:
            self.start("backend", *words, port=self.settings.web.port)
        else:
            self.start(f"backend-{port}", *words, port=port, HOTLINE_WEB_PORT=f"{port}")

    def start_phone(self) -> None:
        """Start the exchange with the calls of the bench, and the phone connector."""
        self.start(
            "asterisk",
            "-m",
            "backend.operations.asterisk",
            "--bench",
            port=self.settings.phone.ami_port,
        )
        self.start("ivr", "-m", "ivr", port=self.settings.phone.agi_port)

    def start_room(self) -> None:
        """Start everything that a telephone room needs."""
        self.start_backend()
        self.launch("worker", "-m", "backend", "worker")
        self.start_phone()

    def cpu_s(self, name: str) -> float:
        """Give the seconds of a processor that a process of ours has used so far."""
        told = Path(f"/proc/{self.children[name].pid}/stat").read_text("ascii").rpartition(")")[2]
        user, system = told.split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def ask(self, sql: str, database: str = DATABASE) -> str:
        """Give the one value that a query is about."""
        return self.server.run("psql", "-XAtqc", sql, database).strip()

    def rows(self, tables: tuple[str, ...], database: str) -> dict[str, int]:
        """Count the rows of tables."""
        sums = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
        found = self.ask(f"SELECT concat_ws(' ', {sums})", database).split()
        return dict(zip(tables, map(int, found), strict=True))

    def number_cases(self, database: str) -> int:
        """Number the cases of a database in bench_case, and give how many there are."""
        for sql in (
            "DROP TABLE IF EXISTS bench_case",
            "CREATE TABLE bench_case AS SELECT row_number() OVER () AS n, id FROM cases",
            "ALTER TABLE bench_case ADD PRIMARY KEY (n)",
        ):
            self.ask(sql, database)
        return int(self.ask("SELECT count(*) FROM bench_case", database))

    def pgbench(self, seconds: int, script: str = "intake.sql", cases: int = 0) -> float:
        """Give the transactions a second of a script beside this file, as prepared statements."""
        said = self.server.run(
            "pgbench", "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2",
            "-T", str(seconds), "-D", f"cases={cases}", "-f", str(SCRIPTS / script), LIMIT,
        )  # fmt: skip
        found = re.search(r"^tps = ([\d.]+)", said, re.MULTILINE)
        failed = re.search(r"^number of failed transactions: (\d+)", said, re.MULTILINE)
        if found is None or (failed and failed[1] != "0"):
            raise BenchFailed(f"pgbench: {said}")
        return float(found[1])

    async def settled(self) -> None:
        """Wait until the backend has told what it took in: it does so behind its answers.

        What is to be understood is a worker's, and none runs here.
        """
        await self.until(lambda: self.ask(WAITING) == "0", "the backend's work behind the intake")

    async def until(self, done: Callable[[], bool], what: str) -> None:
        """Wait for something that happens soon."""
        until = CLOCK.monotonic() + QUIET_S
        while not done():
            if CLOCK.monotonic() > until:
                raise BenchFailed(f"not done in {QUIET_S:g} s: {what}")
            await CLOCK.sleep(0.2)

    def end(self, name: str) -> None:
        """End a process that was started here."""
        child = self.children.pop(name)
        child.terminate()
        child.wait(QUIET_S)

    def close(self) -> None:
        """End every process that was started here, the last one first."""
        for child in reversed(self.children.values()):
            child.terminate()
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        self.server.stop()


def nothing(_folder: Path) -> dict[str, str]:
    """Prepare nothing: the city is the demo's."""
    return {}


@contextlib.asynccontextmanager
async def ground(prepare: Callable[[Path], dict[str, str]] = nothing) -> AsyncIterator[Ground]:
    """Make the folder and the databases, and take everything away afterwards.

    `prepare` puts things into the folder first, and gives the settings that name them.
    """
    folder = Path(tempfile.mkdtemp(prefix="hl-bench-"))
    # The exchange and the database run as another user than root.
    folder.chmod(0o755)
    plain = {"HOTLINE_SPEECH_ENGINE": "none", "HOTLINE_CONNECTORS_REPORTS_A_DAY": "0"}
    stack = make_stack(folder, plain | prepare(folder))
    settings = stack.settings
    made = Ground(
        folder, stack.environment, settings, Postgres(settings.home.data_dir / "postgres")
    )
    try:
        made.server.start()
        make_tokens(settings)
        for name in (DATABASE, LIMIT, DESK):
            if name != DATABASE:
                made.server.run("createdb", name)
            engine = make_engine(made.server.url(name))
            await migrate(engine)
            await engine.dispose()
        yield made
    finally:
        made.close()
        shutil.rmtree(folder, ignore_errors=True)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False
