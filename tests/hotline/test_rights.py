"""What somebody may do by the posts that they hold, where, and as long as they hold them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotline.case.transition import available_actions, transition
from hotline.errors import Forbidden, Invalid
from hotline.organisation import Staff, parse_organisation, parse_people
from hotline.people import CITIZEN, SYSTEM, Actor
from hotline.rights.areas import beginnings_of, parse_areas
from hotline.rights.permissions import MACHINE_MOVE, OFFICE, SEE, UNMASK
from hotline.rights.post_data import parse_posts
from hotline.rights.posts import Rights
from hotline.rights.scopes import AnyOf, Everything, InAreas, covers, is_everything
from tests.cities import CENTRE, MONDAY, make_case, posts, proved, rules, workflow

STREETS = [{"code": "330299001"}, {"code": "330299002"}]
AREAS = parse_areas({"division": "330299", "street": STREETS})
HERE, THERE = "330299001001001", "330299002001001"


def actor(*held: dict[str, Any], **more: Any) -> Actor:
    """Somebody who holds posts."""
    row = {"code": "p1", "name": "x", "posts": list(held), "department": CENTRE, **more}
    data = {
        "department": [{"code": "water", "name": "水"}],
        "centre": [{"code": CENTRE, "name": "市"}],
    }
    staff = Staff(parse_people({"person": [row]}))
    return parse_organisation(data, posts(), AREAS, staff).people["p1"].actor()


def test_all_that_the_office_asks_for_is_some_posts_and_all_that_posts_have_is_asked_for() -> None:
    given = {one for post in posts().values() for one in post.permissions}
    assert given == (OFFICE | {move.permission for move in workflow().moves}) - {MACHINE_MOVE}


def test_somebody_with_several_posts_may_do_what_any_of_them_may() -> None:
    both = actor({"post": "dispatcher"}, {"post": "collector"})
    assert both.post == "dispatcher"
    assert both.rights.may("case.dispatch")
    assert both.rights.may("case.inspect")
    assert not both.rights.may(UNMASK)
    case = make_case("to_dispatch")
    _, step = transition(case, "dispatch", both, MONDAY, rules(), given={"department": "water"})
    assert step.post == "dispatcher"
    mine = make_case("checking", collector="p1")
    photo = "ab" * 32
    _, step = transition(
        *(mine, "pass_check", both, MONDAY, rules()), media=(photo,), proofs=proved(photo)
    )
    assert step.post == "collector"


def offered(who: Actor, cell: str | None) -> list[str]:
    """What somebody may do with a case that waits for dispatch in a cell."""
    case = make_case("to_dispatch", cell=cell)
    return [one.action for one in available_actions(case, who, workflow(), MONDAY)]


def test_a_post_in_an_area_counts_there_alone() -> None:
    street = actor({"post": "dispatcher", "area": "330299001"})
    assert [
        one.action
        for one in available_actions(
            make_case("to_dispatch", cell=HERE), street, workflow(), MONDAY
        )
    ] == [
        *("dispatch", "send_down", "send_up", "call_hard", "bundle_up", "split"),
        *("urge", "note"),
    ]
    assert available_actions(make_case("to_dispatch", cell=THERE), street, workflow(), MONDAY) == []
    assert available_actions(make_case("to_dispatch", cell=None), street, workflow(), MONDAY) == []
    with pytest.raises(Forbidden):
        transition(
            *(make_case("to_dispatch", cell=THERE), "dispatch", street, MONDAY, rules()),
            given={"department": "water"},
        )
    two = actor(
        {"post": "dispatcher", "area": "330299001"}, {"post": "leader", "area": "330299002"}
    )
    assert two.rights.scope(SEE) == AnyOf((InAreas(("330299001",)), InAreas(("330299002",))))
    there = available_actions(make_case("to_dispatch", cell=THERE), two, workflow(), MONDAY)
    assert [one.action for one in there] == ["urge", "note"]
    whole = actor({"post": "dispatcher", "area": "330299"})
    assert whole.rights.scope(SEE) == Everything()


def test_a_post_ends_and_begins() -> None:
    today = datetime(2026, 11, 23, 8, tzinfo=UTC)
    held = actor(
        {"post": "acceptor", "until": today}, {"post": "leader", "since": today + timedelta(days=1)}
    )
    before, between, after = (held.at(today + timedelta(days=days)) for days in (-1, 0.5, 2))
    assert (before.rights.may("case.accept"), before.rights.may(SEE)) == (True, True)
    assert between.rights == Rights()
    assert (after.rights.may("case.accept"), after.rights.may(SEE)) == (False, True)
    with pytest.raises(Forbidden):
        transition(make_case(), "correct", between, MONDAY, rules(), given={"text": "x"})


def test_who_has_no_post_may_do_nothing() -> None:
    for nobody in (CITIZEN, Actor("x", "king")):
        assert not covers(nobody.rights.scope(SEE), ("handler:o:water",), HERE)
        assert available_actions(make_case(), nobody, workflow(), MONDAY) == []
    assert is_everything(SYSTEM.rights.scope(SEE))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"id": "", "name": "x"}, "no id"),
        ({"id": "a", "name": ""}, "no name"),
        ({"id": "a", "name": "x", "power": 9}, "power"),
        ({"id": "a", "name": "x", "reach": "world"}, "none of"),
        ({"id": "a", "name": "x", "reach": "own"}, "by roles"),
        ({"id": "a", "name": "x", "roles": ["handler"]}, "by roles"),
    ],
)
def test_what_is_no_post_is_refused(row: dict[str, Any], reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        parse_posts({"post": [row]})


def test_a_post_that_stands_twice_is_refused() -> None:
    row = {"id": "a", "name": "x"}
    with pytest.raises(Invalid, match="twice"):
        parse_posts({"post": [row, row]})


def test_rights_at_an_instant_are_the_same_where_none_begins_or_ends() -> None:
    held = actor({"post": "acceptor"}).rights
    assert held.at(MONDAY) is held
    assert replace(held, grants=()).permissions == frozenset()


def split(*rows: tuple[str, list[str]]) -> dict[str, Any]:
    """A city.toml with streets, each with what it went into."""
    return {"division": "33", "street": [{"code": code, "into": into} for code, into in rows]}


def test_an_area_that_was_split_covers_what_it_went_into_and_those_their_own_part() -> None:
    areas = parse_areas(
        split(("old", ["north", "south"]), ("north", []), ("south", ["sea"]), ("sea", []))
    )
    assert areas["old"] == ("old", "north", "south", "sea")
    assert areas["south"] == ("south", "sea")
    assert areas["north"] == ("north",)
    assert areas["33"] == ()


def test_cells_of_areas_are_told_by_how_their_codes_begin() -> None:
    areas = parse_areas(split(("old", ["new"]), ("new", [])))
    assert beginnings_of(areas, ("old", "new")) == ("old", "new")
    assert beginnings_of(areas, ("33", "nobody")) == ("33", "nobody")


def test_areas_that_merged_cover_what_they_are_now() -> None:
    areas = parse_areas(split(("east", ["one"]), ("west", ["one"]), ("one", [])))
    assert (areas["east"], areas["west"], areas["one"]) == (
        ("east", "one"),
        ("west", "one"),
        ("one",),
    )


@pytest.mark.parametrize(
    ("rows", "where", "reason"),
    [
        ([("old", ["new"])], "city.street.old", "there is no such area"),
        ([("old", ["new"]), ("new", ["old"])], "city.area.old", "goes into itself"),
        ([("old", ["old"])], "city.area.old", "goes into itself"),
        ([("old", "new")], "city.street.old", "no list"),
    ],
)
def test_a_split_that_leads_nowhere_is_refused_by_its_name(
    rows: list[tuple[str, Any]], where: str, reason: str
) -> None:
    with pytest.raises(Invalid, match=reason) as refused:
        parse_areas(split(*rows))
    assert refused.value.field == where


def test_a_post_granted_in_an_area_that_nobody_knows_is_refused_by_its_name() -> None:
    with pytest.raises(Invalid, match="there is no area '330299009'") as refused:
        actor({"post": "acceptor", "area": "330299009"})
    assert refused.value.field == "people.p1"


def test_an_area_that_stands_twice_is_refused() -> None:
    with pytest.raises(Invalid, match="stands twice"):
        parse_areas({"district": [{"code": "11"}], "street": [{"code": "11"}]})
