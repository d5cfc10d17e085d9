"""The clocks of a case as it goes from stage to stage, and the lights that they turn."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from hotline.case.case import PATCHED, Case
from hotline.case.case_clock import STAGE_CLOCK, WHOLE_CLOCK, CaseClock, Pause
from hotline.case.clock_time import timed
from hotline.case.light import Light, light_at, worst
from hotline.case.limit import Limit
from hotline.case.workflow import Rules, Stage
from hotline.rights.scopes import role_of

# What the limits of a class depend on, as names of Case.
LIMITED_BY: Final = ("matter", "condition", "urgency", "cell")


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
    clocks = _others(rules.workflow.stages[stage], case, now, rules, changes)
    if former is not None:
        clocks = _gone_on(clocks, stage, case, now, rules)
    begins = _begins(stage, case, now, rules, changes)
    if former is None:
        led = begins
    else:
        left = rules.workflow.stages[case.stage]
        if (left.pauses or left.end) and case.stage_clock.started is not None:
            stood = Pause(case.stage_clock.started, now, case.stage)
            former = replace(former, pauses=(*former.pauses, stood))
        # That of the class may have got more time meanwhile; those of 0.1.0 have no limit.
        own = clocks.get(rules.workflow.stages[stage].clock)
        led = _kept(stage, own if own is not None and own.limit else former, now, rules)
    patches = {
        kind: patch
        for kind, one in clocks.items()
        if (patch := patch_of(clock_in(kind, case, changes), one))
    }
    running = _running(rules.workflow.stages[stage], clocks)
    late = _stands_late(rules.workflow.stages[stage], clocks, rules)
    light = worst((led["light"], *(_light(one, now) for one in running), *late))
    return {"stage": stage, "light": light, "clocks": {**patches, **led["clocks"]}}


def _running(stage: Stage, clocks: Mapping[str, CaseClock]) -> list[CaseClock]:
    """Give the clocks of other stages that go on in one: what is late there is late here."""
    found = [clocks[kind] for kind in stage.runs if kind in clocks]
    return [one for one in found if one.stopped is None]


def _light(clock: CaseClock, now: datetime) -> Light:
    return light_at(now, clock.warn_at, clock.due_at)


def _lighting(case: Case, rules: Rules) -> list[CaseClock]:
    """Give the clocks by which a case has its light: its stage's, and those that go on in it."""
    stage = rules.workflow.stages.get(case.stage)
    return [case.stage_clock, *(_running(stage, case.clocks) if stage else ())]


def light_of_case(case: Case, rules: Rules, now: datetime) -> Light:
    """Give the light that a case has at an instant, by its clocks: the worst of them."""
    stage = rules.workflow.stages.get(case.stage)
    late = _stands_late(stage, case.clocks, rules) if stage else []
    return worst((*(_light(one, now) for one in _lighting(case, rules)), *late))


def _stands_late(stage: Stage, clocks: Mapping[str, CaseClock], rules: Rules) -> list[Light]:
    """Give the lights of stages' clocks that were up already when they came to stand still."""
    of_stages = {one.clock for one in rules.workflow.stages.values() if one.clock}
    stand = [clocks[kind] for kind in stage.pauses if kind in clocks and kind in of_stages]
    return [Light.RED for one in stand if one.paused is not None and _is_up(one, rules)]


def _is_up(clock: CaseClock, rules: Rules) -> bool:
    """Tell whether the time of a clock was up when it came to stand still."""
    going = retimed(replace(clock, paused=None), rules)
    due, since = going.due_at, clock.paused
    return due is not None and since is not None and due <= since


def clock_in(kind: str, case: Case, changes: Mapping[str, Any]) -> CaseClock | None:
    """Give a clock of a case as it is after some changes; None where it is taken away."""
    clock, patch = case.clocks.get(kind), changes.get("clocks", {}).get(kind, {})
    if patch is None:
        return None
    return replace(clock or CaseClock(), **patch) if clock or patch else None


def _others(
    stage: Stage, case: Case, now: datetime, rules: Rules, changes: Mapping[str, Any]
) -> dict[str, CaseClock]:
    """Give all clocks but the stage's own, as they go on or stand still in another stage."""
    found: dict[str, CaseClock] = {}
    for kind in {*case.clocks, *changes.get("clocks", {})} - {STAGE_CLOCK}:
        clock = clock_in(kind, case, changes)
        if clock is not None:
            found[kind] = retimed(_led(kind, clock, stage, case.stage, now, rules), rules)
    return found


