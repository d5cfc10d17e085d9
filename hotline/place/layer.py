"""Features of a map layer (GeoJSON) as they are in the wild, brought into one simple form."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from hotline.errors import Invalid
from hotline.place.point import Flat, Point
from hotline.place.property import names_of, number_of, text_of

# The kind of a geometry and how deep its positions lie below one part of it.
_KINDS: Final = {"Point": 0, "LineString": 1, "Polygon": 2}
_MULTI: Final = "Multi"
_PARTS: Final = re.compile(r"[:/]")
_WGS84: Final = ("CRS84", "4326", "4490")  # EPSG:4490 is CGCS2000
FARTHEST_M: Final = 300_000.0

Position = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature: where it stands for messages, its properties, its geometry part by part.

    `kind` is Point, LineString or Polygon; each of `parts` is a part's GeoJSON coordinates with
    two numbers a position. Lines that touch are one part.
    """

    where: str
    properties: Mapping[str, Any]
    kind: str
    parts: tuple[Any, ...]

    def geometry(self) -> dict[str, Any]:
        """Give the geometry as GeoJSON."""
        if len(self.parts) == 1:
            return {"type": self.kind, "coordinates": self.parts[0]}
        return {"type": f"{_MULTI}{self.kind}", "coordinates": list(self.parts)}


def read_layer(data: Mapping[str, Any], file: str, name: str, centre: Point) -> list[Feature]:
    """Give the features of a layer; `name` is the property that names one.

    Raises Invalid that names layer, feature and reason. Features are not yet asked whether they
    are of a kind that the layer can use.
    """
    features = data.get("features")
    if not isinstance(features, list):
        raise Invalid(file, "has no features")
    _check_system(data, file)
    reader = _Reader(file, name, Flat(centre), centre)
    return [reader.feature(at, one) for at, one in enumerate(features, 1)]


def streets(features: Sequence[Feature]) -> list[Feature]:
    """Give one feature a name: a street that was drawn in pieces, pieces of low numbers first."""
    named: dict[str, list[Feature]] = {}
    for one in features:
        named.setdefault(str(one.properties["name"]), []).append(one)
    return [pieces[0] if len(pieces) == 1 else _whole(pieces) for pieces in named.values()]


def _whole(pieces: list[Feature]) -> Feature:
    ordered = sorted(pieces, key=lambda one: number_of(one.where, "first", _first(one)))
    told = dict(ordered[0].properties)
    for name, best in (("first", min), ("last", max)):
        given = [one.properties[name] for one in pieces if one.properties.get(name) is not None]
        if given:
            told[name] = best(number_of(ordered[0].where, name, value) for value in given)
    parts = [part for one in ordered for part in one.parts]
    return replace(ordered[0], properties=told, parts=tuple(_joined(parts)))


def _first(one: Feature) -> Any:
    return one.properties.get("first")


def _check_system(data: Mapping[str, Any], file: str) -> None:
    told: Any = data.get("crs")
    for name in ("properties", "name"):
        told = told.get(name) if isinstance(told, dict) else told
    if told and _PARTS.split(str(told))[-1] not in _WGS84:
        raise Invalid(file, f"is in {told!s:.80}; export it in WGS 84 (EPSG:4326)")


def _shape(where: str, geometry: Any) -> tuple[str, list[Any]]:
    """Give the kind and the coordinates of each part; a collection of one kind is its parts."""
    if not isinstance(geometry, dict) or not geometry.get("type"):
        raise Invalid(where, "has no geometry")
    inside = geometry.get("geometries")
    if isinstance(inside, list):
        return _collected(where, inside)
    kind = str(geometry["type"])
    plain, coordinates = kind.removeprefix(_MULTI), geometry.get("coordinates")
    if plain not in _KINDS:
        raise Invalid(where, f"{kind} is not a point, line or polygon")
    parts = coordinates if plain != kind else [coordinates]
    if not isinstance(parts, list) or not parts:
        raise Invalid(where, "has no coordinates")
    return plain, parts


def _collected(where: str, inside: list[Any]) -> tuple[str, list[Any]]:
    shapes = [_shape(where, one) for one in inside]
    kinds = {kind for kind, _ in shapes}
    if not kinds:
        raise Invalid(where, "has no geometry")
    if len(kinds) > 1:
        raise Invalid(where, f"has {' and '.join(sorted(kinds))} in one; draw it as one kind")
    return kinds.pop(), [part for _, parts in shapes for part in parts]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the features of one layer."""

    file: str
    name: str
    flat: Flat
    centre: Point

    def feature(self, at: int, one: Any) -> Feature:
        told = one.get("properties") if isinstance(one, dict) else None
        called = text_of(told.get(self.name)) if isinstance(told, dict) else ""
        where = f"{self.file}.{called or f'feature {at}'}"
        if not isinstance(told, dict) or not called:
            raise Invalid(where, f"has no {self.name}")
        kind, parts = _shape(where, one.get("geometry"))
        read = [self.read(where, part, _KINDS[kind]) for part in parts]
        if kind == "LineString":
            read = _joined(read)
        if "aliases" in told:
            told = {**told, "aliases": names_of(where, told["aliases"])}
        return Feature(where, {**told, self.name: called}, kind, tuple(read))

    def read(self, where: str, value: Any, depth: int) -> Any:
        if depth == 0:
            return list(self.position(where, value))
        if not isinstance(value, list) or not value:
            raise Invalid(where, "has no coordinates")
        return [self.read(where, one, depth - 1) for one in value]

    def position(self, where: str, value: Any) -> Position:
        try:
            lon, lat = float(value[0]), float(value[1])
        except (TypeError, ValueError, IndexError, KeyError) as error:
            raise Invalid(where, f"{value!r} is not a position") from error
        if self.is_near(lon, lat):
            return lon, lat
        if self.is_near(lat, lon):
            raise Invalid(where, f"{value!r} has latitude first; GeoJSON wants longitude, latitude")
        if abs(lon) > 180 or abs(lat) > 180:
            raise Invalid(where, f"{value!r} is not in degrees; export it in WGS 84 (EPSG:4326)")
        raise Invalid(where, f"{value!r} does not lie near the city's centre")

    def is_near(self, lon: float, lat: float) -> bool:
        try:
            return self.flat.distance(Point(lon, lat), self.centre) <= FARTHEST_M
        except Invalid:
            return False


def _joined(parts: list[Any]) -> list[Any]:
    """Join lines that touch at their ends; the first one keeps its direction."""
    rest, whole = list(parts), []
    while rest:
        line = rest.pop(0)
        while (found := _next(line, rest)) is not None:
            at, line = found
            rest.pop(at)
        whole.append(line)
    return whole


def _next(line: Any, rest: list[Any]) -> tuple[int, Any] | None:
    """Give the place of a line that goes on from one, and both as one line."""
    if line[0] == line[-1]:
        return None
    for at, other in enumerate(rest):
        if other[0] == other[-1]:
            continue
        if line[-1] == other[0]:
            return at, line + other[1:]
        if line[-1] == other[-1]:
            return at, line + other[-2::-1]
        if line[0] == other[-1]:
            return at, other + line[1:]
        if line[0] == other[0]:
            return at, other[:0:-1] + line
    return None
