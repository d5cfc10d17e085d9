"""Where and when a photo was taken by its EXIF; whatever is odd about it, it does not say."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, timedelta, timezone
from enum import IntEnum
from typing import Any, Final, TypeVar

from hotline.errors import Invalid
from hotline.place.point import Point

T = TypeVar("T")
# What a photo says, by the numbers of the EXIF standard.
Tags = Mapping[int, Any]


class Tag(IntEnum):
    """The numbers of what is looked for."""

    TAKEN_AT = 0x9003
    TAKEN_AT_OFFSET = 0x9011
    LATITUDE_SIDE = 1
    LATITUDE = 2
    LONGITUDE_SIDE = 3
    LONGITUDE = 4
    SATELLITE_TIME = 7
    SATELLITE_DAY = 29
    METRES = 31


# The edges of the calendar (its first and last year) cannot be led to UTC at all.
TIME_FORMAT: Final = "%Y:%m:%d %H:%M:%S"
# What odd EXIF and odd values raise.
ODD: Final = (
    Invalid,
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    KeyError,
    IndexError,
    ArithmeticError,
    AttributeError,
)


@dataclass(frozen=True, slots=True)
class ShotAt:
    """Where a photo was taken, within some metres, and when.

    Without an offset of its own the time is a naive one, by the clock on the wall there.
    """

    point: Point | None = None
    metres: float | None = None
    at: datetime | None = None


def shot_at(camera: Tags, satellites: Tags) -> ShotAt:
    """Give what the EXIF of a photo says, by the tags of the camera and those of the satellites."""
    return ShotAt(
        point=_said(lambda: _place(satellites)),
        metres=_said(lambda: _metres(satellites)),
        at=_said(lambda: _time(camera)) or _said(lambda: _satellite_time(satellites)),
    )


def _said(read: Callable[[], T | None]) -> T | None:
    try:
        return read()
    except ODD:
        return None


def _place(tags: Tags) -> Point | None:
    lat = _degrees(tags, Tag.LATITUDE, Tag.LATITUDE_SIDE, "S")
    lon = _degrees(tags, Tag.LONGITUDE, Tag.LONGITUDE_SIDE, "W")
    if not (math.isfinite(lat) and math.isfinite(lon)) or (lat == 0 and lon == 0):
        return None
    return Point(lon=lon, lat=lat)


def _degrees(tags: Tags, value: int, side: int, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in tags[value])
    size = degrees + minutes / 60 + seconds / 3600
    return -size if tags.get(side) == negative else size


def _metres(tags: Tags) -> float | None:
    metres = float(tags[Tag.METRES])
    return metres if math.isfinite(metres) and metres >= 0 else None


def _time(tags: Tags) -> datetime | None:
    at = datetime.strptime(_text(tags[Tag.TAKEN_AT]), TIME_FORMAT)  # noqa: DTZ007
    offset = _said(lambda: _offset(_text(tags[Tag.TAKEN_AT_OFFSET])))
    return at.replace(tzinfo=offset) if 1 < at.year < MAXYEAR else None


def _offset(text: str) -> timezone:
    hours, minutes = text[1:].split(":")
    size = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-size if text[0] == "-" else size)


def _satellite_time(tags: Tags) -> datetime | None:
    day = datetime.strptime(_text(tags[Tag.SATELLITE_DAY]), "%Y:%m:%d")  # noqa: DTZ007
    hours, minutes, seconds = (float(part) for part in tags[Tag.SATELLITE_TIME])
    at = day.replace(tzinfo=UTC) + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return at if 1 < at.year < MAXYEAR else None


def _text(value: Any) -> str:
    text = value.decode("ascii") if isinstance(value, bytes) else str(value)
    return text.strip("\0 ")