def _gone_on(
    clocks: Mapping[str, CaseClock], stage: str, case: Case, now: datetime, rules: Rules
) -> dict[str, CaseClock]:
    """Give the clocks of a case that comes back from an end: those that ended with it go on."""
    left, since = rules.workflow.stages.get(case.stage), case.stage_clock.started
    if left is None or not left.end:
        return dict(clocks)
    here = rules.workflow.stages[stage]
    others = {one.clock for one in rules.workflow.stages.values()} - {here.clock, *here.runs}
    found = dict(clocks)
    for kind, clock in clocks.items():
        if clock.stopped is not None and clock.stopped == since and kind not in others:
            stood = Pause(clock.stopped, now, case.stage)
            again = replace(clock, stopped=None, pauses=(*clock.pauses, stood))
            found[kind] = retimed(again, rules)
    return found


def _led(
    kind: str, clock: CaseClock, stage: Stage, left: str, now: datetime, rules: Rules
) -> CaseClock:
    base = role_of(kind)
    if stage.end:
        return clock if clock.stopped else replace(_resumed(clock, now, left, rules), stopped=now)
    if kind == WHOLE_CLOCK and clock.stopped:
        # What had come to its end and goes on was nobody's in between.
        between = Pause(clock.stopped, now, left)
        clock = replace(clock, stopped=None, pauses=(*clock.pauses, between))
    if base in stage.pauses:
        runs = clock.paused is None and clock.stopped is None
        return replace(clock, paused=now) if runs else clock
    clock = _resumed(clock, now, left, rules)
    of_stages = {one.clock for one in rules.workflow.stages.values() if one.clock}
    goes_on = kind not in of_stages or kind in (stage.clock, *stage.runs)
    return clock if goes_on or clock.stopped else replace(clock, stopped=now)


def _resumed(clock: CaseClock, now: datetime, stage: str, rules: Rules) -> CaseClock:
    """Give a clock that stood still as it goes on: due again, even if it is stopped now."""
    if clock.paused is None:
        return clock
    stood = Pause(clock.paused, now, stage)
    return retimed(replace(clock, paused=None, pauses=(*clock.pauses, stood)), rules)


def _kept(stage: str, former: CaseClock, now: datetime, rules: Rules) -> dict[str, Any]:
    """Give the clocks of a stage that goes on with the time it had left."""
    # It may have got more time while it stood still.
    kept = replace(former, started=now, counted_from=former.origin, stopped=None)
    kept = retimed(kept, rules)
    clocks = {STAGE_CLOCK: _entries(kept)}
    kind = rules.workflow.stages[stage].clock
    if kind:
        clocks[kind] = {name: one for name, one in _entries(kept).items() if name != "started"}
    return {"clocks": clocks, "light": light_at(now, kept.warn_at, kept.due_at)}


