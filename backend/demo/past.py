"""What a demo city's past is made of: its history.toml, its streets and estates, the catalogue."""

import io
from collections.abc import Iterator, Mapping
from typing import Any

from PIL import Image

from backend.city_files import CityFiles
from backend.demo.history import HISTORY, Past, PastSpan, SeedPlace
from backend.media import MediaStore
from config.settings import Settings
from config.textfile import read_toml
from hotline.media import MediaKind
from hotline.place.point import Point
from hotline.wire import convert

SIDE_PX = 320
SKY, GROUND = (168, 196, 222), (121, 116, 108)


async def read_past(settings: Settings, files: CityFiles) -> Past:
    """The past of a city that has one; its photo is put into the media folder."""
    store = MediaStore(settings.home.data_dir / "media", settings.media)
    store.open()
    try:
        photo = await store.put_bytes(drawn_photo(), MediaKind.PHOTO)
        size = store.size(photo.sha256)
    finally:
        store.close()
    figures = read_toml(settings.city_folder / HISTORY)
    return Past(
        figures,
        convert(figures["span"], dict[str, PastSpan]),
        dict(files.catalogue.examples["examples"]),
        tuple(scenes(files)),
        photo,
        size,
    )


def scenes(files: CityFiles) -> Iterator[SeedPlace]:
    """Places where something can be wrong: along the streets, and at the estates."""
    for road in files.maps["roads"]["features"]:
        yield from _along(road["properties"], road["geometry"])
    for place in files.maps["places"]["features"]:
        if place["geometry"]["type"] == "Point" and place["properties"].get("kind") != "water":
            yield SeedPlace(place["properties"]["name"], Point(*place["geometry"]["coordinates"]))


def _along(about: Mapping[str, Any], geometry: Mapping[str, Any]) -> Iterator[SeedPlace]:
    """A scene at every third bend of a street."""
    if geometry["type"] == "LineString":
        for corner in geometry["coordinates"][1:-1:3]:
            yield SeedPlace(about["name"], Point(*corner))


def drawn_photo() -> bytes:
    """A small picture of sky and ground: the past needs a photo, and no camera was there."""
    image = Image.new("RGB", (SIDE_PX, SIDE_PX), GROUND)
    image.paste(SKY, (0, 0, SIDE_PX, SIDE_PX // 2))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
