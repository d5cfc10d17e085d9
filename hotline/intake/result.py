"""What triage makes of some words: records alone, for all who only read them."""

from dataclasses import dataclass, field
from typing import Final, Literal

from hotline.place.point import Point

Urgency = Literal["critical", "urgent", "normal"]
CRITICAL: Final = "critical"
NORMAL: Final = "normal"
# The most urgent first.
URGENCIES: Final[tuple[Urgency, ...]] = (CRITICAL, "urgent", NORMAL)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A class that words speak for: how much, 0..1, and the words that spoke for it."""

    code: str
    score: float
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceGuess:
    """A place that a text may mean.

    `text` is the stretch of the text. `kind` is road, crossing, plate, estate, landmark, water or
    area. `name` is the city's own name for it, empty when the city does not know it; then `point`
    and `cell` are None. `score` is 0..1; `reason` says how it was found: exact, sounds, alike,
    grammar.
    """

    text: str
    kind: str
    name: str
    point: Point | None
    cell: str | None
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class TriageResult:
    """What was understood of a report.

    `classes` are the likeliest three. `urgency` is critical, urgent or normal. `reasons` are
    stable codes: "scope.police", "urgency.live_wire", "place.exact". `unsure` asks for a person.
    """

    classes: tuple[Candidate, ...] = ()
    place: PlaceGuess | None = None
    cell: str | None = None
    urgency: str = NORMAL
    in_scope: bool = True
    reasons: tuple[str, ...] = ()
    unsure: bool = True
    places: tuple[PlaceGuess, ...] = field(default=())
