"""A witness of the log: elsewhere, with a key and a file of its own, it remembers what it saw.

Its file has a line a checkpoint that it has signed. What it cannot prove to go on from the last of
them it refuses, and remembers nothing of it.
"""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from backend.client import BackendClient
from backend.operations.preflight import NotPossible
from hotline.errors import Invalid, NotFound, Refused
from hotline.record.checkpoint import (
    KEY_BYTES,
    OFFICE,
    Checkpoint,
    Signer,
    is_signed,
    origin_of,
    read_checkpoint,
)
from hotline.record.growth import (
    GROWN,
    WITNESSED,
    LastSeen,
    LogGrown,
    LogSeen,
    LogWitnessed,
    judge,
)
from hotline.wire import decode, encode

# Three signatures and a checkpoint are a thousand; a line every five minutes is a million in years.
MAX_LINE: Final = 32 * 1024
MAX_LINES: Final = 1_000_000
TOO_LONG: Final = f"is longer than {MAX_LINE:,} bytes, which no witness writes"


class WitnessClient(BackendClient):
    """A witness's way to the office."""

    async def grown(self, seen: LogSeen) -> LogGrown:
        """Ask how the log has grown."""
        return await self._ask(GROWN, seen)

    async def witnessed(self, told: LogWitnessed) -> None:
        """Tell what was signed."""
        await self._ask(WITNESSED, told)


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A line of a witness's file: what it signed, and by whose key the office had."""

    signed: str
    public: str


@dataclass(frozen=True, slots=True)
class WitnessFile:
    """Where a witness keeps what it saw; its key lies beside it."""

    path: Path

    @property
    def key(self) -> Path:
        """The file of its key."""
        return self.path.with_name(f"{self.path.name}.key")

    def signer(self, name: str) -> Signer:
        """Give who signs, by the key that is made where there is none."""
        try:
            handle = os.open(self.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(KEY_BYTES))
        except FileExistsError:
            pass
        except OSError as error:
            raise NotPossible(f"{self.key}: cannot be written: {error}") from None
        return self._own(name)

    def _own(self, name: str) -> Signer:
        try:
            seed = bytes.fromhex(self.key.read_text("ascii").strip())
        except (OSError, ValueError) as error:
            raise NotPossible(f"{self.key}: is no key: {error}") from None
        if len(seed) != KEY_BYTES:
            raise NotPossible(f"{self.key}: is no key")
        return Signer(name, seed)

    def seen(self) -> list[Checkpoint]:
        """Give the checkpoints that were kept, the last one last."""
        return [self._read(*line)[0] for line in self._lines()]

    def checked(self, public: str) -> list[Checkpoint]:
        """Give the checkpoints that were kept, each signed by the office of this key (hex).

        Where the key of the witness lies beside, its signatures are checked, too. Raises
        NotPossible with the first line that is not what the witness wrote: that accuses the file
        and not the office.
        """
        own = self._own("").public if self.key.is_file() else ""
        found = list[Checkpoint]()
        for no, line in self._lines():
            point, kept = self._read(no, line)
            why = _broken(kept, public, own)
            if why:
                raise self._bad(no, f"{why}; it says nothing of the log")
            found.append(point)
        if not found:
            raise NotPossible(f"{self.path}: holds no whole line of a witness")
        return found

    def last(self) -> LastSeen:
        """Give what was seen last; of a file of years nothing else is read."""
        try:
            with self.path.open("rb") as file:
                begin, tail = _tail(file, 3 * MAX_LINE)
        except FileNotFoundError:
            return LastSeen()
        except OSError as error:
            raise self._none(error) from None
        *whole, torn = tail.split(b"\n")
        # The first of them begins somewhere before.
        lines = [line for line in whole[begin > 0 :] if line.strip()]
        if len(torn) > MAX_LINE or len(lines[-1] if lines else b"") > MAX_LINE:
            raise self._bad(0, TOO_LONG)
        if begin and not lines:
            raise self._bad(0, "holds nothing that a witness writes")
        if not lines:
            return LastSeen()
        point, kept = self._read(0, lines[-1])
        return LastSeen(point, kept.public)

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """What was kept, with its number; a last line that was not written to its end is none."""
        try:
            with self.path.open("rb") as file:
                no = 0
                while line := file.readline(MAX_LINE + 1):
                    no += 1
                    if len(line.rstrip(b"\n")) > MAX_LINE:
                        raise self._bad(no, TOO_LONG)
                    if no > MAX_LINES:
                        raise self._bad(no, f"more than {MAX_LINES:,} lines: split the file")
                    if line.endswith(b"\n") and line.strip():
                        yield no, line
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._none(error) from None

    def _none(self, error: Exception) -> NotPossible:
        return NotPossible(f"{self.path}: is no file of a witness: {error}")

    def _bad(self, no: int, why: str) -> NotPossible:
        """Give what accuses a line by its number; 0 is the last one, of which that is not known."""
        return NotPossible(f"{self.path}: {f'line {no}' if no else 'the last line'}: {why}")

    def _read(self, no: int, line: bytes) -> tuple[Checkpoint, KeptLine]:
        """What a line tells: a checkpoint, and by whose key the office had signed it."""
        try:
            kept = decode(line, KeptLine)
            return read_checkpoint(kept.signed), kept
        except Invalid as error:
            raise self._bad(no, f"is no file of a witness: {error}") from None

    def add(self, line: KeptLine) -> None:
        """Keep one more, on disk when this returns."""
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+b") as file:
            begin, tail = _tail(file, MAX_LINE + 1)
            end = tail.rfind(b"\n") + 1
            if begin and not end:
                raise self._bad(0, TOO_LONG)
            file.seek(begin + end)
            file.truncate()
            file.write(encode(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _tail(file: BinaryIO, most: int) -> tuple[int, bytes]:
    """Give the end of a file of so many bytes at the most, and where it begins."""
    begin = max(0, file.seek(0, os.SEEK_END) - most)
    file.seek(begin)
    return begin, file.read(most)


def _broken(kept: KeptLine, public: str, own: str) -> str:
    """Why a line cannot be held against the log of an office; "" where it can."""
    if not is_signed(kept.signed, OFFICE, kept.public):
        return "the office's signature does not fit, the line was changed"
    if kept.public != public:
        return "it was seen at another office, or under another key of this one"
    if read_checkpoint(kept.signed).origin != origin_of(public):
        return "it is of another log"
    signed = kept.signed.partition("\n\n")[2].splitlines()
    names = {one.split(" ")[1] for one in signed if one.count(" ") > 1} - {OFFICE}
    if not names:
        return "no witness has signed it"
    if own and not any(is_signed(kept.signed, name, own) for name in names):
        return "it was not signed by the key beside the file"
    return ""


async def look(client: WitnessClient, file: WitnessFile, signer: Signer) -> Checkpoint:
    """Look at the log once: prove, sign, keep, and tell.

    Raises Refused (log_rewritten) where it is not the log that was seen.
    """
    last = file.last()
    try:
        grown = await client.grown(last.asked)
    except NotFound:
        if last.checkpoint is None:
            raise
        why = "nothing is signed there any more"
        raise Refused(why, code="log_rewritten", reason=why) from None
    newest = judge(last, grown)
    signed = signer.sign(grown.signed)
    if last.checkpoint != newest:
        file.add(KeptLine(signed, grown.public))
    await client.witnessed(LogWitnessed(signer.name, signer.public, signed))
    return newest
