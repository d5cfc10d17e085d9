"""Cases that are handled as one and end as one, and reports that are split into several."""

from typing import Any

import pytest

from backend.desks import bundling, casework, notices, telephone
from backend.desks.context import AppContext
from backend.desks.queues import ALONG
from hotline.case.case import Link
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.errors import Forbidden, Invalid, NotFound, Refused
from tests.backend.api.conftest import queued
from tests.backend.desks.linked import (
    act,
    actor,
    dispatcher,
    filed,
    merged,
    opened,
    split,
    stored,
    told,
)


async def bundled(office: AppContext, leader: str, *members: str, key: str = "") -> Any:
    who = dispatcher(office)
    return await act(office, leader, "bundle_up", who, key=key, members=list(members))


async def ready(office: AppContext, many: int) -> list[str]:
    """Cases that wait for dispatch, each of a citizen of its own."""
    numbers = [await opened(office, str(key)) for key in range(many)]
    for one in numbers:
        await filed(office, one)
    return numbers


async def ended(office: AppContext, number: str) -> None:
    """A case is closed by two, though it is not solved."""
    why = {"force_reason": "no_means", "note": "无法处置"}
    await act(office, number, "ask_force", actor(office, "chief1"), **why)
    await act(office, number, "agree_force", actor(office, "commander"))


async def test_several_are_handled_as_one_and_end_with_it(
    office: AppContext, clock: FixedClock
) -> None:
    leader, one, other, third = await ready(office, 4)
    case = await bundled(office, leader, one, other)
    assert case.counts["member_count"] == 2
    member = await stored(office, one)
    assert (member.stage, member.links) == ("bundled", (Link("bundled", leader),))
    assert member.stage_clock.due_at is None
    await bundled(office, leader, third)
    await act(office, third, "take_apart", dispatcher(office))
    assert (await stored(office, leader)).counts["member_count"] == 2
    await told(office)
    await ended(office, leader)
    assert await bundling.end_due(office) == 2
    heard = await notices.lease(office, [Channel.TELEGRAM], None, 20)
    assert {one.values["force_reason"] for one in heard} == {"不具备处置条件"}
    told_of = sorted((one.template, one.address, one.number) for one in heard)
    for number in (one, other):
        member = await stored(office, number)
        assert (member.stage, "closed_at" in member.times) == ("closed", True)
        assert ALONG.name not in await queued(office, member)
    assert (await stored(office, third)).stage == "to_dispatch"
    assert told_of == sorted(
        ("told.closed_forced", f"47{key}", number)
        for key, number in enumerate((leader, one, other))
    )
    assert await bundling.end_due(office) == 0


async def test_one_bad_member_stops_none_of_the_others(
    office: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, *members = await ready(office, 4)
    await bundled(office, leader, *members)
    await ended(office, leader)
    real = casework.end_along

    async def breaks(office: Any, transaction: Any, job: Any, case: Any) -> None:
        if case.number == members[1]:
            raise ValueError("broken")
        await real(office, transaction, job, case)

    monkeypatch.setattr(casework, "end_along", breaks)
    await bundling.end_due(office)
    stages = [(await stored(office, one)).stage for one in members]
    assert stages == ["closed", "bundled", "closed"]


async def test_who_was_taken_out_before_the_end_goes_on(office: AppContext) -> None:
    leader, one, other = await ready(office, 3)
    await bundled(office, leader, one, other)
    await ended(office, leader)
    await act(office, one, "take_apart", dispatcher(office))
    await bundling.end_due(office)
    assert (await stored(office, one)).stage == "to_dispatch"
    assert (await stored(office, other)).stage == "closed"


async def test_a_bundle_is_made_whole_or_not_at_all(office: AppContext) -> None:
    leader, one, other, third = await ready(office, 4)
    await bundled(office, other, third)
    for members, code in (
        ([one, leader], "same_case"),
        ([one, third], "move_refused"),
        ([one, other], "move_counted"),
        ([one, "00000000"], "no_such_case"),
        ([], "input_missing"),
        (["00000013"] * 21, "too_many"),
        ("x", "bad_number"),
    ):
        with pytest.raises((Invalid, Refused)) as refusal:
            await act(office, leader, "bundle_up", dispatcher(office), members=members)
        assert refusal.value.code == code, members
    assert [(await stored(office, x)).version for x in (leader, one)] == [2, 2]
    with pytest.raises(Refused):
        await merged(office, other, leader)  # it leads others


async def test_a_member_is_not_moved_by_who_may_not_see_it(office: AppContext) -> None:
    leader, one = await ready(office, 2)
    with pytest.raises(NotFound):
        await act(office, leader, "bundle_up", actor(office, "water1"), members=[one])
    with pytest.raises(Forbidden):
        await act(office, leader, "bundle_up", actor(office, "auditor"), members=[one])


async def test_another_matter_of_a_report_becomes_a_case_of_its_own(office: AppContext) -> None:
    number = await opened(office, "1")
    who = dispatcher(office)
    part = await split(office, number, who, key="tap", split_place="解放路3号")
    assert await split(office, number, who, key="tap", split_place="解放路3号") == part
    case, before = await stored(office, part), await stored(office, number)
    assert (case.stage, case.text, case.place_text) == ("reported", "路灯也不亮", "解放路3号")
    assert (case.links, case.point) == ((Link("split_from", number),), None)
    assert (before.stage, before.counts["split_count"]) == ("reported", 1)
    tasks = await notices.lease(office, [Channel.TELEGRAM], None, 20)
    assert [(one.template, one.address) for one in tasks] == [("told.split", "471")]
    assert tasks[0].values["split_into"].replace(" ", "") == part
    newest = await telephone.newest(office, Channel.TELEGRAM, "471", part)
    assert newest is not None
    further = await split(office, part, who)
    assert (await stored(office, further)).links == (Link("split_from", part),)
    assert (await stored(office, further)).point is None


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"split_text": ""}, "invalid"),
        ({"split_text": None}, "input_missing"),
        ({"split_text": "x" * 2001}, "too_long"),
        ({"split_matter": "nothing"}, "no_class"),
        ({"split_into": "00000013"}, "invalid"),
    ],
)
async def test_what_is_no_matter_is_not_split_off(
    office: AppContext, given: dict[str, Any], code: str
) -> None:
    number = await opened(office, "1")
    with pytest.raises(Invalid) as refusal:
        await split(office, number, dispatcher(office), **given)
    assert refusal.value.code == code
    assert (await stored(office, number)).version == 1


async def test_twenty_matters_are_split_off_and_no_more(office: AppContext) -> None:
    number = await opened(office, "1")
    who = dispatcher(office)
    parts = {await split(office, number, who) for _ in range(20)}
    assert len(parts) == 20
    with pytest.raises(Refused):
        await split(office, number, who)
