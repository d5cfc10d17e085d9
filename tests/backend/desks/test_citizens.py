"""Citizens whose case goes along with another one: told what its own are, and asked as they are."""

from dataclasses import replace

import pytest

from backend.desks import citizens, telephone
from backend.desks.context import AppContext
from hotline.brief import CaseBrief
from hotline.channel import Channel
from hotline.errors import NotFound
from hotline.rights.posts import TOLD
from tests.backend.desks.linked import (
    act,
    actor,
    dispatcher,
    filed,
    merged,
    opened,
    stored,
    told,
)


async def of_chat(office: AppContext, address: str, number: str) -> CaseBrief:
    """How a case stands for a chat, with what it may do."""
    brief = await telephone.newest(office, Channel.TELEGRAM, address, number)
    assert brief is not None
    return await citizens.with_actions(office, brief)


async def closed(office: AppContext, number: str) -> None:
    """Close a case by force, the shortest way."""
    await filed(office, number)
    await act(
        *(office, number, "ask_force", actor(office, "chief1")),
        note="n",
        force_reason="no_means",
    )
    await act(office, number, "agree_force", actor(office, "leader"))


async def test_a_merged_cases_citizen_is_told_of_the_end_and_answers_for_it(
    office: AppContext,
) -> None:
    leader, number = await opened(office, "1"), await opened(office, "2")
    assert [one.id for one in (await of_chat(office, "472", number)).actions] == ["withdraw"]
    await merged(office, number, leader)
    before = await of_chat(office, "472", number)
    assert (before.leader, before.actions) == (leader, ())
    with pytest.raises(NotFound):  # what is another's report is not theirs to take back
        citizens.acted_on(before)
    await closed(office, leader)
    ends = {one for one in await told(office) if one[0] == "told.closed_forced"}
    assert ends == {("told.closed_forced", "471", leader), ("told.closed_forced", "472", number)}
    after = await of_chat(office, "472", number)
    assert [one.id for one in after.actions] == ["say_solved", "reopen"]
    assert citizens.acted_on(after) == leader


async def test_nobody_is_promised_the_end_of_a_clock_that_stands_still(
    office: AppContext,
) -> None:
    leader, number = await opened(office, "1"), await opened(office, "2")
    await merged(office, number, leader)
    await filed(office, leader)
    sent = await act(office, leader, "dispatch", dispatcher(office), department="water")
    for address, of in (("471", leader), ("472", number)):
        promised = (await of_chat(office, address, of)).due
        assert promised is not None
        assert promised == sent.due
    by, why = actor(office, "chief1"), {"note": "n", "force_reason": "no_means"}
    await act(office, leader, "ask_force", by, **why)
    await act(office, leader, "agree_force", actor(office, "leader"))
    citizen = citizens.citizen_of(office.city)
    again = await act(office, leader, "reopen", citizen, note="还在")
    assert (again.stage, again.due) == ("reopened", sent.due)
    for address, of in (("471", leader), ("472", number)):
        assert (await of_chat(office, address, of)).due is None


async def test_a_city_without_a_post_for_citizens_asks_them_nothing(office: AppContext) -> None:
    number = await opened(office, "1")
    case = await stored(office, number)
    city, now = office.city, office.clock.now()
    assert [one.named("en") for one in citizens.may_do(city, case, [], now)] == ["Withdraw"]
    posts = {one.id: one for one in city.organisation.posts.values() if one.reach != TOLD}
    bare = replace(city, organisation=replace(city.organisation, posts=posts))
    assert citizens.may_do(bare, case, [], now) == []
