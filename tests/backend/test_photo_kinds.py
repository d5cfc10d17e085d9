"""Fault 17 and its kind: a photo of any make is kept as it was seen, or refused with the reason."""

import io
import resource
import struct
import zlib
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backend.darkroom import develop
from backend.media import MediaStore
from backend.photo import reencode
from config.sections import MediaSettings
from hotline.errors import Invalid
from hotline.media import MediaKind

pytestmark = pytest.mark.slow

SIDE = 256
RAMP = np.tile(np.arange(SIDE, dtype=np.uint8), (SIDE, 1))
DEEP = (RAMP.astype(np.uint16) * 257).astype(np.uint16)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MediaStore]:
    made = MediaStore(tmp_path / "media", MediaSettings(), reencode)
    made.open()
    yield made
    made.close()


async def kept(store: MediaStore, image: Image.Image, form: str, **more: object) -> Image.Image:
    """What is kept of an image."""
    out = io.BytesIO()
    image.save(out, form, **more)
    file = await store.put_bytes(out.getvalue(), MediaKind.PHOTO)
    with Image.open(store.find(file.sha256)) as seen:
        return seen.convert("RGB")


def at(image: Image.Image, x: int, y: int) -> int:
    """How light a pixel is."""
    return int(image.convert("L").getpixel((x, y)))  # type: ignore[arg-type]


async def test_17_a_ramp_of_16_bit_grey_stays_a_ramp(store: MediaStore) -> None:
    seen = await kept(store, Image.fromarray(DEEP), "PNG")
    assert np.asarray(seen.convert("L")).mean() == pytest.approx(127.5, abs=2)
    for x in (0, 64, 128, 255):
        assert at(seen, x, 9) == pytest.approx(x, abs=3)


def opaque(shade: int) -> Image.Image:
    """A grey ramp with an alpha of its own."""
    image = Image.fromarray(RAMP).convert("LA")
    image.putalpha(shade)
    return image


MAKES: dict[str, tuple[Image.Image, str]] = {
    "L": (Image.fromarray(RAMP), "PNG"),
    "LA": (opaque(255), "PNG"),
    "RGB": (Image.fromarray(RAMP).convert("RGB"), "PNG"),
    "RGBA": (Image.fromarray(RAMP).convert("RGBA"), "PNG"),
    "P": (Image.fromarray(RAMP).convert("P"), "PNG"),
    "WebP": (Image.fromarray(RAMP).convert("RGB"), "WEBP"),
    "grey JPEG": (Image.fromarray(RAMP), "JPEG"),
    "CMYK JPEG": (Image.fromarray(RAMP).convert("RGB").convert("CMYK"), "JPEG"),
}


@pytest.mark.parametrize("make", MAKES)
async def test_17_a_ramp_of_every_make_stays_a_ramp(store: MediaStore, make: str) -> None:
    seen = await kept(store, *MAKES[make])
    for x in (4, 64, 128, 250):
        assert at(seen, x, 9) == pytest.approx(x, abs=8), make


async def test_17_black_and_white_stays_so(store: MediaStore) -> None:
    seen = await kept(store, Image.fromarray(RAMP > 127), "PNG")
    assert (at(seen, 20, 9), at(seen, 220, 9)) == (0, 255)


@pytest.mark.parametrize("mode", ["L", "RGB", "P"])
async def test_17_what_is_transparent_is_white(store: MediaStore, mode: str) -> None:
    image = Image.new(mode, (64, 64), 0)
    clear: object = (0, 0, 0) if mode == "RGB" else 0
    seen = await kept(store, image, "PNG", transparency=clear)
    assert at(seen, 9, 9) == 255


async def test_17_half_transparent_is_mixed_with_white(store: MediaStore) -> None:
    assert at(await kept(store, Image.new("LA", (64, 64), (0, 128)), "PNG"), 9, 9) == 127


@pytest.mark.parametrize("turn", range(1, 9))
async def test_17_a_turned_photo_is_upright(store: MediaStore, turn: int) -> None:
    image = Image.new("RGB", (200, 100), "black")
    image.paste("white", (0, 0, 50, 50))
    exif = Image.Exif()
    exif[0x0112] = turn
    seen = await kept(store, image, "JPEG", exif=exif, quality=95)
    assert seen.size == ((200, 100) if turn < 5 else (100, 200))
    corners = {1: (5, 5), 2: (-6, 5), 3: (-6, -6), 4: (5, -6)}
    corners |= {5: (5, 5), 6: (-6, 5), 7: (-6, -6), 8: (5, -6)}
    x, y = corners[turn]
    assert at(seen, x % seen.width, y % seen.height) > 200


