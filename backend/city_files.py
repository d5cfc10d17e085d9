"""Reading a city's configuration from its folder, or from the sections of a release."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from config.catalogue_files import (
    DEFAULT_EDITION,
    LISTS,
    SPOKEN,
    WORD_LISTS,
    CatalogueFiles,
    catalogue_texts,
    parse_catalogue,
    read_words,
)
from config.settings import ROOT, Settings, SettingsError
from config.textfile import Unreadable, read_text
from hotline.errors import HotlineError, Invalid
from hotline.organisation import Staff, parse_people
from hotline.place.layer import read_layer, streets
from hotline.place.point import Point
from hotline.release import Section, Sections, manifest_of, release_id

ROADS = "roads"
# What reading somebody's data raises where it is not what it should be.
UNREADABLE: Final = (
    *(HotlineError, ValueError, TypeError, LookupError, AttributeError),
    *(ArithmeticError, RecursionError, re.error),
)
# Each layer of the map with the property that names a feature.
NAMED_BY = {"grids": "code", ROADS: "name", "places": "name"}
MAPS = tuple(NAMED_BY)
# Sections that a release of an earlier version does not have yet, and files that a city's folder of
# 0.1.0 does not have: the shipped city's stand in for them.
ADDED: Final = ("room", "privacy")
SINCE_0_2 = ("form", "posts", *ADDED)
TABLES: Final = (
    *("city", "organisation", "routing", "workflow", "limits", "calendar"),
    *SINCE_0_2,
)
SHIPPED = ROOT / "config" / "city" / "demo"
# Nothing goes by a rule that a city has not made itself: without the file all is kept for ever.
UNSAID: Final[Mapping[str, str]] = {"privacy": "schema = 1\n"}
# Who works there: no section, for people come and go while the same release counts.
PEOPLE_FILE: Final = "people.toml"
TOML, JSON, GEOJSON, CSV = "toml", "json", "geojson", "csv"
# The edition of the codes, and before each of its files' names.
CATALOGUE: Final = "catalogue"
# So many characters are read at most: of a map, of anything else. More is a mistake, and would hold
# up whoever reads it for minutes.
MAX_MAP: Final = 64 << 20
MAX_TEXT: Final = 4 << 20
_OF_CATALOGUE: Final = f"{CATALOGUE}."


@dataclass(frozen=True, slots=True)
class CityFiles:
    """A city's configuration, read: `tables` and `maps` by section (parsed), and its release.

    `staff` are its people, of whom no release speaks; None where nothing says who they are.
    """

    release: str
    tables: Mapping[str, dict[str, Any]]
    maps: Mapping[str, dict[str, Any]]
    catalogue: CatalogueFiles
    staff: Staff | None = None


def read_city(folder: Path, edition: str = DEFAULT_EDITION) -> CityFiles:
    """Read a city's folder and the codes that it uses.

    Invalid or SettingsError names the file that is missing or cannot be read.
    """
    return files_of(read_sections(folder, edition), read_staff(folder))


def files_by(settings: Settings) -> CityFiles:
    """Read the city that the settings name."""
    return read_city(settings.city_folder, settings.home.catalogue)


def sections_by(settings: Settings) -> dict[str, Section]:
    """Give the sections of the city that the settings name."""
    return read_sections(settings.city_folder, settings.home.catalogue)


def staff_by(settings: Settings) -> Staff | None:
    """Read the people of the city that the settings name."""
    return read_staff(settings.city_folder)


def read_staff(folder: Path) -> Staff | None:
    """Give the people of a city's folder, or None where it names none.

    Before people.toml they stood in organisation.toml.
    """
    own = (folder / PEOPLE_FILE).exists()
    name = "people" if own else "organisation"
    rows = parse_people(read_table(name, _table(folder, name)))
    return Staff(rows) if rows or own else None


def read_sections(folder: Path, edition: str = DEFAULT_EDITION) -> dict[str, Section]:
    """Give the sections of a city's folder as they are written, and those of its codes.

    A folder that has a `catalogue` goes by that one and by no `edition` of ours.
    """
    if not folder.is_dir():
        raise Invalid("home.city", f"there is no city folder {folder}")
    found = {}
    for name in TABLES:
        found[name] = _table(folder, name)
    found |= {name: Section(GEOJSON, _text(folder / file_name(name))) for name in MAPS}
    own = folder / file_name(CATALOGUE)
    if own.exists():
        edition = str(read_table(CATALOGUE, Section(TOML, _text(own))).get("edition", ""))
        names = (*LISTS, *SPOKEN, *WORD_LISTS)
        texts = {name: _text(folder / file_name(f"{_OF_CATALOGUE}{name}")) for name in names}
    else:
        texts = catalogue_texts(edition)
    found[CATALOGUE] = Section(TOML, f'edition = "{edition}"\n')
    for name, text in texts.items():
        found[f"{_OF_CATALOGUE}{name}"] = Section(CSV if name in LISTS else TOML, text)
    return found


def _table(folder: Path, name: str) -> Section:
    path, plain = folder / file_name(name), folder / file_name(name, JSON)
    if plain.exists():
        if path.exists():
            said = f"there are both {path} and {plain.name}: only one of them can count"
            raise Invalid("home.city", said)
        return Section(JSON, _text(plain))
    if name in SINCE_0_2 and not path.exists():
        return _shipped(name)
    return Section(TOML, _text(path))


def _shipped(name: str) -> Section:
    """Give what stands in for a section that a city does not have."""
    return Section(TOML, UNSAID.get(name) or _text(SHIPPED / file_name(name)))


def file_name(section: str, form: str = TOML) -> str:
    """Give the file of a section in a city's folder; a table may be JSON, too."""
    if section.startswith(CATALOGUE):
        name = section.removeprefix(_OF_CATALOGUE)
        return f"{CATALOGUE}/{name}.{CSV if name in LISTS else TOML}"
    if section in MAPS:
        return f"{section}.{GEOJSON}"
    return f"{section}.{JSON if form == JSON else TOML}"


