"""The demo city's rules for tests, read from its files, and makers of cases and actors."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from backend.city import CityFiles, make_city, read_city
from hotline.case.calendar import Calendar, parse_calendar
from hotline.case.case import Case, Step
from hotline.case.limits import Limits, parse_limits
from hotline.case.routing import Routing, parse_routing
from hotline.case.workflow import Rules, Workflow
from hotline.case.workflow_data import parse_workflow
from hotline.channel import Channel
from hotline.city import City
from hotline.organisation import Organisation, parse_organisation
from hotline.people import Actor, Post

FOLDER = Path(__file__).parent.parent / "config" / "city" / "demo"
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 09:00 in the city


def read(name: str) -> dict[str, Any]:
    """A file of the demo city."""
    return tomllib.loads((FOLDER / name).read_text("utf-8"))


@cache
def demo_files() -> CityFiles:
    """The demo city's folder, read once a run, as most tests need it."""
    return read_city(FOLDER)


@cache
def demo_city() -> City:
    return make_city(demo_files())


@cache
def calendar() -> Calendar:
    return parse_calendar(read("calendar.toml"), "Asia/Shanghai")


@cache
def workflow() -> Workflow:
    return parse_workflow(read("workflow.toml"))


@cache
def limits() -> Limits:
    return parse_limits(read("limits.toml"))


@cache
def organisation() -> Organisation:
    return parse_organisation(read("organisation.toml"))


@cache
def routing() -> Routing:
    return parse_routing(read("routing.toml"), organisation())


@cache
def rules() -> Rules:
    return Rules(workflow(), limits().stages, limits().handling, calendar(), limits().yellow_share)


def make_case(stage: str = "reported", **fields: Any) -> Case:
    """A case in a stage; fields that the stage implies are filled."""
    case = Case(
        id=UUID(int=7),
        number="00000018",
        stage=stage,
        version=1,
        channel=Channel.TELEGRAM,
        language="zh_CN",
        received_at=MONDAY,
        workflow=workflow().version,
        text="中山东路井盖没了",
        matter="01001",
        condition="1",
        cell="330299001001001",
        department="water",
        collector="collector1",
        stage_since=MONDAY,
    )
    return replace(case, **fields)


def make_step(case: Case, **changes: Any) -> Step:
    """A step of before that changed a case."""
    return Step(
        id=UUID(int=8),
        case=case.id,
        seq=1,
        action="earlier",
        at=MONDAY,
        person="system",
        post=Post.SYSTEM,
        changes=changes,
    )


def make_actor(post: Post, **fields: Any) -> Actor:
    """Somebody of a post, whom the case of make_case lies with."""
    person = {Post.COLLECTOR: "collector1", Post.DEPARTMENT: "water1"}.get(post, str(post))
    department = "water" if post is Post.DEPARTMENT else None
    return replace(Actor(person, post, str(post), department), **fields)
