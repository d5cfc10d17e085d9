"""Report numbers leased ahead and kept on disk: one can be said while the backend is down."""

import os
import threading
from collections.abc import Iterable
from pathlib import Path

from ivr.spool import sync_folder

BLOCK = 200
LOW = 100


class NumberReserve:
    """The numbers that are ours to say; each is given out once, also across a kill.

    The file is a journal: `+number` was leased, `-number` was taken. A line counts when it is
    whole, and a number is handed out only after its line is on disk.
    """

    def __init__(self, path: Path):
        self._path = path
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._free = _read(path)
        self._rewrite()

    @property
    def count(self) -> int:
        """How many are left."""
        return len(self._free)

    @property
    def is_low(self) -> bool:
        """Whether another block should be leased."""
        return len(self._free) < LOW

    def take(self) -> str | None:
        """Give a number that nobody else will ever get, or None where none is left."""
        with self._lock:
            if not self._free:
                return None
            number = next(iter(self._free))
            self._append(f"-{number}\n")
            del self._free[number]
            return number

    def add(self, numbers: Iterable[str]) -> None:
        """Keep a leased block."""
        with self._lock:
            fresh = [number for number in numbers if number not in self._free]
            self._append("".join(f"+{number}\n" for number in fresh))
            self._free |= dict.fromkeys(fresh)

    def _append(self, text: str) -> None:
        with self._path.open("a", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())

    def _rewrite(self) -> None:
        """Begin with a short journal."""
        part = self._path.with_suffix(".part")
        with part.open("w", encoding="ascii") as file:
            file.write("".join(f"+{number}\n" for number in self._free))
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)
        sync_folder(self._path.parent)


def _read(path: Path) -> dict[str, None]:
    free: dict[str, None] = {}
    if not path.is_file():
        return free
    for line in path.read_text("ascii", "replace").split("\n")[:-1]:
        sign, number = line[:1], line[1:]
        if not number.isdigit():
            continue
        if sign == "+":
            free[number] = None
        elif sign == "-":
            free.pop(number, None)
    return free
