"""Those who assist: never the one who leads, and told when nothing is left to do."""

from datetime import timedelta
from typing import Any

import pytest

from backend.desks import notices, timers
from backend.desks.context import AppContext
from hotline.case.case import Case
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.errors import Invalid
from tests.backend.desks.linked import act, actor, dispatcher, opened, stored
from tests.backend.desks.test_ways_back import bind
from tests.cities import workflow
from tests.fakes.knowing import CELL


async def hard(office: AppContext) -> str:
    """A case about which the command chief calls a meeting."""
    number = await opened(office, "1")
    filing = {"matter": "01001", "condition": "1", "cell": CELL}
    await act(office, number, "file", actor(office, "acceptor1"), **filing)
    await act(office, number, "call_hard", dispatcher(office), note="几家都说不是自己的")
    return number


async def led(office: AppContext, number: str, **given: Any) -> Case:
    """A case that water leads."""
    given = {"department": "water", **given}
    return await act(
        office, number, "lead_jointly", actor(office, "commander"), note="定了", **given
    )


@pytest.mark.parametrize("assisting", [["water"], ["gas", "water"]])
async def test_who_leads_does_not_assist_itself(office: AppContext, assisting: list[str]) -> None:
    number = await hard(office)
    with pytest.raises(Invalid) as refused:
        await led(office, number, assisting=assisting)
    assert (refused.value.field, refused.value.code) == ("assisting", "two_parts")
    case = await led(office, number, assisting=["gas"])
    assert {key for key in case.assignments if key.startswith("assisting:")} == {"assisting:gas"}
    # Nor does it come to lead what it assists with by another way.
    with pytest.raises(Invalid) as refused:
        await act(office, number, "send_elsewhere", dispatcher(office), department="gas")
    assert (refused.value.field, refused.value.code) == ("department", "two_parts")


async def told(office: AppContext, person: str) -> list[str]:
    tasks = await notices.lease(office, [Channel.TELEGRAM], None, 50)
    return [one.template for one in tasks if one.person == person]


VOID, FORCED = {"void_reason": "gone"}, {"force_reason": "no_means"}


@pytest.mark.parametrize(
    ("moves", "template"),
    [
        ([("void", "chief1", VOID)], "task.void"),
        ([("ask_force", "chief1", FORCED), ("agree_force", "commander", {})], "task.closed_forced"),
    ],
)
async def test_who_still_assists_is_told_when_a_case_ends(
    office: AppContext, moves: list[tuple[str, str, dict[str, str]]], template: str
) -> None:
    await bind(office, "gas1", "traffic1")
    number = await hard(office)
    await led(office, number, assisting=["gas", "traffic"])
    await act(office, number, "assist_done", actor(office, "gas1"), note="好了")
    assert await told(office, "traffic1") == ["task.assist"]
    for action, who, given in moves:
        case = await act(office, number, action, actor(office, who), note="没办法", **given)
    assert case.stage in office.city.ends
    tasks = await notices.lease(office, [Channel.TELEGRAM], None, 50)
    assert {(one.person, one.template) for one in tasks if one.person} == {("traffic1", template)}


def test_every_end_that_leaves_somebody_assisting_tells_them() -> None:
    flow = workflow()
    assists = {stage for one in flow.moves if one.action == "assist_done" for stage in one.source}
    ends = [one for one in flow.moves if one.to in flow.ends and assists & {*one.source}]
    assert {one.action for one in ends} >= {"close", "void"}
    silent = [
        (one.action, one.source)
        for one in ends
        if "assisting" not in {rule.who for rule in one.notices}
    ]
    assert silent == []


async def test_who_still_assists_is_told_that_their_time_is_up(
    office: AppContext, clock: FixedClock
) -> None:
    await bind(office, "gas1", "traffic1", "water1")
    number = await hard(office)
    await led(office, number, assisting=["gas", "traffic"], assist_limit="4wh")
    await act(office, number, "assist_done", actor(office, "gas1"), note="好了")
    await notices.lease(office, [Channel.TELEGRAM], None, 50)
    clock.move(timedelta(hours=30))
    while await timers.work_due(office):
        pass
    tasks = await notices.lease(office, [Channel.TELEGRAM], None, 50)
    late = [one.person for one in tasks if one.template == "task.assist_late"]
    assert sorted(map(str, late)) == ["traffic1", "water1"]
    assert list((await stored(office, number)).fired).count("assisting_late") == 1
