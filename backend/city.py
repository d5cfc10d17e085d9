"""Loading a city and its code set from their folders; anything broken stops the start."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from config.textfile import Unreadable, read_json, read_toml
from hotline.case.calendar import parse_calendar
from hotline.case.limits import parse_limits
from hotline.case.routing import parse_routing
from hotline.case.workflow_data import parse_workflow
from hotline.city import City, parse_hours
from hotline.errors import Invalid
from hotline.organisation import parse_organisation
from hotline.place.layer import read_layer, streets
from hotline.place.point import Point
from hotline.telephone import parse_call_rules, parse_plan

ROADS = "roads"
# Each layer of the map with the property that names a feature.
NAMED_BY = {"grids": "code", ROADS: "name", "places": "name"}
MAPS = tuple(NAMED_BY)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CityFiles:
    """A city's folder, read: `tables` by TOML file, `maps` by GeoJSON file (parsed)."""

    folder: Path
    tables: Mapping[str, dict[str, Any]]
    maps: Mapping[str, dict[str, Any]]


def read_city(folder: Path) -> CityFiles:
    """Read a city's folder; Invalid names the file that is missing or cannot be read."""
    if not folder.is_dir():
        raise Invalid("home.city", f"there is no city folder {folder}")
    names = ("city", "organisation", "routing", "workflow", "limits", "calendar")
    tables = {name: _read(read_toml, folder / f"{name}.toml") for name in names}
    centre = Point(*_centre(tables["city"]))
    maps = {name: _layer(folder, name, centre) for name in MAPS}
    return CityFiles(folder, tables, maps)


def _layer(folder: Path, name: str, centre: Point) -> dict[str, Any]:
    """A layer in the one simple form that everything behind it reads, the console's map too."""
    data = _geojson(folder / f"{name}.geojson")
    features = read_layer(data, name, NAMED_BY[name], centre)
    if name == ROADS:
        features = streets(features)
    simple = [
        {"type": "Feature", "properties": dict(one.properties), "geometry": one.geometry()}
        for one in features
    ]
    return {**data, "features": simple}


def make_city(files: CityFiles) -> City:
    """Give the city of its files; Invalid names the entry at fault."""
    about = files.tables["city"]
    zone = _zone(about)
    organisation = parse_organisation(files.tables["organisation"])
    return City(
        name=str(about["name"]),
        name_en=str(about.get("name_en", about["name"])),
        zone=zone,
        number_length=int(about.get("number_length", 7)),
        call_hours=parse_hours(list(about.get("call_hours", ["09:00-12:00", "14:00-20:00"]))),
        calendar=parse_calendar(files.tables["calendar"], zone.key),
        workflow=parse_workflow(files.tables["workflow"]),
        limits=parse_limits(files.tables["limits"]),
        routing=parse_routing(files.tables["routing"], organisation),
        organisation=organisation,
        duty=_duty(files.maps["grids"]),
        centre=_centre(about),
        synthetic_map=bool(about.get("synthetic_map", False)),
        telephone=parse_plan(_table(about, "telephone")),
        calls=parse_call_rules(_table(about, "calls")),
        call_waits=tuple(int(wait) for wait in about.get("call_waits_s", (600, 1800))),
    )


def _zone(about: Mapping[str, Any]) -> ZoneInfo:
    for need in ("name", "zone"):
        if not isinstance(about.get(need), str):
            raise Invalid(f"city.{need}", "is missing")
    try:
        return ZoneInfo(about["zone"])
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Invalid("city.zone", f"{about['zone']!r} is not a time zone") from error


def _table(about: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = about.get(name, {})
    if not isinstance(table, Mapping):
        raise Invalid(f"city.{name}", "is no table")
    return table


def _centre(about: Mapping[str, Any]) -> tuple[float, float]:
    try:
        lon, lat = (float(one) for one in about["centre"])
        Point(lon, lat)
    except (KeyError, TypeError, ValueError, Invalid) as error:
        raise Invalid("city.centre", "must be [longitude, latitude]") from error
    return lon, lat


def _duty(grids: Mapping[str, Any]) -> dict[str, str]:
    """Give the duty grid of every cell that has one."""
    properties = [feature["properties"] for feature in grids["features"]]
    return {str(one["code"]): str(one["duty"]) for one in properties if one.get("duty")}


def _read(read: Callable[[Path], T], path: Path) -> T:
    try:
        return read(path)
    except FileNotFoundError as error:
        raise Invalid("home.city", f"the city file {path} is missing") from error
    except (OSError, Unreadable) as error:
        raise Invalid("home.city", f"the city file {path} cannot be read: {error}") from error


def _geojson(path: Path) -> dict[str, Any]:
    data = _read(read_json, path)
    if not isinstance(data, dict) or not isinstance(data.get("features"), list):
        raise Invalid("home.city", f"the city file {path} is not a GeoJSON FeatureCollection")
    return data
