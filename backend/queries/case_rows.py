"""A case as the console's lists show it, with the names that belong to its codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from backend.desks.context import AppContext
from backend.queries.case_records import CameBack, ListedCase, ShownAssignment
from backend.queries.names import department_name, matter_names, person_name, step_maker
from backend.store.cases import case_from
from hotline.case.case import HANDLER, Case, is_place_unsure
from hotline.case.case_clock import HANDLING_CLOCK, CaseClock
from hotline.case.returns import Passage, came_back
from hotline.case.transition import direct_actions
from hotline.clock import iso
from hotline.form.field import OF_CASES
from hotline.organisation import DEPARTMENT
from hotline.wire import convert

_SAME: Final = (
    *("number", "stage", "light", "version", "channel", "text", "text_confirmed", "place_text"),
    *("matter", "urgency", "cell", "point", "counts", "facets"),
)


@dataclass(frozen=True, slots=True)
class CaseExtras:
    """What a list shows of a case besides: its files, its way so far, who said where it is."""

    photos: int
    has_recording: bool
    passages: list[Passage]
    placed_by: str | None


def row_of(office: AppContext, raw: Mapping[str, Any]) -> ListedCase:
    """Give the console's row of a case as backend.store.views reads it."""
    extras = CaseExtras(
        photos=raw["photos"],
        has_recording=raw["has_recording"],
        passages=convert(raw["passages"] or [], list[Passage]),
        placed_by=raw["placed_by"],
    )
    return ListedCase(**fields_of(office, case_from(raw), extras))


def fields_of(office: AppContext, case: Case, extras: CaseExtras) -> dict[str, Any]:
    """Give the fields of a ListedCase, for what holds more besides."""
    organisation = office.city.organisation
    workflow = office.city.rules(case.release).workflow
    back = came_back(extras.passages, workflow.asking)
    department = case.org_of(HANDLER)
    handling = case.clocks.get(HANDLING_CLOCK) or CaseClock()
    fields = office.city.fields
    return {
        **{name: getattr(case, name) for name in _SAME},
        "fields": {
            name: value
            for name, value in case.fields.items()
            if name not in fields or fields[name].type not in OF_CASES
        },
        **matter_names(office.matters, case.matter),
        DEPARTMENT: department,
        "department_name": department_name(organisation, department),
        "assignments": {
            role: ShownAssignment(
                one.org,
                department_name(organisation, one.org),
                one.person,
                person_name(organisation, one.person),
            )
            for role, one in case.assignments.items()
        },
        "times": {name: iso(at) for name, at in case.times.items()},
        "place_unsure": is_place_unsure(
            extras.placed_by,
            case.place_text,
            located=case.point is not None,
            confirmed=case.text_confirmed,
        ),
        "has_recording": extras.has_recording,
        "photos": extras.photos,
        "direct": direct_actions(case.stage, case.times, workflow),
        "back": _back(office, back) if back else None,
        "received_at": iso(case.received_at),
        "stage_since": iso(case.stage_clock.started),
        "stage_due": iso(case.stage_clock.due_at),
        "due": iso(handling.due_at),
        "due_stopped": iso(handling.stopped),
    }


def _back(office: AppContext, back: Passage) -> CameBack:
    name = step_maker(office.city.organisation, back.person, back.post)
    return CameBack(back.action, name, back.post, iso(back.at), back.note)
