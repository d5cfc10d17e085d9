"""A server made of a backup and the log behind it, brought to one place in that log."""

import asyncio
import shutil
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final

from backend.backup import wal
from backend.backup.basebackup import BASE, LOG, mark_of
from backend.backup.dump import DUMP, fill_server
from backend.backup.files import Damaged, Told, judged, require, require_room, unzip_file
from backend.backup.manifest import LogStart, Manifest
from backend.backup.repository import Repository
from backend.operations.postgres import Postgres, PostgresFailed, version_here
from backend.operations.preflight import NotPossible
from backend.store.revision import knows
from config.private import make_way

RECOVERY: Final = {
    # Everything that is needed lies in the server's own folder already.
    "restore_command": "/bin/false",
    "recovery_target_timeline": "current",
    "recovery_target_action": "promote",
    "hot_standby": "off",
}
# What is thrown away after it was looked at need not outlive a power cut.
CARELESS: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
NOT_REACHED: Final = "recovery ended before configured recovery target was reached"
NO_ROOM: Final = "No space left on device"
# A week of a busy city's log is read in minutes; a server that is stuck must end some time.
LONGEST_S: Final = 24 * 3600.0
SEGMENT: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class Goal:
    """Where to: an instant, or as far as is kept; to look at, the backup's own mark.

    The new life's timeline is later than `beyond`, and than all that are kept beside the backup.
    """

    at: datetime | None = None
    to_look_at: bool = False
    beyond: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """A backup with the folder that holds it."""

    repository: Repository
    name: str
    manifest: Manifest

    @property
    def folder(self) -> Path:
        """The backup's own folder."""
        return self.repository.path(self.name)

    @property
    def log(self) -> LogStart:
        """Where the log goes on; NotPossible for a dump."""
        if self.manifest.log is None:
            raise NotPossible(f"{self.name} is a dump: it leads to its own instant only")
        return self.manifest.log

    @property
    def behind(self) -> wal.LogFolder | None:
        """The log that was kept behind it."""
        return wal.log_behind(self.repository, self.log, self.manifest.at)

    @property
    def reached(self) -> wal.Reached | None:
        """How far the log leads beyond it, or None where it leads to its own instant only."""
        behind = self.behind if self.manifest.log else None
        reached = behind.reached if behind else None
        if reached is None or wal.place_of(reached.lsn) <= wal.place_of(self.log.mark):
            return None
        return reached


def require_usable(source: Source) -> None:
    """NotPossible where a backup is a later version's, or of another server's kind."""
    made = source.manifest
    if made.revision and not knows(made.revision):
        raise NotPossible(
            f"{source.name} was made by hotline {made.version}, which is later than this one"
        )
    ours = version_here()
    if made.log is not None and made.server != ours:
        raise NotPossible(f"{source.name} is of PostgreSQL {made.server}, and here is {ours}")


def verify_files(source: Source, told: Told = lambda _: None) -> None:
    """Damaged where a file of a backup is not what was written; names the first."""
    for name, entry in source.manifest.files.items():
        require(source.folder / name, entry, told)


@asynccontextmanager
async def recovered(
    source: Source, folder: Path, goal: Goal, told: Told = lambda _: None
) -> AsyncIterator[Postgres]:
    """Run a server of a backup in a folder of its own; it is stopped at the end of the block."""
    server = Postgres(folder)
    with judged("the database cannot be laid out"):
        require_room(_there(folder), room_for(source))
        if source.manifest.log is not None:
            await asyncio.to_thread(_lay_out, source, server, goal, told)
    try:
        if source.manifest.log is not None:
            await asyncio.to_thread(_lead, source, server, goal)
        else:
            await asyncio.to_thread(_fill, source, server, goal)
        yield server
    finally:
        await asyncio.to_thread(server.stop, 120.0)


def room_for(source: Source) -> int:
    """Bytes that the server of a backup takes, about."""
    behind = source.behind if source.manifest.log else None
    segments = len(behind.segments()) if behind else 0
    return source.manifest.database_bytes + (segments + 4) * SEGMENT


def clear(folder: Path) -> None:
    """Take away a folder in which one that was cut short has made a server, and end that."""
    Postgres(folder / "postgres").clear_leftovers()
    shutil.rmtree(folder, ignore_errors=True)


