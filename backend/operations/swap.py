"""Putting a restored hotline in the place of the one before, whole, whenever that is cut short."""

import json
import os
import shutil
from pathlib import Path
from typing import Final

READY: Final = "restore.json"
COMING: Final = "restoring"
BEFORE: Final = "before-"
# What belongs to the folder and not to what was restored.
STAYS: Final = ("lock", READY, f"{READY}.part", COMING, "log", "speech")


def begin_swap(data_dir: Path, name: str) -> str:
    """Declare what lies in `restoring` whole: from now on it comes into its place by itself.

    What was there before goes into `before-<name>`, so that nothing is lost; gives that name. Where
    it is taken, as by another swap in the same second, a number is behind it.
    """
    before, turn = f"{BEFORE}{name}", 1
    while (data_dir / before).exists():
        turn += 1
        before = f"{BEFORE}{name}-{turn}"
    _write(data_dir, {"before": before, "out": True})
    return before


def finish_swap(data_dir: Path) -> bool:
    """Bring what was declared whole into its place; False where there is no such thing."""
    path = data_dir / READY
    if not path.is_file():
        return False
    told = json.loads(path.read_text("utf-8"))
    before = data_dir / str(told["before"])
    coming = data_dir / COMING
    before.mkdir(exist_ok=True, mode=0o700)
    if told["out"]:
        for one in sorted(data_dir.iterdir()):
            if one.name not in STAYS and not one.name.startswith(BEFORE):
                one.rename(before / one.name)
        _write(data_dir, {"before": before.name, "out": False})
    for one in sorted(coming.iterdir()):
        one.rename(data_dir / one.name)
    _sync(data_dir)
    path.unlink()
    shutil.rmtree(coming)
    if not any(before.iterdir()):
        before.rmdir()
    _sync(data_dir)
    return True


def _write(data_dir: Path, told: dict[str, object]) -> None:
    part = data_dir / f"{READY}.part"
    with part.open("w", encoding="utf-8") as file:
        json.dump(told, file)
        file.flush()
        os.fsync(file.fileno())
    _sync(data_dir)
    part.replace(data_dir / READY)
    _sync(data_dir)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
