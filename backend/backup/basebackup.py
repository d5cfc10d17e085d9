"""The database in a backup: our own server's files with its log, taken while it works."""

import asyncio
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backend.backup.files import FileEntry, HashingFile, Told, judged, zip_file, zip_stream
from backend.backup.manifest import LogStart
from backend.operations.postgres import KEEPER, Postgres
from backend.operations.preflight import NotPossible
from backend.store import evidence
from backend.store.evidence import Evidence
from backend.store.session import Store, make_engine
from hotline.clock import Clock

BASE: Final = "postgres.tar.gz"
LOG: Final = "wal"
ZIPPED: Final = ".gz"
SEGMENT_NAME: Final = 24
LABEL: Final = "backup_label"
PREFIX: Final = "hotline-"
FAILED: Final = "the backup cannot be made"


@dataclass(frozen=True, slots=True)
class DatabaseCopy:
    """A database that was taken: its files by their path, where its log goes on, and counts."""

    files: dict[str, FileEntry]
    log: LogStart | None
    evidence: Evidence


def keepers_store(server: Postgres) -> Store:
    """The database as its superuser, who may set marks and copy the server's files."""
    engine = make_engine(server.url(role=KEEPER), pool_size=4, statement_timeout_s=3600.0)
    return Store(engine)


async def take_base(
    server: Postgres, folder: Path, name: str, clock: Clock, told: Told = lambda _: None
) -> DatabaseCopy:
    """Copy the server's files and the log up to a mark behind them into a folder."""
    store = keepers_store(server)
    mark_name = mark_of(name)
    try:
        # The log from the beginning of the copy to the mark behind it is part of the backup.
        async with evidence.log_kept(store, mark_name.replace("-", "_")):
            with judged(FAILED):
                entry = await asyncio.to_thread(_copy_server, server, folder / BASE, name, told)
            mark = await evidence.marked(store, clock, mark_name)
            with judged(FAILED):
                first = _first_segment(folder / BASE)
                log = await asyncio.to_thread(_copy_log, server, folder, first, mark.segment, told)
        system = await evidence.system_of(store)
    finally:
        await store.close()
    start = LogStart(system, int(first[:8], 16), first, mark.segment, mark.lsn)
    return DatabaseCopy({BASE: entry, **log}, start, mark.evidence)


def mark_of(name: str) -> str:
    """The name of the mark that a backup ends with."""
    return f"{PREFIX}{name.lower()}"


def _copy_server(server: Postgres, target: Path, name: str, told: Told) -> FileEntry:
    asked = server.asking(
        "pg_basebackup",
        *("-D", "-", "-F", "tar", "-X", "none", "-c", "fast", "-l", name, "--no-manifest"),
        role=KEEPER,
    )
    return streamed(asked, target, told)


def streamed(
    asked: Sequence[str], target: Path, told: Told, environ: Mapping[str, str] | None = None
) -> FileEntry:
    """Write what a program gives into a file, zipped; NotPossible where it fails."""
    with subprocess.Popen(
        asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ
    ) as copying:
        assert copying.stdout is not None
        assert copying.stderr is not None
        try:
            with HashingFile(target, told) as file:
                zip_stream(copying.stdout, file)  # type: ignore[arg-type]
                complaint = copying.stderr.read().decode("utf-8", "replace").strip()
                if copying.wait() != 0:
                    raise NotPossible(f"the database cannot be copied: {_last(complaint)}")
        finally:
            copying.kill()
    return file.entry


def _first_segment(base: Path) -> str:
    """The segment of the log that a copy of a server begins with; its label says so."""
    with tarfile.open(base) as files:
        for member in files:
            if member.name.removeprefix("./") == LABEL:
                label = files.extractfile(member)
                assert label is not None
                line = label.read().decode("utf-8").splitlines()[0]
                return line.rpartition("file ")[2].rstrip(")")
    raise NotPossible(f"{base} has no {LABEL}")


def _copy_log(
    server: Postgres, folder: Path, first: str, last: str, told: Told
) -> dict[str, FileEntry]:
    (folder / LOG).mkdir(mode=0o700)
    found = {}
    for path in sorted((server.data / "pg_wal").iterdir()):
        if len(path.name) == SEGMENT_NAME and first <= path.name <= last:
            name = f"{LOG}/{path.name}{ZIPPED}"
            found[name] = zip_file(path, folder / name, told)
    return found


def _last(complaint: str) -> str:
    return complaint.splitlines()[-1] if complaint else "it said nothing"
