"""Names by how they are typed in letters: which of them somebody may mean by zhongshanlu or zsl."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from hotline.pinyin import spelled

MOST: Final = 12
"""So many names are looked for at once."""
_LEAST: Final = 2
_INSIDE_FROM: Final = 3
"""Fewer letters stand somewhere inside of far too many names."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """Names with their letters, whole and by initials: as `spelled` gives them."""

    names: tuple[tuple[str, str, str], ...] = ()

    def meant(self, letters: str) -> tuple[str, ...]:
        """Give the names that letters may mean, the nearest first; none holds another one."""
        found = [
            (rank, len(name), name)
            for name, whole, initials in self.names
            if (rank := nearness(letters, whole, initials)) is not None
        ]
        kept: list[str] = []
        for _, _, name in sorted(found):
            if not any(one in name for one in kept):
                kept.append(name)
            if len(kept) == MOST:
                break
        return tuple(kept)


def nearness(letters: str, whole: str, initials: str) -> int | None:
    """Give how near letters are to a name: 0 are all of it, None no part."""
    if not is_spelled(letters):
        return None
    if letters in (whole, initials):
        return 0
    if whole.startswith(letters) or initials.startswith(letters):
        return 1
    inside = len(letters) >= _INSIDE_FROM and (letters in initials or letters in whole)
    return 2 if inside else None


def is_spelled(letters: str) -> bool:
    """Tell whether something may be a name in letters: at least two, and nothing else."""
    return len(letters) >= _LEAST and letters.isascii() and letters.isalpha() and letters.islower()


def called_so(letters: str, names: Sequence[str]) -> bool:
    """Tell whether letters may mean one of some names."""
    return is_spelled(letters) and any(
        nearness(letters, *spelled(name)) is not None for name in names if not name.isascii()
    )


def spelling_of(names: Iterable[str]) -> Spelling:
    """Give names with their letters, each once; those that are in letters already are left out."""
    chinese = dict.fromkeys(name for name in names if name and not name.isascii())
    return Spelling(tuple((name, *spelled(name)) for name in chinese))