def files_of(sections: Sections, staff: Staff | None = None) -> CityFiles:
    """Read the sections of a city, and put its people beside them.

    Invalid names the section that is missing or cannot be read.
    """
    release = release_id(manifest_of(sections))
    sections = {
        **{name: _shipped(name) for name in ADDED if name not in sections},
        **sections,
    }
    words = [f"{_OF_CATALOGUE}{name}" for name in (*LISTS, *SPOKEN, *WORD_LISTS)]
    for name in (*TABLES, *MAPS, CATALOGUE, *words):
        if name not in sections:
            raise Invalid("home.city", f"the city file {file_name(name)} is missing")
    tables = {name: read_table(name, sections[name]) for name in TABLES}
    centre = Point(*centre_of(tables["city"]))
    maps = {name: _layer(name, sections[name], centre) for name in MAPS}
    edition = str(read_table(CATALOGUE, sections[CATALOGUE]).get("edition", ""))
    for name in words:
        _check_size(name, sections[name])
    texts = tuple((name.removeprefix(_OF_CATALOGUE), sections[name].text) for name in words)
    catalogue = _catalogue(edition, texts)
    return CityFiles(release, tables, maps, catalogue, staff)


@lru_cache(maxsize=4)
def _catalogue(edition: str, texts: tuple[tuple[str, str], ...]) -> CatalogueFiles:
    try:
        return parse_catalogue(edition, dict(texts))
    except SettingsError as error:
        raise Invalid("home.catalogue", str(error)) from error


def read_section(name: str, section: Section) -> None:
    """Raise Invalid for a section that is no text of its form, or that no city has."""
    if name in MAPS:
        _features(name, section)
    elif name.startswith(_OF_CATALOGUE):
        _read_words(name.removeprefix(_OF_CATALOGUE), section.text)
    elif name in TABLES or name == CATALOGUE:
        read_table(name, section)
    else:
        raise Invalid("home.city", f"no city has a section {name!r}")


def _read_words(name: str, text: str) -> None:
    try:
        read_words(name, text)
    except SettingsError as error:
        raise Invalid("home.catalogue", str(error)) from error


def read_table(name: str, section: Section) -> dict[str, Any]:
    """Give the table that a section holds; Invalid names it, and the line at fault."""
    _check_size(name, section)
    try:
        if section.format == TOML:
            return tomllib.loads(section.text)
        data = json.loads(section.text)
    except (ValueError, RecursionError) as error:
        said = f"the city file {file_name(name, section.format)} cannot be read: {error}"
        raise Invalid("home.city", said) from error
    if not isinstance(data, dict):
        raise Invalid(
            "home.city", f"the city file {file_name(name, section.format)} holds no table"
        )
    return data


# A release mostly changes neither maps nor words, and to read those takes the longest.
@lru_cache(maxsize=4 * len(NAMED_BY))
def _layer(name: str, section: Section, centre: Point) -> dict[str, Any]:
    """A layer in the one simple form that everything behind it reads, the console's map too."""
    data = _features(name, section)
    features = read_layer(data, name, NAMED_BY[name], centre)
    if name == ROADS:
        features = streets(features)
    simple = [
        {"type": "Feature", "properties": dict(one.properties), "geometry": one.geometry()}
        for one in features
    ]
    return {**data, "features": simple}


def _check_size(name: str, section: Section) -> None:
    most = MAX_MAP if name in MAPS else MAX_TEXT
    if len(section.text) > most:
        said = f"the city file {file_name(name)} is longer than {most} characters"
        raise Invalid("home.city", said)


def _features(name: str, section: Section) -> dict[str, Any]:
    data = read_table(name, section)
    if not isinstance(data.get("features"), list):
        said = f"the city file {file_name(name)} is not a GeoJSON FeatureCollection"
        raise Invalid("home.city", said)
    return data


def centre_of(about: Mapping[str, Any]) -> tuple[float, float]:
    """Give the middle of a city's map: (longitude, latitude)."""
    try:
        lon, lat = (float(one) for one in about["centre"])
        Point(lon, lat)
    except (KeyError, TypeError, ValueError, Invalid) as error:
        raise Invalid("city.centre", "must be [longitude, latitude]") from error
    return lon, lat


def _text(path: Path) -> str:
    try:
        text = read_text(path)
    except FileNotFoundError as error:
        raise Invalid("home.city", f"the city file {path} is missing") from error
    except (OSError, Unreadable) as error:
        raise Invalid("home.city", f"the city file {path} cannot be read: {error}") from error
    if not text.strip():
        raise Invalid("home.city", f"the city file {path} cannot be read: is empty")
    return text
