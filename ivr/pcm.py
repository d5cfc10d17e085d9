"""Sound as numbers: 16-bit samples at the telephone's rate, as mu-law and in files."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000

Samples = NDArray[np.int16]


def _tables() -> tuple[NDArray[np.uint8], Samples]:
    """Give G.711 mu-law: code of every 16-bit sample, and sample of every code."""
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84 << ((code >> 4) & 7)) - 0x84
    decode = np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)
    order = np.argsort(decode, kind="stable")
    levels = decode[order].astype(np.int32)
    wanted = np.arange(-32768, 32768, dtype=np.int32)
    right = np.clip(np.searchsorted(levels, wanted), 1, 255)
    nearer = np.where(wanted - levels[right - 1] < levels[right] - wanted, right - 1, right)
    return order[nearer].astype(np.uint8), decode


ENCODE, DECODE = _tables()


def to_ulaw(samples: Samples) -> bytes:
    """Give 16-bit samples as mu-law."""
    return ENCODE[samples.astype(np.int32) + 32768].tobytes()


def from_ulaw(data: bytes) -> Samples:
    """Give mu-law as 16-bit samples."""
    samples: Samples = DECODE[np.frombuffer(data, dtype=np.uint8)]
    return samples


def read_wav(path: Path) -> Samples:
    """Give a mono 16-bit wav at 8 kHz; other rates are brought there by straight lines."""
    with wave.open(str(path), "rb") as file:
        rate, width, channels = file.getframerate(), file.getsampwidth(), file.getnchannels()
        data = file.readframes(file.getnframes())
    if width != 2 or channels != 1:
        raise ValueError(f"{path}: need mono 16-bit, not {channels} x {8 * width}-bit")
    samples = np.frombuffer(data, dtype="<i2")
    if rate == RATE:
        return samples.astype(np.int16)
    places = np.arange(int(len(samples) * RATE / rate)) * (rate / RATE)
    resampled: Samples = np.interp(places, np.arange(len(samples)), samples).astype(np.int16)
    return resampled


def write_wav(path: Path, samples: Samples) -> None:
    """Keep samples as a mono 16-bit wav at 8 kHz."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
