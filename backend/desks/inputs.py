"""What a move is given: from outside, by the fields of the form, and what the city knows itself."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from backend.desks.context import CityKnowledge
from hotline.case.case import Case, Step
from hotline.case.closing import EvidenceAsked
from hotline.case.limits import Limits
from hotline.case.proof import asked_for
from hotline.case.returns import returners
from hotline.case.transition import missing
from hotline.case.workflow import Move, Rules
from hotline.errors import Invalid
from hotline.form.beside import FIX, PHOTO
from hotline.form.field import FormField
from hotline.form.form import Form
from hotline.form.types import check_ahead, read_value
from hotline.people import Actor
from hotline.place.point import Point

Given = Mapping[str, object]


def read_given(
    office: CityKnowledge, case: Case, rules: Rules, given: Given, now: datetime, actor: Actor
) -> dict[str, Any]:
    """Give what an actor gives to a move as it is kept; Invalid for the first value that cannot be.

    None empties a field, where the move lets it be empty. What lies ahead is counted from `now`.
    """
    today = _today(office, now)
    read: dict[str, Any] = {}
    for name, value in given.items():
        field = rules.form.fields.get(name)
        if field is None or field.inner:
            raise Invalid(name, "is not given from outside")
        before = rules.form.value_of(case, name)
        if field.kept and before and not str("" if value is None else value).strip():
            raise Invalid(name, "must not be emptied", code="input_missing")
        # Longer words than may be typed can have come by another channel: they may stay.
        read[name] = value if value == before else read_value(field, value)
        option = field.option(value)
        if option is not None and not option.is_for(actor.rights.posts):
            raise Invalid(name, f"{actor.post} does not choose {option.id!r}", code="not_listed")
        check_ahead(field, read[name], today)
    for name, value in read.items():
        if value is not None:
            _check_known(office, case, rules.form.fields[name], value, read)
    return read


def _check_known(
    office: CityKnowledge, case: Case, field: FormField, value: object, given: Given
) -> None:
    """Raise Invalid for a value that the office does not know where it lists them itself."""
    code = "not_listed"
    match field.type:
        case "person":
            is_known = office.city.is_able_in(field, case, str(value))
        case "organisation":
            is_known = value in office.city.orgs_within(field, case)
        case "organisations":
            orgs = office.city.orgs_for(field)
            is_known = isinstance(value, list) and all(one in orgs for one in value)
        case "place":
            is_known, code = (
                isinstance(value, Point) and office.knowing.is_near(value),
                "outside_city",
            )
        case _:
            look = _SOURCES.get(field.source)
            is_known = look is None or look(office, case, str(value), given)
            code = _CODES.get(field.source, code)
    if not is_known:
        raise Invalid(field.id, f"there is no {str(value)[:80]!r}", code=code)


def _limits(office: CityKnowledge, case: Case) -> Limits:
    return office.city.pinned(case.release).limits


def _is_condition(office: CityKnowledge, case: Case, key: str, given: Given) -> bool:
    matter = given.get("matter", case.matter)
    known = _limits(office, case).conditions.get(str(matter or ""), ())
    return any(one.key == key for one in known)


_SOURCES: Final[Mapping[str, Callable[[CityKnowledge, Case, str, Given], bool]]] = {
    "cells": lambda office, _, code, __: office.knowing.has_cell(code),
    "matters": lambda office, case, code, _: code in _limits(office, case).conditions,
    "conditions": _is_condition,
}
_CODES: Final = {"matters": "no_class"}


def still_needed(office: CityKnowledge, case: Case, move: Move, now: datetime) -> tuple[str, ...]:
    """Give what a person is asked for before a move: neither the case nor the city knows it.

    The department is asked for though a route names one: who dispatches chooses it.
    """
    rules = office.city.rules(case.release)
    past = [one.id for one in days_past(office, case, move, {}, now)]
    # Whatever day stands in for one that is past: it is asked for.
    known = fill_in(office, case, move, dict.fromkeys(past), (), now, without=("routing",))
    needs = (*missing(rules.form, move, case, known), *past)
    # Photos of chats say neither when nor where they were taken.
    proof = {EvidenceAsked.PHOTO: (PHOTO,), EvidenceAsked.PHOTO_PLACE: (PHOTO, FIX)}
    wanted = proof.get(asked_for(case, move, rules.limits), ())
    return tuple(dict.fromkeys((*needs, *wanted)))


def fill_in(
    office: CityKnowledge,
    case: Case,
    move: Move,
    given: Mapping[str, Any],
    steps: Sequence[Step],
    now: datetime,
    *,
    without: Collection[str] = (),
) -> dict[str, Any]:
    """Give the inputs of a move with what the city knows itself added: cell, collector, route.

    No route leads to a department that gave the case back in one of its `steps`: where none is
    left, a person names the department. What `without` names is not filled in.
    """
    inputs = dict(given)
    form = office.city.rules(case.release).form
    for past in days_past(office, case, move, given, now):
        check_ahead(past, form.value_of(case, past.id), _today(office, now))
    if _takes(move, "point"):
        _drop_stale_pin(office, case, inputs)
    point = inputs.get("point", case.point)
    if isinstance(point, Point) and "point" in inputs and _takes(move, "cell"):
        # A pin says where it is: a cell that is named beside it counts where the pin lies in none.
        found = office.knowing.cell_of(point)
        inputs["cell"] = found or inputs.get("cell")
    for name in (*move.needs, *move.takes):
        field = form.fields.get(name)
        if field is not None and field.suggest and field.suggest not in without:
            _SUGGESTED[field.suggest](office, case, move, field, inputs, steps, now)
    if "matter" in inputs:
        _fill_condition(office, case, inputs)
    _check_not_lost(office, case, inputs)
    _check_given_on(form, case, move, inputs)
    return inputs


def _check_given_on(form: Form, case: Case, move: Move, inputs: Given) -> None:
    """Raise Invalid where a move that only gives a case to another would leave it where it lies."""
    if move.leads:
        return
    named = [one for one in (*move.needs, *move.takes) if inputs.get(one) is not None]
    parts = [form.fields[one] for one in named if one in form.fields and form.fields[one].role]
    same = [one.id for one in parts if inputs[one.id] == form.value_of(case, one.id)]
    if len(same) == len(parts) and not set(same).isdisjoint(move.needs):
        raise Invalid(same[0], f"{inputs[same[0]]!r} has it already", code="has_it_already")


def _check_not_lost(office: CityKnowledge, case: Case, inputs: Given) -> None:
    """Raise Invalid where a case on its way would lose its class or place: they say its proof."""
    if not case.is_decided:
        return
    matter = inputs.get("matter", case.matter)
    lost = {
        "matter": case.matter is not None and matter is None,
        "condition": case.condition is not None
        and inputs.get("condition", case.condition) is None
        and bool(_limits(office, case).conditions.get(str(matter))),
        "cell": (case.point or case.cell) is not None
        and inputs.get("point", case.point) is None
        and not inputs.get("cell", case.cell),
    }
    for name, is_lost in lost.items():
        if is_lost:
            raise Invalid(name, "must not be emptied", code="input_missing")


def days_past(
    office: CityKnowledge, case: Case, move: Move, given: Given, now: datetime
) -> list[FormField]:
    """Give the fields of a move whose day was named earlier and lies ahead no more."""
    form, found = office.city.rules(case.release).form, []
    for name in (*move.needs, *move.takes):
        field = form.fields.get(name)
        if field is not None and field.ahead and not field.once and name not in given:
            try:
                check_ahead(field, form.value_of(case, name), _today(office, now))
            except (Invalid, ValueError):
                found.append(field)
    return found


def _today(office: CityKnowledge, now: datetime) -> date:
    return now.astimezone(office.city.zone).date()


def _suggest_walker(
    office: CityKnowledge,
    case: Case,
    move: Move,
    field: FormField,
    inputs: dict[str, Any],
    _: object,
    now: datetime,
) -> None:
    if move.leads and not inputs.get(field.id):
        person = office.city.suggested_collector(case.cell, now)
        if person is not None:
            inputs[field.id] = person


def _suggest_route(
    office: CityKnowledge,
    case: Case,
    move: Move,
    field: FormField,
    inputs: dict[str, Any],
    steps: Sequence[Step],
    _: object,
) -> None:
    refused = returners(steps, office.city.known)
    rule = office.city.pinned(case.release).routing.route(case.matter, case.cell, refused)
    if rule.department is not None and inputs.get(field.id) in (None, rule.department):
        inputs[field.id] = rule.department
        if _takes(move, ROUTED_BY):
            inputs[ROUTED_BY] = rule.name


def _suggest_centre(
    office: CityKnowledge,
    case: Case,
    _: Move,
    field: FormField,
    inputs: dict[str, Any],
    *__: object,
) -> None:
    """Fill in the centre that a case goes to: the first, the one below or beside for its place,
    the one above."""
    found = _centre(office, case, field, inputs.get("cell", case.cell))
    if found is not None and inputs.get(field.id) is None:
        inputs[field.id] = found


def _centre(office: CityKnowledge, case: Case, field: FormField, cell: str | None) -> str | None:
    organisation, lies_with = office.city.organisation, case.org_of(field.role) or ""
    own = organisation.centres.get(lies_with)
    match field.suggest:
        case "centre_first":
            found = None if lies_with else organisation.centre_for(cell, "")
        case "centre_below":
            found = organisation.centre_for(cell, lies_with) if own else None
        case "centre_beside":
            strays = own and own.above and not (cell or own.area).startswith(own.area)
            found = organisation.centre_for(cell, own.above) if own and strays else None
        case _:
            found = organisation.centres.get(own.above) if own else None
    return found.code if found else None


def suggested_centres(office: CityKnowledge, case: Case) -> dict[str, str | None]:
    """Give the centres that a case could go to from where it lies, by how they are suggested."""
    fields = office.city.rules(case.release).form.fields.values()
    wanted = {one.suggest: one for one in fields if _SUGGESTED.get(one.suggest) is _suggest_centre}
    return {name: _centre(office, case, field, case.cell) for name, field in wanted.items()}


def _suggest_condition(
    office: CityKnowledge,
    case: Case,
    move: Move,
    field: FormField,
    inputs: dict[str, Any],
    *_: object,
) -> None:
    if field.id in move.needs:
        _fill_condition(office, case, inputs)


# The field that says by which rule a department was found.
ROUTED_BY: Final = "routed_by"
_SUGGESTED: Final[Mapping[str, Callable[..., None]]] = {
    "duty_grid": _suggest_walker,
    "routing": _suggest_route,
    "condition": _suggest_condition,
    "centre_first": _suggest_centre,
    "centre_below": _suggest_centre,
    "centre_above": _suggest_centre,
    "centre_beside": _suggest_centre,
}


def _drop_stale_pin(office: CityKnowledge, case: Case, inputs: dict[str, Any]) -> None:
    """Empty the position that words or a cell have changed away from: a pin follows its words."""
    if "point" in inputs:
        return
    place, cell = inputs.get("place_text", case.place_text), inputs.get("cell")
    if cell is None and (place or "") != case.place_text:
        inputs.update(point=None, cell=None)
    elif cell is not None and case.point and office.knowing.cell_of(case.point) != cell:
        inputs["point"] = None


def _takes(move: Move, name: str) -> bool:
    return name in move.takes or name in move.needs


def _fill_condition(office: CityKnowledge, case: Case, inputs: dict[str, Any]) -> None:
    """Set the condition of the class: the only one there is, or none where another class had it."""
    matter = inputs.get("matter", case.matter)
    known = [one.key for one in _limits(office, case).conditions.get(str(matter or ""), ())]
    condition = inputs.get("condition", case.condition if matter == case.matter else None)
    if condition not in known:
        condition = known[0] if len(known) == 1 else None
    if condition != case.condition:
        inputs["condition"] = condition
