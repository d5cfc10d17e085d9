"""The photo that a playing collector takes: a street drawn by its case's number, dated on it."""

import io
import random
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from PIL import ExifTags, Image, ImageDraw

SIZE: Final = (1280, 960)
_HORIZON: Final = 430


def draw_photo(number: str, at: datetime, point: Mapping[str, float] | None = None) -> bytes:
    """Give a JPEG of a made-up street, taken at a point; the same number gives the same street."""
    dice = random.Random(number)
    image = Image.new("RGB", SIZE, (176 + dice.randrange(40), 205, 232))
    pen = ImageDraw.Draw(image)
    _houses(pen, dice)
    _road(pen, dice)
    _fault(pen, dice)
    pen.rectangle((0, SIZE[1] - 64, SIZE[0], SIZE[1]), fill=(20, 24, 32))
    pen.text((24, SIZE[1] - 52), f"{number}   {at:%Y-%m-%d %H:%M}", fill="white", font_size=36)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85, exif=_exif(at, point))
    return out.getvalue()


def _exif(at: datetime, point: Mapping[str, float] | None) -> Image.Exif:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif).update(
        {
            ExifTags.Base.DateTimeOriginal: f"{at:%Y:%m:%d %H:%M:%S}",
            ExifTags.Base.OffsetTimeOriginal: "+00:00",
        }
    )
    if point is not None:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(
            {
                ExifTags.GPS.GPSLatitudeRef: "N" if point["lat"] >= 0 else "S",
                ExifTags.GPS.GPSLatitude: _degrees(point["lat"]),
                ExifTags.GPS.GPSLongitudeRef: "E" if point["lon"] >= 0 else "W",
                ExifTags.GPS.GPSLongitude: _degrees(point["lon"]),
            }
        )
    return exif


def _degrees(size: float) -> tuple[float, float, float]:
    minutes, seconds = divmod(abs(size) * 3600, 60)
    degrees, minutes = divmod(minutes, 60)
    return degrees, minutes, seconds


def _houses(pen: ImageDraw.ImageDraw, dice: random.Random) -> None:
    left = 0
    while left < SIZE[0]:
        width, height = dice.randrange(110, 230), dice.randrange(150, 390)
        shade = dice.randrange(120, 200)
        wall = (shade, shade - dice.randrange(30), shade - dice.randrange(50))
        pen.rectangle((left, _HORIZON - height, left + width, _HORIZON), fill=wall)
        for x in range(left + 18, left + width - 30, 44):
            for y in range(_HORIZON - height + 20, _HORIZON - 40, 56):
                lit = dice.random() < 0.2
                pen.rectangle((x, y, x + 24, y + 32), fill="khaki" if lit else "slategray")
        left += width + 6


def _road(pen: ImageDraw.ImageDraw, dice: random.Random) -> None:
    pen.rectangle((0, _HORIZON, SIZE[0], SIZE[1]), fill=(150, 150, 146))
    middle = SIZE[0] // 2 + dice.randrange(-120, 120)
    pen.polygon(
        [(middle - 60, _HORIZON), (middle + 60, _HORIZON), (1180, SIZE[1]), (100, SIZE[1])],
        fill=(78, 80, 84),
    )
    for step in range(9):
        y = _HORIZON + 20 + step * step * 6
        pen.rectangle((middle - 3 - step, y, middle + 3 + step, y + 10 + step * 3), fill="white")


def _fault(pen: ImageDraw.ImageDraw, dice: random.Random) -> None:
    """Something is wrong on this street, with a cone beside it."""
    x, y = dice.randrange(380, 800), dice.randrange(620, 760)
    for _ in range(14):
        dx, dy = dice.randrange(-90, 90), dice.randrange(-34, 34)
        size = dice.randrange(12, 46)
        shade = dice.randrange(30, 70)
        pen.ellipse(
            (x + dx - size, y + dy - size // 2, x + dx + size, y + dy + size // 2),
            fill=(shade, shade, shade - 10),
        )
    pen.polygon([(x + 150, y - 110), (x + 110, y + 20), (x + 190, y + 20)], fill="orangered")
    pen.polygon(
        [(x + 138, y - 60), (x + 162, y - 60), (x + 168, y - 40), (x + 132, y - 40)], fill="white"
    )
