"""The queues of the office's jobs: how each bears with one that fails, and its leases."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from hotline import job
from hotline.queue import Patience

UNTOLD: Final = "every try ended without a word: the process that made it was cut short"
# A lease that lasts longer was written while a clock went ahead.
MAX_LEASE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue of the office: its name, how it bears with a job that fails, and its leases.

    No wait is longer than `max_wait`, that for a first try aside where it is `planned`.
    """

    name: str
    patience: Patience
    lease_s: float = 0.0
    max_wait: timedelta = timedelta(hours=1)
    planned: bool = True


# What waits for longer after a try than its longest wait was tried while a clock went ahead; the
# timer's own instant may come before that of such a wait.
TIMERS: Final = Queue(
    job.TIMERS, Patience(waits=(5, 30, 120), longest_s=10), max_wait=timedelta(minutes=3)
)
UNDERSTANDING: Final = Queue(
    job.UNDERSTANDING, Patience(waits=(2, 10, 60), longest_s=20), 15.0, planned=False
)
# Who writes down says with each sign of life what it still works on.
TRANSCRIPTS: Final = Queue(
    job.TRANSCRIPTS, Patience(waits=(2, 10, 60), longest_s=0), 60.0, planned=False
)
# How often a notice is tried is its channel's own. It may wait a day at a channel's wish, and for
# the hours in which citizens are rung. A connector's try ends well before its lease.
NOTICES: Final = Queue(
    job.NOTICES, Patience(waits=(), longest_s=0), 90.0, max_wait=timedelta(days=3), planned=False
)
CALENDAR: Final = Queue(
    job.CALENDAR, Patience(waits=(5, 30, 120), longest_s=10), max_wait=timedelta(minutes=3)
)
ALONG: Final = Queue(
    job.ALONG, Patience(waits=(5, 30, 120), longest_s=10), max_wait=timedelta(minutes=3)
)
QUEUES: Final = (TIMERS, UNDERSTANDING, TRANSCRIPTS, NOTICES, CALENDAR, ALONG)
