"""Every type of field: what its values are kept as, what is refused, its schema and its words."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from hotline.errors import Invalid
from hotline.form.field import FormField, Option
from hotline.form.types import TYPES, check_ahead, read_value, schema_of, shown_value
from hotline.place.point import Point
from hotline.wire import encode

SHA = "ab" * 32
TREE = (Option("plant", "植物", "Plants"), Option("tree", "树", "Tree", parent="plant"))


def field(kind: str, **more: Any) -> FormField:
    """A field of a type."""
    return FormField("asked", kind, "问", "Asked", **more)


GOOD: list[tuple[FormField, Any, Any, str]] = [
    (field("text"), " 树\x00倒了 ", "树倒了", "树倒了"),
    (field("text"), "", None, ""),
    (field("text"), "\u200b\u200d\ufe0f", None, ""),
    (field("text"), "\ue5e5", "\ue5e5", "\ue5e5"),
    (field("number", min=0, max=50), "12", 12, "12"),
    (field("number", decimals=1), 2.5, 2.5, "2.5"),
    (field("choice", options=TREE), "tree", "tree", "Tree"),
    (field("choice", source="cells"), "330299001001001", "330299001001001", "330299001001001"),
    (field("tree_choice", options=TREE), "tree", "tree", "Tree"),
    (field("date"), "2026-11-26", "2026-11-26", "26 Nov 2026"),
    (field("photo"), SHA, [SHA], "1"),
    (field("photo"), [SHA, SHA, "cd" * 32], [SHA, "cd" * 32], "2"),
    (field("place"), {"lon": 121.5, "lat": 29.9}, Point(121.5, 29.9), "29.90000, 121.50000"),
    (field("person"), "collector01", "collector01", "collector01"),
    (field("organisation"), "water", "water", "water"),
    (field("organisations"), ["water", "gas", "water"], ["water", "gas"], "water, gas"),
    (field("boolean"), False, False, "no"),
    (field("boolean"), "true", True, "yes"),
    (field("phone"), "+86 (574) 8730-1234", "+8657487301234", "+8657487301234"),
    (field("signature"), SHA, SHA, "1"),
    (field("case"), "0000 0013", "00000013", "0000 0013"),
    (field("case"), "编号：００００００1 3", "00000013", "0000 0013"),
    (field("cases"), ["00000013", "0000-0013"], ["00000013"], "0000 0013"),
    (field("cases"), "00000013，0000 0021", ["00000013", "00000021"], "0000 0013, 0000 0021"),
]
BAD: list[tuple[FormField, Any, str]] = [
    (field("cases"), 5, "bad_number"),
    (field("cases"), {"a": 1}, "bad_number"),
    (field("cases"), ["00000013"] * 21, "too_many"),
    (field("text"), 7, "invalid"),
    (field("text", max=3), "一二三四", "too_long"),
    (field("text", min=3), "一", "invalid"),
    (field("number", min=0, max=50), 51, "out_of_range"),
    (field("number"), "twelve", "invalid"),
    (field("number"), True, "invalid"),
    (field("number"), float("nan"), "out_of_range"),
    (field("number"), float("inf"), "out_of_range"),
    (field("number"), 2**53 + 1, "out_of_range"),
    (field("number"), 1.5, "invalid"),
    (field("choice", options=TREE), "shrub", "not_listed"),
    (field("choice", options=TREE), ["tree"], "invalid"),
    (field("choice", options=TREE), "", "not_listed"),
    (field("tree_choice", options=TREE), "plant", "not_listed"),
    (field("date"), "26.11.2026", "bad_time"),
    (field("photo"), ["x"], "invalid"),
    (field("photo"), [f"{one:064x}" for one in range(10)], "invalid"),
    (field("photo"), {"a": 1}, "invalid"),
    (field("place"), {"lon": 200, "lat": 1}, "invalid"),
    (field("place"), "here", "invalid"),
    (field("boolean"), "perhaps", "invalid"),
    (field("boolean"), 1, "invalid"),
    (field("person"), "", "not_listed"),
    (field("organisation"), 7, "not_listed"),
    (field("organisations"), [], "not_listed"),
    (field("organisations"), "water", "not_listed"),
    (field("organisations"), [7], "not_listed"),
    (field("organisations"), [f"d{one}" for one in range(21)], "not_listed"),
    (field("phone"), "ring me", "invalid"),
    (field("phone"), 13800138000, "invalid"),
    (field("signature"), [SHA, "cd" * 32], "invalid"),
    (field("signature"), [], "invalid"),
    (field("case"), "00000019", "bad_number"),
    (field("case"), "", "bad_number"),
    (field("case"), 18, "bad_number"),
    (field("case"), "1" * 10_000, "bad_number"),
    (field("cases"), [], "input_missing"),
    (field("cases"), ["00000013", 7], "bad_number"),
    (field("cases", max=1), ["00000013", "00000021"], "too_many"),
]


def test_every_type_is_tried() -> None:
    assert (
        {one.type for one, *_ in GOOD}
        == {one.type for one, *_ in BAD}
        | {
            "person",
            "organisation",
            "organisations",
        }
        == set(TYPES)
    )


@pytest.mark.parametrize(("asked", "given", "kept", "words"), GOOD)
def test_a_value_is_kept_as_plain_data_and_has_words(
    asked: FormField, given: Any, kept: Any, words: str
) -> None:
    read = read_value(asked, given)
    assert read == kept
    assert encode(read)
    assert shown_value(asked, read, "en") == words
    assert shown_value(asked, read, "zh_CN") if read is not None else True
    assert read_value(asked, read) == read


@pytest.mark.parametrize(("asked", "given", "code"), BAD)
def test_what_is_no_value_is_refused_by_the_fields_name(
    asked: FormField, given: Any, code: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        read_value(asked, given)
    assert (refusal.value.field, refusal.value.code) == ("asked", code)


@pytest.mark.parametrize("kind", TYPES)
def test_nothing_empties_a_field_of_any_type(kind: str) -> None:
    assert read_value(field(kind), None) is None
    assert shown_value(field(kind), None, "en") == ""


@pytest.mark.parametrize(("asked", "value"), [(field("number"), ["x"]), (field("place"), "x")])
def test_a_value_of_a_field_that_had_another_type_is_shown_as_it_is(
    asked: FormField, value: Any
) -> None:
    assert shown_value(asked, value, "en") == str(value)


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_says_what_its_values_are(kind: str) -> None:
    schema = schema_of(field(kind, options=TREE))
    assert schema["title"] == "Asked"
    assert schema["type"] in ("string", "integer", "array", "object", "boolean")


@pytest.mark.parametrize(
    ("day", "fits"),
    [
        ("2026-11-25", False),
        ("2026-11-26", False),
        ("2026-11-27", True),
        ("2027-11-26", True),
        ("2027-11-27", False),
        ("0001-01-01", False),
        ("9999-12-31", False),
    ],
)
def test_a_day_that_lies_ahead_is_neither_past_nor_too_far(day: str, fits: bool) -> None:
    today = date(2026, 11, 26)
    ahead = replace(field("date"), ahead=365)
    check_ahead(field("date"), day, today)
    check_ahead(ahead, None, today)
    if fits:
        check_ahead(ahead, day, today)
        return
    with pytest.raises(Invalid, match="2026-11-27") as refused:
        check_ahead(ahead, day, today)
    assert (refused.value.field, refused.value.code) == (ahead.id, "not_ahead")
