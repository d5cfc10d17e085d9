"""Steps in several cases at once: merged, taken apart, bundled, split; all of it or nothing."""

import asyncio
from collections.abc import Collection, Iterable
from random import Random
from typing import Any

import pytest

from backend.desks import casework, linking, notices, telephone
from backend.desks.context import AppContext
from backend.desks.search import CaseQuery
from backend.queries import casefile, inbox
from backend.store import cases, links
from backend.store.session import Connection
from backend.store.writes import Raced
from hotline.case.case import Link
from hotline.channel import Channel
from hotline.errors import Conflict, Forbidden, HotlineError, Invalid, NotFound, Refused
from tests.backend.desks.linked import (
    NOT_OURS,
    act,
    actor,
    apart,
    dispatcher,
    filed,
    joins,
    merged,
    opened,
    split,
    stored,
    told,
)


async def test_a_report_of_the_same_matter_goes_along_with_the_first(office: AppContext) -> None:
    leader, number = await opened(office, "1"), await opened(office, "2")
    case = await merged(office, number, leader)
    assert (case.stage, case.links) == ("merged", (Link("follows", leader),))
    led = await stored(office, leader)
    assert (led.stage, led.version, led.counts["follower_count"]) == ("reported", 2, 1)
    async with office.store.connect() as connection:
        step = (await cases.steps_of(connection, led.id))[-1]
    assert (step.action, step.person, step.post) == ("gain_follower", "acceptor1", "acceptor")
    assert await told(office) == [("told.merged", "472", number)]


async def test_followers_raise_the_priority_at_three_and_ten_and_never_lower_it(
    office: AppContext,
) -> None:
    leader = await opened(office, "0")
    numbers = [await opened(office, str(one)) for one in range(1, 11)]
    seen = []
    for number in numbers:
        await merged(office, number, leader)
        seen.append((await stored(office, leader)).urgency)
    assert seen == [None] * 2 + ["urgent"] * 7 + ["critical"]
    for number in numbers[:9]:
        await apart(office, number)
    led = await stored(office, leader)
    assert (led.counts["follower_count"], led.urgency) == (1, "critical")


async def test_what_the_citizens_of_the_leading_case_are_told_followers_hear_by_their_number(
    office: AppContext,
) -> None:
    leader, number, more = [await opened(office, one) for one in ("1", "2", "3")]
    same = await opened(office, "4", address="471")
    for one in (number, same):
        await merged(office, one, leader)
    await merged(office, more, leader)
    await told(office)
    await filed(office, leader)
    await act(office, leader, "dispatch", dispatcher(office))
    heard = await notices.lease(office, [Channel.TELEGRAM], None, 200)
    assert sorted((one.template, one.address, one.number) for one in heard) == sorted(
        (template, address, whose)
        for template in ("told.filed", "told.dispatched")
        for address, whose in (("471", leader), ("472", number), ("473", more))
    )
    lies_with = {one.values["department"] for one in heard if one.template == "told.dispatched"}
    assert lies_with == {"自来水公司"}


async def test_a_case_with_followers_brings_them_along_and_takes_them_away(
    office: AppContext,
) -> None:
    top, middle, low = [await opened(office, one) for one in ("1", "2", "3")]
    await merged(office, low, middle)
    await merged(office, middle, top)
    assert (await stored(office, top)).counts["follower_count"] == 2
    await filed(office, top)
    assert ("told.filed", "473", low) in await told(office)
    await apart(office, low)
    assert (await stored(office, top)).counts["follower_count"] == 1
    assert (await stored(office, middle)).counts["follower_count"] == 0
    await merged(office, low, top)
    await apart(office, middle)
    assert (await stored(office, top)).counts["follower_count"] == 1


async def test_taken_apart_it_is_where_it_was_and_goes_its_own_way(office: AppContext) -> None:
    leader, number = await opened(office, "1"), await opened(office, "2")
    await filed(office, number)
    await merged(office, number, leader)
    case = await apart(office, number)
    assert (case.stage, case.links, "leader" in case.fields) == ("to_dispatch", (), False)
    assert "closed_at" not in case.times
    assert ("told.apart", "472", number) in await told(office)
    await act(office, number, "dispatch", dispatcher(office))


