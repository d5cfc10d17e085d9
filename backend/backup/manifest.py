"""What a backup says of itself: version, instant, counts, and the hash of each of its files."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from backend.backup.files import Damaged, FileEntry, write_whole
from backend.operations.preflight import NotPossible
from hotline.errors import Invalid
from hotline.wire import SCHEMA, Schema, encode, keep, kept, parse

NAME: Final = "manifest.json"
SEAL: Final = "manifest.sha256"


@dataclass(frozen=True, slots=True)
class LogStart:
    """Where the log goes on behind a backup of our own server.

    `system` and `timeline` name the server's life, `first` is the first segment that is needed,
    `mark` the place in the log (LSN) at which the counts are true, `last` the segment it is in.
    """

    system: str
    timeline: int
    first: str
    last: str
    mark: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """One backup. `at` is the instant of which it holds everything; `tables` are counts of rows.

    `cases` are random cases by number, with a digest of all that the database holds of each;
    `files` are those of the backup's own folder by their path, `media` those that it needs of the
    folder that all backups share. `log` is None for a dump of somebody else's server.
    `left_out` are files that could not be read, or media that were not what their name says.
    """

    version: str
    revision: str
    server: int
    began_at: datetime
    at: datetime
    data_dir: str
    tables: dict[str, int]
    cases: dict[str, str]
    files: dict[str, FileEntry]
    database_bytes: int
    media: int
    media_bytes: int
    log: LogStart | None = None
    left_out: tuple[str, ...] = ()


MANIFEST: Final = Schema(Manifest)


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest of a backup, its seal first."""
    content = encode(keep(MANIFEST, manifest))
    write_whole(folder / SEAL, hashlib.sha256(content).hexdigest().encode())
    write_whole(folder / NAME, content)


def read(folder: Path) -> Manifest:
    """Give the manifest of a backup; Damaged or NotPossible where it cannot be used."""
    path = folder / NAME
    try:
        content, seal = path.read_bytes(), (folder / SEAL).read_bytes()
    except OSError as error:
        raise Damaged(f"{folder} is no whole backup: {error.strerror}: {error.filename}") from None
    if hashlib.sha256(content).hexdigest().encode() != seal.strip():
        raise Damaged(f"{path} is damaged: {SEAL} beside it says otherwise")
    try:
        data = parse(content)
        told = data.get(SCHEMA) if isinstance(data, dict) else None
        if isinstance(told, int) and told > MANIFEST.version:
            raise NotPossible(
                f"{folder.name} was made by a later version of hotline; restore it with that one"
            )
        return kept(MANIFEST, data)
    except Invalid as error:
        raise Damaged(f"{path} cannot be read: {error}") from None
