"""Reports are taken once, or refused with a reason; their citizens learn how they stand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hotline.channel import Channel
from hotline.errors import Conflict, Invalid, Refused
from hotline.number import parse_number
from hotline.report import Contact
from tests.cities import demo_city
from tests.contract.acts import (
    CALLER,
    CITIZEN,
    COLLECTOR,
    NOBODYS_HASH,
    OTHER,
    by_chat,
    by_phone,
    dispatched,
    photo,
    refused,
    reported,
    seat,
)
from tests.contract.side import Side

TODAYS = 20


async def test_a_report_is_taken_once_a_key(side: Side) -> None:
    first = await side.bots.submit(by_chat())
    assert (first.fresh, first.stage) == (True, "reported")
    again = await side.bots.submit(by_chat(text="in other words"))
    assert again == replace(first, fresh=False)


async def test_a_report_that_comes_again_is_told_where_it_stands_now(side: Side) -> None:
    await dispatched(side)
    assert (await side.bots.submit(by_chat())).stage == "handling"


async def test_a_key_counts_for_its_channel(side: Side) -> None:
    by_bot = await side.bots.submit(by_chat("1"))
    called = await side.phone.submit(by_phone("1"))
    assert called.fresh
    assert called.number != by_bot.number


async def test_every_report_has_a_number_of_its_own_with_a_check_digit(side: Side) -> None:
    numbers = [(await side.bots.submit(by_chat(str(turn)))).number for turn in range(3)]
    assert len(set(numbers)) == 3
    assert [parse_number(one) for one in numbers] == numbers


WRONG = {
    "key": (by_chat(""), "key", "invalid"),
    "long key": (by_chat("x" * 201), "key", "invalid"),
    "nul": (by_chat(text="a\x00b"), "body", "invalid"),
    "contact": (by_chat(contact=Contact(Channel.PHONE, CALLER)), "contact", "invalid"),
    "class": (by_chat(matter="99999"), "matter", "no_class"),
    "file": (by_chat(media=(NOBODYS_HASH,)), "media", "no_photo"),
    "call": (by_chat(call="h1"), "number", "invalid"),
    "number": (by_chat(number="00000018"), "number", "invalid"),
    "1970": (replace(by_chat(), said_at=datetime(1970, 1, 1, tzinfo=UTC)), "said_at", "bad_time"),
    "no offset": (replace(by_chat(), said_at=datetime(2026, 11, 23)), "said_at", "bad_time"),  # noqa: DTZ001
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_wrong_report_is_refused_by_the_field(side: Side, what: str) -> None:
    report, field, code = WRONG[what]
    with refused(Invalid, code, field):
        await side.bots.submit(report)
    assert await side.bots.newest_case(*CITIZEN) is None


async def test_signs_that_nobody_sees_are_taken_out_of_words(side: Side) -> None:
    number = await reported(side, text="路灯\u202e不亮\x07", place_text="中山东路\n1号")
    await seat(side, OTHER, "acceptor1")
    card = await side.bots.card(number, OTHER)
    assert (card.text, card.place_text) == ("路灯不亮", "中山东路 1号")


async def test_a_photo_that_somebody_else_handed_in_is_as_good_as_none(side: Side) -> None:
    (theirs,) = (await side.bots.open_chat(OTHER, photos=[photo()])).photos
    assert theirs.file is not None
    with refused(Invalid, "no_photo", "media"):
        await side.bots.submit(by_chat(media=(theirs.file.sha256,)))


async def test_the_photos_of_a_report_are_the_cases(side: Side) -> None:
    opened = await side.bots.open_chat(CITIZEN, photos=[photo("red"), photo("blue")])
    hashes = tuple(one.file.sha256 for one in opened.photos if one.file)
    number = await reported(side, media=hashes)
    await seat(side, OTHER, "acceptor1")
    card = await side.bots.card(number, OTHER)
    assert sorted(one.sha256 for one in card.photos) == sorted(hashes)


async def test_a_chat_hands_in_so_many_reports_a_day(side: Side) -> None:
    for turn in range(TODAYS):
        assert (await side.bots.submit(by_chat(str(turn)))).fresh
    with refused(Refused, "day_limit"):
        await side.bots.submit(by_chat("one more"))
    assert not (await side.bots.submit(by_chat("0"))).fresh, "what was taken comes again"
    assert (await side.bots.submit(by_chat("theirs", contact=Contact(*OTHER)))).fresh
    side.clock.move(timedelta(hours=15, minutes=1))  # past midnight in the city
    assert (await side.bots.submit(by_chat("tomorrow"))).fresh


async def test_who_reports_is_known_by_the_chat_and_not_by_what_is_said(side: Side) -> None:
    await seat(side, COLLECTOR, "collector01")
    said = by_chat(contact=Contact(*COLLECTOR), reporter="collector02")
    theirs = await reported(side, "2", reporter="collector01")
    mine = (await side.bots.submit(said)).number
    assert (await side.bots.open_chat(COLLECTOR, mine)).card is not None
    assert (await side.bots.open_chat(COLLECTOR, theirs)).card is None


# --- the phone's


async def test_a_number_that_was_said_is_the_reports(side: Side) -> None:
    (number,) = await side.phone.lease_numbers(1)
    assert (await side.phone.submit(by_phone(number=number))).number == number


async def test_a_number_that_another_report_has_is_a_conflict(side: Side) -> None:
    (number,) = await side.phone.lease_numbers(1)
    await side.phone.submit(by_phone("1", number=number))
    with refused(Conflict, "conflict"):
        await side.phone.submit(by_phone("2", number=number))
    assert not (await side.phone.submit(by_phone("1", number=number))).fresh


async def test_what_is_no_number_is_refused(side: Side) -> None:
    with refused(Invalid, "bad_number", "number"):
        await side.phone.submit(by_phone(number="00000019"))


async def test_numbers_are_leased_to_nobody_twice(side: Side) -> None:
    first, second = await side.phone.lease_numbers(20), await side.phone.lease_numbers(20)
    reports = [(await side.bots.submit(by_chat(str(turn)))).number for turn in range(3)]
    assert len({*first, *second, *reports}) == 43
    assert [parse_number(one) for one in first] == first


@pytest.mark.parametrize("count", [0, -1, 1_001])
async def test_so_many_numbers_are_not_leased(side: Side, count: int) -> None:
    with refused(Invalid, "invalid", "count"):
        await side.phone.lease_numbers(count)


# --- how a report stands


async def test_who_has_reported_nothing_has_no_newest_case(side: Side) -> None:
    assert await side.bots.newest_case(*CITIZEN) is None
    assert await side.phone.newest_case(Channel.PHONE, CALLER) is None
    assert await side.phone.newest_case(Channel.PHONE, "") is None


async def test_the_newest_of_a_chat_is_the_last_one_reported(side: Side) -> None:
    await side.bots.submit(by_chat("1"))
    side.clock.move(timedelta(minutes=1))
    last = await side.bots.submit(by_chat("2"))
    brief = await side.bots.newest_case(*CITIZEN)
    assert brief is not None
    assert (brief.number, brief.stage, brief.received_at) == (
        last.number, "reported", side.clock.now(),
    )  # fmt: skip


async def test_an_older_case_is_found_by_its_number(side: Side) -> None:
    first = await side.bots.submit(by_chat("1"))
    side.clock.move(timedelta(minutes=1))
    await side.bots.submit(by_chat("2"))
    brief = await side.bots.newest_case(*CITIZEN, first.number)
    assert brief is not None
    assert brief.number == first.number


async def test_somebody_elses_number_finds_nothing(side: Side) -> None:
    theirs = await side.bots.submit(by_chat("1", contact=Contact(*OTHER)))
    await side.bots.submit(by_chat("2"))
    assert await side.bots.newest_case(*CITIZEN, theirs.number) is None


async def test_a_caller_is_known_in_every_spelling_of_the_number(side: Side) -> None:
    taken = await side.phone.submit(by_phone())
    brief = await side.phone.newest_case(Channel.PHONE, "+86 138-0013-8000")
    assert brief is not None
    assert (brief.number, brief.call) == (taken.number, "h1-1-1")


async def test_d5_a_citizen_is_told_the_departments_name(side: Side) -> None:
    number = await dispatched(side)
    brief = await side.bots.newest_case(*CITIZEN)
    assert brief is not None
    assert (brief.number, brief.stage) == (number, "handling")
    water = demo_city().organisation.departments["water"]
    assert (brief.department, brief.department_en) == (water.name, water.name_en)
    assert brief.due is not None


async def test_ones_own_cases_are_the_newest_and_behind_it_those_that_are_open(side: Side) -> None:
    assert await side.phone.own_cases(Channel.PHONE, CALLER) == []
    older = await side.phone.submit(by_phone())
    side.clock.move(timedelta(minutes=1))
    newer = await side.phone.submit(by_phone("h1-1-2"))
    own = await side.phone.own_cases(Channel.PHONE, "+86 138-0013-8000")
    assert [one.number for one in own] == [newer.number, older.number]
    assert own[0] == await side.phone.newest_case(Channel.PHONE, CALLER)
