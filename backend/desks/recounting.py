"""Counting the clocks of open cases anew, when another working calendar counts."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from backend.desks import executor
from backend.desks.context import AppContext
from backend.desks.queues import CALENDAR
from backend.store import cases, releases
from backend.store.jobs import Job
from backend.store.session import Transaction
from hotline.case.case import Case
from hotline.case.clocking import light_of_case
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


async def recount_behind(office: AppContext) -> int:
    """Let clocks be counted anew that somebody counted by another calendar than the one of now.

    A process that has not read a new calendar yet may write by the old one after the jobs of all
    open cases were made. Gives how many there were.
    """
    city = office.city

    async def work(transaction: Transaction) -> int:
        await releases.lock(transaction.connection)
        counts = await releases.current(transaction.connection)
        # Who has not read what counts is the late one here, and would count back.
        if counts is None or counts.seq != city.activation:
            return 0
        stages = city.known.stages.keys() - city.ends
        given = (counts.seq, stages, city.calendar.marks, transaction.now)
        return await releases.recount_behind(transaction.connection, *given)

    return await office.store.transaction(office.clock.now, work)


async def recount(
    office: AppContext, transaction: Transaction, job: Job, case: Case
) -> datetime | None:
    """Count a case's clocks by the calendar that counts; gives when to try where it is not read."""
    activation = kept(CALENDAR_JOB, job.body).activation
    if office.city.activation < activation:
        return transaction.now + NOT_READ
    rules = office.city.rules(case.release)
    changes = dict(rederived(case, office.city.calendar, rules.limits.yellow_share))
    counted = case
    if changes:
        anew, _ = record_system_step(case, RECOUNT, SYSTEM, transaction.now, changes)
        light = light_of_case(anew, rules, transaction.now)
        # One that stands still keeps the light by which it does.
        light = case.light if anew.stage_clock.paused is not None else light
        changes |= {"light": light} if light != case.light else {}
        counted, step = record_system_step(case, RECOUNT, SYSTEM, transaction.now, changes)
        # The same calendar may be late for a case more than once, so a key is good for one step.
        key = f"{job.queue}:{activation}:{job.ref}:{counted.version}"
        cases.add_step(transaction, case, counted, step, rules, key=key)
    await cases.right_timers(transaction, case, counted, rules)
    return None
