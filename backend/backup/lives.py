"""How far the lives have come that a hotline was brought back to: what one told, no later one does.

Each restore goes on beyond all that are known: to the folders of backups, and to the data folder.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backend.backup.files import write_whole
from hotline.errors import Invalid
from hotline.wire import Schema, encode, keep, kept, parse

NAME: Final = "lives.json"


@dataclass(frozen=True, slots=True)
class LivesReached:
    """Where the newest life began: report and feed numbers, and the server's timeline."""

    serial: int = 0
    feed: int = 0
    timeline: int = 0


REACHED: Final = Schema(LivesReached)


def lives_reached(folders: Iterable[Path]) -> LivesReached:
    """The farthest that is known to any of some folders."""
    known = [LivesReached(), *(_read(folder / NAME) for folder in folders)]
    return LivesReached(
        max(one.serial for one in known),
        max(one.feed for one in known),
        max(one.timeline for one in known),
    )


def keep_lives(folders: Iterable[Path], reached: LivesReached) -> None:
    """Let folders know it; one that is away or can only be read holds up no restore."""
    for folder in folders:
        if folder.is_dir():
            with suppress(OSError):
                write_whole(folder / NAME, encode(keep(REACHED, reached)))


def _read(path: Path) -> LivesReached:
    try:
        return kept(REACHED, parse(path.read_bytes()))
    except (OSError, Invalid):
        return LivesReached()
