"""The names a city has: streets with house numbers, estates, landmarks; and where they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hotline.errors import Invalid
from hotline.place.layer import Feature, read_layer, streets
from hotline.place.point import Flat, Point
from hotline.place.property import number_of, text_of
from hotline.place.shapes import Areas, Lines

LANDMARK_WITHIN_M = 120.0
PLATE_WITHIN_M = 90.0
WATER = "water"


@dataclass(frozen=True, slots=True)
class Road:
    """A street; house numbers run from `first` to `last` along its line."""

    name: str
    name_en: str
    first: int
    last: int
    index: int


@dataclass(frozen=True, slots=True)
class Spot:
    """An estate or landmark with its other names."""

    name: str
    name_en: str
    kind: str
    point: Point
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Nearby:
    """What is around a point: the nearest street with plate, and a landmark."""

    road: str | None
    plate: int | None
    landmark: str | None
    landmark_m: float | None


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """All names of a city by what people may write: full names, other names, English names."""

    roads: tuple[Road, ...]
    spots: tuple[Spot, ...]
    lines: Lines
    flat: Flat
    road_by_name: Mapping[str, Road] = field(default_factory=dict)
    spot_by_name: Mapping[str, Spot] = field(default_factory=dict)

    def plate(self, road: Road, number: int) -> Point:
        """Give the point of a house number, between the road's ends; beyond them, at the end."""
        share = (number - road.first) / max(1, road.last - road.first)
        return self.lines.along(road.index, min(1.0, max(0.0, share)))

    def middle(self, road: Road) -> Point:
        """Give the middle of a road."""
        return self.lines.along(road.index, 0.5)

    def crossing(self, one: Road, other: Road) -> Point | None:
        """Give the point where two roads meet, or None."""
        return self.lines.crossing(one.index, other.index)

    def around(self, point: Point) -> Nearby:
        """Tell what is around a point (reverse geocoding)."""
        near = self.lines.near(point)
        road = plate = None
        if near is not None and near.distance_m <= PLATE_WITHIN_M:
            road = self.roads[near.index]
            share = near.along_m / max(1.0, self.lines.length_m(near.index))
            plate = round(road.first + share * (road.last - road.first))
        spot, metres = self._nearest_spot(point)
        return Nearby(
            road.name if road else None,
            plate,
            spot.name if spot else None,
            metres,
        )

    def _nearest_spot(self, point: Point) -> tuple[Spot | None, float | None]:
        ranked = [
            (self.flat.distance(point, spot.point), number)
            for number, spot in enumerate(self.spots)
            if spot.kind != WATER
        ]
        if not ranked or min(ranked)[0] > LANDMARK_WITHIN_M:
            return None, None
        metres, number = min(ranked)
        return self.spots[number], round(metres, 1)


def parse_gazetteer(
    roads: Mapping[str, Any], places: Mapping[str, Any], centre: Point
) -> Gazetteer:
    """Give the names of roads.geojson and places.geojson, read into dicts."""
    flat = Flat(centre)
    ways = streets(read_layer(roads, "roads", "name", centre))
    named = [_road(one, index) for index, one in enumerate(ways)]
    shapes = [(one.where, one.parts) for one in ways]
    spots = tuple(_spot(one, flat) for one in read_layer(places, "places", "name", centre))
    return Gazetteer(
        tuple(named),
        spots,
        Lines(flat, shapes),
        flat,
        {name: road for road in named for name in (road.name_en.lower(), road.name)},
        {name: spot for spot in spots for name in (*spot.aliases, spot.name_en.lower(), spot.name)},
    )


def _road(one: Feature, index: int) -> Road:
    if one.kind != "LineString":
        raise Invalid(one.where, f"{one.kind} is not a line")
    told = one.properties
    first, last = (number_of(one.where, name, told.get(name)) for name in ("first", "last"))
    if first > last:
        raise Invalid(one.where, f"house numbers {first}..{last} run backwards")
    return Road(told["name"], text_of(told.get("name_en")) or told["name"], first, last, index)


def _spot(one: Feature, flat: Flat) -> Spot:
    told, name = one.properties, one.properties["name"]
    match one.kind:
        case "Point" if len(one.parts) > 1:
            raise Invalid(one.where, f"has {len(one.parts)} points; give it one")
        case "Point":
            point = Point(*one.parts[0])
        case "LineString":
            pieces = Lines(flat, [(one.where, [part]) for part in one.parts])
            point = pieces.along(max(range(len(one.parts)), key=pieces.length_m), 0.5)
        case _:
            point = Areas(flat, [(one.where, one.parts)]).middle(0)
    aliases = tuple(told.get("aliases", ()))
    english = text_of(told.get("name_en")) or name
    return Spot(name, english, text_of(told.get("kind")), point, aliases)
