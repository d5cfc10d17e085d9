"""Urging a case: one at a time, by whom it may be taken over, and who answers it."""

import pytest

from backend.desks import casework
from backend.desks.context import AppContext
from backend.queries import casefile
from hotline.case.case import Case
from hotline.errors import Forbidden, Refused
from tests.backend.desks.test_casework import actor, load, open_case, walk
from tests.backend.desks.test_ways_back import bind, told

FIRST = {"urge_kind": "important", "urge_limit": "3wd"}
ABOVE = {"urge_kind": "leader", "urge_limit": "2uh"}


async def urge(office: AppContext, number: str, who: str, key: str, **given: str) -> Case:
    by = actor(office, who)
    return await casework.act(office, number, "urge", by, key=key, note="请尽快", given=given)


async def answer(office: AppContext, number: str, who: str, key: str) -> Case:
    by = actor(office, who)
    return await casework.act(office, number, "answer_urge", by, key=key, note="在办")


async def offers(office: AppContext, number: str, who: str) -> set[str]:
    page = await casefile.detail(office, number, actor(office, who))
    return {one.action for one in page.buttons}


async def test_a_second_urging_waits_for_the_answer_or_comes_from_above(
    office: AppContext,
) -> None:
    await bind(office, "dispatcher1", "leader")
    number = await open_case(office)
    await walk(office, number, "file", "dispatch", "accept")
    await urge(office, number, "dispatcher1", "1", **FIRST)
    for who in ("dispatcher1", "dispatcher2", "commander"):
        assert "urge" not in await offers(office, number, who)
        with pytest.raises(Refused) as refused:
            await urge(office, number, who, f"2{who}", **FIRST)
        assert refused.value.code == "other_waits"
    assert "task.urge_replaced" not in await told(office, "dispatcher1")
    above = await urge(office, number, "leader", "3", **ABOVE)
    assert (above.person_of("urger"), above.fields["urge_kind"]) == ("leader", "leader")
    assert "task.urge_replaced" in await told(office, "dispatcher1")
    handler = str(above.person_of("handler"))
    answered = await answer(office, number, handler, "4")
    assert (answered.person_of("urger"), answered.times.get("urged_at")) == (None, None)
    assert "task.urge_answered" in await told(office, "leader")
    # The next one takes the place of nobody's.
    await urge(office, number, "dispatcher2", "5", **FIRST)
    assert "task.urge_replaced" not in await told(office, "leader")


async def test_nobody_answers_an_urging_of_their_own(office: AppContext) -> None:
    number = await open_case(office)
    await walk(office, number, "file")
    await urge(office, number, "dispatcher2", "1", **FIRST)
    assert "answer_urge" not in await offers(office, number, "dispatcher2")
    with pytest.raises(Forbidden):
        await answer(office, number, "dispatcher2", "2")
    await answer(office, number, "dispatcher1", "3")
    assert "urge_kind" not in (await load(office, number)).facets
