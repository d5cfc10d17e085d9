"""The plan of the telephone room, read from data; what is at fault is named."""

import tomllib
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hotline.errors import Invalid
from hotline.room.plan_data import parse_room
from tests.cities import FOLDER

ZONE = "Asia/Shanghai"


def data(**changed: Any) -> dict[str, Any]:
    """The demo city's plan with something changed."""
    return {**tomllib.loads((FOLDER / "room.toml").read_text("utf-8")), **changed}


def test_the_hours_are_those_of_the_city() -> None:
    plan = parse_room(data(hours=["08:00-12:00", "13:00-24:00"]), ZONE)
    for hour, minute, there in ((7, 59, False), (8, 0, True), (12, 0, False), (23, 59, True)):
        at = datetime(2026, 11, 27, hour, minute, tzinfo=ZoneInfo(ZONE))
        assert plan.is_open(at) is there


def test_a_caller_waits_for_who_speaks_their_language_else_for_everybody() -> None:
    plan = parse_room(data(), ZONE)
    assert (plan.skill_of("en").id, plan.skill_of("zh_CN").id) == ("english", "general")
    assert plan.skill_of("fr").id == "general"
    assert [one.queue for one in plan.of_skills(("chief", "english"))] == [2, 3]
    assert [one.id for one in plan.of_skills(())] == ["general"]


SKILL = {"id": "general", "name": "a", "name_en": "a", "queue": 1}


@pytest.mark.parametrize(
    ("named", "changed"),
    [
        ("room.hours", {"hours": ["8-12"]}),
        ("room.hours", {"hours": []}),
        ("room.skill", {"skill": []}),
        ("room.skill", {"skill": [SKILL, SKILL]}),
        ("room.skill.queue", {"skill": [SKILL, {**SKILL, "id": "other"}]}),
        ("room.skill", {"skill": [{**SKILL, "queue": 17}]}),
        ("room.key", {"key": [{"key": "12", "does": "status"}]}),
        ("room.key", {"key": [{"key": "1", "does": "dance"}]}),
        ("room.key", {"key": [{"key": "9", "does": "language", "language": "fr"}]}),
        ("room.key", {"key": [{"key": "1", "does": "status"}] * 2}),
        ("room.target", {"target": [{"id": "a", "name": "a", "name_en": "a", "number": "1 0"}]}),
        ("room.wrap_up_s", {"wrap_up_s": -1}),
        ("room.ring_s", {"ring_s": "20"}),
        ("room.call_back.tries_min", {"call_back": {"tries_min": [0, 30, 10]}}),
        ("room.call_back.tries_min", {"call_back": {"tries_min": [5]}}),
        ("room.call_back.hours", {"call_back": {"hours": ["8-12"]}}),
        ("room.call_back.soon_s", {"call_back": {"soon_s": -1}}),
    ],
)
def test_what_is_at_fault_is_named(named: str, changed: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        parse_room(data(**changed), ZONE)
    assert refused.value.field.startswith(named)
