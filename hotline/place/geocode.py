"""Free text into places: what the city knows by name, then what only reads like a name."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hotline.intake.normalise import tidy
from hotline.intake.result import PlaceGuess
from hotline.matching import Hit, Phrases
from hotline.phonetic import NameIndex, candidates
from hotline.place.address import AddressReader, Span
from hotline.place.gazetteer import Gazetteer, Road, Spot
from hotline.place.grid import Grid
from hotline.place.point import Point
from hotline.place.similar import most_alike

ALIKE = 0.84  # of a span that is written nearly like a known name
SOUNDS_ALIKE = 0.16  # cost a syllable up to which a typed or heard name is taken for a known one
LISTENED = 2  # spans of a text that are compared by sound
MAX_HEARD_LENGTH = 60  # characters of such a span; no place has a longer name, and each costs time
# However wide a gap is, it parts no more than one space does; patterns go wild on a wide one.
SPACES = re.compile(r"(\s)\s+")
CROSSING_GAP = 6  # characters that may stand between the two roads of a crossing


@dataclass(frozen=True, slots=True)
class _Named:
    """A known name found in the text."""

    start: int
    end: int
    name: str
    certainty: float
    reason: str


class Geocoder:
    """Finds places in free text by a gazetteer, a grid and an address reader."""

    def __init__(self, gazetteer: Gazetteer, grid: Grid, reader: AddressReader) -> None:
        self._gazetteer = gazetteer
        self._grid = grid
        self._reader = reader
        self._names = [*gazetteer.road_by_name, *gazetteer.spot_by_name]
        self._phrases = Phrases(self._names)
        self._sounding = NameIndex(name for name in self._names if not name.isascii())

    def guesses(self, text: str) -> list[PlaceGuess]:
        """Give the places a text may mean, the most likely first; empty when it names none."""
        said = SPACES.sub(r"\1", tidy(text))
        spans = self._reader.spans(said)
        named = self._exact(said) or self._misheard(said, spans)
        found = [*self._crossings(said, named), *(self._known(said, one, spans) for one in named)]
        covered = [(one.start, one.end) for one in named]
        found += [_unknown(span) for span in spans if not _overlaps(span.start, span.end, covered)]
        return _ranked(found)

    def _exact(self, said: str) -> list[_Named]:
        hits = self._phrases.longest_in(said.lower())
        return [
            _Named(hit.start, hit.end, hit.phrase, 1.0, "exact")
            for hit in hits
            if _whole(said, hit)
        ]

    def _misheard(self, said: str, spans: Sequence[Span]) -> list[_Named]:
        """Names that a span sounds like or is written like."""
        if not spans:
            return []
        return [*self._sounding_like(said, spans)] or [*self._written_like(spans)]

    def _sounding_like(self, said: str, spans: Sequence[Span]) -> Iterable[_Named]:
        heard = [one for span in spans[:LISTENED] for one in self._sounding_in(said, span)]
        taken: list[tuple[int, int]] = []
        for one in sorted(heard, key=lambda one: (one.certainty, len(one.name)), reverse=True):
            if not _overlaps(one.start, one.end, taken):
                taken.append((one.start, one.end))
                yield one

    def _sounding_in(self, said: str, span: Span) -> Iterable[_Named]:
        """Known names of at least three characters that a span, or its edge, sounds like."""
        begin = max(0, span.start - 1)
        end = min(span.end + 1, begin + MAX_HEARD_LENGTH)
        for one in candidates(said[begin:end], self._sounding):
            each = one.cost / len(one.name)
            same_length = len(one.heard) == len(one.name) > 2
            if same_length and each <= SOUNDS_ALIKE:
                start, end = begin + one.start, begin + one.end
                yield _Named(start, end, one.name, 0.9 - each, "sounds")

    def _written_like(self, spans: Sequence[Span]) -> Iterable[_Named]:
        for span in spans[:2]:
            alike = most_alike(span.text[:MAX_HEARD_LENGTH], self._names, at_least=ALIKE)
            if alike is not None:
                yield _Named(span.start, span.end, alike[0], alike[1] * 0.85, "alike")

    def _crossings(self, said: str, named: Sequence[_Named]) -> Iterable[PlaceGuess]:
        roads = [(one, road) for one in named if (road := self._road(one)) is not None]
        for (first, one), (second, other) in pairwise(roads):
            if one is other or second.start - first.end > CROSSING_GAP:
                continue
            point = self._gazetteer.crossing(one, other)
            if point is not None:
                end = self._reader.end_of(said, second.end)
                certainty = min(first.certainty, second.certainty)
                yield self._guess(
                    said[first.start : end],
                    "crossing",
                    f"{one.name}与{other.name}路口",
                    point,
                    0.97 * certainty,
                    first.reason,
                )

    def _known(self, said: str, one: _Named, spans: Sequence[Span]) -> PlaceGuess:
        span = next((s for s in spans if s.start <= one.start and one.end <= s.end), None)
        start, end = (span.start, span.end) if span else (one.start, one.end)
        end = max(end, self._reader.end_of(said, one.end))
        road = self._road(one)
        if road is not None:
            return self._on_road(said, one, road, (start, end))
        spot = self._gazetteer.spot_by_name[one.name]
        return self._at_spot(said, one, spot, said[start:end])

    def _on_road(self, said: str, one: _Named, road: Road, where: tuple[int, int]) -> PlaceGuess:
        numbers, (start, end) = self._reader.numbers, where
        plate = numbers.on_road(said, one.end) or numbers.before_road(said, one.start)
        if plate is not None:
            point = self._gazetteer.plate(road, plate.number)
            beyond = not road.first <= plate.number <= road.last
            certainty = one.certainty * (0.7 if beyond else 0.95)
            name = f"{road.name}{plate.number}号"
            whole = said[min(start, plate.start) : max(end, plate.end)]
            return self._guess(whole.strip(), "plate", name, point, certainty, one.reason)
        middle = self._gazetteer.middle(road)
        text = said[start:end]
        return self._guess(text, "road", road.name, middle, 0.75 * one.certainty, one.reason)

    def _at_spot(self, said: str, one: _Named, spot: Spot, text: str) -> PlaceGuess:
        building = self._reader.numbers.building(said, one.end)
        name = f"{spot.name}{building.name}" if building else spot.name
        kind = spot.kind if spot.kind in ("estate", "water") else "landmark"
        share = 0.6 if kind == "water" else 0.9
        return self._guess(text, kind, name, spot.point, share * one.certainty, one.reason)

    def _guess(
        self, text: str, kind: str, name: str, point: Point, score: float, reason: str
    ) -> PlaceGuess:
        cell = self._grid.code_at(point)
        return PlaceGuess(text, kind, name, point, cell, round(score, 3), reason)

    def _road(self, one: _Named) -> Road | None:
        return self._gazetteer.road_by_name.get(one.name)


def _unknown(span: Span) -> PlaceGuess:
    score = round(min(0.6, 0.65 * span.score), 3)
    return PlaceGuess(span.text, span.kind, "", None, None, score, "grammar")


def _whole(said: str, hit: Hit) -> bool:
    """False for an English name inside a word."""
    if not hit.phrase.isascii():
        return True
    around = said[hit.start - 1 : hit.start] + said[hit.end : hit.end + 1]
    return not any(char.isascii() and char.isalpha() for char in around)


def _overlaps(start: int, end: int, others: Iterable[tuple[int, int]]) -> bool:
    return any(start < stop and begin < end for begin, stop in others)


def _ranked(found: list[PlaceGuess]) -> list[PlaceGuess]:
    best: dict[tuple[str, str], PlaceGuess] = {}
    for guess in found:
        key = (guess.kind, guess.name or guess.text)
        if key not in best or guess.score > best[key].score:
            best[key] = guess
    return sorted(best.values(), key=lambda guess: -guess.score)
