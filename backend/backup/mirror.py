"""What comes in between two backups: kept beside them within seconds."""

from collections.abc import Iterable
from pathlib import Path

from backend.backup.files import copy_file, files_below
from backend.backup.make import SPOOLS, is_wanted, keep_medium
from backend.backup.repository import Repository


def is_there(data: Path) -> bool:
    """Whether a data folder is there; of one whose disk is away the empty place alone is."""
    return any((data / name).exists() for name in ("tokens", "lock"))


def mirror_spools(data: Path, repository: Repository) -> None:
    """Let the mirror hold what waits now, and nothing that was brought."""
    for name in SPOOLS:
        here, there = data / name, repository.mirror / name
        if not here.is_dir():
            continue  # a folder that is away says nothing of what waits in it
        waiting = {
            str(path.relative_to(here)): size
            for path, size in files_below(here)
            if is_wanted(path.relative_to(data))
        }
        for path, size in files_below(there):
            known = str(path.relative_to(there))
            if known not in waiting:
                path.unlink()
            elif waiting[known] == size:
                del waiting[known]
        for one in waiting:
            (there / one).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                copy_file(here / one, there / one)
            except FileNotFoundError:
                continue  # it was brought meanwhile


def mirror_media(data: Path, repository: Repository, hashes: Iterable[str]) -> None:
    """Copy some photos and recordings where the backups do not have them."""
    for sha256 in hashes:
        path = data / "media" / sha256[:2] / sha256[2:4] / sha256
        if path.is_file():
            keep_medium(repository, sha256, path)