async def test_it_is_taken_apart_when_the_leading_case_has_ended_too(office: AppContext) -> None:
    leader, number = await opened(office, "1"), await opened(office, "2")
    await merged(office, number, leader)
    await act(office, leader, "decline", actor(office, "acceptor1"), **NOT_OURS)
    assert {one[0] for one in await told(office)} == {"told.merged", "told.declined"}
    case = await apart(office, number)
    assert case.stage == "reported"
    assert (await stored(office, leader)).counts["follower_count"] == 0


@pytest.mark.parametrize(
    ("leader", "code", "kind"),
    [
        ("itself", "same_case", Invalid),
        ("00000013", "no_such_case", Invalid),
        ("00000012", "bad_number", Invalid),
        ("x" * 100_000, "bad_number", Invalid),
        (7, "bad_number", Invalid),
        ("", "bad_number", Invalid),
        (None, "input_missing", Invalid),
        ("merged", "case_follows", Refused),
        ("follower", "case_follows", Refused),
        ("ended", "case_over", Refused),
    ],
)
async def test_what_a_case_is_not_merged_into_is_refused_with_the_reason(
    office: AppContext, leader: Any, code: str, kind: type[HotlineError]
) -> None:
    # The first numbers are used up, so that one that was never given out stands for no case.
    await office.numbers.next()
    number, other, third = [await opened(office, one) for one in ("1", "2", "3")]
    named = {"itself": number, "merged": other, "follower": other, "ended": other}
    if leader == "merged":
        await merged(office, other, third)
    if leader == "follower":
        await merged(office, other, number)
    if leader == "ended":
        await act(office, other, "decline", actor(office, "acceptor1"), **NOT_OURS)
    before = [await stored(office, one) for one in (number, other, third)]
    given = named.get(leader, leader) if isinstance(leader, str) else leader
    if leader == "00000013":
        given = "00000013" if "00000013" not in (number, other, third) else "00000021"
    with pytest.raises(kind) as refusal:
        await merged(office, number, given)
    assert refusal.value.code == code
    if code == "case_follows":
        follows = third if leader == "merged" else number
        assert refusal.value.values["leader"] == follows
    assert [await stored(office, one) for one in (number, other, third)] == before


async def test_who_may_not_and_what_has_ended_is_refused(office: AppContext) -> None:
    leader, number = await opened(office, "1"), await opened(office, "2")
    for who, kind in (("auditor", Forbidden), ("water1", NotFound)):
        with pytest.raises(kind):
            await act(office, number, "merge", actor(office, who), leader=leader)
    with pytest.raises(Forbidden):
        await act(office, leader, "gain_follower", actor(office, "chief1"))
    await act(office, number, "decline", actor(office, "acceptor1"), **NOT_OURS)
    with pytest.raises(Refused):
        await merged(office, number, leader)
    assert (await stored(office, leader)).version == 1


async def test_a_key_makes_both_once_and_is_good_for_nothing_else(office: AppContext) -> None:
    leader, number = await opened(office, "1"), await opened(office, "2")
    who = actor(office, "acceptor1")
    again = [
        casework.act(office, number, "merge", who, key="tap", given={"leader": leader})
        for _ in range(5)
    ]
    await asyncio.gather(*again)
    assert (await stored(office, leader)).counts["follower_count"] == 1
    assert (await stored(office, number)).version == 2
    with pytest.raises(Refused) as refusal:
        await casework.act(office, leader, "note", who, key="tap", note="x")
    assert refusal.value.code == "key_used"


async def test_cases_that_are_merged_into_each_other_at_once_end_as_one(
    office: AppContext,
) -> None:
    for turn in range(6):
        one, other = await opened(office, f"{turn}a"), await opened(office, f"{turn}b")
        ended = await asyncio.gather(
            merged(office, one, other), merged(office, other, one), return_exceptions=True
        )
        assert sum(isinstance(end, BaseException) for end in ended) == 1, ended
        stages = sorted([(await stored(office, one)).stage, (await stored(office, other)).stage])
        assert stages == ["merged", "reported"]


async def test_a_crowd_that_is_merged_at_once_is_counted_one_by_one(office: AppContext) -> None:
    leader = await opened(office, "0")
    numbers = [await opened(office, str(one)) for one in range(1, 9)]
    ended = await asyncio.gather(
        *(merged(office, one, leader) for one in numbers), return_exceptions=True
    )
    well = sum(not isinstance(one, BaseException) for one in ended)
    assert all(not isinstance(one, BaseException) or isinstance(one, Conflict) for one in ended)
    assert (await stored(office, leader)).counts["follower_count"] == well == 8


