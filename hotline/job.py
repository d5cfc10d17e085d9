"""What a job says of itself: small records that outlive the version that wrote them."""

from dataclasses import dataclass
from typing import Final

from hotline.wire import Schema

# The queues of the office; each name has words of its own on the health page.
TIMERS: Final = "timers"
UNDERSTANDING: Final = "understanding"
TRANSCRIPTS: Final = "transcripts"
NOTICES: Final = "notices"
CALENDAR: Final = "calendar"
ALONG: Final = "along"


@dataclass(frozen=True, slots=True)
class TimerJob:
    """A timer of a case, by its name (hotline.case.timers)."""

    timer: str


@dataclass(frozen=True, slots=True)
class TriageJob:
    """Words of a case to be understood, `again` where they were left to people before."""

    again: bool = False


@dataclass(frozen=True, slots=True)
class TranscriptJob:
    """A recording of a case to be written down."""

    sha256: str


@dataclass(frozen=True, slots=True)
class CalendarJob:
    """A case whose clocks are counted anew by a calendar that counts since an activation."""

    activation: int


@dataclass(frozen=True, slots=True)
class AlongJob:
    """A case that ends along with the one of a number, which an action has ended in a stage."""

    leader: str
    action: str
    source: str
    note: str = ""


TIMER_JOB: Final = Schema(TimerJob)
TRIAGE_JOB: Final = Schema(TriageJob)
TRANSCRIPT_JOB: Final = Schema(TranscriptJob)
CALENDAR_JOB: Final = Schema(CalendarJob)
ALONG_JOB: Final = Schema(AlongJob)
