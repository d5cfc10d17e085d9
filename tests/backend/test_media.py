"""Photos and recordings: what is kept, what is refused, and what a killed writer leaves."""

import io
import os
import struct
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from PIL import ExifTags, Image, TiffImagePlugin

from backend.media import ABANDONED_S, MediaStore
from backend.photo import reencode
from config.sections import MediaSettings
from hotline.errors import Invalid, NotFound, TooLarge
from hotline.media import MediaKind

LIMITS = MediaSettings(photo_mb=1, recording_mb=1, photo_pixels=4_000_000)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MediaStore]:
    made = MediaStore(tmp_path / "media", LIMITS, reencode)
    made.open()
    yield made
    made.close()


def make_photo(
    width: int = 64,
    height: int = 48,
    form: str = "JPEG",
    *,
    gps: object = None,
    mode: str = "RGB",
    colour: str = "teal",
) -> bytes:
    image = Image.new(mode, (width, height), 90 if mode in ("L", "P") else colour)
    out = io.BytesIO()
    exif = Image.Exif()
    if gps is not None:
        exif[ExifTags.IFD.GPSInfo] = gps
        exif[ExifTags.Base.Make] = "camera of a citizen"
    image.save(out, form, exif=exif)
    return out.getvalue()


def make_wav(seconds: float = 0.5, rate: int = 8000, channels: int = 1) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"\x01\x02" * int(seconds * rate) * channels)
    return out.getvalue()


def position(lat: float, lon: float, south: str = "N", west: str = "E") -> dict[int, object]:
    def parts(value: float) -> tuple[TiffImagePlugin.IFDRational, ...]:
        whole = int(value)
        minutes = int((value - whole) * 60)
        seconds = ((value - whole) * 60 - minutes) * 60
        return tuple(
            TiffImagePlugin.IFDRational(round(part * 10_000), 10_000)
            for part in (whole, minutes, seconds)
        )

    return {1: south, 2: parts(lat), 3: west, 4: parts(lon)}


async def test_a_photo_is_kept_small_and_without_what_the_camera_wrote(store: MediaStore) -> None:
    body = make_photo(2000, 1500, gps=position(29.87, 121.55))
    kept = await store.put_bytes(body, MediaKind.PHOTO)
    assert kept.mime == "image/jpeg"
    assert kept.hint is not None
    assert kept.hint.lat == pytest.approx(29.87, abs=1e-5)
    assert kept.hint.lon == pytest.approx(121.55, abs=1e-5)
    stored = store.find(kept.sha256).read_bytes()
    assert b"citizen" not in stored
    assert b"Exif" not in stored
    with Image.open(io.BytesIO(stored)) as image:
        assert image.size == (1920, 1440)
    assert store.mime(kept.sha256) == "image/jpeg"


async def test_the_same_photo_twice_is_one_file(store: MediaStore) -> None:
    first = await store.put_bytes(make_photo(), MediaKind.PHOTO)
    second = await store.put_bytes(make_photo(), MediaKind.PHOTO_DONE)
    assert first.sha256 == second.sha256
    assert second.kind is MediaKind.PHOTO_DONE


@pytest.mark.parametrize(
    ("form", "mode"),
    [("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK")],
)
async def test_other_photos_become_jpeg(store: MediaStore, form: str, mode: str) -> None:
    kept = await store.put_bytes(make_photo(form=form, mode=mode), MediaKind.PHOTO)
    with Image.open(store.find(kept.sha256)) as image:
        assert (image.format, image.mode) == ("JPEG", "RGB")


async def test_a_photo_taken_sideways_is_turned(store: MediaStore) -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.new("RGB", (60, 20)).save(out, "JPEG", exif=exif)
    kept = await store.put_bytes(out.getvalue(), MediaKind.PHOTO)
    with Image.open(store.find(kept.sha256)) as image:
        assert image.size == (20, 60)


@pytest.mark.parametrize("gps", [position(95.0, 10.0), position(0, 0), {1: "N", 2: (1, 2, 3)}])
async def test_a_place_that_cannot_be_is_no_hint(store: MediaStore, gps: object) -> None:
    kept = await store.put_bytes(make_photo(gps=gps), MediaKind.PHOTO)
    assert kept.hint is None


