"""The demo city's knowledge, built once for all tests that ask it."""

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from backend.triage import load_knowing
from config.catalogue_files import DEFAULT_EDITION, read_catalogue
from config.sections import HomeSettings
from config.settings import Settings
from hotline.catalogue import Edition, parse_edition
from hotline.intake.understand import Knowledge
from hotline.place.gazetteer import Gazetteer, parse_gazetteer
from hotline.place.grid import Grid, parse_grid
from hotline.place.point import Point
from tests.cities import FOLDER, demo_files, read


def layer(name: str) -> dict[str, Any]:
    """A map file of the demo city."""
    data: dict[str, Any] = json.loads((FOLDER / f"{name}.geojson").read_text("utf-8"))
    return data


def centre() -> Point:
    """The middle of the demo city."""
    lon, lat = read("city.toml")["centre"]
    return Point(lon, lat)


@cache
def demo_grid() -> Grid:
    """The demo city's cells."""
    return parse_grid(layer("grids"), centre())


@cache
def demo_gazetteer() -> Gazetteer:
    """The demo city's names."""
    return parse_gazetteer(layer("roads"), layer("places"), centre())


@cache
def demo_knowledge() -> tuple[Edition, Knowledge]:
    """The default edition and what is known with it of the demo city."""
    files = read_catalogue(DEFAULT_EDITION)
    edition = parse_edition(files.edition, files.matters, files.components)
    with TemporaryDirectory(prefix="hl-") as folder:
        settings = Settings(home=HomeSettings(data_dir=Path(folder)))
        return edition, load_knowing(settings, demo_files())
