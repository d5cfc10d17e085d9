"""The clocks of a case as it goes from stage to stage, and the lights that they turn."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hotline.case.case import Case
from hotline.case.case_clock import STAGE_CLOCK, CaseClock
from hotline.case.clock_time import timed
from hotline.case.light import Light, light_at
from hotline.case.limit import Limit
from hotline.case.workflow import Rules


def led_to(
    stage: str,
    case: Case,
    now: datetime,
    rules: Rules,
    changes: Mapping[str, Any],
    former: CaseClock | None,
) -> dict[str, Any]:
    """Give the changes by which a case is led to a stage: its clocks there, and none left running.

    `changes` are those that its move has made so far. With `former` the stage goes on with the time
    that it had left, else its time begins anew.
    """
    if former is None:
        led = clocked(stage, case, now, rules, changes)
    else:
        led = _kept(stage, former, now, rules)
    clocks = led["clocks"]
    left = rules.workflow.stages[case.stage].clock
    # What was taken away by the move itself is not there to stand still.
    runs = left in case.clocks and changes.get("clocks", {}).get(left, {}) is not None
    if runs and left not in clocks:
        clocks[left] = {"stopped": now}
    return {"stage": stage, **led}


def _kept(stage: str, former: CaseClock, now: datetime, rules: Rules) -> dict[str, Any]:
    """Give the clocks of a stage that goes on with the time it had left."""
    instants = {"warn_at": former.warn_at, "due_at": former.due_at, "stopped": None}
    told: dict[str, Any] = {"limit": former.limit, "calendar": former.calendar}
    told["counted_from"] = former.origin
    clocks = {STAGE_CLOCK: {"started": now, **instants, **told}}
    kind = rules.workflow.stages[stage].clock
    if kind:
        clocks[kind] = {**instants, **told}
    return {"clocks": clocks, "light": light_at(now, former.warn_at, former.due_at)}


def clocked(
    stage: str,
    case: Case,
    now: datetime,
    rules: Rules,
    changes: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Give the clocks and the light of a stage that begins now, after some changes of the case."""
    limit = _stage_limit(stage, case, rules, changes or {})
    clock: dict[str, Any] = {
        "started": now,
        "warn_at": None,
        "due_at": None,
        "limit": limit.text if limit else None,
        "calendar": "",
        "stopped": None,
        "counted_from": None,
    }
    if limit:
        ran = timed(CaseClock(now, limit=limit.text), rules.calendar, rules.limits.yellow_share)
        clock |= {"warn_at": ran.warn_at, "due_at": ran.due_at, "calendar": ran.calendar}
    kind = rules.workflow.stages[stage].clock
    clocks = {STAGE_CLOCK: clock} | ({kind: clock if limit else None} if kind else {})
    return {"clocks": clocks, "light": Light.GREEN}


def _stage_limit(stage: str, case: Case, rules: Rules, changes: Mapping[str, Any]) -> Limit | None:
    found = rules.workflow.stages[stage]
    if found.end:
        return None
    of_class = _class_limit(found.clock, case, rules, changes) if found.clock else None
    return of_class or rules.limits.stages.get(stage)


def _class_limit(kind: str, case: Case, rules: Rules, changes: Mapping[str, Any]) -> Limit | None:
    """Give the limit that what a case is has for a kind of clock, as it is after some changes."""
    names = ("matter", "condition", "urgency", "cell")
    return rules.limits.limit(kind, *(changes.get(name, getattr(case, name)) for name in names))


def is_provisional(case: Case, rules: Rules) -> bool:
    """Tell whether the deadline of the present stage rests on a year without its notice."""
    limit = _stage_limit(case.stage, case, rules, {})
    clock = case.stage_clock
    if limit is None or not limit.is_working or clock.started is None or clock.due_at is None:
        return False
    return rules.calendar.is_provisional(clock.started, clock.due_at)


def light_instants(case: Case) -> list[tuple[Light, datetime]]:
    """Give the lights that are still to come for the present stage: (light, instant)."""
    clock = case.stage_clock
    coming = ((Light.YELLOW, clock.warn_at), (Light.RED, clock.due_at))
    order = [Light.GREEN, Light.YELLOW, Light.RED]
    return [
        (light, at)
        for light, at in coming
        if at is not None and order.index(light) > order.index(case.light)
    ]
