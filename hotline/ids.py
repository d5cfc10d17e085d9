"""Identifiers that sort by their time of birth (UUID version 7)."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID

import uuid_utils


def new_id(now: datetime) -> UUID:
    """Give a new UUIDv7 whose time part is `now` (aware)."""
    return UUID(int=uuid_utils.uuid7(nanoseconds=int(now.timestamp() * 1_000_000) * 1000).int)


def named_id(at: datetime, name: str) -> UUID:
    """Give the id that an instant (aware) and a name always have: told twice they are one thing."""
    told = hashlib.sha256(name.encode()).hexdigest()
    return UUID(f"{int(at.timestamp() * 1000):012x}7{told[:3]}8{told[3:18]}")


def first_id(at: datetime) -> UUID:
    """Give the id below all that are born from an instant (aware) on: time is a range of ids.

    None is born before 1970: of an instant before it is the first of all.
    """
    return UUID(int=max(0, int(at.timestamp() * 1000)) << 80)


def born(ident: UUID) -> datetime:
    """Give the instant in the time part of an id; Unix time ends in the year 9999 for this too."""
    seconds = min(ident.int >> 80, _LAST_MS) / 1000
    return datetime.fromtimestamp(seconds, UTC)


_LAST_MS = 253_402_300_799_000


def id_of(written: str) -> UUID | None:
    """Give the id that is written there, or None where there is none."""
    try:
        return UUID(written)
    except ValueError:
        return None


def id_at(now: datetime, bits: int) -> UUID:
    """Give the UUIDv7 whose time part is `now` (aware) and whose rest are these 74 bits."""
    milliseconds = int(now.timestamp() * 1000)
    high, low = bits >> 62 & 0xFFF, bits & (1 << 62) - 1
    return UUID(int=milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low)
