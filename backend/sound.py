"""A recording as we keep it: a plain WAV, its header made whole after a killed writer."""

import struct
from dataclasses import dataclass
from typing import Final

from hotline.errors import Invalid

HEADER_BYTES: Final = 44
RATES: Final = (8000, 16000)
_PCM: Final = 1
_BITS: Final = 16


@dataclass(frozen=True, slots=True)
class Sound:
    """The shape of a recording: where its samples lie in the file, and how they are meant."""

    start: int
    size: int
    rate: int
    channels: int

    @property
    def header(self) -> bytes:
        """The canonical header for these samples."""
        block = self.channels * _BITS // 8
        head = struct.pack(
            "<4sI4s4sIHHIIHH",
            b"RIFF",
            36 + self.size,
            b"WAVE",
            b"fmt ",
            16,
            _PCM,
            self.channels,
            self.rate,
            self.rate * block,
            block,
            _BITS,
        )
        return head + struct.pack("<4sI", b"data", self.size)


def measure(head: bytes, length: int) -> Sound:
    """Give the shape of a WAV from its first bytes and the file's length.

    A data size that is zero, or more than there is, is taken from the length: the writer was
    killed before it could write it. Raises Invalid when it is no 16 bit PCM of 8 or 16 kHz.
    """
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise Invalid("media", "not a WAV file", code="bad_media")
    shape: tuple[int, int] | None = None
    at = 12
    while at + 8 <= len(head):
        name, size = struct.unpack_from("<4sI", head, at)
        at += 8
        if name == b"fmt ":
            shape = _shape(head[at : at + 16])
        elif name == b"data":
            return _sound(shape, at, size, length)
        at += size + size % 2
    raise Invalid("media", "a WAV file without samples", code="bad_media")


def _shape(body: bytes) -> tuple[int, int]:
    if len(body) < 16:
        raise Invalid("media", "a WAV file with half a header", code="bad_media")
    coding, channels, rate, _, _, bits = struct.unpack("<HHIIHH", body)
    if coding != _PCM or bits != _BITS or channels not in (1, 2) or rate not in RATES:
        raise Invalid("media", f"WAV of coding {coding}, {bits} bit, {rate} Hz", code="bad_media")
    return rate, channels


def _sound(shape: tuple[int, int] | None, start: int, size: int, length: int) -> Sound:
    if shape is None:
        raise Invalid("media", "a WAV file whose samples come first", code="bad_media")
    rate, channels = shape
    there = max(0, length - start)
    taken = there if size == 0 or size > there else size
    taken -= taken % (channels * _BITS // 8)
    if taken == 0:
        raise Invalid("media", "a WAV file without samples", code="bad_media")
    return Sound(start=start, size=taken, rate=rate, channels=channels)