async def test_what_fails_on_the_other_case_leaves_both_as_they_were(
    office: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, number = await opened(office, "1"), await opened(office, "2")
    real, calls = linking.touch, []

    def killed(*given: Any) -> Any:
        calls.append(given)
        if len(calls) < 3:
            raise Raced("killed between the two") if len(calls) == 1 else ValueError("killed")
        return real(*given)

    monkeypatch.setattr(linking, "touch", killed)
    who = actor(office, "acceptor1")
    with pytest.raises(ValueError, match="killed"):
        await casework.act(office, number, "merge", who, key="tap", given={"leader": leader})
    assert [(await stored(office, one)).version for one in (leader, number)] == [1, 1]
    assert await told(office) == []
    await casework.act(office, number, "merge", who, key="tap", given={"leader": leader})
    assert [(await stored(office, one)).version for one in (leader, number)] == [2, 2]


async def test_search_finds_both_by_the_number_of_either(office: AppContext) -> None:
    leader, number, else_ = [await opened(office, one) for one in ("1", "2", "3")]
    await merged(office, number, leader)
    for sought in (leader, number):
        page = await inbox.list_cases(office, actor(office, "acceptor1"), CaseQuery(words=sought))
        assert {one.number for one in page.items} == {leader, number}, else_


async def test_the_page_shows_what_is_bound_from_both_ends_to_who_may_see_it(
    office: AppContext,
) -> None:
    top, middle, low = [await opened(office, one) for one in ("1", "2", "3")]
    await merged(office, low, middle)
    await merged(office, middle, top)
    await joins(office, top, "a", "13800138001")
    part = await split(office, await opened(office, "4"), dispatcher(office))

    async def shown(number: str, who: str = "acceptor1") -> list[tuple[str, int, str]]:
        page = await casefile.detail(office, number, actor(office, who))
        return [(one.kind, one.far, one.number) for one in page.bound]

    assert await shown(low) == [("follows", 2, top), ("follows", 1, middle)]
    assert await shown(middle) == [("follows", 1, top), ("follows", -1, low)]
    assert await shown(top) == [("follows", -1, middle)]
    page = await casefile.detail(office, top, actor(office, "acceptor1"))
    assert [one.address_masked for one in page.callers] == ["********001"]
    assert (page.case.joined, page.bound[0].address_masked) == (1, "**2")
    again = await split(office, part, dispatcher(office))
    (first,) = [one for one in await shown(again) if one[1] == 2]
    beside = await split(office, first[2], dispatcher(office))
    assert await shown(beside) == [("split_from", 1, first[2]), ("split_from", 0, part)]
    # A department sees its own case, and of those bound to it only what is in its sight.
    await filed(office, top)
    await act(office, top, "dispatch", dispatcher(office))
    page = await casefile.detail(office, top, actor(office, "water1"))
    assert (page.bound, page.callers) == ([], [])


async def test_who_asks_how_a_merged_report_stands_hears_where_the_leading_one_does(
    office: AppContext,
) -> None:
    top, middle, low = [await opened(office, one) for one in ("1", "2", "3")]
    await merged(office, low, middle)
    await merged(office, middle, top)
    await filed(office, top)
    brief = await telephone.newest(office, Channel.TELEGRAM, "473")
    assert brief is not None
    assert (brief.number, brief.leader, brief.stage) == (low, top, "to_dispatch")
    assert (brief.is_over, brief.stage_name) == (False, "已立案，等待派遣")
    own = await telephone.own(office, Channel.TELEGRAM, "473")
    assert [(one.number, one.leader) for one in own] == [(low, top)]


async def test_somebody_who_looks_at_the_leading_case_is_not_stopped_by_one_more(
    office: AppContext,
) -> None:
    leader, number = await opened(office, "1"), await opened(office, "2")
    seen = await stored(office, leader)
    await merged(office, number, leader)
    who = actor(office, "acceptor2")
    await casework.act(
        office, leader, "decline", who, key="a", version=seen.version, given=NOT_OURS
    )
    assert (await stored(office, leader)).stage == "declined"


async def follows_of(
    office: AppContext, numbers: list[str], joined: Iterable[str] = ()
) -> dict[str, int]:
    """How many follow each case, however far, as the links say, and who joined it by a key."""
    links = {one: (await stored(office, one)).links for one in numbers}

    def above(one: str) -> list[str]:
        up = [link.other for link in links[one] if link.kind == "follows"]
        return [*up, *(further for each in up for further in above(each))]

    count = dict.fromkeys(numbers, 0)
    for one in numbers:
        for up in above(one):
            count[up] += 1
    for one in joined:
        for up in (one, *above(one)):
            count[up] += 1
    return count


@pytest.mark.parametrize("seed", range(4))
async def test_followers_are_as_many_as_the_links_say_whatever_is_done(
    office: AppContext, seed: int
) -> None:
    dice = Random(seed)
    numbers = [await opened(office, str(one)) for one in range(6)]
    done, joined = 0, []
    for turn in range(40):
        one, other = dice.sample(numbers, 2)
        try:
            match dice.choices(("merge", "apart", "join"), (5, 3, 2))[0]:
                case "merge":
                    await merged(office, one, other)
                case "apart":
                    await apart(office, one)
                case _:
                    await joins(office, one, f"c{turn}", f"138001380{turn:02d}")
                    joined.append(one)
            done += 1
        except HotlineError:
            continue
    assert done > 4
    assert joined
    # What was merged counts anew once it goes its own way; the one that leads counts always.
    found = [await stored(office, one) for one in numbers]
    leading = {one.number: one.counts.get("follower_count", 0) for one in found if not one.links}
    expected = await follows_of(office, numbers, joined)
    assert leading == {one: expected[one] for one in leading}


async def test_who_joined_a_case_goes_with_it_when_it_is_taken_apart(office: AppContext) -> None:
    """The one that led counted such callers for ever, the other one never."""
    top, middle, low = [await opened(office, one) for one in ("1", "2", "3")]
    await merged(office, low, middle)
    await merged(office, middle, top)
    for call, number in (("a", middle), ("b", low), ("c", top)):
        await joins(office, number, call, f"1380013800{ord(call) % 10}")
    assert (await stored(office, top)).counts["follower_count"] == 5
    await apart(office, middle)
    counts = [(await stored(office, one)).counts["follower_count"] for one in (top, middle)]
    assert counts == [1, 3]
    await apart(office, low)
    counts = [(await stored(office, one)).counts["follower_count"] for one in (top, middle, low)]
    assert counts == [1, 1, 1]


@pytest.mark.parametrize("meanwhile", ["merged", "apart"])
async def test_a_caller_who_joins_while_the_leading_case_is_bound_anew_counts_where_it_leads(
    office: AppContext, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    top, leader, number = [await opened(office, one) for one in ("1", "2", "3")]
    await merged(office, number, leader)
    real = links.way_up
    looked: list[str] = []

    async def slow(connection: Connection, of: str, kinds: Collection[str]) -> list[str]:
        way = await real(connection, of, kinds)
        if not looked:
            looked.append(of)
            monkeypatch.setattr(links, "way_up", real)
            if meanwhile == "merged":
                await merged(office, leader, top)
            else:
                await apart(office, number)
        return way

    monkeypatch.setattr(links, "way_up", slow)
    await joins(office, number, "a", "13800138001")
    assert looked == [number]
    counts = {one: (await stored(office, one)).counts for one in (top, leader, number)}
    told = {one: there.get("follower_count", 0) for one, there in counts.items()}
    if meanwhile == "merged":
        assert told[top] == 3
    else:
        assert (told[leader], told[number]) == (0, 1)


async def test_callers_who_join_by_a_key_count_once_each_and_are_told(office: AppContext) -> None:
    leader, number = await opened(office, "1"), await opened(office, "2")
    await merged(office, number, leader)
    for call, address in (("a", "13800138001"), ("b", "13800138002"), ("a", "13800138001")):
        await joins(office, leader, call, address)
    # Who joins what was merged joins that with which it goes along.
    await joins(office, number, "c", "13800138003")
    led = await stored(office, leader)
    assert (led.counts["follower_count"], led.urgency) == (4, "urgent")
    await joins(office, "00000000", "d", "13800138004")
    await act(office, leader, "decline", actor(office, "acceptor1"), **NOT_OURS)
    rung = await notices.lease(office, [Channel.PHONE], None, 50)
    assert [one.template for one in rung] == ["told.declined"] * 3
    await joins(office, leader, "e", "13800138005")
    assert (await stored(office, leader)).counts["follower_count"] == 4
