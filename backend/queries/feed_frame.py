"""What one message of the live feed holds."""

from dataclasses import dataclass
from typing import Literal

from backend.queries.case_records import AtWork, ListedCase
from hotline.case.tally import Counts
from hotline.wire import Instant

FrameKind = Literal[
    "hello",
    "case",
    "claim",
    "call",
    "notice",
    "health",
    "seat",
    "floor",
    "talk",
    "room",
    "counts",
    "alive",
    "reload",
]


@dataclass(frozen=True, slots=True)
class FeedFrame:
    """One message of the live feed.

    "hello" begins, with the number that it goes on behind. "case", "call", "notice", "health",
    "seat" and "talk" (something was said in the call at that seat; both are told to whose it is),
    "floor" (somebody else's seat, told to who leads the room) and "room" (alarms, bulletins) are
    changes: `row` is the case as lists show it, or null for who may not see it any more. "claim"
    says who is at work on a case now, as "case" does besides.
    "counts" gives the counts anew. "alive" comes where nothing else does, every ten seconds: a line
    that says nothing for longer is cut. "reload" means that too much was missed: read the lists
    again and come back.
    """

    kind: FrameKind
    seq: int | None = None
    at: Instant | None = None
    number: str | None = None
    call: str | None = None
    seat: str | None = None
    row: ListedCase | None = None
    counts: Counts | None = None
    claims: list[AtWork] | None = None
