"""Routing always ends at a person, and a broken row stops the load."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from backend.city import make_city
from backend.former import FormerReleases
from hotline.case.limits_data import parse_limits
from hotline.case.routing import parse_routing, with_successors
from hotline.errors import Invalid
from hotline.organisation import Staff, parse_organisation, parse_people
from hotline.release import Section
from hotline.rights.areas import parse_areas
from hotline.wire import encode
from tests.cities import demo_files, limits, organisation, posts, read, routing


@pytest.mark.parametrize(
    ("matter", "cell", "department"),
    [("01001", "330299001001001", "water"), ("01037", "330299002001001", "lighting")],
)
def test_a_class_goes_to_its_department(matter: str, cell: str, department: str) -> None:
    assert routing().route(matter, cell).department == department


def test_a_row_for_a_street_that_was_split_is_for_what_it_went_into() -> None:
    about = {"street": [{"code": "11", "into": ["12", "13"]}, {"code": "12"}, {"code": "13"}]}
    rows = [
        {"name": "old", "areas": ["11", "2100"], "to": "water"},
        {"name": "all", "person": "chief1"},
    ]
    plain = parse_routing({"rule": rows}, {"water"}, {"chief1"})
    followed = with_successors(plain, parse_areas(about))
    cells = ("11001", "12001", "13001", "14001", "2100")
    assert [followed.route(None, cell).department for cell in cells] == [
        *("water", "water", "water", None, "water")
    ]
    assert plain.route(None, "12001").department is None


def test_the_city_and_its_earlier_releases_route_so() -> None:
    files = demo_files()
    gone, new = (str(one["code"]) for one in files.tables["city"]["street"][:2])
    streets = [
        {**one, "into": [new]} if str(one["code"]) == gone else one
        for one in files.tables["city"]["street"]
    ]
    rule = {"name": "old", "areas": [gone], "to": "water"}
    last = {"name": "all", "person": "chief1"}
    tables = {
        **files.tables,
        "city": {**files.tables["city"], "street": streets},
        "routing": {"rule": [rule, last]},
    }
    city = make_city(replace(files, tables=tables))
    assert city.routing.route(None, f"{new}001").department == "water"
    earlier = encode({"rule": [{**rule, "to": "gas"}, last]}).decode()
    kept = FormerReleases(city, {"a": {"routing": "h"}}, {"h": Section("json", earlier)})["a"]
    assert kept.routing.route(None, f"{new}001").department == "gas"


def test_what_no_row_knows_goes_to_a_person() -> None:
    rule = routing().route(None, None)
    assert rule.department is None
    assert rule.person in organisation().people


def test_every_class_with_a_condition_finds_a_row_in_every_street() -> None:
    for matter in limits().conditions:
        for street in (row["code"] for row in read("city.toml")["street"]):
            rule = routing().route(matter, street + "001001")
            assert rule.department or rule.person


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "last row"),
        ([{"name": "x", "to": "water"}], "last row"),
        ([{"name": "x", "to": "mars"}], "no department"),
        ([{"name": "x", "person": "nobody"}], "no person"),
        ([{"name": "x", "person": "commander", "classes": ["01"]}], "last row"),
        ([{"name": "x"}], "either"),
    ],
)
def test_a_broken_row_stops_the_load(rows: list[dict[str, Any]], reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        parse_routing({"rule": rows}, organisation().departments, organisation().people)


ENDS = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        ({"code": "x", "name": "x", "post": "king"}, "not a post"),
        ({"code": "x", "name": "x", "post": "department"}, "names a department"),
        ({"code": "x", "name": "x", "post": "collector", "duty_grid": "D99"}, "no duty grid"),
        ({"code": "x", "post": "leader"}, "no name"),
        ({"code": "x", "name": "x"}, "no post"),
        ({"code": "x", "name": "x", "posts": [{"post": "leader"}, {}]}, "not a post"),
        ({"code": "x", "name": "x", "post": "leader", "area": "b"}, "no area"),
        ({"code": "x", "name": "x", "post": "leader", "since": "now"}, "not an instant"),
        ({"code": "x", "name": "x", "post": "leader", "since": ENDS, "until": ENDS}, "ends before"),
        ({"code": "x", "name": "x", "posts": "leader"}, "list of tables"),
        ({"code": "x", "name": "x", "post": "leader", "hired": ENDS}, "nothing is called 'hired'"),
        ({"code": "x", "name": "x", "post": "leader", "area": ["1"]}, "area is no text"),
        ({"code": "x", "name": "x", "post": "leader", "name_en": 5}, "name_en is no text"),
        ({"code": "x", "name": "x", "posts": [{"post": 5}]}, "post is no text"),
        ({"code": "a:b", "name": "x", "post": "leader"}, "letters, digits"),
        ({"code": "acceptor1\u200b", "name": "x", "post": "leader"}, "letters, digits"),
        ({"code": "\u0430cceptor1", "name": "x", "post": "leader"}, "letters, digits"),
        ({"code": "x" * 41, "name": "x", "post": "leader"}, "1 to 40"),
        ({"code": "x", "name": "x" * 101, "post": "leader"}, "100 characters"),
    ],
)
def test_a_broken_person_stops_the_load(person: dict[str, Any], reason: str) -> None:
    def load() -> None:
        staff = Staff(parse_people({"person": [person]}))
        areas = {"a": ("1",), **parse_areas(read("city.toml"))}
        parse_organisation(read("organisation.toml"), posts(), areas, staff)

    with pytest.raises(Invalid, match=reason):
        load()


def test_a_condition_that_stands_twice_stops_the_load() -> None:
    row = {**read("limits.toml")["condition"][0], "variant": []}
    with pytest.raises(Invalid, match="twice"):
        parse_limits({"condition": [row, row]})


@pytest.mark.parametrize("share", [None, 0.0, 1.0, "0.8"])
def test_a_yellow_share_that_is_none_stops_the_load(share: object) -> None:
    with pytest.raises(Invalid, match="yellow_share"):
        parse_limits({"yellow_share": share})


def test_a_condition_without_a_limit_stops_the_load() -> None:
    with pytest.raises(Invalid, match="no limit"):
        parse_limits({"condition": [{"class": "01001", "key": "1"}]})


def test_row_4_the_next_rule_that_fits_stands_in_for_who_gave_it_back() -> None:
    named = routing().route("02001", "330299001001001").department
    assert named is not None
    other = routing().route("02001", "330299001001001", {named})
    assert other.department != named
    assert other.fits("02001", "330299001001001")


@pytest.mark.parametrize(
    "limit", ["3651ud", "3651wd", "87601uh", "99999999999wm", "9" * 400 + "ud"]
)
def test_a_limit_beyond_all_sense_is_refused_when_it_is_read(limit: str) -> None:
    with pytest.raises(Invalid, match="more than 3650 days") as caught:
        parse_limits({"stages": {"reported": {"limit": limit}}, "yellow_share": 0.8})
    assert caught.value.field == "limits.stages.reported"
    with pytest.raises(Invalid, match="more than 3650 days"):
        parse_limits({"condition": [{"class": "01001", "key": "1", "limit": limit}]})
