"""Numbers that nobody could count by are told before they count, and end nothing where they do."""

import copy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from hotline.case.bounds import beyond, beyond_in_calendar, beyond_in_form
from hotline.case.calendar_data import parse_calendar
from hotline.case.guards import Since
from hotline.case.workflow_data import parse_workflow
from hotline.errors import Invalid
from hotline.form.form_data import parse_form
from hotline.form.types import check_ahead
from tests.cities import MONDAY, calendar, form, make_actor, make_case, read, workflow
from tests.hotline.case.minutes import add
from tests.posts import Post

HUGE = 10**12


def test_nothing_of_the_demo_is_beyond() -> None:
    assert list(beyond(workflow(), form())) == []
    assert list(beyond_in_form(form())) == []
    assert list(beyond_in_calendar(calendar())) == []


def guards(move: dict[str, Any], guard: dict[str, Any]) -> None:
    move["guards"] = [*move.get("guards", ()), guard]


@pytest.mark.parametrize(
    ("guard", "reason"),
    [
        ({"is": "since", "time": "closed_at", "days": 0}, "since 0 days"),
        ({"is": "since", "time": "closed_at", "days": -1}, "since -1 days"),
        ({"is": "since", "time": "closed_at", "days": HUGE}, f"since {HUGE} days"),
        ({"is": "since", "time": "closed_at", "days": 3651}, "since 3651 days"),
        ({"is": "counted", "count": "member_count", "most": -1}, "0 to -1 is no count"),
        ({"is": "counted", "count": "member_count", "least": 30, "most": 19}, "30 to 19 is no"),
        ({"is": "extended", "clock": "handling", "least": -1}, "-1 to 1000000 is no count"),
        ({"is": "extended", "clock": "handling", "most": HUGE}, f"0 to {HUGE} is no count"),
    ],
)
def test_a_guard_whose_number_is_none_to_count_by_is_told(
    guard: dict[str, Any], reason: str
) -> None:
    data = copy.deepcopy(read("workflow.toml"))
    guards(next(one for one in data["move"] if one["action"] == "reopen"), guard)
    [told] = beyond(parse_workflow(data, form()), form())
    assert told.startswith(f"reopen: {reason}")


@pytest.mark.parametrize("level", [0, -3, HUGE])
def test_a_level_that_is_always_or_never_reached_is_told(level: int) -> None:
    data = copy.deepcopy(read("workflow.toml"))
    raises = [
        one for move in data["move"] for one in move.get("effects", ()) if one["do"] == "raise"
    ]
    raises[0]["levels"] = {"urgent": level}
    [told] = beyond(parse_workflow(data, form()), form())
    assert f"urgent from {level} on" in told


@pytest.mark.parametrize("text", ["3651wd", "87601uh", "1000000000wd", "9" * 400 + "wd"])
def test_a_limit_longer_than_ten_years_is_told_wherever_it_stands(text: str) -> None:
    data = copy.deepcopy(read("workflow.toml"))
    next(one for one in data["timer"] if one.get("after"))["after"] = text
    [told] = beyond(parse_workflow(data, form()), form())
    assert told == f"timer long_late: {text} is more than 3650 days"
    data = copy.deepcopy(read("workflow.toml"))
    starts = (
        one for move in data["move"] for one in move.get("effects", ()) if one["do"] == "start"
    )
    next(one for one in starts if one.get("limit"))["limit"] = text
    assert any(text in one for one in beyond(parse_workflow(data, form()), form()))
    asked = copy.deepcopy(read("form.toml"))
    next(one for one in asked["field"] if one["id"] == "extension")["options"][0]["id"] = text
    told_of = list(beyond(workflow(), parse_form(asked)))
    assert told_of == [f"approve_extension: {text} is more than 3650 days"] * 2


def test_a_limit_that_is_none_is_told() -> None:
    data = copy.deepcopy(read("workflow.toml"))
    starts = (
        one for move in data["move"] for one in move.get("effects", ()) if one["do"] == "start"
    )
    next(one for one in starts if one.get("limit"))["limit"] = "4hw"
    [told] = beyond(parse_workflow(data, form()), form())
    assert "'4hw' is not a limit" in told


@pytest.mark.parametrize(
    ("field", "numbers", "reason"),
    [
        ("members", {"max": 0}, "members: max 0 is none of 1 to 20"),
        ("members", {"max": -1}, "members: max -1 is none of 1 to 20"),
        ("members", {"max": 2.5}, "members: max 2.5 is none of 1 to 20"),
        ("members", {"max": 21}, "members: max 21 is none of 1 to 20"),
        ("place_text", {"max": float("inf")}, "place_text: max inf is none of 1 to 10000"),
        ("place_text", {"max": float("nan")}, "place_text: max nan is none of 1 to 10000"),
        ("split_text", {"min": -1}, "split_text: min -1 is none of 0 to 10000"),
        ("resume_on", {"ahead": 10**9}, "resume_on: ahead 1000000000 is more than 3650 days"),
        ("urgency", {"decimals": 400}, "urgency: decimals 400 is none of 0 to 6"),
        ("urgency", {"max": 1e300}, "urgency: max 1e+300 is too large a number"),
    ],
)
def test_a_number_of_a_field_that_is_none_to_go_by_is_told(
    field: str, numbers: dict[str, Any], reason: str
) -> None:
    data = copy.deepcopy(read("form.toml"))
    next(one for one in data["field"] if one["id"] == field).update(numbers)
    assert list(beyond_in_form(parse_form(data))) == [reason]


@pytest.mark.parametrize(
    ("intervals", "reason"),
    [
        (["08:00:00.000001-08:00:00.000002"], "is not of whole minutes"),
        (["08:00-12:00:30"], "is not of whole minutes"),
        (["08:00-08:01"], "a working day has less than 120 minutes"),
        (["08:00-09:00", "10:00-10:59"], "a working day has less than 120 minutes"),
    ],
)
def test_hours_that_no_limit_ends_in_are_told(intervals: list[str], reason: str) -> None:
    data = {**read("calendar.toml"), "intervals": intervals}
    [told] = beyond_in_calendar(parse_calendar(data, "Asia/Shanghai"))
    assert told.endswith(reason)


def test_the_longest_limit_ends_in_the_shortest_day() -> None:
    data = {**read("calendar.toml"), "intervals": ["08:00-10:00"]}
    short = parse_calendar(data, "Asia/Shanghai")
    assert list(beyond_in_calendar(short)) == []
    assert add(short, MONDAY, 3650 * 24 * 60) > MONDAY


def test_what_an_older_release_says_beyond_all_bounds_ends_nothing() -> None:
    case = replace(make_case("closed"), times={"closed_at": MONDAY - timedelta(days=400)})
    who = make_actor(Post.DUTY_CHIEF)
    assert Since("closed_at", HUGE).holds(case, who, MONDAY)
    assert not Since("closed_at", 399).holds(case, who, MONDAY)
    field = replace(form().fields["resume_on"], ahead=10**9)
    check_ahead(field, "2031-01-01", date(2026, 11, 23))
    with pytest.raises(Invalid, match="9999-12-31"):
        check_ahead(field, "2026-11-23", date(2026, 11, 23))
