"""Limits by condition, urgency and class of areas, and what data may not say of them."""

from typing import Any

import pytest

from hotline.case.case_clock import HANDLING_CLOCK, STAGE_CLOCK, WHOLE_CLOCK
from hotline.case.closing import EvidenceAsked
from hotline.case.limits import SAFE_CLOCK, Limits
from hotline.case.limits_data import parse_limits
from hotline.errors import Invalid
from tests.cities import limits, read

KINDS = (HANDLING_CLOCK, SAFE_CLOCK, WHOLE_CLOCK)
AREAS = [
    {"id": "A", "name": "城区", "cells": ["3301", "3302"]},
    {"id": "C", "name": "乡村", "cells": ["33"]},
]
MAIN: dict[str, Any] = {
    "class": "01056",
    "key": "1",
    "text": "爆管",
    "limit": "5wd",
    "safe": "1uh",
    "variant": [
        {"urgency": "critical", "safe": "30um"},
        {"urgency": "urgent", "area": "C", "limit": "6wd", "whole": "20wd"},
        {"area": "C", "limit": "8wd", "safe": "2uh"},
    ],
}


def data(**changes: Any) -> dict[str, Any]:
    row = {**MAIN, **changes}
    return {
        "yellow_share": 0.8,
        "area_class": AREAS,
        "whole": {"limit": "30ud"},
        "condition": [row],
    }


def texts(found: Limits, *asked: str | None) -> list[str | None]:
    told = (found.limit(kind, *asked) for kind in KINDS)
    return [one.text if one else None for one in told]


@pytest.mark.parametrize(
    ("urgency", "cell", "counted"),
    [
        ("normal", "330101", ["5wd", "1uh", "30ud"]),
        ("critical", "330201", ["5wd", "30um", "30ud"]),
        ("normal", "330501", ["8wd", "2uh", "30ud"]),
        ("critical", "330501", ["8wd", "30um", "30ud"]),
        # The first that fits and says it: handling and the whole by urgency and area, safe by area.
        ("urgent", "330501", ["6wd", "2uh", "20wd"]),
        ("urgent", "990101", ["5wd", "1uh", "30ud"]),
        (None, None, ["5wd", "1uh", "30ud"]),
    ],
)
def test_the_first_variant_that_fits_counts(
    urgency: str | None, cell: str | None, counted: list[str]
) -> None:
    assert texts(parse_limits(data()), "01056", "1", urgency, cell) == counted


def test_without_a_condition_only_the_whole_case_has_a_limit() -> None:
    found = parse_limits(data())
    assert texts(found, None, None, "normal", "330101") == [None, None, "30ud"]
    assert texts(found, "01056", "9", None, None) == [None, None, "30ud"]
    assert found.limit(STAGE_CLOCK, "01056", "1", None, None) is None
    assert texts(parse_limits({"yellow_share": 0.8}), "01056", "1", None, None) == [None] * 3


def test_areas_that_are_gone_are_those_that_they_went_into() -> None:
    found = parse_limits(data()).covering({"3301": ("3301", "3309"), "3302": ("3302",)})
    assert [found.area_of(cell) for cell in ("330101", "330901", "330501")] == ["A", "A", "C"]


