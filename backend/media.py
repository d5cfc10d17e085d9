"""Files by the hash of their content: taken as a stream, made plain, on disk before we say yes."""

import asyncio
import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final, Protocol, TypeVar

from backend.darkroom import develop
from backend.exif import ShotAt
from backend.sound import HEADER_BYTES, measure
from config.sections import MediaSettings
from hotline.clock import SystemClock
from hotline.errors import NotFound, TooLarge
from hotline.media import PHOTO_MIME, SOUND_MIME, Attachment, MediaKind

T = TypeVar("T")
MIB: Final = 1024 * 1024
# Nobody takes a file for so long.
ABANDONED_S: Final = 3600
_HASH: Final = re.compile(r"[0-9a-f]{64}")


class Develop(Protocol):
    """Gives a photo as we keep it and where and when it was taken; Invalid for what is none."""

    def __call__(self, source: Path, *, side: int, most_pixels: int) -> tuple[bytes, ShotAt]: ...


class MediaStore:
    """The folder of photos and recordings: media/ab/cd/abcd…; what is in it never changes.

    Photos are made plain by `develop`: in a process of their own, where nothing else is said.
    """

    def __init__(self, folder: Path, limits: MediaSettings, develop: Develop = develop):
        self._develop = develop
        self._folder = folder
        self._limits = limits
        self._incoming = folder / "incoming"
        self._pool = ThreadPoolExecutor(limits.threads, thread_name_prefix="media")

    def open(self) -> None:
        """Make the folder, and drop what processes that are gone had begun to take."""
        self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
        now = SystemClock().now().timestamp()
        for left in self._incoming.iterdir():
            with suppress(FileNotFoundError):
                # Another backend over the same folder may be taking it at this moment.
                if now - left.stat().st_mtime > ABANDONED_S:
                    left.unlink()

    def close(self) -> None:
        """Let go of the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def put(self, stream: AsyncIterator[bytes], kind: MediaKind) -> Attachment:
        """Keep a file; when this returns it is on disk, and putting it again gives the same.

        Raises TooLarge past the kind's limit, Invalid("media") for what is no such file.
        """
        temporary = await self._in_thread(self._begin)
        try:
            await self._take(stream, temporary, self._limit(kind))
            return await self._in_thread(lambda: self._keep(temporary, kind))
        finally:
            await asyncio.shield(self._in_thread(lambda: temporary.unlink(missing_ok=True)))

    async def put_bytes(self, body: bytes, kind: MediaKind) -> Attachment:
        """Keep a file that is in memory already."""

        async def once() -> AsyncIterator[bytes]:
            yield body

        return await self.put(once(), kind)

    def find(self, sha256: str) -> Path:
        """Give where a file lies; NotFound when there is none of that hash."""
        path = self._path(sha256)
        if not path.is_file():
            raise NotFound(f"no file {sha256}")
        return path

    async def drop(self, sha256: str) -> bool:
        """Take a file from the disk; False where it came within the last hour, and stays for now.

        What is being handed in again at this moment is not lost so.
        """
        return await self._in_thread(lambda: self._drop(self._path(sha256)))

    async def is_whole(self, sha256: str) -> bool:
        """Tell whether a file is there, and is still what its hash says."""
        return await self._in_thread(lambda: self._is_whole(sha256))

    def mime(self, sha256: str) -> str:
        """Give what kind of file it is, by its own first bytes."""
        with self.find(sha256).open("rb") as file:
            return SOUND_MIME if file.read(4) == b"RIFF" else PHOTO_MIME

    def size(self, sha256: str) -> int:
        """Give a stored file's length in bytes."""
        return self.find(sha256).stat().st_size

    def _is_whole(self, sha256: str) -> bool:
        try:
            with self.find(sha256).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == sha256
        except (NotFound, OSError):
            return False

    def _drop(self, path: Path) -> bool:
        try:
            if SystemClock().now().timestamp() - path.stat().st_mtime < ABANDONED_S:
                return False
            path.unlink()
        except FileNotFoundError:
            pass
        return True

    def _path(self, sha256: str) -> Path:
        if _HASH.fullmatch(sha256) is None:
            raise NotFound("not the hash of a file")
        return self._folder / sha256[:2] / sha256[2:4] / sha256

    def _limit(self, kind: MediaKind) -> int:
        recording = kind is MediaKind.RECORDING
        return MIB * (self._limits.recording_mb if recording else self._limits.photo_mb)

    def _begin(self) -> Path:
        handle, name = tempfile.mkstemp(dir=self._incoming)
        os.close(handle)
        return Path(name)

    async def _take(self, stream: AsyncIterator[bytes], target: Path, most: int) -> None:
        waiting = bytearray()
        taken = 0
        async for chunk in stream:
            taken += len(chunk)
            if taken > most:
                raise TooLarge(f"more than {most} bytes", most_mb=most // MIB)
            waiting += chunk
            if len(waiting) >= MIB:
                await self._in_thread(_appender(target, bytes(waiting)))
                waiting.clear()
        await self._in_thread(_appender(target, bytes(waiting)))

    def _keep(self, raw: Path, kind: MediaKind) -> Attachment:
        if kind is MediaKind.RECORDING:
            return Attachment(sha256=self._keep_sound(raw), kind=kind, mime=kind.mime)
        body, shot = self._develop(
            raw, side=self._limits.photo_side_px, most_pixels=self._limits.photo_pixels
        )
        digest = hashlib.sha256(body).hexdigest()
        with raw.open("wb") as file:
            file.write(body)
            _settle(file)
        self._move(raw, digest)
        return Attachment(
            sha256=digest,
            kind=kind,
            mime=kind.mime,
            hint=shot.point,
            metres=shot.metres,
            taken_at=shot.at,
        )

    def _keep_sound(self, raw: Path) -> str:
        """The samples with a canonical header; in place where the header is of that length."""
        with raw.open("r+b") as file:
            sound = measure(file, raw.stat().st_size)
            if sound.start != HEADER_BYTES:
                file.seek(sound.start)
                body = file.read(sound.size)
                file.seek(HEADER_BYTES)
                file.write(body)
            file.seek(0)
            file.write(sound.header)
            file.truncate(HEADER_BYTES + sound.size)
            _settle(file)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self._move(raw, digest)
        return digest

    def _move(self, file: Path, digest: str) -> None:
        """Put a settled file in its place; the folders' entries are settled too."""
        target = self._path(digest)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.replace(target)
        for folder in (target.parent, target.parent.parent, self._folder):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def _appender(target: Path, body: bytes) -> Callable[[], None]:
    def work() -> None:
        with target.open("ab") as file:
            file.write(body)

    return work


def _settle(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
