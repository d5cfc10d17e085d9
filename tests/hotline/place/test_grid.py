"""Grid codes, and grids that are refused because they are broken."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.errors import Invalid
from hotline.place.grid import make_code, parse_grid, split_code
from hotline.place.point import Point
from tests.cities import demo_city
from tests.knowing import centre, demo_grid

pytestmark = pytest.mark.slow

divisions = st.text("0123456789", min_size=12, max_size=12)
SQUARE = ((0.0, 0.0), (0.001, 0.0), (0.001, 0.001), (0.0, 0.001), (0.0, 0.0))


def cell(code: str, *, east: float = 0.0, ring: tuple[tuple[float, float], ...] = SQUARE) -> Any:
    positions = [[121.5 + east + x, 29.8 + y] for x, y in ring]
    return {
        "properties": {"code": code, "duty": "D01"},
        "geometry": {"type": "Polygon", "coordinates": [positions]},
    }


def grid(*cells: Any) -> Any:
    return parse_grid({"features": list(cells)}, Point(121.5, 29.8))


@given(divisions, st.integers(1, 999))
def test_a_code_comes_apart_as_it_was_made(division: str, serial: int) -> None:
    code = make_code(division, serial)
    assert len(code) == 15
    assert split_code(code) == (division, serial)


@given(divisions, st.integers(1, 998))
def test_codes_of_a_community_sort_by_their_serial(division: str, serial: int) -> None:
    assert make_code(division, serial) < make_code(division, serial + 1)


@given(st.text(max_size=20).filter(lambda text: not (len(text) == 15 and text.isdigit())))
def test_what_is_not_15_digits_is_no_code(text: str) -> None:
    with pytest.raises(Invalid):
        split_code(text)


@pytest.mark.parametrize(
    ("division", "serial"), [("33029900100", 1), ("330299001001", 0), ("330299001001", 1000)]
)
def test_a_code_is_not_made_of_anything_else(division: str, serial: int) -> None:
    with pytest.raises(Invalid):
        make_code(division, serial)


def test_a_point_is_found_in_its_cell_and_not_outside() -> None:
    two = grid(cell("330299001001001"), cell("330299001001002", east=0.001))
    assert two.cell_at(Point(121.5005, 29.8005)).code.endswith("001")
    assert two.cell_at(Point(121.5015, 29.8005)).code.endswith("002")
    assert two.cell_at(Point(121.6, 29.8005)) is None


@pytest.mark.parametrize(
    ("east_km", "north_km", "near"),
    [(0.05, 0.05, True), (4.9, 0, True), (-4.9, 0, True), (0, -4.9, True), (3.4, 3.4, True),
     (5.2, 0, False), (-5.1, 0, False), (0, 5.2, False), (4.5, 4.5, False)],
)  # fmt: skip
def test_what_lies_within_five_kilometres_is_near(
    east_km: float, north_km: float, near: bool
) -> None:
    one = grid(cell("330299001001001"))
    point = Point(121.5 + east_km / 96.6, 29.8 + north_km / 111.32)
    assert one.is_near(point) is near


def test_a_broken_polygon_is_refused_and_named() -> None:
    bow = ((0.0, 0.0), (0.001, 0.001), (0.001, 0.0), (0.0, 0.001), (0.0, 0.0))
    with pytest.raises(Invalid, match=r"330299001001007.*broken"):
        grid(cell("330299001001007", ring=bow))
    with pytest.raises(Invalid, match=r"330299001001008.*not closed"):
        grid(cell("330299001001008", ring=SQUARE[:3]))


@pytest.mark.parametrize("positions", [[], [["a", 1]], [[200, 0], [1, 1], [2, 2], [200, 0]], None])
def test_positions_that_are_none_are_refused_and_named(positions: Any) -> None:
    broken = cell("330299001001009")
    broken["geometry"]["coordinates"] = [positions]
    with pytest.raises(Invalid, match="330299001001009"):
        grid(broken)


def test_overlaps_gaps_and_doubled_codes_are_refused() -> None:
    with pytest.raises(Invalid, match="overlaps"):
        grid(cell("330299001001001"), cell("330299001001002", east=0.0005))
    with pytest.raises(Invalid, match="twice"):
        grid(cell("330299001001001"), cell("330299001001001", east=0.001))
    with pytest.raises(Invalid, match="no cells"):
        grid()


def test_the_demo_grid_has_no_gap_and_enough_cells_in_thirteen_duty_grids() -> None:
    cells = demo_grid()
    assert len(cells) >= 400
    assert cells.faults() == []
    assert len(set(demo_city().duty.values())) == 13
    middle = cells.cell_at(centre())
    assert middle is not None
    assert cells.cell_at(cells.middle(middle)) == middle


def test_serials_run_from_left_to_right_and_top_to_bottom() -> None:
    cells = demo_grid()
    first, second = cells.cell("330299001001001"), cells.cell("330299001001002")
    last = cells.cell("330299001001088")
    assert first is not None
    assert second is not None
    assert last is not None
    assert cells.middle(first).lon < cells.middle(second).lon
    assert cells.middle(last).lat < cells.middle(first).lat
