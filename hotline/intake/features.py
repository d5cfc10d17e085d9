"""Turns a plain text into tokens: stretches of characters and stretches of sounds."""

import re
from collections.abc import Iterator

from hotline.pinyin import Syllable, syllables

RUN = re.compile(r"[\u3400-\u9fff]+|[a-z]+")
INITIALS = {"zh": "z", "ch": "c", "sh": "s"}
FINALS = {"ang": "an", "eng": "en", "ing": "in", "iang": "ian", "uang": "uan"}
STOP_CHARACTERS = frozenset("的了是在有我你他她它们个这那就都也和与把被到很还又着吧吗呢啦么")


def characters(text: str) -> list[str]:
    """Stretches of one to three characters; English words whole."""
    found: list[str] = []
    for run in RUN.findall(text):
        if run[0].isascii():
            found.append(run)
            continue
        found += [char for char in run if char not in STOP_CHARACTERS]
        found += _stretches(list(run), 2)
        found += _stretches(list(run), 3)
    return found


def sounds(text: str) -> list[str]:
    """Stretches of two and three syllables, with sounds that are often confused made one."""
    found: list[str] = []
    for run in _sounded_runs(text):
        found += _stretches(run, 2)
        found += _stretches(run, 3)
    return found


def sound_of(text: str) -> str:
    """One private character a syllable, so that sounds can be looked for as text is."""
    return "".join(_one(syllable) for syllable in syllables(text))


def _stretches(parts: list[str], size: int) -> list[str]:
    return ["".join(parts[at : at + size]) for at in range(len(parts) - size + 1)]


def _sounded_runs(text: str) -> Iterator[list[str]]:
    run: list[str] = []
    for syllable in syllables(text):
        if syllable is not None:
            run.append(_folded(syllable))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _folded(syllable: Syllable) -> str:
    initial = INITIALS.get(syllable.initial, syllable.initial)
    return f"{initial}{FINALS.get(syllable.final, syllable.final)}."


_CODES: dict[str, str] = {}


def _one(syllable: Syllable | None) -> str:
    if syllable is None:
        return " "
    return _CODES.setdefault(_folded(syllable), chr(0xE000 + len(_CODES)))
