"""Turning the light of a stage that takes too long."""

from datetime import datetime
from typing import Final

from backend.desks import executor
from backend.desks.context import AppContext
from backend.desks.queues import LIGHTS
from backend.store import cases, jobs
from backend.store.jobs import Job
from backend.store.session import Transaction
from hotline.case.case import Case
from hotline.case.clocking import light_instants
from hotline.case.light import Light, light_at
from hotline.case.transition import record_system_step
from hotline.job import LIGHT_JOB
from hotline.people import SYSTEM
from hotline.wire import kept

# The step of a light that turns.
TURN: Final = "light"
_ORDER = [Light.GREEN, Light.YELLOW, Light.RED]


async def turn_due(office: AppContext, limit: int = 50) -> int:
    """Turn lights that are due; gives how many jobs were worked off."""
    return await executor.work_inside(office, LIGHTS, turn, limit)


async def first_due(office: AppContext, until: datetime) -> datetime | None:
    """Give when the next light is due, where that is not after an instant."""
    async with office.store.connect() as connection:
        return await jobs.first_due(connection, LIGHTS.name, until)


def turn(transaction: Transaction, job: Job, case: Case) -> datetime | None:
    """Turn one light, unless a person or another light was faster.

    Gives its instant where that is still to come: a clock that went ahead has made it due before.
    """
    light, now = kept(LIGHT_JOB, job.body).light, transaction.now
    instant = dict(light_instants(case)).get(light)
    if instant is not None and instant > now:
        return instant
    if needs_turning(case, light, light_at(now, case.stage_clock.warn_at, case.stage_clock.due_at)):
        turned, step = record_system_step(case, TURN, SYSTEM, now, {"light": light})
        cases.add_step(transaction, case, turned, step, key=f"light:{job.ref}")
    return None


def needs_turning(case: Case, wanted: Light, light: Light) -> bool:
    """Tell whether a case does not show yet what it is to show."""
    return _ORDER.index(light) >= _ORDER.index(wanted) > _ORDER.index(case.light)
