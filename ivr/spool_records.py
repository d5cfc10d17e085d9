"""What the files of the spool hold, whichever version has written them."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from hotline.call import CallEvent, CallRing
from hotline.errors import Invalid
from hotline.wire import Schema, encode, keep, kept, parse
from hotline.words import LANGUAGES

PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,199}")
"""What a call's key, and so the name of a file, may look like."""


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call that is up, and since when."""

    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SpokenReport:
    """A report that was spoken on the phone.

    `number` is what the caller has been told, or None where no number was left to tell;
    `recording` is the wav on disk, empty where there is none; `text` is set where the report
    was typed at the keyboard. With `is_emergency` somebody said by a key that they are in danger.
    """

    key: str
    caller: str
    language: str
    said_at: datetime
    number: str | None
    recording: str = ""
    seconds_of_speech: float = 0.0
    text: str = ""
    is_emergency: bool = False


K = TypeVar("K", CallRing, CallEvent, SpokenReport, LiveCall)
RING = Schema(CallRing, absent={"caller": ""})
EVENT = Schema(CallEvent)
REPORT = Schema(SpokenReport, absent={"caller": "", "language": LANGUAGES[0], "number": None})
LIVE = Schema(LiveCall)


def write(schema: Schema[K], record: K) -> bytes:
    """Give the file of a record."""
    return encode(keep(schema, record))


def read(schema: Schema[K], file: bytes) -> K:
    """Give the record of a file; Invalid says why it holds none."""
    record = kept(schema, parse(file))
    if PLAIN.fullmatch(record.key) is None:
        raise Invalid("key", f"{record.key[:40]!r} is not a plain name")
    return record