def test_what_an_earlier_version_wrote_is_read_on() -> None:
    old = {"class": "1", "key": "1", "text": "x", "limit": "4wh", "remark": "said then"}
    found = parse_limits({"yellow_share": 0.5, "condition": [old]})
    assert texts(found, "1", "1", "critical", "33") == ["4wh", None, None]
    assert found.condition("1", "1").closing is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"limit": "0uh"}, "limits.condition.01056.1.limit", "more than nothing"),
        ({"limit": "-4wh"}, "limits.condition.01056.1.limit", "not a limit"),
        ({"safe": "10000ud"}, "limits.condition.01056.1.safe", "more than 3650 days"),
        ({"whole": "10000wd"}, "limits.condition.01056.1.whole", "more than 3650 days"),
        ({"limit": "9" * 5000 + "uh"}, "limits.condition.01056.1.limit", "not a limit"),
        ({"safe": 5}, "limits.condition.01056.1.safe", "not a limit"),
        ({"safe": "6ud", "variant": []}, "limits.condition.01056.1", "6ud to make it safe"),
        ({"safe": "9wh", "limit": "8wh"}, "limits.condition.01056.1", "longer than 8wh"),
        (
            {"variant": [{"area": "C", "safe": "6ud"}]},
            "limits.condition.01056.1",
            r"longer than 5wd to handle it \(C\)",
        ),
        (
            {"variant": [{"area": "C", "safe": "4wd"}, {"urgency": "urgent", "limit": "3wd"}]},
            "limits.condition.01056.1",
            r"\(urgent, C\)",
        ),
        (
            {"variant": [{"area": "B", "limit": "1wd"}]},
            "limits.condition.01056.1.variant.1",
            "'B' is not a class",
        ),
        (
            {"variant": [{"limit": "1wd"}]},
            "limits.condition.01056.1.variant.1",
            "an urgency, a class",
        ),
        ({"variant": [{"area": "C"}]}, "limits.condition.01056.1.variant.1", "no limit"),
        (
            {"variant": [{"area": "C", "limt": "1wd"}]},
            "limits.condition.01056.1.variant.1",
            "'limt' is nothing",
        ),
        (
            {"variant": [{"area": "C", "limit": "8wd"}, {"area": "C", "limit": "9wd"}]},
            "limits.condition.01056.1.variant.2",
            "never counts",
        ),
        (
            {
                "variant": [
                    {"urgency": "urgent", "limit": "8wd"},
                    {"urgency": "urgent", "area": "C", "limit": "9wd"},
                ]
            },
            "limits.condition.01056.1.variant.2",
            "never counts",
        ),
        ({"closing": {"text": " "}}, "limits.condition.01056.1.closing", "no text"),
        ({"closing": "x"}, "limits.condition.01056.1.closing", "no table"),
        (
            {"closing": {"text": "x", "evidence": "video"}},
            "limits.condition.01056.1.closing",
            "'video' is not a kind",
        ),
        ({"closing": {"text": "x", "proof": 1}}, "limits.condition.01056.1.closing", "'proof'"),
    ],
)
def test_what_can_never_count_is_refused_by_its_row(
    changes: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(Invalid, match=reason) as refused:
        parse_limits(data(**changes))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("areas", "field", "reason"),
    [
        ([AREAS[1], AREAS[0]], "limits.area_class.A", "'3301' never counts: its cells lie in C"),
        ([AREAS[0], {**AREAS[0], "id": "B"}], "limits.area_class.B", "never counts"),
        ([{**AREAS[0], "cells": ["33", "3301"]}], "limits.area_class.A", "lie in A already"),
        ([AREAS[0], AREAS[0]], "limits.area_class.A", "stands twice"),
        ([{**AREAS[0], "cells": []}], "limits.area_class.A", "the beginnings"),
        ([{**AREAS[0], "cells": [""]}], "limits.area_class.A", "the beginnings"),
        ([{"id": "A", "cells": ["33"]}], "limits.area_class.A", "no name"),
    ],
)
def test_classes_of_areas_that_never_count_are_refused(
    areas: list[dict[str, Any]], field: str, reason: str
) -> None:
    with pytest.raises(Invalid, match=reason) as refused:
        parse_limits({**data(variant=[]), "area_class": areas})
    assert refused.value.field == field


def test_the_demo_city_says_for_every_condition_what_closes_it() -> None:
    rows = [one for several in limits().conditions.values() for one in several]
    assert all(one.closing and one.closing.text != one.closing.text_en for one in rows)
    assert {one.closing.evidence for one in rows if one.closing} == set(EvidenceAsked)
    assert sum(1 for one in rows if one.variants) >= 30
    assert sum(1 for one in rows if SAFE_CLOCK in one.limits) >= 30
    assert [one.id for one in limits().areas] == ["A", "B", "C"]
    written = read("limits.toml")
    assert all(row["closing"]["ours"] is True for row in written["condition"])