def _is_ours(member: tarfile.TarInfo) -> bool:
    """Whether it is a plain file or a folder, and lies below where it is put."""
    path = PurePosixPath(member.name)
    return (member.isreg() or member.isdir()) and not path.is_absolute() and ".." not in path.parts


def _lay_out(source: Source, server: Postgres, goal: Goal, told: Told) -> None:
    make_way(server.folder)
    server.data.mkdir(mode=0o700)
    try:
        with tarfile.open(source.folder / BASE) as files:
            # Before Python 3.11.4 an archive has no filter of its own; what is ours passes both.
            files.extraction_filter = getattr(tarfile, "data_filter", None)
            for member in files:
                if not _is_ours(member):
                    raise Damaged(f"{source.folder / BASE} holds {member.name!r}")
                files.extract(member, server.data)
                told(member.size)
    except (tarfile.TarError, EOFError) as error:
        raise Damaged(f"{source.folder / BASE} is damaged: {error}") from error
    pg_wal = server.data / "pg_wal"
    pg_wal.mkdir(mode=0o700, exist_ok=True)
    for path in sorted((source.folder / LOG).iterdir()):
        unzip_file(path, pg_wal / path.name.removesuffix(wal.ZIPPED))
    if source.behind is not None:
        wal.lay_out(source.behind, source.log.first, pg_wal, told)
    # The server takes the next life that has no history: never one whose log is kept already.
    last = max(goal.beyond, last_timeline(source.repository, source.log.system))
    for timeline in range(source.log.timeline + 1, last + 1):
        (pg_wal / f"{timeline:08X}.history").touch(mode=0o600)
    (server.data / "recovery.signal").touch(mode=0o600)


def _fill(source: Source, server: Postgres, goal: Goal) -> None:
    """Make a new server and read a dump into it."""
    if goal.to_look_at:
        server.options = CARELESS
    server.start()
    fill_server(source.folder / DUMP, server)


def last_timeline(repository: Repository, system: str) -> int:
    """The newest life of a server of which anything is kept; 0 without any."""
    kept = [one.log for _, one in repository.good() if one.log]
    lives = [one.timeline for one in kept if one.system == system]
    for folder in repository.logs.glob("*"):
        life = wal.life_of(folder.name)
        if life is not None and life[0] == system:
            lives.append(life[1])
    return max(lives, default=0)


def _lead(source: Source, server: Postgres, goal: Goal) -> None:
    """Start the server and let it read its log up to the goal."""
    reached = source.reached
    if goal.to_look_at or (reached is None and (goal.at is None or goal.at <= source.manifest.at)):
        target = {"recovery_target_name": mark_of(source.name)}
        _start(server, target | (CARELESS if goal.to_look_at else {}))
        return
    if goal.at is not None:
        if reached is None or goal.at > reached.at:
            last = source.manifest.at if reached is None else reached.at
            raise NotPossible(f"what is kept leads to {last.isoformat()}, and no further")
        if _start(server, {"recovery_target_time": goal.at.astimezone(UTC).isoformat()}):
            return
    _start(server, {})
    assert reached is not None
    came = _came_to(server)
    if came < wal.place_of(reached.lsn):
        raise Damaged(
            f"{source.behind.folder if source.behind else ''}: the log is damaged behind "
            f"{came >> 32:X}/{came & 0xFFFFFFFF:X}; name an instant before with --at"
        )


def _start(server: Postgres, target: dict[str, str]) -> bool:
    """Start the server towards a target; False where its log ended before."""
    server.options = RECOVERY | target
    server.prepare()
    server.adopt()
    try:
        server.start(LONGEST_S)
    except PostgresFailed as error:
        server.stop()
        told = (server.folder / "server.log").read_text("utf-8", "replace")
        if NOT_REACHED in told and "recovery_target_time" in target:
            (server.data / "recovery.signal").touch(mode=0o600)
            return False
        why = f"the restored database does not start: {error}"
        raise (NotPossible if NO_ROOM in told else Damaged)(why) from error
    return True


def _came_to(server: Postgres) -> int:
    """How far the log was read; a server that begins a new timeline says where."""
    histories = sorted((server.data / "pg_wal").glob("*.history"))
    lines = histories[-1].read_text("utf-8").strip().splitlines() if histories else []
    return wal.place_of(lines[-1].split()[1]) if lines else 0


def _there(folder: Path) -> Path:
    """The nearest folder that is there."""
    while not folder.exists():
        folder = folder.parent
    return folder
