"""Templates of sentences: words with {places} for values, and [parts] that fall away without."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter
from typing import Final

from hotline.errors import Invalid
from hotline.form.beside import NOTE

# What the sentence of every step has, beside the fields, roles and counts of the city's data.
OWN_PLACES: Final = frozenset(
    {
        *("who", NOTE, "due", "limit", "stage_due"),
        *("stage", "from_stage", "channel", "suggestion"),
    }
)
_BRACKETS: Final = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True, slots=True)
class _Clause:
    """Words, each before the name of a value or before nothing; `may_lack` where in brackets."""

    words: tuple[tuple[str, str | None], ...]
    may_lack: bool


@lru_cache(maxsize=4096)
def _clauses(template: str) -> tuple[_Clause, ...]:
    """Give the clauses of a template; Invalid says what is wrong with it."""
    found = []
    # Splitting leaves what stands in brackets at the odd places.
    for index, text in enumerate(_BRACKETS.split(template)):
        words = _words(text)
        may_lack = index % 2 == 1
        if may_lack and all(name is None for _, name in words):
            raise Invalid("template", f"[{text}] has no place for a value")
        found.append(_Clause(words, may_lack))
    return tuple(found)


def _words(text: str) -> tuple[tuple[str, str | None], ...]:
    if "[" in text or "]" in text:
        raise Invalid("template", "a bracket stands alone, or within another")
    try:
        pieces = list(Formatter().parse(text))
    except ValueError as error:
        raise Invalid("template", f"{text!r}: {error}") from error
    for _, name, how, turned in pieces:
        if name is not None and (how or turned or not name.isidentifier()):
            raise Invalid("template", f"{{{name}}} is no name of a value")
    return tuple((words, name) for words, name, _, _ in pieces)


def places_of(template: str) -> frozenset[str]:
    """Give the names of the values that a template has places for; Invalid for no template."""
    clauses = _clauses(template)
    return frozenset(name for one in clauses for _, name in one.words if name is not None)


def fill(template: str, value: Callable[[str], str]) -> tuple[str, frozenset[str]] | None:
    """Give a template with its values filled in, and the names of those that are said.

    Values are asked for by name; "" is none. None where one lacks that stands in no brackets.
    """
    told, said = "", set[str]()
    for clause in _clauses(template):
        values = {name: value(name) for _, name in clause.words if name is not None}
        if all(values.values()):
            told += "".join(words + values.get(name or "", "") for words, name in clause.words)
            said |= values.keys()
        elif not clause.may_lack:
            return None
    return told, frozenset(said)
