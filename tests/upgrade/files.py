"""The files of a data folder of 0.1.0 beside its database: media, tokens, and the phone's spool."""

import io
import json
import math
import os
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from PIL import Image

from tests.upgrade.rows import BLOCK
from tests.upgrade.story import CALLER, WORDS
from tests.upgrade.walk import number_of

RATE: Final = 8_000
COLOURS: Final = ("red", "blue", "green", "white", "black")
KINDS: Final = ("live", "rings", "notes", "reports", "stuck")
GOOD: Final = 100
# Serials of the telephone's block that were said for cases which are on record already.
SAID: Final = 20
SETTINGS: Final = """\
# As an operator of 0.1.0 wrote it.
[home]
data_dir = "{folder}"
city = "demo"

[doors]
timeout_s = 10.0

[speech]
engine = "none"
"""


@dataclass(frozen=True, slots=True)
class Spooled:
    """What waits in the spool: the keys of reports, and what was told of them."""

    good: tuple[str, ...]
    rubbish: str
    stuck: str
    orphan: str
    numbers: dict[str, str | None]


def make_photos() -> dict[str, bytes]:
    """Give a small photo of each colour, as the backend of then kept it."""
    found = {}
    for colour in COLOURS:
        body = io.BytesIO()
        Image.new("RGB", (8, 8), colour).save(body, "JPEG")
        found[colour] = body.getvalue()
    return found


def make_voice(pitch: int, seconds: float = 3.0) -> bytes:
    """Give the recording of somebody who speaks a word each half second."""
    samples = []
    for place in range(int(seconds * RATE)):
        loud = 9_000 if place % (RATE // 2) < RATE // 3 else 20
        samples.append(int(loud * math.sin(2 * math.pi * pitch * place / RATE)))
    body = struct.pack(f"<{len(samples)}h", *samples)
    return _wav_head(len(body)) + body


def _wav_head(size: int) -> bytes:
    head = struct.pack("<IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + size)
        + b"WAVEfmt "
        + head
        + b"data"
        + struct.pack("<I", size)
    )


def write_media(data: Path, files: dict[str, bytes]) -> None:
    """Write stored files in their places: media/ab/cd/abcd…"""
    (data / "media" / "incoming").mkdir(parents=True, mode=0o700)
    for sha256, body in files.items():
        folder = data / "media" / sha256[:2] / sha256[2:4]
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / sha256
        path.write_bytes(body)
        path.chmod(0o600)


def write_tokens(data: Path) -> None:
    """Write the doors' tokens, which set-up made."""
    (data / "tokens").mkdir(mode=0o700)
    for door in ("ivr", "bots"):
        path = data / "tokens" / door
        path.write_text(f"token-of-the-door-{door}-as-set-up-made-it\n", "ascii")
        path.chmod(0o600)


def write_spool(data: Path, stopped: datetime) -> Spooled:
    """Fill the telephone's spool: a hundred good reports, one of rubbish among them, and more."""
    spool, recordings = data / "spool", data / "asterisk" / "spool" / "recording"
    for folder in (*(spool / kind for kind in KINDS), recordings, recordings.parent / "note"):
        folder.mkdir(parents=True)
    begun, keys, numbers = stopped - timedelta(hours=2), [], {}
    for turn in range(GOOD + 2):
        at = begun + timedelta(minutes=turn)
        key = f"hc0ffee00-{int(at.timestamp())}-{turn}"
        # No number was left to say to some, and a few were typed at the keyboard.
        number = None if turn % 10 == 9 else number_of(SAID + turn)
        numbers[key] = number
        typed = turn % 25 == 24
        recording = recordings / f"{key}_{CALLER}.wav"
        if not typed:
            recording.write_bytes(make_voice(200 + turn, 3.0 if turn % 20 == 0 else 0.4))
            _age(recording, at)
        paper = {
            "key": key, "caller": CALLER if turn % 3 else "", "language": "zh_CN",
            "said_at": at.isoformat(), "number": number,
            "recording": "" if typed else str(recording),
            "seconds_of_speech": 0.0 if typed else 3.0, "text": WORDS if typed else "",
        }  # fmt: skip
        keys.append(key)
        _put(spool / "reports" / f"{key}.json", paper, at)
        if turn % 7 == 0:
            _put(spool / "rings" / f"{key}.json", _ring(key, at), at)
            mark = {"key": key, "mark": "ended", "at": at.isoformat(), "value": ""}
            name = f"{key}_ended_{int(at.timestamp() * 1000)}"
            _put(spool / "notes" / f"{name}.json", mark, at)
    rubbish, stuck = keys[GOOD // 2], keys[-1]
    (spool / "reports" / f"{rubbish}.json").write_bytes(b"\x00\xffno report\xfe" * 9)
    (spool / "reports" / f"{stuck}.json").replace(spool / "stuck" / f"{stuck}.json")
    live = {"key": "hc0ffee00-1700000000-1", "at": begun.isoformat()}
    _put(spool / "live" / f"{live['key']}.json", live, begun)
    orphan = f"hc0ffee00-{int(begun.timestamp())}-900"
    path = recordings / f"{orphan}_{CALLER}.wav"
    path.write_bytes(make_voice(333))
    _age(path, begun)
    _write_journal(spool / "numbers.log")
    good = tuple(key for key in keys if key not in (rubbish, stuck))
    return Spooled(good, rubbish, stuck, orphan, numbers)


def _ring(key: str, at: datetime) -> dict[str, str]:
    return {
        "key": key, "caller": CALLER, "at": at.isoformat(), "caller_name": "Wang", "line": "12345",
    }  # fmt: skip


def _write_journal(path: Path) -> None:
    """Write the numbers that were leased, and those of them that were said since."""
    leased = "".join(f"+{number_of(serial)}\n" for serial in range(1, BLOCK + 1))
    taken = "".join(f"-{number_of(serial)}\n" for serial in range(1, SAID + GOOD + 2))
    path.write_text(leased + taken, "ascii")


def _put(path: Path, paper: dict[str, Any], at: datetime) -> None:
    path.write_text(json.dumps(paper, ensure_ascii=False), "utf-8")
    _age(path, at)


def _age(path: Path, at: datetime) -> None:
    os.utime(path, (at.timestamp(), at.timestamp()))
