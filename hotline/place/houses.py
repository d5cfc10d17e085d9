"""House numbers as a seat types them, a street by a part of its name, into points of the map."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hotline.intake.normalise import tidy
from hotline.pinyin import spelled
from hotline.place.gazetteer import Gazetteer, Road
from hotline.place.housenumber import HouseNumber, HouseNumbers
from hotline.place.point import Point

MIN_LENGTH = 2  # characters of a street's name that say which one is meant
MAX_LENGTH = 100  # characters in which a house number is looked for
_DIGITS = re.compile(r"\d[\d-]*")


@dataclass(frozen=True, slots=True)
class House:
    """A house number of a street: as it is written, and where it stands (WGS-84)."""

    name: str
    point: Point


@dataclass(frozen=True, slots=True)
class _Typed:
    """Typed words as a street and what stands behind it."""

    street: str
    tail: str
    number: int


class Houses:
    """Finds the houses that typed words end in; numbers beyond a street's own are none."""

    def __init__(self, gazetteer: Gazetteer, numbers: HouseNumbers) -> None:
        self._gazetteer = gazetteer
        self._numbers = numbers
        self._roads = [(road, road.name.lower(), _starts(road)) for road in gazetteer.roads]

    def find(self, words: str) -> list[House]:
        """Give the houses that the words may mean, streets of the whole name first."""
        said = tidy(words).strip().lower()[:MAX_LENGTH]
        found: dict[str, House] = {}
        for typed in self._readings(said):
            for road in self._named(typed.street):
                if road.first <= typed.number <= road.last:
                    name = f"{road.name}{_written(typed)}"
                    point = self._gazetteer.plate(road, typed.number)
                    found.setdefault(name, House(name, point))
        return list(found.values())

    def _readings(self, said: str) -> Iterator[_Typed]:
        """Every way to read the words as a street with a number behind or in front of it."""
        for end in range(len(said) - 1, MIN_LENGTH - 1, -1):
            number = self._numbers.on_road(said, end)
            if number is not None and self._numbers.end_of(said, end) >= len(said):
                yield _Typed(said[:end].strip(" ,"), said[end:].strip(), number.number)
        for start in range(1, len(said) - MIN_LENGTH + 1):
            front = self._numbers.before_road(said, start)
            if front is not None and front.start == 0 and not said[start - 1].isdigit():
                yield _Typed(said[start:].strip(), _digits(said, front), front.number)

    def _named(self, street: str) -> list[Road]:
        if len(street) < MIN_LENGTH:
            return []
        found = [
            road
            for road, name, starts in self._roads
            if street in name or any(one.startswith(street) for one in starts)
        ]
        return sorted(found, key=lambda road: (road.name.lower() != street, len(road.name)))


def _starts(road: Road) -> tuple[str, ...]:
    """What a street's name is typed as from its beginning: in English, in letters, by initials."""
    return (road.name_en.lower(), *spelled(road.name))


def _digits(said: str, number: HouseNumber) -> str:
    found = _DIGITS.search(said, number.start)
    return found.group() if found else str(number.number)


def _written(typed: _Typed) -> str:
    """Give what stands behind the street as a seat writes it: 86 and No. 86 are 86号."""
    if not typed.tail.isascii():
        return typed.tail + ("号" if typed.tail[-1].isdigit() else "")
    found = _DIGITS.search(typed.tail)
    return f"{found.group() if found else typed.number}号"
