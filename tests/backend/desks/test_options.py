"""Choices that nobody makes, or only who wears a post: what no door offers, none takes."""

import pytest

from backend.desks import cards, casework
from backend.desks.context import AppContext
from backend.queries import city_meta
from hotline.case.case import Case
from hotline.errors import Invalid
from hotline.people import Actor
from tests.backend.desks.test_asking import _handled
from tests.backend.desks.test_casework import actor, load, open_case, walk

URGED = {"urge_kind": "leader", "urge_limit": "2uh"}


async def to_close(office: AppContext) -> str:
    """A case that waits to be closed."""
    number = await open_case(office)
    way = ("file", "dispatch", "accept", "report_done", "ask_check", "pass_check")
    await walk(office, number, *way)
    return number


async def act(office: AppContext, number: str, by: Actor, action: str, **given: object) -> Case:
    return await casework.act(office, number, action, by, key=action, note="好了", given=given)


async def test_one_person_alone_closes_nothing_by_force(office: AppContext) -> None:
    number, chief = await to_close(office), actor(office, "chief1")
    with pytest.raises(Invalid) as refused:
        await act(office, number, chief, "close", outcome="forced")
    assert (refused.value.field, refused.value.code) == ("outcome", "not_listed")
    assert (await load(office, number)).stage == "to_close"
    await act(office, number, chief, "ask_force", force_reason="no_means")
    closed = await act(office, number, actor(office, "commander"), "agree_force")
    assert (closed.stage, closed.fields["outcome"]) == ("closed", "forced")


async def offered(office: AppContext, by: Actor, field: str) -> set[str]:
    meta = await city_meta.meta(office, by, 8)
    (found,) = [one for one in meta.fields if one.id == field]
    return {one.id for one in found.options if not one.inner}


async def test_what_nobody_chooses_is_named_and_offered_by_no_console(office: AppContext) -> None:
    meta = await city_meta.meta(office, actor(office, "chief1"), 8)
    (outcome,) = [one for one in meta.fields if one.id == "outcome"]
    assert "forced" in {one.id for one in outcome.options}
    assert await offered(office, actor(office, "chief1"), "outcome") == {
        "solved",
        "partly",
        "explained",
    }


async def test_a_leaders_urging_is_a_leaders(office: AppContext) -> None:
    number, _ = await _handled(office)
    dispatcher, leader = actor(office, "dispatcher1"), actor(office, "leader")
    with pytest.raises(Invalid) as refused:
        await act(office, number, dispatcher, "urge", **URGED)
    assert (refused.value.field, refused.value.code) == ("urge_kind", "not_listed")
    assert "leader" not in await offered(office, dispatcher, "urge_kind")
    assert "leader" in await offered(office, leader, "urge_kind")
    for who, there in ((dispatcher, False), (leader, True)):
        card = await cards.card(office, number, who)
        assert ("leader" in {one.id for one in card.asks["urge_kind"].choices}) is there
    urged = await act(office, number, leader, "urge", **URGED)
    assert urged.fields["urge_kind"] == "leader"
