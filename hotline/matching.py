"""Finds many known phrases in a text at once; the only module that knows Aho-Corasick."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import ahocorasick


@dataclass(frozen=True, slots=True)
class Hit:
    """A known phrase in a text, at text[start:end]."""

    start: int
    end: int
    phrase: str


class Phrases:
    """A set of phrases that can be looked for together."""

    def __init__(self, phrases: Iterable[str]) -> None:
        """Take the phrases; empty ones are left out."""
        self._machine: Any = ahocorasick.Automaton()
        for phrase in phrases:
            if phrase:
                self._machine.add_word(phrase, phrase)
        self._machine.make_automaton()

    def all_in(self, text: str) -> Iterator[Hit]:
        """Give every hit, overlapping ones too, by where they end."""
        if not len(self._machine):
            return
        for last, phrase in self._machine.iter(text):
            yield Hit(last + 1 - len(phrase), last + 1, phrase)

    def longest_in(self, text: str) -> list[Hit]:
        """Give hits that do not overlap, longer ones first served, in the order of the text."""
        taken: list[Hit] = []
        covered = bytearray(len(text))
        ranked = sorted(self.all_in(text), key=lambda hit: (hit.start - hit.end, hit.start))
        for hit in ranked:
            if not any(covered[hit.start : hit.end]):
                covered[hit.start : hit.end] = b"\1" * (hit.end - hit.start)
                taken.append(hit)
        return sorted(taken, key=lambda hit: hit.start)
