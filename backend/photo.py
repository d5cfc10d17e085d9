"""A photo as we keep it: a bounded JPEG with nothing else in it, and where it was taken."""

import io
from contextlib import suppress
from pathlib import Path
from typing import Final

from PIL import ExifTags, Image, ImageCms, ImageOps

from backend.exif import ODD, ShotAt, Tags, shot_at
from hotline.errors import Invalid

FORMATS: Final = ("JPEG", "PNG", "WEBP")
QUALITY: Final = 82
# A decoded pixel takes four bytes; a JPEG is decoded at a fraction of its size, others are not.
MAX_DECODED: Final = 128 << 20
PIXEL_BYTES: Final = 4
MAX_PROFILE: Final = 4 << 20
SRGB: Final = ImageCms.createProfile("sRGB")
# The modes that a colour profile may belong to, and what it then says it is for.
PROFILED: Final = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
WHITE: Final = 255.0
DEEP_WHITE: Final = 65_535.0
# What telephones write when they are not told to write JPEG: no decoder of ours reads it.
# A file names its own brand first, and those it is compatible with behind it.
_BRANDS: Final = frozenset(
    (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"heif", b"mif1",
     b"mif2", b"msf1", b"avif", b"avis", b"avio")
)  # fmt: skip
_BRAND_BYTES: Final = 256


def reencode(source: Path, *, side: int, most_pixels: int) -> tuple[bytes, ShotAt]:
    """Give the photo as JPEG of at most `side` pixels an edge, and where and when its EXIF says.

    It is kept as it was seen: upright, its colours as its profile means them, transparency on
    white, of several pictures the first.
    Raises Invalid when it is no photo, broken, or of more than `most_pixels`.
    """
    _refuse_others(source)
    try:
        with Image.open(source, formats=FORMATS) as image:
            _refuse_bombs(image, most_pixels, side)
            shot = shot_at(_tags(image, ExifTags.IFD.Exif), _tags(image, ExifTags.IFD.GPSInfo))
            profile = image.info.get("icc_profile")
            plain = _flat(image)
            plain.thumbnail((side, side))
            return _jpeg(_srgb(ImageOps.exif_transpose(plain), profile)), shot
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
            "media", f"not a photo that can be read: {type(error).__name__}", code="bad_media"
        ) from error


def shrunk(source: Path, side: int) -> tuple[bytes, int, int]:
    """Give a kept photo as JPEG of at most `side` pixels an edge, and its width and height.

    OSError, ValueError or SyntaxError where the file is broken or gone.
    """
    try:
        with Image.open(source, formats=("JPEG",)) as photo:
            photo.draft("RGB", (side, side))
            small = photo.convert("RGB")
    except Image.DecompressionBombError as error:
        raise ValueError("its head tells more pixels than a photo has") from error
    small.thumbnail((side, side))
    return _jpeg(small), small.width, small.height


def _refuse_others(source: Path) -> None:
    with source.open("rb") as file:
        head = file.read(_BRAND_BYTES)
    if not head:
        raise Invalid("media", "the file is empty", code="empty_photo")
    brands = head[8 : max(12, int.from_bytes(head[:4]))]
    named = {brands[at : at + 4] for at in range(0, len(brands), 4)}
    if head[4:8] == b"ftyp" and named & _BRANDS:
        raise Invalid("media", "HEIC and AVIF are not read", code="heic_photo")


def _refuse_bombs(image: Image.Image, most_pixels: int, side: int) -> None:
    """Also lets a JPEG be decoded at the fraction of its size that is needed."""
    if image.width * image.height <= most_pixels:
        image.draft("RGB", (side, side))
        if image.width * image.height * PIXEL_BYTES <= MAX_DECODED:
            return
    raise Invalid("media", "too many pixels", code="large_photo")


def _flat(image: Image.Image) -> Image.Image:
    """Give a photo of any mode in 8 bits without transparency: grey, RGB or CMYK."""
    exif = image.getexif()
    if image.mode[0] in "IF":
        plain = _eight_bits(image)
    elif "A" in image.mode.upper()[1:] or "transparency" in image.info:
        deep = image.convert("RGBA")
        plain = Image.new("RGB", image.size, "white")
        plain.paste(deep, mask=deep.getchannel("A"))
    else:
        plain = image.copy() if image.mode in PROFILED else image.convert("RGB")
    plain.info = {"exif": exif.tobytes()} if exif else {}
    return plain


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Give an image in the colours that every screen shows; a broken profile counts for none."""
    if profile and len(profile) <= MAX_PROFILE:
        with suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            # A grey picture with a profile of colours, and the other way round, is a mistake.
            if meant.profile.xcolor_space.strip() == PROFILED[image.mode]:
                seen = ImageCms.profileToProfile(image, meant, SRGB, outputMode="RGB")
                if seen is not None:
                    return seen
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Bring deep grey to 8 bits by its range: converting alone would clip it to white."""
    if image.mode.startswith("I;16"):
        image = image.convert("I")
    low, high = (float(edge) for edge in image.getextrema())  # type: ignore[arg-type]
    if low >= 0 and high <= DEEP_WHITE:
        low, high = 0.0, WHITE if high <= WHITE and image.mode == "F" else DEEP_WHITE
    scale = WHITE / (high - low or 1.0)
    return image.point(lambda value: value * scale - low * scale).convert("L")


def _jpeg(image: Image.Image) -> bytes:
    """Nothing goes with it: no EXIF, no profile, no comment."""
    image.info.clear()
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=False, exif=b"", icc_profile=None)
    return out.getvalue()


def _tags(image: Image.Image, part: ExifTags.IFD) -> Tags:
    try:
        return image.getexif().get_ifd(part)
    except ODD:
        return {}
