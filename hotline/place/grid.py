"""The unit grid (单元网格): cells of about 100 m with 15-digit codes; which one a point is in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hotline.errors import Invalid
from hotline.place.layer import read_layer
from hotline.place.point import Flat, Point
from hotline.place.shapes import Areas

DIVISION_DIGITS = 12
SERIAL_DIGITS = 3
OUTSIDE_M = 5_000.0  # what lies farther from every cell is no place of this city


@dataclass(frozen=True, slots=True)
class Cell:
    """A unit grid cell."""

    code: str
    index: int

    @property
    def community(self) -> str:
        """12-digit code of the community the cell lies in."""
        return self.code[:DIVISION_DIGITS]


def make_code(division: str, serial: int) -> str:
    """Give the 15-digit code of a cell: 12-digit division, serial 1..999.

    Source: GLOSSARY.md, 单元网格 (15 digits, 6 county + 3 street + 3 community + 3 serial).
    """
    if len(division) != DIVISION_DIGITS or not _digits(division):
        raise Invalid("division", f"{division!r} is not {DIVISION_DIGITS} digits")
    if not 1 <= serial <= 999:
        raise Invalid("serial", f"{serial} is not 1..999")
    return f"{division}{serial:0{SERIAL_DIGITS}d}"


def split_code(code: str) -> tuple[str, int]:
    """Give the division and serial of a cell's code, or raise Invalid."""
    if len(code) != DIVISION_DIGITS + SERIAL_DIGITS or not _digits(code):
        raise Invalid("cell", f"{code!r} is not a 15-digit grid code")
    serial = int(code[DIVISION_DIGITS:])
    if serial == 0:
        raise Invalid("cell", f"{code!r} has the serial 000")
    return code[:DIVISION_DIGITS], serial


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


class Grid:
    """The unit grid of a city."""

    def __init__(self, cells: Iterable[Cell], areas: Areas) -> None:
        self._cells = tuple(cells)
        self._areas = areas
        self._by_code = {cell.code: cell for cell in self._cells}

    def __len__(self) -> int:
        return len(self._cells)

    def cell_at(self, point: Point) -> Cell | None:
        """Give the cell a point lies in; None outside the city."""
        index = self._areas.at(point)
        return None if index is None else self._cells[index]

    def code_at(self, point: Point) -> str | None:
        """Give the code of the cell a point lies in; None outside the city."""
        cell = self.cell_at(point)
        return None if cell is None else cell.code

    def is_near(self, point: Point) -> bool:
        """Tell whether a point lies in the city or at most a few kilometres from its cells."""
        return self._areas.reach(point, OUTSIDE_M)

    def cell(self, code: str) -> Cell | None:
        """Give a cell by its code."""
        return self._by_code.get(code)

    def middle(self, cell: Cell) -> Point:
        """Give a point inside a cell."""
        return self._areas.middle(cell.index)

    def faults(self) -> list[str]:
        """Give what is wrong between cells: overlaps and gaps, in words for developers."""
        pairs = self._areas.overlaps()
        found = [f"{self._cells[a].code} overlaps {self._cells[b].code}" for a, b in pairs]
        gaps = self._areas.holes()
        return [*found, f"there are {gaps} gaps between the cells"] if gaps else found


def parse_grid(data: Mapping[str, Any], centre: Point) -> Grid:
    """Give the grid of a grids.geojson read into a dict; Invalid names the cell at fault."""
    features = read_layer(data, "grids", "code", centre)
    if not features:
        raise Invalid("grids", "there are no cells")
    cells: list[Cell] = []
    for one in features:
        code = str(one.properties["code"])
        split_code(code)
        if one.kind != "Polygon":
            raise Invalid(one.where, f"{one.kind} is not a polygon")
        cells.append(Cell(code, len(cells)))
    if len({cell.code for cell in cells}) != len(cells):
        raise Invalid("grids", "a code stands twice")
    grid = Grid(cells, Areas(Flat(centre), [(one.where, one.parts) for one in features]))
    for fault in grid.faults():
        raise Invalid("grids", fault)
    return grid
