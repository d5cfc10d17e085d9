"""Turning the light of a stage that takes too long."""

from backend.desks.context import AppContext
from backend.desks.queues import LIGHTS, work_off
from backend.store import cases, timers
from backend.store.session import Transaction
from backend.store.timers import Timer
from hotline.case.case import Case
from hotline.case.deadline import Light, light_at
from hotline.case.workflow import record_system_step
from hotline.people import SYSTEM

_ORDER = [Light.GREEN, Light.YELLOW, Light.RED]


async def turn_due(office: AppContext, limit: int = 200) -> int:
    """Turn the lights that are due; gives how many timers were worked off."""
    now = office.clock.now()
    async with office.store.connect() as connection:
        waiting = await timers.due(connection, LIGHTS.name, now, limit)
    return await work_off(
        office, LIGHTS, waiting, lambda timer: str(timer.id), lambda timer: turn(office, timer)
    )


async def turn(office: AppContext, timer: Timer) -> None:
    """Turn one light. Doing it twice, or after the stage was left, changes nothing."""

    async def work(transaction: Transaction) -> None:
        now = transaction.now
        case = await cases.load_by_id(transaction.connection, timer.case, lock=True)
        if needs_turning(case, timer, light_at(now, case.stage_yellow, case.stage_due)):
            changes = {"light": Light(timer.kind)}
            turned, step = record_system_step(case, "light", SYSTEM, now, changes)
            cases.add_step(transaction, turned, step, key=f"light:{timer.id}")
        await timers.remove(transaction.connection, timer.id)

    await office.store.transaction(office.clock.now, work)


def needs_turning(case: Case, timer: Timer, light: Light) -> bool:
    """Tell whether a timer still has something to do on its case."""
    wanted = Light(timer.kind)
    return _ORDER.index(light) >= _ORDER.index(wanted) > _ORDER.index(case.light)
