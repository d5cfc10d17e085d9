"""What a city's callers are likely to say: its places, what they call their troubles, and hints."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.settings import ROOT
from config.textfile import Unreadable, read_toml
from hotline.errors import Invalid
from hotline.phonetic import NameIndex
from hotline.profile import SpokenNames

EXPECTED = ROOT / "config" / "asterisk" / "hearing.toml"


@dataclass(frozen=True, slots=True)
class Hearing:
    """Names to read back into a transcript, and words to expect, by language.

    `invented` are sentences that a model makes up where nobody speaks. `release` is the city's.
    """

    lexicon: NameIndex
    hints: Mapping[str, tuple[str, ...]]
    invented: tuple[str, ...] = ()
    release: str = ""


def hearing_of(spoken: SpokenNames, release: str = "", expected: Path = EXPECTED) -> Hearing:
    """Give the hearing of a city's names; Invalid names what is wrong with what is expected."""
    told = _toml(expected)
    sentences = [*spoken.sentences, *_texts(told.get("ordinary", {}).values())]
    hints = {language: tuple(texts) for language, texts in told.get("hints", {}).items()}
    lexicon = NameIndex(spoken.places, spoken.troubles, sentences)
    return Hearing(lexicon, hints, tuple(_texts(told.get("invented", {}).values())), release)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path)
    except (OSError, Unreadable) as error:
        raise Invalid(path.name, f"cannot be read: {error}") from error


def _texts(lists: Iterable[Iterable[str]]) -> Iterator[str]:
    for texts in lists:
        yield from texts
