"""Turns a plain text into tokens: stretches of characters, of sounds, and ideas."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import combinations
from zlib import crc32

from hotline.matching import Phrases
from hotline.pinyin import syllables

RUN = re.compile(r"[\u3400-\u9fff]+|[a-z]+")
CLAUSE_END = re.compile(r"[，。！？；,.!?; ]")
INITIALS = {"zh": "z", "ch": "c", "sh": "s"}
FIRST_CODE, CODES = 0xF0000, 0xFFF0  # a plane of characters that nobody writes
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


class Concepts:
    """Finds ideas in a text, one by one and in pairs, clause by clause."""

    def __init__(self, words: Mapping[str, Iterable[str]]) -> None:
        self._ideas: dict[str, set[str]] = {}
        for idea, known in words.items():
            for word in known:
                self._ideas.setdefault(word, set()).add(idea)
        self._phrases = Phrases(self._ideas)

    def __call__(self, text: str) -> list[str]:
        """Give the ideas of a text as tokens."""
        found: list[str] = []
        for clause in CLAUSE_END.split(text):
            hits = self._phrases.all_in(clause)
            ideas = sorted({idea for hit in hits for idea in self._ideas[hit.phrase]})
            found += ideas
            found += [f"{one}+{other}" for one, other in combinations(ideas, 2)]
        return found


def sound_of(text: str) -> str:
    """One private character a character, the same for those that sound alike."""
    return "".join(_code(char) for char in text)


def _stretches(parts: list[str], size: int) -> list[str]:
    return ["".join(parts[at : at + size]) for at in range(len(parts) - size + 1)]


def _sounded_runs(text: str) -> Iterator[list[str]]:
    run: list[str] = []
    for char in text:
        sound = _sound(char)
        if sound:
            run.append(sound)
        elif run:
            yield run
            run = []
    if run:
        yield run


@lru_cache(maxsize=20_000)
def _sound(char: str) -> str:
    """The sound of one character by itself; empty for what has none."""
    syllable = syllables(char)[0]
    if syllable is None:
        return ""
    initial = INITIALS.get(syllable.initial, syllable.initial)
    return f"{initial}{FINALS.get(syllable.final, syllable.final)}."


@lru_cache(maxsize=20_000)
def _code(char: str) -> str:
    sound = _sound(char)
    return chr(FIRST_CODE + crc32(sound.encode()) % CODES) if sound else " "
