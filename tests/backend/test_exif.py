"""Where and when photos were taken by their EXIF; odd EXIF says nothing and stops nothing."""

import io
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from backend.darkroom import develop
from backend.exif import ShotAt
from backend.photo import reencode
from hotline.place.point import Point

TIME: Final = ExifTags.Base.DateTimeOriginal
OFFSET: Final = ExifTags.Base.OffsetTimeOriginal
GPS: Final = ExifTags.GPS
HERE: Final[dict[int, Any]] = {
    GPS.GPSLatitudeRef: "N",
    GPS.GPSLatitude: (29.0, 52.0, 48.0),
    GPS.GPSLongitudeRef: "E",
    GPS.GPSLongitude: (121.0, 34.0, 12.0),
}
POINT: Final = Point(121.57, 29.88)
WALL: Final = datetime(2026, 11, 27, 10, 32, 5)  # noqa: DTZ001 - as a camera says it


def taken(
    folder: Path, times: dict[int, Any] | None = None, place: dict[int, Any] | None = None
) -> Path:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif).update(times or {})
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(place or {})
    file = folder / "photo.jpg"
    Image.new("RGB", (60, 40), "green").save(file, "JPEG", exif=exif)
    return file


def shot(file: Path) -> ShotAt:
    body, found = reencode(file, side=1920, most_pixels=1_000_000)
    with Image.open(io.BytesIO(body)) as served:
        assert not dict(served.getexif())
    return found


@pytest.mark.parametrize(
    ("times", "at"),
    [
        ({TIME: "2026:11:27 10:32:05"}, WALL),
        ({TIME: "2026:11:27 10:32:05\0", OFFSET: "+08:00"}, WALL.replace(tzinfo=timezone(
            timedelta(hours=8)))),
        ({TIME: "2026:11:27 10:32:05", OFFSET: "-03:30"}, WALL.replace(tzinfo=timezone(
            timedelta(hours=-3.5)))),
        ({TIME: "2026:11:27 10:32:05", OFFSET: "noon"}, WALL),
        ({TIME: "2026:11:27 10:32:05", OFFSET: "+99:99"}, WALL),
        ({TIME: "1970:01:01 00:00:00"}, datetime(1970, 1, 1)),  # noqa: DTZ001
        ({TIME: "2027:11:27 10:32:05"}, WALL.replace(year=2027)),
        ({TIME: "0000:00:00 00:00:00"}, None),
        ({TIME: "0001:01:01 00:00:00"}, None),
        ({TIME: "9999:12:31 23:59:59"}, None),
        ({TIME: "2026-11-27"}, None),
        ({TIME: "x" * 10_000}, None),
        ({TIME: ""}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_the_time_is_as_the_camera_says_it(
    tmp_path: Path, times: dict[int, Any], at: datetime | None
) -> None:
    assert shot(taken(tmp_path, times, HERE)) == ShotAt(POINT, None, at)


def test_without_one_it_is_the_satellites(tmp_path: Path) -> None:
    stamp = {**HERE, GPS.GPSDateStamp: "2026:11:27", GPS.GPSTimeStamp: (2.0, 32.0, 5.0)}
    assert shot(taken(tmp_path, None, stamp)).at == datetime(2026, 11, 27, 2, 32, 5, tzinfo=UTC)
    stamp[GPS.GPSTimeStamp] = (IFDRational(1, 0), 0.0, 0.0)
    assert shot(taken(tmp_path, None, stamp)).at is None


@pytest.mark.parametrize(
    ("place", "point", "metres"),
    [
        ({**HERE, GPS.GPSHPositioningError: 4.5}, POINT, 4.5),
        ({**HERE, GPS.GPSHPositioningError: IFDRational(1, 0)}, POINT, None),
        ({**HERE, GPS.GPSLatitude: (0.0, 0.0, 0.0), GPS.GPSLongitude: (0.0, 0.0, 0.0)}, None, None),
        ({**HERE, GPS.GPSLatitude: (IFDRational(0, 0), 0.0, 0.0)}, None, None),
        ({**HERE, GPS.GPSLatitude: (91.0, 0.0, 0.0)}, None, None),
        ({GPS.GPSLatitude: (29.0, 52.0)}, None, None),
        ({**HERE, GPS.GPSLatitudeRef: "S"}, Point(121.57, -29.88), None),
    ],
)
def test_an_odd_place_is_none(
    tmp_path: Path, place: dict[int, Any], point: Point | None, metres: float | None
) -> None:
    assert shot(taken(tmp_path, {TIME: "2026:11:27 10:32:05"}, place)) == ShotAt(
        point, metres, WALL
    )


def test_a_process_of_its_own_tells_the_same(tmp_path: Path) -> None:
    naive: dict[int, Any] = {TIME: "2026:11:27 10:32:05"}
    for times in (naive, {**naive, OFFSET: "+08:00"}):
        file = taken(tmp_path, times, {**HERE, GPS.GPSHPositioningError: 4.5})
        _, told = develop(file, side=1920, most_pixels=1_000_000)
        assert told == shot(file)
        assert told.at is not None
