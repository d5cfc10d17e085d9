"""What a move may be given from outside: one table of fields, each with what it may hold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from backend.desks.context import AppContext
from hotline.case.case import Case
from hotline.errors import Invalid
from hotline.intake.urgency import URGENCIES
from hotline.people import Post
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
