"""The demo city's rules for tests, read from its files, and makers of cases and actors."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from backend.city import make_city
from backend.city_files import CityFiles, read_city
from backend.layers import Layers, make_layers
from hotline.case.calendar import Calendar
from hotline.case.calendar_data import parse_calendar
from hotline.case.case import Assignment, Case, Step, apply
from hotline.case.limits import Limits
from hotline.case.limits_data import parse_limits
from hotline.case.proof import PhotoKnown, PhotosHanded
from hotline.case.routing import Routing, parse_routing
from hotline.case.step_upcasts import from_first
from hotline.case.workflow import Rules, Workflow
from hotline.case.workflow_data import parse_workflow
from hotline.channel import Channel
from hotline.city import City
from hotline.form.form import Form
from hotline.form.form_data import parse_form
from hotline.organisation import Organisation, Staff, parse_organisation, parse_people
from hotline.people import CITIZEN_POST, Actor
from hotline.place.point import Point
from hotline.rights.areas import parse_areas
from hotline.rights.post_data import parse_posts
from hotline.rights.posts import MACHINE, Rights
from hotline.rights.posts import Post as PostData
from tests.posts import Post

FOLDER = Path(__file__).parent.parent / "config" / "city" / "demo"
CENTRE = "city_centre"
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 09:00 in the city


def read(name: str) -> dict[str, Any]:
    """A file of the demo city."""
    return tomllib.loads((FOLDER / name).read_text("utf-8"))


@cache
def demo_files() -> CityFiles:
    """The demo city's folder, read once a run, as most tests need it."""
    return read_city(FOLDER)


@cache
def demo_layers() -> Layers:
    """The layers of its map."""
    return make_layers(demo_files().maps)


@cache
def demo_city() -> City:
    return make_city(demo_files())


@cache
def calendar() -> Calendar:
    return parse_calendar(read("calendar.toml"), "Asia/Shanghai")


@cache
def form() -> Form:
    return parse_form(read("form.toml"))


@cache
def workflow() -> Workflow:
    return parse_workflow(read("workflow.toml"), form())


@cache
def limits() -> Limits:
    return parse_limits(read("limits.toml"))


@cache
def posts() -> dict[str, PostData]:
    return parse_posts(read("posts.toml"))


@cache
def organisation() -> Organisation:
    staff = Staff(parse_people(read("people.toml")))
    areas = parse_areas(read("city.toml"))
    return parse_organisation(read("organisation.toml"), posts(), areas, staff)


@cache
def routing() -> Routing:
    return parse_routing(read("routing.toml"), organisation().departments, organisation().people)


@cache
def rules() -> Rules:
    return Rules(workflow(), form(), limits(), calendar())


def make_case(stage: str = "reported", **fields: Any) -> Case:
    """A case in a stage, lying with somebody; `fields` may be named as 0.1.0 named them."""
    plain: dict[str, Any] = {
        "id": UUID(int=7),
        "number": "00000018",
        "stage": stage,
        "version": 1,
        "channel": Channel.TELEGRAM,
        "language": "zh_CN",
        "received_at": MONDAY,
        "workflow": demo_city().release,
        "text": "中山东路井盖没了",
        "matter": "01001",
        "condition": "1",
        "cell": "330299001001001",
        "department": "water",
        "collector": "collector1",
        "stage_since": MONDAY,
    }
    centre = fields.pop("centre", CENTRE)
    made = apply(None, _first(plain | fields))
    lies = {"centre": Assignment(org=centre, since=MONDAY)} if centre else {}
    return replace(made, assignments={**made.assignments, **lies})


def _first(fields: dict[str, Any]) -> Step:
    step = {"changes": fields, "at": MONDAY}
    changes = from_first(step)["changes"]
    return Step(UUID(int=9), UUID(int=7), 1, "report", MONDAY, "x", CITIZEN_POST, changes=changes)


def proved(*hashes: str, at: datetime = MONDAY) -> PhotosHanded:
    """Photos that prove a closing: taken just then, in whichever cell the case of make_case is."""
    photos = tuple(PhotoKnown(one, at, Point(121.5886, 29.8814)) for one in hashes)
    return PhotosHanded(photos, cell_of=lambda _: "330299001001001")


def make_step(case: Case, **changes: Any) -> Step:
    """A step of before that changed a case."""
    return Step(
        id=UUID(int=8),
        case=case.id,
        seq=1,
        action="earlier",
        at=MONDAY,
        person="system",
        post=MACHINE,
        changes=from_first({"changes": changes, "at": MONDAY})["changes"],
    )


def make_actor(post: Post, **fields: Any) -> Actor:
    """Somebody of a post, whom the case of make_case lies with."""
    person = {Post.COLLECTOR: "collector1", Post.DEPARTMENT: "water1"}.get(post, str(post))
    department = {
        Post.DEPARTMENT: "water",
        Post.CREW: "water",
        Post.DISPATCHER: CENTRE,
        Post.COMMAND_CHIEF: CENTRE,
        Post.DISTRICT_DISPATCHER: "mingwan_centre",
    }.get(post)
    actor = replace(Actor(person, post, str(post), department), **fields)
    return replace(actor, rights=rights_of(actor))


def rights_of(actor: Actor) -> Rights:
    """What somebody may do by their post."""
    row = {"code": actor.person, "name": "x", "post": actor.post}
    if actor.department:
        row["department"] = actor.department
    data = {
        "department": [{"code": "water", "name": "水"}, {"code": "gas", "name": "气"}],
        "centre": [{"code": CENTRE, "name": "市"}, {"code": "mingwan_centre", "name": "区"}],
    }
    staff = Staff({actor.person: row})
    return parse_organisation(data, posts(), staff=staff).people[actor.person].actor().rights
