"""The city as moves and cards need it, with three classes and one cell of the grid."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hotline.card import ClassSeen
from hotline.catalogue import MatterClass
from hotline.city import City
from hotline.place.point import Point
from tests.cities import demo_city

CELL = "330299001001001"
NAMES = {
    "01001": ("供水井盖异常", "Water supply manhole cover fault"),
    "01002": ("污水井盖异常", "Sewage manhole cover fault"),
    "02001": ("停车场异常", "Car park fault"),
}
CLASSES = (
    ClassSeen("01001", *NAMES["01001"], 0.8, ("井盖",)),
    ClassSeen("01002", *NAMES["01002"], 0.5, ("井盖",)),
    ClassSeen("02001", *NAMES["02001"], 0.1),
)
MATTERS = {
    code: MatterClass(code, *names, code[:2], "", "", "component") for code, names in NAMES.items()
}


class FakePlaces:
    """A city east of the hundredth meridian; all of it is one cell."""

    def cell_of(self, point: Point) -> str | None:
        return CELL if self.is_near(point) else None

    def is_near(self, point: Point) -> bool:
        return point.lon > 100

    def has_cell(self, code: str) -> bool:
        return code.startswith(CELL[:9])


@dataclass(frozen=True, slots=True)
class FakeKnown:
    """What the fake backend knows of its city."""

    city: City = field(default_factory=demo_city)
    matters: Mapping[str, MatterClass] = field(default_factory=lambda: MATTERS)
    knowing: FakePlaces = field(default_factory=FakePlaces)
