"""Reading a city's folder; what is missing or cannot be read is told by its file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from config.settings import ROOT
from config.textfile import Unreadable, read_json, read_toml
from hotline.errors import Invalid
from hotline.place.layer import read_layer, streets
from hotline.place.point import Point

ROADS = "roads"
# Each layer of the map with the property that names a feature.
NAMED_BY = {"grids": "code", ROADS: "name", "places": "name"}
MAPS = tuple(NAMED_BY)
# Files that a city's folder of 0.1.0 does not have yet: the shipped city's stand in for them.
SINCE_0_2 = ("form", "posts")
SHIPPED = ROOT / "config" / "city" / "demo"

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
    for name in SINCE_0_2:
        path = folder / f"{name}.toml"
        tables[name] = _read(read_toml, path if path.exists() else SHIPPED / path.name)
    centre = Point(*centre_of(tables["city"]))
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


def centre_of(about: Mapping[str, Any]) -> tuple[float, float]:
    """Give the middle of a city's map: (longitude, latitude)."""
    try:
        lon, lat = (float(one) for one in about["centre"])
        Point(lon, lat)
    except (KeyError, TypeError, ValueError, Invalid) as error:
        raise Invalid("city.centre", "must be [longitude, latitude]") from error
    return lon, lat


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
