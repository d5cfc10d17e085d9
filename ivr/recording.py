"""Recordings as Asterisk leaves them: read whatever is there, and measure the speech in them."""

import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ivr.pcm import RATE, Samples

FRAME = RATE // 50
# A frame this far above the quiet of the same recording is speech; steady noise never is.
ABOVE_QUIET_DB = 9.0
MIN_DB = -45.0
# Pauses up to this belong to the speech; what is shorter than a syllable is a click.
PAUSE_FRAMES = 25
CLICK_FRAMES = 3
# A frame whose mean amplitude is below this is silence, as Asterisk's own detector has it.
SILENT_AMPLITUDE = 256
# So much less sound than time is a late packet; more is a telephone that sends none in silence.
LATE_SECONDS = 0.2

KEY = re.compile(r"[A-Za-z0-9]{1,40}-(?P<epoch>[0-9]{1,12})-[0-9]{1,12}")
"""The name of a call, as the dialplan makes it from the channel's unique id."""
CALLER = re.compile(r"[0-9]{0,20}")
"""The caller's number, as the dialplan hands it over; empty where there is none."""
LATEST = int(datetime.max.replace(tzinfo=UTC).timestamp()) - 1
"""The last second that the calendar has; a channel's id may name a later one."""
_NAME = re.compile(rf"(?P<key>{KEY.pattern})_(?P<caller>{CALLER.pattern})(?P<again>-[0-9])?")


@dataclass(frozen=True, slots=True)
class Named:
    """What a recording's or a note's file name says of its call."""

    key: str
    caller: str
    at: datetime


def named(path: Path) -> Named | None:
    """Read the name that the dialplan gave a file, or None where it gave it not."""
    found = _NAME.fullmatch(path.stem)
    if found is None:
        return None
    at = datetime.fromtimestamp(min(int(found["epoch"]), LATEST), UTC)
    return Named(found["key"], found["caller"], at)


def began_of(key: str) -> datetime | None:
    """Give when a call came in by its name, or None for one that is not of the exchange's."""
    found = KEY.fullmatch(key)
    return datetime.fromtimestamp(min(int(found["epoch"]), LATEST), UTC) if found else None


def read_samples(path: Path) -> Samples:
    """Give the sound of a wav, also of one whose writer was killed before it closed the header."""
    data = path.read_bytes()
    return np.frombuffer(_sound_bytes(data), dtype="<i2").astype(np.int16)


def samples_between(path: Path, first: int, end: int) -> Samples:
    """Give the sound of a wav from one sample to another; none where there is no such file."""
    try:
        return read_samples(path)[first:end]
    except FileNotFoundError:
        return np.zeros(0, dtype=np.int16)


def _sound_bytes(data: bytes) -> bytes:
    """Give the bytes of the data chunk; a size that is zero or too large means: to the end."""
    place = 12
    while place + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, place)
        place += 8
        if name == b"data":
            there = len(data) - place
            size = size if 0 < size <= there else there
            return data[place : place + size - size % 2]
        place += size + size % 2
    return b""


@dataclass(slots=True)
class Silence:
    """How many seconds a caller has been silent; sound that never came is silence as well."""

    seconds: float = 0.0

    def listen(self, samples: Samples, seconds: float) -> None:
        """Go on by what came in that many seconds of listening."""
        came = len(samples) / RATE
        missing = max(seconds - came, 0.0)
        frames = len(samples) // FRAME
        size = np.abs(samples[: frames * FRAME].reshape(frames, FRAME).astype(np.int32))
        loud = np.flatnonzero(size.sum(axis=1) >= SILENT_AMPLITUDE * FRAME)
        if not len(loud):
            self.seconds += max(seconds, came)
            return
        still = (frames - 1 - int(loud[-1])) * FRAME / RATE
        self.seconds = still + (missing if missing > LATE_SECONDS else 0.0)


def speech_seconds(samples: Samples) -> float:
    """Give the seconds in which somebody speaks, short pauses included.

    Measured by loudness against the recording's own quiet, so that silence, a steady hum and
    plain noise count nothing however long they are.
    """
    frames = len(samples) // FRAME
    if not frames:
        return 0.0
    level = _levels(samples[: frames * FRAME].reshape(frames, FRAME))
    quiet = float(np.percentile(level, 10))
    loud = level > max(MIN_DB, quiet + ABOVE_QUIET_DB)
    return float(_bridged(loud).sum()) * FRAME / RATE


def _levels(frames: NDArray[np.int16]) -> NDArray[np.float64]:
    power = np.mean((frames / 32768.0) ** 2, axis=1)
    levels: NDArray[np.float64] = 10 * np.log10(power + 1e-10)
    return levels


def _bridged(loud: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Drop clicks, then close the pauses between what is left."""
    kept = np.zeros(len(loud), dtype=bool)
    last = -PAUSE_FRAMES
    for start, end in _runs(loud):
        if end - start < CLICK_FRAMES:
            continue
        kept[last if start - last < PAUSE_FRAMES and last >= 0 else start : end] = True
        last = end
    return kept


def _runs(loud: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], loud.astype(np.int8), [0]))))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def speech_in(path: Path) -> float:
    """Give the seconds of speech in a wav; none where there is no such file."""
    try:
        return speech_seconds(read_samples(path))
    except FileNotFoundError:
        return 0.0