@pytest.mark.parametrize("form", ["PNG", "WEBP", "MPO"])
async def test_17_of_several_pictures_the_first_is_kept(store: MediaStore, form: str) -> None:
    first, second = Image.new("RGB", (64, 64), "white"), Image.new("RGB", (64, 64), "black")
    seen = await kept(store, first, form, save_all=True, append_images=[second])
    assert at(seen, 9, 9) > 250


REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty_photo"),
    "HEIC": (b"\0\0\0\x18ftypheic" + bytes(100), "heic_photo"),
    "HEIF of a series": (b"\0\0\0\x18ftypmsf1" + bytes(100), "heic_photo"),
    "AVIF": (b"\0\0\0\x1cftypavif" + bytes(100), "heic_photo"),
    "HEIF by one it is compatible with": (
        b"\0\0\0\x18ftypMiHB" + bytes(4) + b"mif1heic",
        "heic_photo",
    ),
    "HEIF of the second kind": (b"\0\0\0\x18ftypmif2" + bytes(100), "heic_photo"),
    "a film": (b"\0\0\0\x18ftypqt  " + bytes(100), "bad_media"),
    "words": (b"not a photo", "bad_media"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_17_what_cannot_be_kept_is_refused_with_the_reason(
    store: MediaStore, name: str
) -> None:
    body, code = REFUSED[name]
    with pytest.raises(Invalid) as refusal:
        await store.put_bytes(body, MediaKind.PHOTO)
    assert (refusal.value.code, bool(refusal.value.reason)) == (code, True)
    assert "/" not in refusal.value.reason, "it names no place on this machine"


async def test_17_a_photo_that_stops_half_way_is_refused(store: MediaStore) -> None:
    out = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (400, 400, 3), dtype=np.uint8)
    Image.fromarray(noise).save(out, "PNG")
    with pytest.raises(Invalid) as refusal:
        await store.put_bytes(out.getvalue()[:-20_000], MediaKind.PHOTO)
    assert refusal.value.code == "bad_media"


