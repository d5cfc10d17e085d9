"""What a search has found: what of a case held each word, and what letters were taken for."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from backend.store.search import Word

NUMBER: Final = "number"
WORDS: Final = "text"
PLACE: Final = "place"
MATTER: Final = "matter"
PEOPLE: Final = "people"
BOUND: Final = "bound"
CITIZEN: Final = "citizen"
# A row of a case as a list reads it.
Found = Mapping[str, Any]


def matched(row: Found, words: Iterable[Word]) -> list[str]:
    """Give by what of a case the words of a search were found, each once.

    A field of the form is told by its id. What no part of the row holds lies beside it: the case
    that it is bound to, or who told of it.
    """
    told = (one for word in words for one in _by(row, word))
    return list(dict.fromkeys(told))


def _by(row: Found, word: Word) -> list[str]:
    said = (word.text, *word.alike)
    found = [
        name for name, column in ((WORDS, "text"), (PLACE, "place_text")) if _in(row[column], said)
    ]
    found += [name for name in word.fields if _in(str(row["fields"].get(name) or ""), said[:1])]
    if word.digits and word.digits in row["number"]:
        found.insert(0, NUMBER)
    if row["matter"] in word.matters:
        found.append(MATTER)
    if not set(row["assigned"]).isdisjoint(word.assigned):
        found.append(PEOPLE)
    if found:
        return found
    return [BOUND if word.number else CITIZEN]


def _in(text: str, said: Sequence[str]) -> bool:
    lower = text.lower()
    return any(one.lower() in lower for one in said)


def meant(words: Iterable[Word]) -> dict[str, list[str]]:
    """Give the names that letters were taken for, by the letters."""
    return {word.text: list(word.alike) for word in words if word.alike}
