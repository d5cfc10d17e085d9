"""Doing the timers of cases: lights that turn, and moves that the machine makes by itself."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from backend.desks import casework, executor
from backend.desks.context import AppContext
from backend.desks.queues import TIMERS
from backend.store import cases, jobs
from backend.store.jobs import Job
from backend.store.session import Transaction
from hotline.case.case import Case
from hotline.case.light import Light
from hotline.case.timers import light_of, timers_of
from hotline.case.transition import record_system_step
from hotline.case.workflow import Rules
from hotline.job import TIMER_JOB
from hotline.people import SYSTEM
from hotline.wire import kept

# The step of a light that turns.
TURN: Final = "light"
# What was not possible when it was due is tried again so much later.
LOOK_AGAIN: Final = timedelta(minutes=10)


async def work_due(office: AppContext, limit: int = 50) -> int:
    """Do the timers that are due; gives how many jobs were worked off."""
    return await executor.work_inside(office, TIMERS, partial(fire, office), limit)


async def first_due(office: AppContext, until: datetime) -> datetime | None:
    """Give when the next timer is due, where that is not after an instant."""
    async with office.store.connect() as connection:
        return await jobs.first_due(connection, TIMERS.name, until)


async def fire(
    office: AppContext, transaction: Transaction, job: Job, case: Case
) -> datetime | None:
    """Do one timer, unless it is none of the case's any more.

    Gives its instant where that is still to come: a clock that went ahead has made it due before.
    """
    name = kept(TIMER_JOB, job.body).timer
    rules = office.city.rules(case.release)
    at = timers_of(case, rules).get(name)
    if at is None:
        return None
    if at > transaction.now:
        return at
    light = light_of(name)
    if light is not None:
        _turn(transaction, case, light, rules, job)
    else:
        # The same instant may come back, so a key is good for one step.
        key = f"timer:{job.ref}:{case.version + 1}"
        if not await casework.move_by_timer(office, transaction, case, name, at, key=key):
            # Something stands against it that may be gone before its stage is left.
            return transaction.now + LOOK_AGAIN
    return None


def _turn(transaction: Transaction, case: Case, light: Light, rules: Rules, job: Job) -> None:
    turned, step = record_system_step(case, TURN, SYSTEM, transaction.now, {"light": light})
    key = f"light:{job.ref}:{turned.version}"
    cases.add_step(transaction, case, turned, step, rules, key=key)
