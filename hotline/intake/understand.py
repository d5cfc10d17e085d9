"""What some words mean: class, place, urgency and scope, each with its reasons. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hotline.catalogue import Edition, MatterClass
from hotline.intake.classify import Classifier
from hotline.intake.lexicon import Lexicon
from hotline.intake.normalise import plain
from hotline.intake.result import PlaceGuess, TriageResult
from hotline.intake.scope import is_unsure, reason_outside
from hotline.intake.textmodel import Keep, fit_anew
from hotline.intake.urgency import urgency
from hotline.place.address import AddressReader, Grammar
from hotline.place.gazetteer import Gazetteer
from hotline.place.geocode import Geocoder
from hotline.place.grid import Grid
from hotline.place.houses import House, Houses
from hotline.place.point import Point
from hotline.spelling import Spelling, spelling_of

MIN_PLACE_SCORE = 0.29  # below it a stretch of text is not worth calling a place
ANSWERED_ON_THE_LINE = ("consult", "social_security", "nothing", "praise", "abuse", "labour")
CLOSE_M = 60.0


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything that understanding needs, made ready once."""

    matters: Mapping[str, MatterClass]
    lexicon: Lexicon
    classifier: Classifier
    gazetteer: Gazetteer
    grid: Grid
    geocoder: Geocoder
    streets: Houses
    spelling: Spelling

    @classmethod
    def build(
        cls,
        edition: Edition,
        lexicon: Lexicon,
        grammar: Grammar,
        gazetteer: Gazetteer,
        grid: Grid,
        keep: Keep = fit_anew,
    ) -> "Knowledge":
        """Make classifier and names ready; fitting takes seconds, unless it was kept."""
        names = {code: one.name for code, one in edition.matters.items()}
        ordinary = [
            text
            for one in (*lexicon.matters.values(), *lexicon.reasons.values())
            for text in (*one.names, *one.faults, *one.says)
        ]
        reader = AddressReader(grammar, ordinary)
        return cls(
            edition.matters,
            lexicon,
            Classifier(lexicon, names, keep),
            gazetteer,
            grid,
            Geocoder(gazetteer, grid, reader),
            Houses(gazetteer, reader.numbers),
            spelling_of(_names(edition, lexicon, gazetteer)),
        )

    def understand(self, text: str, point: Point | None = None) -> TriageResult:
        """Give class, place, urgency and scope of some words; `point` is known from elsewhere."""
        judged = self.classifier.judge(text)
        outside = reason_outside(judged)
        said = plain(text, self.lexicon.speech)
        code = outside or (judged.classes[0].code if judged.classes else "")
        level, why = urgency(said, code, self.lexicon.speech.urgency)
        places = self._places(text, outside)
        place = places[0] if places else None
        cell = self.cell_of(point) if point else (place.cell if place else None)
        reasons = [
            *([f"scope.{outside}"] if outside else []),
            *([f"urgency.{why}"] if why else []),
            *([f"place.{place.reason}"] if place else []),
        ]
        return TriageResult(
            classes=judged.classes,
            place=place,
            cell=cell,
            urgency=level,
            in_scope=not outside,
            reasons=tuple(reasons),
            unsure=is_unsure(judged) or bool(outside),
            places=places,
        )

    def cell_of(self, point: Point) -> str | None:
        """Give the code of the grid cell of a point, or None outside the city."""
        return self.grid.code_at(point)

    def is_near(self, point: Point) -> bool:
        """Tell whether a point lies in the city or near it."""
        return self.grid.is_near(point)

    def has_cell(self, code: str) -> bool:
        """Tell whether a grid cell of the city has this code."""
        return self.grid.cell(code) is not None

    def houses(self, words: str) -> list[House]:
        """Give the house numbers of the city that typed words may mean."""
        return self.streets.find(words)

    def called(self, code: str) -> tuple[str, ...]:
        """Give what people call a class."""
        known = self.lexicon.matters.get(code)
        return known.names if known else ()

    def spelled_so(self, letters: str) -> tuple[str, ...]:
        """Give the places and things of the city that letters may mean, the nearest first."""
        return self.spelling.meant(letters)

    def where(self, point: Point) -> str:
        """Give the words for a point: its nearest street and number, or landmark."""
        around = self.gazetteer.around(point)
        landmark = around.landmark or ""
        if around.road is None:
            return landmark
        close = landmark and (around.landmark_m or 0.0) <= CLOSE_M
        return f"{around.road}{around.plate}号" + (f"（{landmark}）" if close else "")

    def _places(self, text: str, outside: str) -> tuple[PlaceGuess, ...]:
        """Places that the words name; a question or a remark has none that matters."""
        if outside in ANSWERED_ON_THE_LINE:
            return ()
        found = self.geocoder.guesses(text)
        return tuple(guess for guess in found if guess.score >= MIN_PLACE_SCORE)


def _names(edition: Edition, lexicon: Lexicon, gazetteer: Gazetteer) -> Iterator[str]:
    """Everything that people type in letters: places, and what things are called."""
    yield from (road.name for road in gazetteer.roads)
    for spot in gazetteer.spots:
        yield from (spot.name, *spot.aliases)
    for code, one in edition.matters.items():
        known = lexicon.matters.get(code)
        yield from (one.name, *(known.names if known else ()))
