"""A photo whose head was damaged is told as one that cannot be shown; the rest is printed."""

from pathlib import Path

import pytest

from backend.photo import shrunk
from tests.backend.test_media import make_photo


def test_a_photo_that_tells_too_many_pixels_is_a_broken_one(tmp_path: Path) -> None:
    body = bytearray(make_photo())
    head = body.find(b"\xff\xc0")
    body[head + 5 : head + 9] = b"\xff\xff\xff\xff"
    path = tmp_path / "photo.jpg"
    path.write_bytes(bytes(body))
    with pytest.raises(ValueError, match="pixels"):
        shrunk(path, 900)
