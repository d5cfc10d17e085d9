"""The survey behind a call (满意度评价): one question, answered by a key, or by nothing at all.

It is about the call, and another thing than what is asked when a case has been closed.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CallSurvey:
    """What a caller was asked behind a call: "" for `grade` while, and where, nothing was answered.

    `comment` is the SHA-256 of what they said to it, "" for nothing.
    """

    call: str
    asked_at: datetime
    grade: str = ""
    said_at: datetime | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class SurveyTold:
    """Whether a call's caller is to be asked now: no call is asked about twice."""

    asks: bool
