"""Every sentence a person hears or reads, by key and language: say("matter.key", language, ...)."""

import tomllib
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Final

LANGUAGES: Final = ("zh_CN", "en")
FOLDER: Final = Path(__file__).parent

Words = dict[str, str]


class UnknownWords(LookupError):
    """A sentence, a language or a value of a sentence that is not there."""


def say(key: str, language: str, **values: object) -> str:
    """The sentence of a key in a language, with its values filled in."""
    words = catalogue(language)
    if key not in words:
        raise UnknownWords(f"no words for {key!r} in {language}")
    try:
        return words[key].format_map(values)
    except KeyError as missing:
        raise UnknownWords(f"the words of {key!r} need a value for {missing}") from None


def known(key: str, language: str) -> bool:
    """Whether there are words for a key."""
    return key in catalogue(language)


@cache
def catalogue(language: str) -> Words:
    """All sentences of a language, by key."""
    if language not in LANGUAGES:
        raise UnknownWords(f"no such language: {language!r}")
    return read(FOLDER / language)


def read(folder: Path) -> Words:
    """The sentences of a folder: one file a matter, flat keys, "<matter>.<key>" -> sentence."""
    words: Words = {}
    for path in sorted(folder.rglob("*.toml")):
        for key, sentence in tomllib.loads(path.read_text("utf-8")).items():
            if not isinstance(sentence, str) or not sentence.strip():
                raise UnknownWords(f"{path.name}: {key} must be a sentence")
            words[f"{path.stem}.{key}"] = sentence
    return words


def places(sentence: str) -> frozenset[str]:
    """The names of the values that a sentence asks for."""
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)
