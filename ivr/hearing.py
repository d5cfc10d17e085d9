"""What a city's callers are likely to say: its places, what they call their troubles, and hints."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.settings import ROOT
from config.textfile import Unreadable, read_json, read_toml
from hotline.errors import Invalid
from hotline.phonetic import NameIndex
from hotline.place.property import names_of, text_of

EXPECTED = ROOT / "config" / "asterisk" / "hearing.toml"
PLACE_FILES = ("roads.geojson", "places.geojson")


@dataclass(frozen=True, slots=True)
class Hearing:
    """Names to read back into a transcript, and words to expect, by language.

    `invented` are sentences that a model makes up where nobody speaks.
    """

    lexicon: NameIndex
    hints: Mapping[str, tuple[str, ...]]
    invented: tuple[str, ...] = ()


def load_hearing(city: Path, catalogue: Path, expected: Path = EXPECTED) -> Hearing:
    """Read what there is in a city's folder and a catalogue edition's; Invalid names a fault."""
    words = _toml(catalogue / "words.toml").get("matters", {})
    examples = _toml(catalogue / "examples.toml").get("examples", {})
    scope = _toml(catalogue.parent / "scope.toml")
    said = [*words.values(), *scope.values()]
    told = _toml(expected)
    sentences = [
        *_texts(examples.values()),
        *_texts(told.get("ordinary", {}).values()),
        *_listed(said, "says"),
        *_listed(said, "faults"),
        *_listed([*scope.values()], "names"),
    ]
    hints = {language: tuple(texts) for language, texts in told.get("hints", {}).items()}
    lexicon = NameIndex(_places(city), _listed([*words.values()], "names"), sentences)
    return Hearing(lexicon, hints, tuple(_texts(told.get("invented", {}).values())))


def _places(city: Path) -> Iterator[str]:
    for name in PLACE_FILES:
        path = city / name
        if not path.is_file():
            continue
        try:
            features = read_json(path)["features"]
            for feature in features:
                told = feature["properties"]
                yield text_of(told["name"])
                yield from names_of(f"{name}.{told['name']}", told.get("aliases"))
        except Unreadable as error:
            raise Invalid(f"city.{name}", str(error)) from error
        except (KeyError, TypeError) as error:
            raise Invalid(f"city.{name}", f"a feature has no name: {error}") from error


def _toml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return read_toml(path)
    except Unreadable as error:
        raise Invalid(path.name, f"cannot be read: {error}") from error


def _texts(lists: Any) -> Iterator[str]:
    for texts in lists:
        yield from texts


def _listed(entries: list[Mapping[str, Any]], key: str) -> Iterator[str]:
    yield from _texts(entry.get(key, ()) for entry in entries)
