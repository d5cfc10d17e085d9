"""What a move is given: from outside, by one table of fields, and by what the city knows itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from backend.desks.context import AppContext
from hotline.case.case import Case, Step
from hotline.case.returns import returners
from hotline.case.workflow import Move, missing
from hotline.errors import Invalid
from hotline.intake.result import URGENCIES
from hotline.people import Post
from hotline.place.point import Point
from hotline.report import MAX_WORDS, TYPED, check_length

MAX_PLACE: Final = 500


@dataclass(frozen=True, slots=True)
class MoveContext:
    """Inputs of a move, with what they are judged by."""

    office: AppContext
    case: Case
    given: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Field:
    """What a field may hold beyond its type: so many letters, or a choice that is `known`.

    What is `said` may be put right but not taken back.
    """

    most: int | None = None
    said: bool = False
    known: Callable[[MoveContext, Any], bool] | None = None
    code: str = "not_listed"


def check_given(office: AppContext, case: Case, given: Mapping[str, object]) -> None:
    """Raise Invalid for the first input that nobody may give, or that is none of its choices.

    An input of None empties the field, where the move lets it be empty.
    """
    asked = MoveContext(office, case, given)
    for name, value in given.items():
        field = FIELDS.get(name)
        if field is None:
            raise Invalid(name, "is not given from outside")
        # Longer words than may be typed can have come by another channel: they may stay.
        if field.most is not None and value != getattr(case, name):
            check_length(name, value, field.most)
        if field.said and getattr(case, name) and not str(value).strip():
            raise Invalid(name, "must not be emptied", code="input_missing")
        if field.known is not None and value is not None and not field.known(asked, value):
            raise Invalid(name, f"there is no {str(value)[:80]!r}", code=field.code)


def _is_collector(asked: MoveContext, person: str) -> bool:
    found = asked.office.city.organisation.people.get(person)
    return found is not None and found.post is Post.COLLECTOR


def _is_condition(asked: MoveContext, key: str) -> bool:
    matter = asked.given.get("matter", asked.case.matter)
    known = asked.office.city.limits.conditions.get(str(matter or ""), ())
    return any(one.key == key for one in known)


FIELDS: Final[Mapping[str, Field]] = {
    "text": Field(most=MAX_WORDS, said=True),
    "text_confirmed": Field(),
    "place_text": Field(most=TYPED["place_text"]),
    "point": Field(
        known=lambda asked, point: asked.office.knowing.is_near(point), code="outside_city"
    ),
    "cell": Field(known=lambda asked, code: asked.office.knowing.has_cell(code)),
    "matter": Field(
        known=lambda asked, code: code in asked.office.city.limits.conditions, code="no_class"
    ),
    "condition": Field(known=_is_condition),
    "urgency": Field(known=lambda _, level: level in URGENCIES),
    "in_scope": Field(),
    "collector": Field(known=_is_collector),
    "department": Field(
        known=lambda asked, code: code in asked.office.city.organisation.departments
    ),
}


def still_needed(office: AppContext, case: Case, move: Move) -> tuple[str, ...]:
    """Give what a person is asked for before a move: neither the case nor the city knows it.

    The department is asked for though a route names one: who dispatches chooses it.
    """
    known = fill_in(office, case, move, {}, ())
    known.pop("department", None)
    return missing(move, case, known)


def fill_in(
    office: AppContext, case: Case, move: Move, given: Mapping[str, object], steps: Sequence[Step]
) -> dict[str, object]:
    """Give the inputs of a move with what the city knows itself added: cell, collector, route.

    No route leads to a department that gave the case back in one of its `steps`: where none is
    left, a person names the department.
    """
    inputs = dict(given)
    if _takes(move, "point"):
        _drop_stale_pin(office, case, inputs)
    point = inputs.get("point", case.point)
    if isinstance(point, Point) and "point" in inputs and _takes(move, "cell"):
        inputs.setdefault("cell", office.knowing.cell_of(point))
    if "collector" in move.needs and move.to is not None and not inputs.get("collector"):
        person = office.city.suggested_collector(case.cell)
        if person is not None:
            inputs["collector"] = person
    if "department" in move.needs:
        rule = office.city.routing.route(case.matter, case.cell, returners(steps))
        if rule.department is not None and inputs.get("department") in (None, rule.department):
            inputs.update(department=rule.department, routed_by=rule.name)
    if "condition" in move.needs or "matter" in inputs:
        _fill_condition(office, case, inputs)
    return inputs


def _drop_stale_pin(office: AppContext, case: Case, inputs: dict[str, object]) -> None:
    """Empty the position that words or a cell have changed away from: a pin follows its words."""
    if "point" in inputs:
        return
    place, cell = inputs.get("place_text", case.place_text), inputs.get("cell")
    if cell is None and place != case.place_text:
        inputs.update(point=None, cell=None)
    elif cell is not None and case.point and office.knowing.cell_of(case.point) != cell:
        inputs["point"] = None


def _takes(move: Move, name: str) -> bool:
    return name in move.takes or name in move.needs


def _fill_condition(office: AppContext, case: Case, inputs: dict[str, object]) -> None:
    """Set the condition of the class: the only one there is, or none where another class had it."""
    matter = inputs.get("matter", case.matter)
    known = [one.key for one in office.city.limits.conditions.get(str(matter or ""), ())]
    condition = inputs.get("condition", case.condition if matter == case.matter else None)
    if condition not in known:
        condition = known[0] if len(known) == 1 else None
    if condition != case.condition:
        inputs["condition"] = condition