def _begins(
    stage: str, case: Case, now: datetime, rules: Rules, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Give the clocks and the light of a stage that begins now, after some changes of the case."""
    limit = _stage_limit(stage, case, rules, changes)
    clock = begun(limit, now, rules) if limit else _entries(CaseClock(now))
    kind = rules.workflow.stages[stage].clock
    clocks = {STAGE_CLOCK: clock} | ({kind: clock if limit else None} if kind else {})
    return {"clocks": clocks, "light": Light.GREEN}


def first_clocks(case: Case, now: datetime, rules: Rules) -> dict[str, Any]:
    """Give the clocks and the light of a new case: of its stage and of the whole."""
    first = _begins(case.stage, case, now, rules, {})
    whole = class_limit(WHOLE_CLOCK, case, rules, {})
    if whole is not None:
        first["clocks"][WHOLE_CLOCK] = begun(whole, now, rules)
    return first


def begun(limit: Limit, now: datetime, rules: Rules) -> dict[str, Any]:
    """Give the entries of a clock of a limit that begins now."""
    return _entries(retimed(CaseClock(now, limit=limit.text), rules))


def retimed(clock: CaseClock, rules: Rules) -> CaseClock:
    """Give a clock that runs with its instants by the calendar that counts."""
    if clock.stopped is not None or clock.limit is None:
        return clock
    return timed(clock, rules.calendar, rules.limits.yellow_share)


def _entries(clock: CaseClock) -> dict[str, Any]:
    return {name: getattr(clock, name) for name in PATCHED["clocks"].__slots__}


def patch_of(before: CaseClock | None, after: CaseClock) -> dict[str, Any]:
    """Give what differs of a clock."""
    old = _entries(before or CaseClock())
    return {name: one for name, one in _entries(after).items() if old[name] != one}


def is_reclassed(case: Case, changes: Mapping[str, Any]) -> bool:
    """Tell whether some changes make a case something else, by what limits depend on."""
    return any(changes.get(name, getattr(case, name)) != getattr(case, name) for name in LIMITED_BY)


def recounted(
    case: Case, now: datetime, rules: Rules, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Give the clocks whose limits are others by some changes of what a case is, and the light.

    They go on from where they began: the limit of what the case is now counts from there.
    """
    if not is_reclassed(case, changes):
        return {}
    return relimited(case, now, rules, changes)


def relimited(
    case: Case, now: datetime, rules: Rules, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Give the clocks whose limits are others by some rules than those that they have."""
    found: dict[str, Any] = {}
    own = rules.workflow.stages[case.stage].clock
    for kind in {*case.clocks, WHOLE_CLOCK} - {STAGE_CLOCK}:
        clock = clock_in(kind, case, changes)
        limit = class_limit(kind, case, rules, changes)
        if clock is None or limit is None or clock.stopped or clock.limit == limit.text:
            continue
        anew = patch_of(clock, retimed(replace(clock, limit=limit.text), rules))
        found[kind] = anew
        if kind == own:
            found[STAGE_CLOCK] = anew
    if STAGE_CLOCK not in found:
        found |= _stage_relimited(case, rules, changes)
    lit = {STAGE_CLOCK, *rules.workflow.stages[case.stage].runs}
    if lit.isdisjoint(found):
        return {"clocks": found} if found else {}
    stood = {kind: clock_in(kind, case, changes) or CaseClock() for kind in found}
    after = {kind: replace(stood[kind], **one) for kind, one in found.items()}
    told = replace(case, clocks={**case.clocks, **after})
    return {"clocks": found, "light": light_of_case(told, rules, now)}


def _stage_relimited(case: Case, rules: Rules, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Give the clock of the present stage where the stage's own limit is another one."""
    limit, clock = _stage_limit(case.stage, case, rules, changes), case.stage_clock
    if limit is None or clock.started is None or clock.limit in (None, limit.text):
        return {}
    return {STAGE_CLOCK: patch_of(clock, retimed(replace(clock, limit=limit.text), rules))}


def _stage_limit(stage: str, case: Case, rules: Rules, changes: Mapping[str, Any]) -> Limit | None:
    found = rules.workflow.stages[stage]
    if found.end:
        return None
    of_class = class_limit(found.clock, case, rules, changes) if found.clock else None
    return of_class or rules.limits.stages.get(stage)


def class_limit(kind: str, case: Case, rules: Rules, changes: Mapping[str, Any]) -> Limit | None:
    """Give the limit that what a case is has for a kind of clock, as it is after some changes."""
    about = (changes.get(name, getattr(case, name)) for name in LIMITED_BY)
    return rules.limits.limit(kind, *about)


def is_provisional(case: Case, rules: Rules) -> bool:
    """Tell whether the deadline of the present stage rests on a year without its notice."""
    limit = _stage_limit(case.stage, case, rules, {})
    clock = case.stage_clock
    if limit is None or not limit.is_working or clock.started is None or clock.due_at is None:
        return False
    return rules.calendar.is_provisional(clock.started, clock.due_at)


def light_instants(case: Case, rules: Rules) -> list[tuple[Light, datetime]]:
    """Give the lights that are still to come for the present stage: (light, instant)."""
    clocks = _lighting(case, rules)
    coming = (
        (Light.YELLOW, [one.warn_at for one in clocks]),
        (Light.RED, [one.due_at for one in clocks]),
    )
    order = list(Light)
    return [
        (light, min(at for at in instants if at is not None))
        for light, instants in coming
        if any(instants) and order.index(light) > order.index(case.light)
    ]
