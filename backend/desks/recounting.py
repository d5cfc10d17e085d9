"""Counting the clocks of open cases anew, when another working calendar counts."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from backend.desks import executor
from backend.desks.context import AppContext
from backend.desks.queues import CALENDAR
from backend.store import cases
from backend.store.jobs import Job
from backend.store.session import Transaction
from hotline.case.case import Case
from hotline.case.light import light_at
from hotline.case.rederiving import rederived
from hotline.case.transition import record_system_step
from hotline.job import CALENDAR_JOB
from hotline.people import SYSTEM
from hotline.wire import kept

# The step of clocks that are counted anew.
RECOUNT: Final = "recount"
# A worker that has not read the release with the new calendar leaves its jobs for so long.
NOT_READ: Final = timedelta(seconds=1)


async def recount_due(office: AppContext, limit: int = 50) -> int:
    """Count the clocks of cases that wait for it; gives how many jobs were worked off."""
    return await executor.work_inside(office, CALENDAR, partial(recount, office), limit)


def recount(office: AppContext, transaction: Transaction, job: Job, case: Case) -> datetime | None:
    """Count a case's clocks by the calendar that counts; gives when to try where it is not read."""
    activation = kept(CALENDAR_JOB, job.body).activation
    if office.city.activation < activation:
        return transaction.now + NOT_READ
    share = office.city.pinned(case.release).limits.yellow_share
    changes = dict(rederived(case, office.city.calendar, share))
    if changes:
        anew, _ = record_system_step(case, RECOUNT, SYSTEM, transaction.now, changes)
        clock = anew.stage_clock
        light = light_at(transaction.now, clock.warn_at, clock.due_at)
        changes |= {"light": light} if light != case.light else {}
        counted, step = record_system_step(case, RECOUNT, SYSTEM, transaction.now, changes)
        cases.add_step(transaction, case, counted, step, key=f"{job.queue}:{activation}:{job.ref}")
    return None
