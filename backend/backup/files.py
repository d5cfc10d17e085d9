"""The one place where a backup's files are written and read: hashed on the way, and on disk."""

import gzip
import hashlib
import itertools
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from backend.operations.preflight import NotPossible

MIB: Final = 1 << 20
PART: Final = ".part"
_COUNT: Final = itertools.count()
# What was zipped without a name and an instant has the same bytes each time.
LEVEL: Final = 1
Told = Callable[[int], None]
"""Called with the number of bytes that were just done."""


class Damaged(NotPossible):
    """A file of a backup is not what was written; the message names it."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file as a backup holds it; `size` is in bytes."""

    size: int
    sha256: str


class HashingFile:
    """A new file that is counted and hashed while it is written; a broken one leaves nothing."""

    def __init__(self, path: Path, told: Told = lambda _: None):
        self._path = path
        self._told = told
        self._hash = hashlib.sha256()
        self._size = 0
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")

    def write(self, data: bytes) -> int:
        """Write some bytes."""
        self._file.write(data)
        self._hash.update(data)
        self._size += len(data)
        self._told(len(data))
        return len(data)

    def flush(self) -> None:
        """Hand what was written to the system."""
        self._file.flush()

    @property
    def entry(self) -> FileEntry:
        """What was written so far."""
        return FileEntry(self._size, self._hash.hexdigest())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._file.flush()
                os.fsync(self._file.fileno())
        except OSError:
            self._path.unlink(missing_ok=True)
            raise
        finally:
            self._file.close()
            if kind is not None:
                self._path.unlink(missing_ok=True)


@contextmanager
def judged(doing: str) -> Iterator[None]:
    """Say in one line what a disk that is full, away or not ours means to an operator."""
    try:
        yield
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        raise NotPossible(f"{doing}: {error.strerror or error}{where}") from error


def printable(name: str) -> str:
    """The name of a file as it can be kept and shown: bytes that are no UTF-8 as `\\xff`."""
    clean = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(sign if sign.isprintable() else " " for sign in clean)


@contextmanager
def whole(target: Path, told: Told = lambda _: None) -> Iterator[HashingFile]:
    """A new file that takes its name once it is written; its own half has a name of its own."""
    # Two may write the same file, in one process or in two: neither may write into the other's.
    part = target.with_name(f"{target.name}{PART}-{os.getpid()}-{next(_COUNT)}")
    try:
        with HashingFile(part, told) as file:
            yield file
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: bytes) -> FileEntry:
    """Write a small file so that it is there whole or not at all."""
    with whole(path) as file:
        file.write(content)
    sync_folder(path.parent)
    return file.entry


def copy_file(source: Path, target: Path, told: Told = lambda _: None) -> FileEntry:
    """Copy a file so that it is there whole or not at all; gives what was read."""
    with source.open("rb") as taken, whole(target, told) as file:
        pour(taken, file)
    return file.entry


def copy_medium(source: Path, target: Path, told: Told = lambda _: None) -> FileEntry:
    """Copy a photo or recording, which is named by its hash.

    Damaged where it is no file of its own or not what was taken in; what is at the target stays.
    """
    if not is_plain(source):
        raise Damaged(f"{source} is no file of its own")
    with source.open("rb") as taken, whole(target, told) as file:
        pour(taken, file)
        if file.entry.sha256 != target.name:
            raise Damaged(f"{source} is damaged: it is not what was taken in")
    return file.entry


def zip_file(source: Path, target: Path, told: Told = lambda _: None) -> FileEntry:
    """Copy a file, zipped, so that it is there whole or not at all; gives the zipped file's."""
    with source.open("rb") as taken, whole(target, told) as file:
        zip_stream(taken, file)
    sync_folder(target.parent)
    return file.entry


def zip_stream(source: BinaryIO, file: HashingFile) -> None:
    """Write a stream, zipped."""
    with gzip.GzipFile("", "wb", LEVEL, fileobj=file, mtime=0) as zipped:
        while piece := source.read(MIB):
            zipped.write(piece)


def unzip_file(source: Path, target: Path) -> None:
    """Unzip a file; Damaged where it is none or was changed."""
    try:
        with gzip.open(source, "rb") as taken, target.open("wb") as file:
            shutil.copyfileobj(taken, file, MIB)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Damaged(f"{source} is damaged: {error}") from error


def entry_of(path: Path, told: Told = lambda _: None) -> FileEntry:
    """Read a file and give what it is."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(MIB):
            digest.update(piece)
            size += len(piece)
            told(len(piece))
    return FileEntry(size, digest.hexdigest())


def require(path: Path, entry: FileEntry, told: Told = lambda _: None) -> None:
    """Damaged where a file is not there or not what was written; names it."""
    if not path.is_file():
        raise Damaged(f"{path} is {'no file' if path.exists() else 'missing'}")
    if entry_of(path, told) != entry:
        raise Damaged(f"{path} is damaged: it is not what the backup wrote")


def require_room(folder: Path, needed: int) -> None:
    """NotPossible where a folder's disk has less room than is needed, in bytes."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise NotPossible(
            f"too little room in {folder}: {-(-needed // MIB)} MiB are needed, "
            f"{free // MIB} MiB are free"
        )


def size_below(folder: Path) -> int:
    """Bytes of all files below a folder; what vanishes meanwhile counts nothing."""
    return sum(size for _, size in files_below(folder))


def files_below(folder: Path) -> Iterator[tuple[Path, int]]:
    """Each plain file below a folder with its bytes; what vanishes meanwhile is passed over."""
    for path in sorted(folder.rglob("*")):
        try:
            found = path.lstat()
        except FileNotFoundError:
            continue
        if is_plain(path):
            yield path, found.st_size


def is_plain(path: Path) -> bool:
    """Whether it is a file of its own: no folder, link, or what hangs whoever opens it."""
    return path.is_file() and not path.is_symlink()


def pour(source: BinaryIO, file: HashingFile) -> None:
    """Write all of a stream."""
    while piece := source.read(MIB):
        file.write(piece)


def settle(folder: Path) -> None:
    """Write every folder from one on downwards, so that the names in them last."""
    for inside, _, _ in os.walk(folder, topdown=False):
        sync_folder(Path(inside))


def sync_folder(folder: Path) -> None:
    """Make a rename last: the folder itself is written too."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
