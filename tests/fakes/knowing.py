"""A triage that knows one class and one place, for tests that are not about understanding."""

from dataclasses import dataclass, field

from hotline.catalogue import MatterClass
from hotline.intake.result import TriageResult
from hotline.place.houses import House
from hotline.place.point import Point

CELL = "330299001001001"


@dataclass(slots=True)
class FakeTriageService:
    """Answers the same to everything."""

    answer: TriageResult
    matters: dict[str, MatterClass] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def cell_of(self, point: Point) -> str | None:
        return CELL if point.lon > 100 else None

    def is_near(self, point: Point) -> bool:
        return point.lon > 100

    def has_cell(self, code: str) -> bool:
        return len(code) == len(CELL) and code.isdigit()

    def understand(self, text: str, point: Point | None = None) -> TriageResult:
        self.asked.append(text)
        return self.answer

    def houses(self, words: str) -> list[House]:
        return [House(f"{words}号", Point(121.5886, 29.8814))] if words else []

    def called(self, code: str) -> tuple[str, ...]:
        return ("窨井盖",)

    def spelled_so(self, letters: str) -> tuple[str, ...]:
        return ("海晏路",) if letters in ("hyl", "haiyan") else ()

    def where(self, point: Point) -> str:
        return "中山东路附近"
