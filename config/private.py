"""What the system keeps is for nobody else on the machine: rights of its folders and new files."""

import os
import pwd
from pathlib import Path
from typing import Final

SERVANT: Final = "nobody"
"""Who the database and Asterisk run as where root starts the system."""
# Root's servants walk through a folder to their own ones inside; nobody lists it.
THROUGH: Final = 0o711
OURS: Final = 0o700
WAYS: Final = ("asterisk", "postgres")
"""Folders of the data folder whose own folders, each closed, belong to a servant."""
FOLDERS: Final = ("log", "media", "speech", "spool", "tokens")


def keep_private(data_dir: Path) -> None:
    """Close what this process and its children will write to others, and the folders of before.

    Somebody else's folder is left as it is.
    """
    os.umask(0o077)
    way = THROUGH if _is_root() else OURS
    _set(data_dir, way)
    for name in WAYS:
        _set(data_dir / name, way)
    for name in FOLDERS:
        _set(data_dir / name, OURS)


def make_way(folder: Path) -> None:
    """Make a folder that root's servants pass, and root alone changes; else one as usual."""
    folder.mkdir(parents=True, exist_ok=True)
    if _is_root() and folder.stat().st_uid in _ours():
        os.chown(folder, 0, 0)
        folder.chmod(THROUGH)


def _set(folder: Path, mode: int) -> None:
    if folder.is_dir() and folder.stat().st_uid in _ours():
        folder.chmod(mode)


def _ours() -> set[int]:
    own = {os.geteuid()}
    return own | {pwd.getpwnam(SERVANT).pw_uid} if _is_root() else own


def _is_root() -> bool:
    return os.geteuid() == 0
