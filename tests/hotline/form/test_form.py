"""A form is read from data, or refused by the name of the field at fault."""

from typing import Any

import pytest

from hotline.errors import Invalid
from hotline.form.form import HOT
from hotline.form.form_data import MAX_FIELDS, parse_form
from hotline.place.point import Point
from tests.cities import MONDAY, form, make_case

FIELD = {"id": "height", "type": "number", "name": "高度"}


def test_the_demo_citys_form_names_all_that_a_case_holds_by_itself() -> None:
    assert set(HOT) <= set(form().fields)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([FIELD, FIELD], "stands twice"),
        ([FIELD | {"id": "a b"}], "letters"),
        ([FIELD | {"id": "高度"}], "letters"),
        ([FIELD | {"name": ""}], "a name"),
        ([FIELD | {"type": "colour"}], "none of"),
        ([FIELD | {"colour": "red"}], "nothing that a field has"),
        ([FIELD | {"min": "x"}], "min"),
        ([FIELD | {"min": 3, "max": 2}], "least"),
        ([FIELD | {"role": "handler"}], "role"),
        ([FIELD | {"suggest": "magic"}], "none of"),
        ([FIELD | {"type": "choice"}], "options or a source"),
        ([FIELD | {"type": "choice", "options": [{"id": "a"}]}], "name"),
        (
            [FIELD | {"type": "choice", "options": [{"id": "a", "name": "a", "parent": "b"}]}],
            "before its parent",
        ),
        ([FIELD | {"without": "handler"}], "only organisations"),
        ([FIELD | {"type": "organisation", "role": "a", "without": "a"}], "only organisations"),
        (["height"], "field"),
        ([FIELD | {"id": f"f{one}"} for one in range(MAX_FIELDS + 1)], "at most"),
        ("height", "at most"),
    ],
)
def test_a_broken_field_is_refused(rows: Any, reason: str) -> None:
    with pytest.raises(Invalid, match=reason) as refusal:
        parse_form({"field": rows})
    assert refusal.value.field.startswith("form.")


def test_a_case_holds_the_values_of_its_fields_where_they_belong() -> None:
    made = parse_form(
        {
            "field": [
                FIELD,
                {"id": "text", "type": "text", "name": "问题"},
                {"id": "where", "type": "place", "name": "地点"},
                {"id": "helper", "type": "person", "name": "协办", "role": "assisting"},
                {"id": "unit", "type": "organisation", "name": "单位", "role": "lead"},
                {
                    "id": "seen",
                    "type": "choice",
                    "name": "所见",
                    "options": [{"id": "yes", "name": "是"}],
                    "until": "filed_at",
                },
            ]
        }
    )
    case = make_case()
    assert made.changes_of(case, "height", 3, MONDAY) == {"fields": {"height": 3}}
    assert made.changes_of(case, "text", None, MONDAY) == {"text": ""}
    where = made.changes_of(case, "where", Point(1.0, 2.0), MONDAY)
    assert where == {"fields": {"where": {"lon": 1.0, "lat": 2.0}}}
    helper = made.changes_of(case, "helper", "c1", MONDAY)
    assert helper == {"assignments": {"assisting": {"person": "c1", "since": MONDAY}}}
    unit = made.changes_of(case, "unit", "water", MONDAY)
    assert unit["assignments"]["lead"] == {"org": "water", "person": None, "since": MONDAY}
    assert made.changes_of(case, "unit", None, MONDAY) == {"assignments": {"lead": None}}
    seen = made.changes_of(case, "seen", "yes", MONDAY)
    assert seen == {"fields": {"seen": "yes"}, "facets": {"seen": "yes"}}
    filed = make_case(filed_at=MONDAY)
    assert made.changes_of(filed, "seen", "yes", MONDAY) == {"fields": {"seen": "yes"}}
    assert made.counted_until("filed_at") == ["seen"]
