"""Turning the light of a stage that takes too long."""

from backend.desks.context import AppContext
from backend.desks.queues import LIGHTS, work_off
from backend.store import cases, timers
from backend.store.timers import Timer
from hotline.case.case import Case
from hotline.case.deadline import Light, light_at
from hotline.case.workflow import record_system_step
from hotline.errors import Conflict
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
    now = office.clock.now()
    try:
        async with office.store.unit(now) as unit:
            case = await cases.load_by_id(unit.connection, timer.case)
            if needs_turning(case, timer, light_at(now, case.stage_yellow, case.stage_due)):
                turned, step = record_system_step(
                    case, "light", SYSTEM, now, {"light": Light(timer.kind)}
                )
                cases.add_step(unit, turned, step, key=f"light:{timer.id}")
            await unit.flush()
            await timers.remove(unit.connection, timer.id)
    except Conflict:
        # Somebody moved the case at this very moment; the timer is still there and comes again.
        return


def needs_turning(case: Case, timer: Timer, light: Light) -> bool:
    """Tell whether a timer still has something to do on its case."""
    wanted = Light(timer.kind)
    return _ORDER.index(light) >= _ORDER.index(wanted) > _ORDER.index(case.light)
