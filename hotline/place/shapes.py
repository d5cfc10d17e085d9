"""Geometry in metres around a city; the only module that knows shapely."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely import STRtree
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Polygon
from shapely.geometry import Point as ShapelyPoint

from hotline.errors import Invalid
from hotline.place.point import Flat, Point

SLIVER = 1.0  # square metres that rounding of coordinates may leave between cells


@dataclass(frozen=True, slots=True)
class Near:
    """The nearest shape: its index, how far, and how far along a line it is."""

    index: int
    distance_m: float
    along_m: float


class Areas:
    """Areas that can be asked which of them a point lies in."""

    def __init__(self, flat: Flat, areas: Sequence[tuple[str, Sequence[Any]]]) -> None:
        """Take (name, GeoJSON rings of each part); raises Invalid that names a broken polygon."""
        self._flat = flat
        self._shapes = [_area(flat, name, parts) for name, parts in areas]
        self._tree = STRtree(self._shapes)
        self._bounds = [float(side) for side in shapely.total_bounds(self._shapes)]

    def at(self, point: Point) -> int | None:
        """Index of the polygon a point lies in or on the edge of; the first one on edges."""
        xy = self._flat.xy(point.lon, point.lat)
        if not self._may_reach(xy, 0.0):
            return None
        where = ShapelyPoint(xy)
        found = sorted(int(i) for i in self._tree.query(where, predicate="intersects"))
        return found[0] if found else None

    def reach(self, point: Point, metres: float) -> bool:
        """Tell whether a point lies in a polygon or at most so far from one."""
        xy = self._flat.xy(point.lon, point.lat)
        if not self._may_reach(xy, metres):
            return False
        where = ShapelyPoint(xy)
        return float(self._shapes[int(self._tree.nearest(where))].distance(where)) <= metres

    def middle(self, index: int) -> Point:
        """A point that is surely inside a polygon."""
        largest = max(shapely.get_parts(self._shapes[index]), key=lambda part: part.area)
        inside = largest.representative_point()
        return self._flat.point(inside.x, inside.y)

    def _may_reach(self, xy: tuple[float, float], metres: float) -> bool:
        """Asked first: shapely lets other threads go on, and has to wait until they let go."""
        west, south, east, north = self._bounds
        x, y = xy
        return west - metres <= x <= east + metres and south - metres <= y <= north + metres

    def overlaps(self) -> list[tuple[int, int]]:
        """Pairs of polygons that share more than their edges."""
        left, right = self._tree.query(self._shapes, predicate="intersects")
        pairs = [(int(a), int(b)) for a, b in zip(left, right, strict=True) if a < b]
        shapes = self._shapes
        return [(a, b) for a, b in pairs if shapes[a].intersection(shapes[b]).area > SLIVER]

    def holes(self) -> int:
        """How many gaps the polygons leave between them."""
        whole = shapely.union_all([shape.buffer(0.05) for shape in self._shapes])
        return sum(len(part.interiors) for part in shapely.get_parts(whole))


class Lines:
    """Lines that can be asked for the nearest one, for crossings and for points along them."""

    def __init__(self, flat: Flat, lines: Sequence[tuple[str, Sequence[Any]]]) -> None:
        """Take (name, GeoJSON positions of each part); raises Invalid that names a broken line."""
        self._flat = flat
        self._shapes = [_way(flat, name, parts) for name, parts in lines]
        self._tree = STRtree(self._shapes)

    def near(self, point: Point) -> Near | None:
        """The nearest line."""
        if not self._shapes:
            return None
        where = ShapelyPoint(self._flat.xy(point.lon, point.lat))
        index = int(self._tree.nearest(where))
        shape = self._shapes[index]
        return Near(index, float(shape.distance(where)), float(shape.project(where)))

    def length_m(self, index: int) -> float:
        """Length of a line in metres."""
        return float(self._shapes[index].length)

    def along(self, index: int, share: float) -> Point:
        """The point at a share (0..1) of a line's length."""
        at = self._shapes[index].interpolate(share, normalized=True)
        return self._flat.point(at.x, at.y)

    def crossing(self, one: int, other: int, *, within_m: float = 40.0) -> Point | None:
        """Where two lines meet, or nearly meet; None when they do not."""
        first, second = self._shapes[one], self._shapes[other]
        if first.distance(second) > within_m:
            return None
        near, far = shapely.shortest_line(first, second).coords
        return self._flat.point((near[0] + far[0]) / 2, (near[1] + far[1]) / 2)


def _area(flat: Flat, name: str, parts: Sequence[Any]) -> Polygon | MultiPolygon:
    shapes = [_polygon(flat, name, rings) for rings in parts]
    if len(shapes) == 1:
        return shapes[0]
    whole = shapely.union_all(shapes)
    if sum(shape.area for shape in shapes) - whole.area > SLIVER:
        raise Invalid(name, "its parts overlap")
    assert isinstance(whole, Polygon | MultiPolygon)
    return whole


def _polygon(flat: Flat, name: str, rings: Any) -> Polygon:
    outer, *inner = [_positions(flat, ring) for ring in rings]
    if outer[0] != outer[-1]:
        raise Invalid(name, "the polygon is not closed: its last position is not its first")
    if len(set(outer)) < 3:
        raise Invalid(name, "the polygon has fewer than three corners")
    shape = Polygon(outer, inner)
    if not shape.is_valid or shape.area <= 0:
        why = shapely.is_valid_reason(shape)
        raise Invalid(name, f"the polygon is broken: {why}")
    return shape


def _way(flat: Flat, name: str, parts: Sequence[Any]) -> LineString | MultiLineString:
    lines = [_line(flat, name, positions) for positions in parts]
    return lines[0] if len(lines) == 1 else MultiLineString(lines)


def _line(flat: Flat, name: str, positions: Any) -> LineString:
    line = _positions(flat, positions)
    if len(line) < 2:
        raise Invalid(name, "the line has fewer than two points")
    if len(set(line)) < 2:
        raise Invalid(name, "all points of the line are the same")
    return LineString(line)


def _positions(flat: Flat, positions: Any) -> list[tuple[float, float]]:
    return [flat.xy(lon, lat) for lon, lat in positions]
