"""Whether a caller waits for a person, and since when, by the marks of the call."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from hotline.call import CallEvent, CallEventType

WAIT_BEGINS: Final = frozenset({CallEventType.QUEUED})
WAIT_ENDS: Final = frozenset(
    {
        CallEventType.QUEUE_LEFT,
        CallEventType.SEAT_ANSWERED,
        CallEventType.SEAT_LEFT,
        CallEventType.ENDED,
    }
)
OF_WAITING: Final = WAIT_BEGINS | WAIT_ENDS


def waits(events: Iterable[CallEvent]) -> bool:
    """Tell whether the caller waits for a person, by what happened last."""
    told = [one.mark for one in events if one.mark in OF_WAITING]
    return bool(told) and told[-1] in WAIT_BEGINS


def waiting_since(events: Iterable[CallEvent]) -> datetime | None:
    """Give since when the caller has waited, or waited for the seat that they talk with now."""
    since = None
    for one in events:
        if one.mark is CallEventType.QUEUED:
            since = since or one.at
        elif one.mark is CallEventType.SEAT_LEFT:
            since = None
    return since
