"""What waits in a spool, read as a whole."""

from datetime import datetime

from hotline.call import CallEvent, CallRing
from ivr.spool import LIVE, NOTES, REPORTS, RINGS, Spool
from ivr.spool_records import SpokenReport


def reports_in(spool: Spool) -> list[SpokenReport]:
    """Give the reports that wait, oldest first."""
    return [one for name in spool.names(REPORTS) if (one := spool.report(name)) is not None]


def rings_in(spool: Spool) -> list[CallRing]:
    """Give the calls that wait, oldest first."""
    return [one for name in spool.names(RINGS) if (one := spool.ring(name)) is not None]


def notes_in(spool: Spool) -> list[CallEvent]:
    """Give the marks that wait, oldest first."""
    return [one for name in spool.names(NOTES) if (one := spool.note(name)) is not None]


def live_in(spool: Spool) -> dict[str, datetime]:
    """Give the calls that are up, with when they began."""
    began = {name: spool.began(name) for name in spool.names(LIVE)}
    return {name: at for name, at in began.items() if at is not None}
