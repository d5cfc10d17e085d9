"""The clocks of a case: how much time it has for a stage, for its handling, for the whole."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

# The clock of the stage that a case stands in; data names all others.
STAGE_CLOCK: Final = "stage"
# The clock that everybody means by a case's deadline.
HANDLING_CLOCK: Final = "handling"
# That of the whole case, from its report to its end.
WHOLE_CLOCK: Final = "whole"


@dataclass(frozen=True, slots=True)
class Pause:
    """A span in which a clock stood still; `stage` is where its case lay."""

    start: datetime
    end: datetime
    stage: str = ""


@dataclass(frozen=True, slots=True)
class CaseClock:
    """A clock that began at `started`: when it warns and when its time is up; None: never.

    `limit` is the limit's text such as 4wh, `calendar` the mark of the calendar by which its
    instants were found. A clock that is `stopped` runs no more. One that was kept goes on with the
    time it had: its limit is `counted_from` an instant before it was started. `added` are limits
    that were granted on top, in order. One that is `paused` stands still since then and is due
    never; `pauses` are the spans in which it stood still before, in order.
    """

    started: datetime | None = None
    warn_at: datetime | None = None
    due_at: datetime | None = None
    limit: str | None = None
    calendar: str = ""
    stopped: datetime | None = None
    counted_from: datetime | None = None
    added: tuple[str, ...] = ()
    paused: datetime | None = None
    pauses: tuple[Pause, ...] = ()

    @property
    def origin(self) -> datetime | None:
        """The instant from which its limit is counted; None where none is on record."""
        return self.counted_from or self.started
