"""A recording as we keep it: a plain WAV, its header made whole after a killed writer."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from hotline.errors import Invalid

HEADER_BYTES: Final = 44
RATES: Final = (8000, 16000)
_PCM: Final = 1
_BITS: Final = 16
_SHAPE_BYTES: Final = 16
# The long form of a header names the coding further on, before what is the same in every file.
_EXTENSIBLE: Final = 0xFFFE
_EXTENSIBLE_BYTES: Final = 40
_SAME_IN_ALL: Final = bytes.fromhex("000000001000800000aa00389b71")
_WANTED: Final = "a recording is a WAV of 16 bit PCM, 8000 or 16000 Hz, one or two channels"
_MAX_CHUNKS: Final = 1000


@dataclass(frozen=True, slots=True)
class WaveShape:
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


def measure(file: BinaryIO, length: int) -> WaveShape:
    """Give the shape of a WAV of `length` bytes, whatever stands before its samples.

    A data size that is zero, or more than there is, is taken from the length: the writer was
    killed before it could write it. Raises Invalid when it is no 16 bit PCM of 8 or 16 kHz.
    """
    head = file.read(12)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
        raise Invalid("media", f"not a WAV file; {_WANTED}", code="bad_media")
    shape: tuple[int, int] | None = None
    at = 12
    for _ in range(_MAX_CHUNKS):
        file.seek(at)
        told = file.read(8)
        if len(told) < 8:
            break
        name, size = struct.unpack("<4sI", told)
        at += 8
        if name == b"fmt ":
            shape = _shape(file.read(min(size, _EXTENSIBLE_BYTES)))
        elif name == b"data":
            return _sound(shape, at, size, length)
        at += size + size % 2
    raise Invalid("media", "a WAV file without samples", code="bad_media")


def _shape(body: bytes) -> tuple[int, int]:
    if len(body) < _SHAPE_BYTES:
        raise Invalid("media", "a WAV file with half a header", code="bad_media")
    coding, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if coding == _EXTENSIBLE and body[26:] == _SAME_IN_ALL:
        (coding,) = struct.unpack_from("<H", body, 24)
    if coding != _PCM or bits != _BITS or channels not in (1, 2) or rate not in RATES:
        told = f"WAV of coding {coding}, {bits} bit, {rate} Hz, {channels} channels"
        raise Invalid("media", f"{told}; {_WANTED}", code="bad_media")
    return rate, channels


def _sound(shape: tuple[int, int] | None, start: int, size: int, length: int) -> WaveShape:
    if shape is None:
        raise Invalid("media", "a WAV file whose samples come first", code="bad_media")
    rate, channels = shape
    there = max(0, length - start)
    taken = there if size == 0 or size > there else size
    taken -= taken % (channels * _BITS // 8)
    if taken == 0:
        raise Invalid("media", "a WAV file without samples", code="bad_media")
    return WaveShape(start=start, size=taken, rate=rate, channels=channels)


def seconds_of(path: Path) -> float:
    """Give how long a kept recording is."""
    with path.open("rb") as file:
        shape = measure(file, path.stat().st_size)
    return shape.size / (shape.rate * shape.channels * _BITS // 8)
