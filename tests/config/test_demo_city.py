"""The demo city's files: complete, drawn by the generator, and on the real calendar."""

import json
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays
import pytest

from config.catalogue_files import read_catalogue
from config.prompts import load_prompts
from config.settings import SettingsError
from hotline.catalogue import parse_edition
from hotline.intake.lexicon import parse_lexicon
from hotline.rights.posts import TOLD
from hotline.rights.scopes import InAreas
from tests.cities import FOLDER, MONDAY, calendar, demo_city, organisation, read, routing
from tests.knowing import demo_gazetteer, demo_grid, layer
from tests.posts import Post

pytestmark = pytest.mark.slow

GENERATOR = FOLDER.parent.parent / "tools" / "make-demo-city.py"


def test_the_map_is_what_the_generator_draws(tmp_path: Path) -> None:
    subprocess.run([sys.executable, GENERATOR, tmp_path], check=True, capture_output=True)
    for name in ("grids", "roads", "places"):
        assert json.loads((tmp_path / f"{name}.geojson").read_text("utf-8")) == layer(name)


def test_the_map_says_that_it_is_synthetic() -> None:
    assert read("city.toml")["synthetic_map"] is True
    assert all(layer(name)["metadata"]["synthetic"] for name in ("grids", "roads", "places"))


def test_streets_estates_and_landmarks_are_as_many_as_a_district_has() -> None:
    city = demo_gazetteer()
    kinds = Counter(spot.kind for spot in city.spots)
    assert len(city.roads) >= 150
    assert kinds["estate"] >= 150
    assert sum(kinds.values()) - kinds["estate"] >= 140
    assert len({road.name for road in city.roads}) == len(city.roads)


def test_every_name_of_the_map_lies_in_a_cell() -> None:
    grid = demo_grid()
    for spot in demo_gazetteer().spots:
        assert grid.code_at(spot.point), spot.name


def test_every_community_of_the_grid_is_named() -> None:
    codes = {row["code"] for row in read("city.toml")["community"]}
    cells = {feature["properties"]["community"] for feature in layer("grids")["features"]}
    assert cells == codes


def test_either_district_has_people_of_its_own_and_some_have_posts_in_both() -> None:
    first, second, both = ("330299",), ("330298",), {("330299",), ("330298",)}
    people, cells = organisation().people, demo_city().duty
    within = {
        code: {grant.scope.beginnings for grant in one.grants if isinstance(grant.scope, InAreas)}
        for code, one in people.items()
    }
    assert (within["acceptor4"], within["acceptor5"]) == ({first}, {second})
    assert (within["chief3"], within["acceptor6"]) == ({second}, both)
    for district in (*first, *second):
        walked = {duty for cell, duty in cells.items() if cell.startswith(district)}
        for duty in walked:
            assert organisation().collector_of(duty, MONDAY) is not None, duty
    assert {cell[:6] for cell in cells} == {*first, *second}


def test_callers_hear_every_stage_and_the_reasons_of_a_refusal() -> None:
    known = load_prompts(FOLDER.parents[1] / "asterisk" / "prompts")["zh_CN"]
    rules = demo_city().rules(demo_city().release)
    options = [one for field in rules.form.fields.values() for one in field.options]
    spoken = {one.prompt for one in options if one.prompt}
    stages = {one.prompt for one in rules.workflow.stages.values()}
    assert spoken | stages <= set(known)
    assert {"reason_scope", "reason_untrue"} < spoken
    assert {"stage_suspended", "stage_hard", "stage_reopened", "stage_withdrawn"} < stages


def test_there_are_people_in_all_posts() -> None:
    posts = Counter(person.post for person in organisation().people.values())
    held = {one.id for one in organisation().posts.values() if one.reach != TOLD}
    assert set(posts) == set(Post) == held
    assert posts[Post.ACCEPTOR] >= 2
    assert posts[Post.DISPATCHER] == 2
    assert posts[Post.COLLECTOR] == 13
    for department in organisation().departments:
        assert len(organisation().handlers_of(department)) >= 2


def test_every_department_gets_work_by_some_rule() -> None:
    named = {rule.department for rule in routing().rules if rule.department}
    assert named == set(organisation().departments)


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_calendar_agrees_with_two_others_on_every_day(year: int) -> None:
    ours = calendar()
    statutory = holidays.country_holidays("CN", years=year)
    made_up = set(statutory.weekend_workdays)
    day = date(year, 1, 1)
    while day.year == year:
        worked = (day.weekday() < 5 and day not in statutory) or day in made_up
        assert ours.is_workday(day) == chinese_calendar.is_workday(day) == worked, day
        day += timedelta(days=1)


def test_2027_is_provisional() -> None:
    assert calendar().provisional == {2027}
    assert not calendar().is_workday(date(2027, 10, 1))


@pytest.mark.parametrize("edition", ["gbt30428-2013", "cjt214-2007"])
def test_an_older_edition_borrows_the_words_of_the_default_one(edition: str) -> None:
    files = read_catalogue(edition)
    matters = parse_edition(files.edition, files.matters, files.components).matters
    lexicon = parse_lexicon(files.words, files.examples, files.scope, files.speech)
    spoken = [code for code in matters if lexicon.matters.get(code)]
    assert len(spoken) >= 0.9 * len(matters)
    assert set(lexicon.matters) <= set(matters)


def test_an_unknown_edition_is_named_with_those_there_are() -> None:
    with pytest.raises(SettingsError, match=r"nosuch.*gbt47678-2026"):
        read_catalogue("nosuch")


def test_a_crew_is_told_of_no_dispatch_to_its_department() -> None:
    people = organisation().people
    crews = {one.department for one in people.values() if one.holds(Post.CREW)}
    assert len(crews) >= 2
    for department in crews:
        told = organisation().handlers_of(department)
        assert told
        assert not any(one.holds(Post.CREW) for one in told)
