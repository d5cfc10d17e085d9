"""How alike two names are written; the only module that knows rapidfuzz."""

from collections.abc import Sequence

from rapidfuzz import fuzz, process


def most_alike(name: str, names: Sequence[str], *, at_least: float) -> tuple[str, float] | None:
    """Give the name written most alike and how alike (0..1), or None below `at_least`."""
    found = process.extractOne(name, names, scorer=fuzz.ratio, score_cutoff=at_least * 100)
    return None if found is None else (found[0], found[1] / 100)