HOSTILE = {
    "nothing": b"",
    "words": b"<script>alert(1)</script>",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "half a jpeg": make_photo(400, 400)[:700],
    "a jpeg's first bytes": b"\xff\xd8\xff\xe0",
    "a gif": make_photo(form="GIF", mode="P"),
    "too many pixels": make_photo(4000, 1001),
    "a png that lies": b"\x89PNG\r\n\x1a\n"
    + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 60_000, 60_000, 8, 2, 0, 0, 0)
    + b"\0" * 40,
    "a wav": make_wav(),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_no_photo_is_refused_and_leaves_nothing(
    store: MediaStore, tmp_path: Path, name: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await store.put_bytes(HOSTILE[name], MediaKind.PHOTO)
    codes = {"nothing": "empty_photo", "too many pixels": "large_photo"}
    assert refused.value.code == codes.get(name, "bad_media")
    assert not [path for path in (tmp_path / "media").rglob("*") if path.is_file()]


async def test_a_body_past_the_limit_stops_the_upload(store: MediaStore, tmp_path: Path) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 64 * 1024
            yield b"\xff" * 64 * 1024

    with pytest.raises(TooLarge):
        await store.put(endless(), MediaKind.PHOTO)
    assert sent <= 1_200_000
    assert not list((tmp_path / "media" / "incoming").iterdir())


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (8000, 2), (16000, 1)])
async def test_a_recording_is_kept_as_it_is(store: MediaStore, rate: int, channels: int) -> None:
    body = make_wav(rate=rate, channels=channels)
    kept = await store.put_bytes(body, MediaKind.RECORDING)
    assert store.find(kept.sha256).read_bytes() == body
    assert (kept.mime, store.mime(kept.sha256)) == ("audio/wav", "audio/wav")


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 123_456_789])
async def test_a_header_that_a_killed_writer_left_is_made_whole(
    store: MediaStore, size: int
) -> None:
    whole = make_wav()
    left = whole[:4] + struct.pack("<I", 0) + whole[8:40] + struct.pack("<I", size) + whole[44:]
    kept = await store.put_bytes(left + b"\x07", MediaKind.RECORDING)
    assert store.find(kept.sha256).read_bytes() == whole


async def test_other_chunks_of_a_recording_are_left_out(store: MediaStore) -> None:
    whole = make_wav()
    note = b"LIST" + struct.pack("<I", 6) + b"INFO\0\0"
    body = whole[:36] + note + whole[36:] + note
    kept = await store.put_bytes(body, MediaKind.RECORDING)
    assert store.find(kept.sha256).read_bytes() == whole


@pytest.mark.parametrize("long", [4_096, 9_001])
async def test_17_what_stands_before_the_samples_may_be_long(store: MediaStore, long: int) -> None:
    whole = make_wav()
    note = b"JUNK" + struct.pack("<I", long) + bytes(long + long % 2)
    kept = await store.put_bytes(whole[:12] + note + whole[12:], MediaKind.RECORDING)
    assert store.find(kept.sha256).read_bytes() == whole


def extensible(coding: int) -> bytes:
    """A WAV with the long form of the header, as sound programs write it."""
    whole = make_wav()
    form = struct.pack("<H", 0xFFFE) + whole[22:36] + struct.pack("<HHIH", 22, 16, 4, coding)
    form += bytes.fromhex("000000001000800000aa00389b71")
    return whole[:16] + struct.pack("<I", len(form)) + form + whole[36:]


async def test_17_a_recording_with_a_long_header_is_kept_with_a_plain_one(
    store: MediaStore,
) -> None:
    kept = await store.put_bytes(extensible(1), MediaKind.RECORDING)
    assert store.find(kept.sha256).read_bytes() == make_wav()
    with pytest.raises(Invalid, match=r"coding 3.*16 bit PCM, 8000 or 16000 Hz"):
        await store.put_bytes(extensible(3), MediaKind.RECORDING)


SILENT = {
    "nothing": b"",
    "no samples": make_wav(0),
    "half a header": make_wav()[:30],
    "44.1 kHz": make_wav(rate=44_100),
    "no format": make_wav()[:12] + make_wav()[36:],
    "a photo": make_photo(),
    "a loop of chunks": b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * 2000,
}


@pytest.mark.parametrize("name", SILENT)
async def test_what_is_no_recording_is_refused(store: MediaStore, name: str) -> None:
    with pytest.raises(Invalid):
        await store.put_bytes(SILENT[name], MediaKind.RECORDING)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..", "", "A" * 64, "a" * 63, "a" * 64 + "\n"]
)
def test_only_a_hash_names_a_file(store: MediaStore, name: str) -> None:
    with pytest.raises(NotFound):
        store.find(name)


async def test_what_a_killed_process_had_begun_is_dropped_at_start(tmp_path: Path) -> None:
    incoming = tmp_path / "media" / "incoming"
    incoming.mkdir(parents=True)
    (incoming / "half").write_bytes(b"half")
    (incoming / "begun").write_bytes(b"another backend takes it now")
    old = (incoming / "half").stat().st_mtime - ABANDONED_S - 60
    os.utime(incoming / "half", (old, old))
    store = MediaStore(tmp_path / "media", LIMITS)
    store.open()
    assert [one.name for one in incoming.iterdir()] == ["begun"]
    store.close()
