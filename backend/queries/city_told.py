"""What connectors are told of the city, by the release that counts."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from backend.city_files import CityFiles
from hotline.city import City
from hotline.place.property import names_of, text_of
from hotline.profile import CityProfile, ConditionTold, SpokenNames


def profile_of(city: City) -> CityProfile:
    """Give the city as chats need it."""
    conditions = {
        matter: tuple(ConditionTold(one.key, one.text, one.text_en) for one in several)
        for matter, several in city.limits.conditions.items()
    }
    return CityProfile(city.zone.key, city.name, city.name_en, conditions)


def spoken_of(files: CityFiles) -> SpokenNames:
    """Give what a city's callers are likely to say."""
    codes = files.catalogue
    words = codes.words.get("matters", {}).values()
    scope = [one for one in codes.scope.values() if isinstance(one, Mapping)]
    said = [*words, *scope]
    sentences = [
        *_texts(codes.examples.get("examples", {}).values()),
        *_listed(said, "says"),
        *_listed(said, "faults"),
        *_listed(scope, "names"),
    ]
    places = tuple(_places(files.maps))
    return SpokenNames(places, tuple(_listed(words, "names")), tuple(sentences))


def _places(maps: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for layer in ("roads", "places"):
        for feature in maps[layer]["features"]:
            told = feature["properties"]
            yield text_of(told["name"])
            yield from names_of(f"{layer}.{told['name']}", told.get("aliases"))


def _texts(lists: Iterable[Iterable[str]]) -> Iterator[str]:
    for texts in lists:
        yield from texts


def _listed(entries: Iterable[Mapping[str, Any]], key: str) -> Iterator[str]:
    yield from _texts(entry.get(key, ()) for entry in entries)