async def test_17_a_photo_is_developed_in_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other tests here spare the process; this is how every photo that comes in is taken."""
    monkeypatch.setattr("backend.photo.FORMATS", ())  # here nothing could be read
    store = MediaStore(tmp_path / "media", MediaSettings())
    store.open()
    assert at(await kept(store, *MAKES["RGB"]), 64, 9) == pytest.approx(64, abs=8)
    with pytest.raises(Invalid) as refusal:
        await store.put_bytes(REFUSED["HEIC"][0], MediaKind.PHOTO)
    assert refusal.value.code == "heic_photo"
    store.close()


def zeros(count: int) -> bytes:
    """Many zeros as zlib writes them, without compressing them all: one block again and again."""
    block = 1 << 20
    packer = zlib.compressobj(9, wbits=-15)
    once = packer.compress(bytes(block)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = packer.compress(bytes(count % block)) + packer.flush()
    total = (count % 65_521) << 16 | 1
    return b"\x78\x9c" + once * (count // block) + rest + struct.pack(">I", total)


def black_png(mode: str, side: int) -> bytes:
    """A black square of a mode, written by hand: it takes no time however large it is."""
    depth, kind, bits = {
        "1": (1, 0, 1), "L": (8, 0, 8), "P": (8, 3, 8), "RGB": (8, 2, 24), "RGBA": (8, 6, 32)
    }[mode]  # fmt: skip
    parts = {
        b"IHDR": struct.pack(">IIBBBBB", side, side, depth, kind, 0, 0, 0),
        **({b"PLTE": bytes(3)} if mode == "P" else {}),
        b"IDAT": zeros(side * (1 + -(-side * bits // 8))),
        b"IEND": b"",
    }
    told = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts.items()
    )
    return b"\x89PNG\r\n\x1a\n" + told


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
async def test_m12_the_photos_of_many_pixels_are_photos(store: MediaStore, mode: str) -> None:
    file = await store.put_bytes(black_png(mode, 600), MediaKind.PHOTO)
    with Image.open(store.find(file.sha256)) as seen:
        assert seen.size == (600, 600)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_m12_a_small_file_of_many_pixels_is_refused_and_costs_no_memory(
    tmp_path: Path, mode: str
) -> None:
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(black_png(mode, 9_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Invalid) as refusal:
        develop(bomb, side=1920, most_pixels=100_000_000)
    assert refusal.value.code == "large_photo"
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 64 << 10  # KiB


def test_m12_a_large_jpeg_is_still_taken(tmp_path: Path) -> None:
    photo = tmp_path / "large.jpg"
    Image.new("RGB", (6_000, 6_000), "teal").save(photo)  # more than a PNG may have
    body, _ = develop(photo, side=1920, most_pixels=100_000_000)
    with Image.open(io.BytesIO(body)) as seen:
        assert seen.size == (1920, 1920)


def profile(space: bytes, tags: dict[bytes, bytes], *, lab: bool = False) -> bytes:
    """An ICC profile of version 2 with these tags."""
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    kind, pcs = (b"prtr", b"Lab ") if lab else (b"mntr", b"XYZ ")
    head = struct.pack(">I4xI4s4s4s", start + len(body), 0x02100000, kind, space, pcs)
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp").ljust(44, b"\0")
    white = struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D)
    return (head + white).ljust(128, b"\0") + table + body


def xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(one * 65536) for one in values))


def gamma(power: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(power * 256))


PRIMARIES = {
    "Adobe RGB": (
        (0.60974, 0.31111, 0.01947),
        (0.20528, 0.62567, 0.06087),
        (0.14919, 0.06322, 0.74457),
    ),
    "Display P3": (
        (0.51512, 0.24120, -0.00105),
        (0.29198, 0.69225, 0.04189),
        (0.15710, 0.06657, 0.78407),
    ),
    "ProPhoto": ((0.79767, 0.28804, 0.0), (0.13519, 0.71187, 0.0), (0.03135, 0.00009, 0.82491)),
}
SRGB_D50 = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
)


@pytest.mark.parametrize("name", PRIMARIES)
@pytest.mark.parametrize(("form", "mode"), [("JPEG", "RGB"), ("PNG", "RGBA"), ("WEBP", "RGB")])
async def test_17_the_colours_of_a_wide_profile_are_those_that_were_seen(
    store: MediaStore, name: str, form: str, mode: str
) -> None:
    """A photo of a wide gamut lost its profile and was kept in pale, wrong colours."""
    red, green, blue = PRIMARIES[name]
    tags = dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), (xyz(*red), xyz(*green), xyz(*blue)), strict=True))
    tags |= {b"wtpt": xyz(0.9642, 1.0, 0.8249)}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), gamma(2.2))
    told = (150, 120, 110)
    image = Image.new(mode, (64, 64), (*told, 255)[: len(mode)])
    seen = await kept(store, image, form, icc_profile=profile(b"RGB ", tags), quality=100)
    light = np.linalg.inv(SRGB_D50) @ np.array(PRIMARIES[name]).T @ (np.array(told) / 255) ** 2.2
    meant = np.where(light < 0.0031308, 12.92 * light, 1.055 * light.clip(0) ** (1 / 2.4) - 0.055)
    assert max(abs(meant * 255 - told)) > 4, "the profile says something"
    assert seen.getpixel((32, 32)) == pytest.approx(tuple(meant * 255), abs=4)


async def test_17_the_inks_of_a_cmyk_profile_are_those_that_were_seen(store: MediaStore) -> None:
    """Cyan of a press is no cyan of a screen: taken by the numbers alone it shone."""
    cells = bytearray()
    for cyan, magenta, yellow, black in product((0, 1), repeat=4):
        lightness = 0 if black else 255 - 90 * cyan - 100 * magenta - 20 * yellow
        a = 128 if black else 128 - 35 * cyan + 60 * magenta
        cells += bytes((max(lightness, 0), a, 128 if black else 128 - 45 * cyan + 80 * yellow))
    ramp = bytes(range(256))
    matrix = struct.pack(">9i", *(65536 * one for one in (1, 0, 0, 0, 1, 0, 0, 0, 1)))
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + matrix + ramp * 4 + bytes(cells) + ramp * 3
    press = profile(b"CMYK", {b"wtpt": xyz(0.9642, 1, 0.8249), b"A2B0": table}, lab=True)
    image = Image.new("CMYK", (64, 64), (255, 0, 0, 0))
    seen = await kept(store, image, "JPEG", icc_profile=press, quality=95)
    assert seen.getpixel((32, 32)) == pytest.approx((0, 168, 235), abs=12)
    assert (await kept(store, image, "JPEG", quality=95)).getpixel((32, 32)) == pytest.approx(
        (0, 255, 255), abs=3
    )


@pytest.mark.parametrize("broken", [b"", b"no profile", b"\0" * 500, profile(b"GRAY", {})])
async def test_17_a_profile_that_is_none_changes_nothing(store: MediaStore, broken: bytes) -> None:
    image = Image.fromarray(RAMP).convert("RGB")
    seen = await kept(store, image, "PNG", icc_profile=broken)
    for x in (4, 64, 128, 250):
        assert at(seen, x, 9) == pytest.approx(x, abs=8)
