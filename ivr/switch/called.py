"""What the exchange calls seats, queues and their channels."""

import re
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final

# What stays with a caller whom a seat has sent to a queue: they wait there, whatever they speak.
SENT: Final = "ROOM_SENT"
SEAT: Final = re.compile(r"seat[0-9]{3}")
_CHANNEL: Final = re.compile(r"PJSIP/(seat[0-9]{3})-")
_QUEUE: Final = re.compile(r"queue([0-9]{1,2})")


class Priority(IntEnum):
    """Who goes before whom in a queue, whenever they came."""

    SLOW = 5
    USUAL = 10
    EMERGENCY = 20


def interface_of(seat: str) -> str:
    """Give what a queue rings for a seat."""
    return f"PJSIP/{seat}"


def queue_of(number: int) -> str:
    """Give the name of one of the exchange's queues."""
    return f"queue{number}"


def number_of(queue: str) -> int:
    """Give the number of a queue by its name; 0 for one that is none of ours."""
    found = _QUEUE.fullmatch(queue)
    return int(found[1]) if found else 0


def seat_at(channel: str) -> str:
    """Give the seat whose telephone a channel leads to, or ""."""
    found = _CHANNEL.match(channel)
    return found[1] if found else ""


def seat_in(interface: str) -> str:
    """Give the seat that a queue rings by a name, or ""."""
    name = interface.removeprefix("PJSIP/")
    return name if SEAT.fullmatch(name) else ""


def time_of(text: str) -> datetime | None:
    """Give the instant of a variable that holds one in seconds; None where it holds none."""
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None
