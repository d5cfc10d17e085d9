"""A photo as we keep it: a bounded JPEG with nothing else in it, and where it was taken."""

import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from PIL import ExifTags, Image, ImageOps

from hotline.errors import Invalid
from hotline.place.point import Point

FORMATS: Final = ("JPEG", "PNG", "WEBP")
QUALITY: Final = 82


def reencode(source: Path, *, side: int, most_pixels: int) -> tuple[bytes, Point | None]:
    """Give the photo as JPEG of at most `side` pixels an edge, and where its EXIF says it was.

    Raises Invalid when it is no photo, broken, or of more than `most_pixels`.
    """
    try:
        with Image.open(source, formats=FORMATS) as image:
            _refuse_bombs(image, most_pixels)
            image.draft("RGB", (side, side))
            hint = _place(image)
            plain = ImageOps.exif_transpose(image)
            plain.thumbnail((side, side))
            return _jpeg(plain), hint
    except Invalid:
        raise
    except (
        OSError,
        ValueError,
        SyntaxError,
        TypeError,
        KeyError,
        IndexError,
        ArithmeticError,
        AttributeError,
        RuntimeError,
        MemoryError,
        EOFError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:  # what Pillow's decoders raise on hostile files
        raise Invalid(
            "media", f"not a photo that can be read: {error!r}", code="bad_media"
        ) from error


def _refuse_bombs(image: Image.Image, most_pixels: int) -> None:
    if image.width * image.height > most_pixels:
        raise Invalid("media", "too many pixels", code="bad_media")


def _jpeg(image: Image.Image) -> bytes:
    """Transparency becomes white; a fresh image carries no EXIF, no profile, no comment."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        flat = Image.new("RGB", image.size, "white")
        flat.paste(image, mask=image.getchannel("A"))
    else:
        flat = image.convert("RGB")
        flat.info.clear()
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=QUALITY, optimize=False, exif=b"", icc_profile=None)
    return out.getvalue()


def _place(image: Image.Image) -> Point | None:
    """A hint only: whatever is odd about it, there is none."""
    try:
        tags = image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        lat = _degrees(tags, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, "S")
        lon = _degrees(tags, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, "W")
        if not (math.isfinite(lat) and math.isfinite(lon)) or (lat == 0 and lon == 0):
            return None
        return Point(lon=lon, lat=lat)
    except (
        Invalid,
        OSError,
        ValueError,
        SyntaxError,
        TypeError,
        KeyError,
        IndexError,
        ArithmeticError,
        AttributeError,
    ):
        return None


def _degrees(tags: Mapping[int, Any], value: int, side: int, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in tags[value])
    size = degrees + minutes / 60 + seconds / 3600
    return -size if tags.get(side) == negative else size
