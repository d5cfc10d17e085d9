"""What the system keeps is for nobody else on the machine: rights of its folders and new files."""

import os
from pathlib import Path
from typing import Final

# Started by root, the database and Asterisk run as users of their own and walk through the folder.
THROUGH: Final = 0o711
OURS: Final = 0o700
FOLDERS: Final = ("log", "media", "spool")


def keep_private(data_dir: Path) -> None:
    """Close the data folder and its files of before to others, and what this process will write.

    Somebody else's folder is left as it is.
    """
    root = os.geteuid() == 0
    if not root:
        os.umask(0o077)
    _close(data_dir, THROUGH if root else OURS)
    for name in FOLDERS:
        # Who is not to be kept out by the umask is kept out by the folder, from its first day.
        if root and data_dir.is_dir():
            (data_dir / name).mkdir(mode=OURS, exist_ok=True)
        _close(data_dir / name, OURS)


def _close(folder: Path, mode: int) -> None:
    if folder.is_dir() and folder.stat().st_uid == os.geteuid():
        folder.chmod(mode)
