"""What comes in between two backups: kept beside them within seconds."""

from collections.abc import Iterable
from pathlib import Path

from backend.backup.files import Damaged, copy_file, files_below, printable
from backend.backup.make import SPOOLS, is_wanted, keep_medium
from backend.backup.repository import Repository, media_file
from hotline.queue import reason_of


def is_there(data: Path) -> bool:
    """Whether a data folder is there; of one whose disk is away the empty place alone is."""
    return any((data / name).exists() for name in ("tokens", "lock"))


def mirror_spools(data: Path, repository: Repository) -> dict[str, str]:
    """Let the mirror hold what waits now, and nothing that was brought.

    Gives why by the path of each file that could not be copied.
    """
    missed: dict[str, str] = {}
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
            try:
                (there / one).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                copy_file(here / one, there / one)
            except OSError as error:
                if (here / one).exists():  # else it was brought meanwhile
                    missed[printable(str(here / one))] = reason_of(error)
    return missed


def mirror_media(data: Path, repository: Repository, hashes: Iterable[str]) -> dict[str, str]:
    """Copy some photos and recordings where the backups do not have them.

    Gives why by the hash of each that could not be copied.
    """
    missed: dict[str, str] = {}
    for sha256 in hashes:
        path = media_file(data, sha256)
        try:
            if path.is_file():
                keep_medium(repository, sha256, path)
        except (Damaged, OSError) as error:
            missed[sha256] = reason_of(error)
    return missed
