"""What a call may ask of the office, from its own thread."""

from typing import Protocol

from hotline.brief import CaseBrief
from hotline.call import CallEventType, CallKnown, CallRing
from hotline.contract import CallBackAsked
from ivr.spool_records import SpokenReport


class BackendGateway(Protocol):
    """What a call flow may ask."""

    def ring(self, call: CallRing) -> CallKnown | None:
        """Put a call on record before a word is said; None where only our disk knows of it."""
        ...

    def newest_case(self, caller: str) -> CaseBrief | None:
        """Give the caller's newest case; Unavailable where the backend cannot be asked."""
        ...

    def own_cases(self, caller: str) -> list[CaseBrief]:
        """Give the caller's newest case, and behind it the others that are open, newest first."""
        ...

    def status(self, key: str, number: str, tail: str) -> CaseBrief | None:
        """Give the case of a number to who knows its reporter's last four digits.

        Refused where there were too many tries.
        """
        ...

    def survey(self, key: str) -> bool:
        """Tell whether the caller is to be asked about the call; False where nobody can tell."""
        ...

    def call_back(self, asked: CallBackAsked) -> None:
        """Have a caller rung back; Refused where nobody is now, or not at this number."""
        ...

    def note(self, key: str, mark: CallEventType, value: str = "") -> None:
        """Add a mark to the call; never waits."""
        ...

    def take_number(self) -> str | None:
        """Give a number for a new report, or None where none is left."""
        ...

    def keep_report(self, report: SpokenReport) -> None:
        """Keep a report durably; when this returns it may be promised to the caller."""
        ...

    def kept_report(self, key: str) -> SpokenReport | None:
        """Give a call's report that waits on our disk, or None."""
        ...

    def wait(self, key: str) -> None:
        """The call goes on in the exchange, and no thread of ours is busy with it."""
        ...

    def end(self, key: str) -> None:
        """The call is over."""
        ...
