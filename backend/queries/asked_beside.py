"""What a case page tells beside the case: what waits for a yes or no, and clocks of others."""

from datetime import datetime
from typing import Final

from backend.desks.context import AppContext
from backend.queries.case_records import AskedFor, BesideClock
from backend.queries.clock_words import clock_name
from backend.queries.names import department_name, step_maker
from backend.store.case_found import CaseFile
from hotline.case.case import Step
from hotline.case.case_clock import HANDLING_CLOCK, STAGE_CLOCK, WHOLE_CLOCK, CaseClock
from hotline.case.light import Light, light_at
from hotline.case.workflow import EffectContext, Move, Rules
from hotline.clock import iso
from hotline.people import SYSTEM
from hotline.rights.scopes import one_of, role_of
from hotline.wire import plain
from hotline.words import LANGUAGES

OWN: Final = (STAGE_CLOCK, HANDLING_CLOCK, WHOLE_CLOCK)


def asked_for_of(office: AppContext, file: CaseFile) -> AskedFor | None:
    """Give what was asked for on a case and waits for a yes or no; None where nothing does."""
    case, rules = file.case, office.city.rules(file.case.release)
    if case.stage not in rules.workflow.asking:
        return None
    step = next((one for one in reversed(file.steps) if one.changes.get("stage")), None)
    if step is None:
        return None
    given, due = step.changes.get("fields", {}), _due_if_agreed(office, file, rules)
    whole = case.clocks.get(WHOLE_CLOCK)
    before = due and whole and whole.due_at and whole.stopped is None and whole.due_at < due
    return AskedFor(
        action=step.action,
        person_name=step_maker(office.city.organisation, step.person, step.post),
        post=step.post,
        at=iso(step.at),
        note=step.note,
        fields={name: plain(one) for name, one in given.items() if one is not None},
        due=iso(due),
        whole=iso(whole.due_at) if whole and before else None,
    )


def _due_if_agreed(office: AppContext, file: CaseFile, rules: Rules) -> datetime | None:
    """Give when the case would be due, where a yes gives its handling other time."""
    case = file.case
    answers = (one for one in rules.workflow.moves if case.stage in one.source and _is_answer(one))
    for move in answers:
        about = EffectContext(case, SYSTEM, office.clock.now(), rules, {}, {})
        for effect in move.effects:
            clock = effect.changes(about).get("clocks", {}).get(HANDLING_CLOCK) or {}
            due: datetime | None = clock.get("due_at")
            if due is not None:
                return due
    return None


def _is_answer(move: Move) -> bool:
    return move.back and not move.aside


def beside_clocks(office: AppContext, file: CaseFile) -> list[BesideClock]:
    """Give the clocks of a case that are not its own, in the order in which they began."""
    kinds = [kind for kind in file.case.clocks if role_of(kind) not in OWN]
    found = [(_began(file, kind), kind) for kind in kinds]
    told = sorted(((step, kind) for step, kind in found if step), key=lambda one: one[0].seq)
    return [_beside(office, file, kind, step) for step, kind in told]


def _began(file: CaseFile, kind: str) -> Step | None:
    """Give the step by which a clock began, the last time."""
    began = (one for one in reversed(file.steps) if _starts(one, kind))
    return next(began, None)


def _starts(step: Step, kind: str) -> bool:
    return bool((step.changes.get("clocks", {}).get(kind) or {}).get("started"))


def _beside(office: AppContext, file: CaseFile, kind: str, step: Step) -> BesideClock:
    organisation, clock = office.city.organisation, file.case.clocks[kind]
    org = kind.removeprefix(one_of(role_of(kind), "")) if role_of(kind) != kind else None
    name, name_en = (clock_name(role_of(kind), one) for one in LANGUAGES)
    return BesideClock(
        kind=role_of(kind),
        name=name,
        name_en=name_en,
        org=org,
        org_name=department_name(organisation, org),
        action=step.action,
        person_name=step_maker(organisation, step.person, step.post),
        post=step.post,
        at=iso(step.at),
        # Words of a move that led the case on are about that, and not about the clock.
        note="" if "stage" in step.changes else step.note,
        due=iso(clock.due_at),
        stopped=iso(clock.stopped),
        done=clock.stopped is not None and not _ended(office, file, kind),
        light=_light(office, clock),
    )


def _ended(office: AppContext, file: CaseFile, kind: str) -> bool:
    """Tell whether a clock stopped with the end of its case, whatever it waited for."""
    stops = (
        step
        for step in reversed(file.steps)
        if (step.changes.get("clocks", {}).get(kind) or {}).get("stopped")
    )
    last = next(stops, None)
    return last is not None and last.changes.get("stage") in office.city.ends


def _light(office: AppContext, clock: CaseClock) -> Light:
    at = clock.stopped or office.clock.now()
    return light_at(at, clock.warn_at, clock.due_at)
