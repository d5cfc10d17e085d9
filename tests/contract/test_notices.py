"""Notices are owed by steps, leased to one connector at a time, and settled as it says."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any, cast

import pytest

from hotline.channel import Channel
from hotline.errors import NotFound
from hotline.ids import new_id
from hotline.notice import NoticeTask, Outcome, Settled
from hotline.revisit import Question, RevisitSaid
from tests.cities import MONDAY
from tests.contract.acts import (
    CALLER,
    CITIZEN,
    COLLECTOR,
    FILED,
    WATER,
    by_phone,
    dispatched,
    refused,
    reported,
    seat,
)
from tests.contract.side import Side

CHATS = [Channel.TELEGRAM]
PHONES = [Channel.PHONE]
LEASE = timedelta(seconds=90)
DAY = timedelta(days=1)


async def owed(side: Side) -> NoticeTask:
    """The notice of a filed case, leased for the first time."""
    number = await reported(side)
    await side.move(number, "file", "acceptor1", **FILED)
    (task,) = await side.bots.lease_notices(CHATS)
    return task


async def declined_call(side: Side, caller: str = CALLER) -> str:
    """A spoken report that was declined, so that its caller is to be rung; gives its number."""
    number = (await side.phone.submit(by_phone(caller=caller))).number
    await side.work()
    await side.move(number, "decline", "acceptor1", note="not ours", decline_reason="out_of_scope")
    return number


async def again(side: Side, seconds: float) -> list[int]:
    """Which tries of notices of chats are due after a while."""
    side.clock.move(timedelta(seconds=seconds))
    return [one.attempt for one in await side.bots.lease_notices(CHATS)]


async def test_a_notice_says_all_that_its_words_need(side: Side) -> None:
    number = await dispatched(side)
    filed, told = await side.bots.lease_notices(CHATS)
    assert (filed.template, told.template) == ("told.filed", "told.dispatched")
    assert (told.channel, told.address, told.language) == (*CITIZEN, "zh_CN")
    assert (told.number, told.stage, told.attempt, told.person) == (number, "handling", 1, None)
    assert told.values == {"number": number, "note": "", "department": "自来水公司"}
    assert told.key != filed.key


async def test_a_notice_to_a_post_is_in_the_language_of_its_chat(side: Side) -> None:
    await side.bots.bind(await side.code("water1"), *WATER, "en")
    number = await dispatched(side)
    (task,) = await side.bots.lease_notices(CHATS, address=WATER[1])
    assert (task.template, task.person, task.language) == ("task.handle", "water1", "en")
    assert (task.number, task.values["department"]) == (number, "Water Supply Company")


async def test_a_notice_is_leased_once(side: Side) -> None:
    await owed(side)
    assert await side.bots.lease_notices(CHATS) == []


async def test_a_connector_takes_as_many_as_it_wants_oldest_first(side: Side) -> None:
    await dispatched(side)
    first = await side.bots.lease_notices(CHATS, limit=1)
    second = await side.bots.lease_notices(CHATS, limit=1)
    assert [one.template for one in (*first, *second)] == ["told.filed", "told.dispatched"]


async def test_an_address_takes_what_is_its_own(side: Side) -> None:
    await seat(side, WATER, "water1")
    await dispatched(side)
    assert await side.bots.lease_notices(CHATS, address="9") == []
    mine = await side.bots.lease_notices(CHATS, address=WATER[1])
    assert [one.address for one in mine] == [WATER[1]]


async def test_channels_are_leased_by_themselves(side: Side) -> None:
    await owed(side)
    await declined_call(side)
    assert await side.bots.lease_notices([Channel.TERMINAL]) == []
    (task,) = await side.phone.lease_notices(PHONES)
    assert (task.channel, task.address, task.template) == (Channel.PHONE, CALLER, "told.declined")
    assert task.values["note"] == "not ours"


async def test_what_was_sent_is_never_leased_again(side: Side) -> None:
    task = await owed(side)
    await side.bots.settle_notices([Settled(task.id, Outcome.SENT, message="7", words="said")])
    assert await again(side, DAY.total_seconds()) == []


async def test_what_failed_is_never_leased_again(side: Side) -> None:
    task = await owed(side)
    await side.bots.settle_notices([Settled(task.id, Outcome.FAILED, "blocked")])
    assert await again(side, DAY.total_seconds()) == []


async def test_a_lease_that_ran_out_is_the_next_try(side: Side) -> None:
    await owed(side)
    assert await again(side, LEASE.total_seconds() - 1) == []
    assert await again(side, 1) == [2]


async def test_a_try_that_failed_is_made_again_after_a_while(side: Side) -> None:
    task = await owed(side)
    await side.bots.settle_notices([Settled(task.id, Outcome.RETRY, "502")])
    assert await again(side, 4) == []
    assert await again(side, 1) == [2]


async def test_a_channel_that_asks_to_wait_is_waited_for(side: Side) -> None:
    task = await owed(side)
    await side.bots.settle_notices([Settled(task.id, Outcome.RETRY, "429", retry_after=33)])
    assert await again(side, 32) == []
    assert await again(side, 1) == [2]


async def test_a_channel_that_is_away_uses_up_no_try(side: Side) -> None:
    task = await owed(side)
    for _ in range(8):
        await side.bots.settle_notices([Settled(task.id, Outcome.AWAY, "away")])
        assert await again(side, 14) == []
        assert await again(side, 1) == [1]


async def test_a_notice_that_fails_so_often_is_given_up(side: Side) -> None:
    task, tries = await owed(side), [1]
    for _ in range(6):
        await side.bots.settle_notices([Settled(task.id, Outcome.RETRY, "502")])
        tries += await again(side, 900)
    assert tries == [1, 2, 3, 4, 5, 6]


async def test_a_notice_that_nobody_ever_tells_of_is_given_up(side: Side) -> None:
    await owed(side)
    tries = [await again(side, LEASE.total_seconds()) for _ in range(8)]
    assert tries == [[2], [3], [4], [5], [6], [], [], []]


async def test_a_word_that_comes_after_the_lease_still_counts(side: Side) -> None:
    task = await owed(side)
    side.clock.move(LEASE)
    await side.bots.settle_notices([Settled(task.id, Outcome.SENT)])
    assert await again(side, 0) == []


async def test_an_answer_that_is_about_nothing_spoils_no_other(side: Side) -> None:
    task = await owed(side)
    nothing = Settled(new_id(side.clock.now()), Outcome.SENT)
    await side.bots.settle_notices([nothing, Settled(task.id, Outcome.SENT)])
    await side.bots.settle_notices([Settled(task.id, Outcome.RETRY)])
    assert await again(side, DAY.total_seconds()) == []


async def test_who_has_done_a_task_is_not_told_of_it_any_more(side: Side) -> None:
    await seat(side, COLLECTOR, "collector01")
    number = await reported(side)
    await side.move(number, "ask_verify", "acceptor1", collector="collector01")
    await side.bots.act(number, "verify_unclear", COLLECTOR, key="k")
    assert await side.bots.lease_notices(CHATS) == []


async def test_who_moves_a_case_is_not_told_of_it(side: Side) -> None:
    await seat(side, WATER, "water1")
    number = await dispatched(side)
    await side.bots.lease_notices(CHATS)
    await side.bots.act(number, "accept", WATER, key="k")
    assert await side.bots.lease_notices(CHATS) == []


async def test_a_task_that_is_taken_back_is_told_to_whom_it_lay_with(side: Side) -> None:
    await seat(side, WATER, "water1")
    number = await dispatched(side)
    await side.bots.lease_notices(CHATS)
    await side.move(number, "recall", "dispatcher1")
    (told,) = await side.bots.lease_notices(CHATS)
    assert (told.template, told.address) == ("task.withdrawn", WATER[1])


async def test_a_call_that_nobody_took_is_made_again_later(side: Side) -> None:
    await declined_call(side)
    (task,) = await side.phone.lease_notices(PHONES)
    await side.phone.settle_notices([Settled(task.id, Outcome.RETRY, "no_answer")])
    side.clock.move(timedelta(seconds=599))
    assert await side.phone.lease_notices(PHONES) == []
    side.clock.move(timedelta(seconds=1))
    assert [one.attempt for one in await side.phone.lease_notices(PHONES)] == [2]


@pytest.mark.parametrize("caller", ["", "138", "110", "+1 212 555 0100"])
async def test_a_number_that_the_city_does_not_ring_goes_to_no_connector(
    side: Side, caller: str
) -> None:
    await declined_call(side, caller)
    assert await side.phone.lease_notices(PHONES) == []


async def test_a_connector_that_listens_is_woken_by_a_notice(side: Side) -> None:
    commands = cast("AsyncGenerator[dict[str, Any], None]", side.bots.commands())
    waiting = asyncio.create_task(anext(commands))
    number = await reported(side)
    await side.move(number, "file", "acceptor1", **FILED)
    await side.tell()
    async with asyncio.timeout(10):
        assert await waiting == {"kind": "notices"}
    await commands.aclose()


async def test_nobody_answers_what_was_not_asked(side: Side) -> None:
    said = RevisitSaid(new_id(MONDAY), Channel.PHONE, CALLER, Question.IS_SOLVED, "yes", "k")
    with refused(NotFound, "no_revisit"):
        await side.phone.revisit(said)
