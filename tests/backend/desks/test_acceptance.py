"""A report is on record once, with its step and lights, whatever happens around it."""

import asyncio
from dataclasses import replace

import pytest

from backend.desks import acceptance
from backend.desks.context import AppContext
from backend.store import cases, contacts
from hotline.case.case import replay
from hotline.channel import Channel
from hotline.errors import Conflict, Invalid
from hotline.job import TIMERS, UNDERSTANDING
from hotline.number import make_number, parse_number
from hotline.report import MAX_WORDS, Contact, NewReport
from tests.backend.api.conftest import queued
from tests.cities import MONDAY

REPORT = NewReport(
    channel=Channel.TELEGRAM,
    key="chat:1",
    contact=Contact(Channel.TELEGRAM, "4711", 'Zhang "O\'Neil"\nWei'),
    said_at=MONDAY,
    text="中山东路井盖没了",
)


async def test_a_report_becomes_a_case_with_one_step_and_two_lights(office: AppContext) -> None:
    receipt = await acceptance.record(office, REPORT)
    async with office.store.connect() as connection:
        case = await cases.load(connection, receipt.number)
        steps = await cases.steps_of(connection, case.id)
    assert receipt.fresh
    assert (case.stage, case.text, case.version) == ("reported", REPORT.text, 1)
    assert parse_number(case.number) == case.number
    assert replay(steps) == case
    assert await queued(office, case) == [TIMERS, TIMERS, UNDERSTANDING]


async def test_the_same_key_is_taken_once_however_often_it_comes(office: AppContext) -> None:
    receipts = await asyncio.gather(*[acceptance.record(office, REPORT) for _ in range(8)])
    assert len({receipt.number for receipt in receipts}) == 1
    assert sum(receipt.fresh for receipt in receipts) == 1


async def test_a_number_that_was_said_on_the_phone_is_kept(office: AppContext) -> None:
    (number,) = await office.numbers.lease("ivr", 1)
    receipt = await acceptance.record(office, replace(REPORT, number=number))
    assert receipt.number == number


async def test_a_number_that_another_report_has_is_a_conflict(office: AppContext) -> None:
    (number,) = await office.numbers.lease("ivr", 1)
    await acceptance.record(office, replace(REPORT, number=number))
    with pytest.raises(Conflict):
        await acceptance.record(office, replace(REPORT, number=number, key="chat:2"))


@pytest.mark.parametrize("number", ["12345678", "1", "1234567890", "abc"])
def test_a_number_with_a_wrong_check_digit_is_refused(office: AppContext, number: str) -> None:
    with pytest.raises(Invalid):
        asyncio.run(acceptance.record(office, replace(REPORT, number=number)))


async def test_two_holders_never_get_the_same_number(office: AppContext) -> None:
    blocks = await asyncio.gather(*[office.numbers.lease(f"connector{n}", 50) for n in range(6)])
    numbers = [number for block in blocks for number in block]
    assert len(set(numbers)) == 300
    assert make_number(0) not in numbers


async def test_a_report_that_is_far_too_long_is_cut_not_lost(office: AppContext) -> None:
    receipt = await acceptance.record(office, replace(REPORT, text="长" * 50_000))
    async with office.store.connect() as connection:
        case = await cases.load(connection, receipt.number)
    assert len(case.text) == MAX_WORDS


@pytest.mark.parametrize("key", ["", "k" * 201])
async def test_a_report_without_a_usable_key_is_refused(office: AppContext, key: str) -> None:
    with pytest.raises(Invalid, match="key"):
        await acceptance.record(office, replace(REPORT, key=key))


async def test_a_photo_that_was_never_stored_is_refused_and_nothing_is_kept(
    office: AppContext,
) -> None:
    with pytest.raises(Invalid, match="media"):
        await acceptance.record(office, replace(REPORT, media=("00" * 32,)))
    assert (await acceptance.record(office, REPORT)).fresh


async def test_a_chat_that_changes_its_language_is_answered_in_it(office: AppContext) -> None:
    await acceptance.record(office, REPORT)
    english = replace(REPORT.contact, language="en")
    await acceptance.record(office, replace(REPORT, key="chat:2", contact=english))
    async with office.store.connect() as connection:
        known = await contacts.contact(connection, office.contacts.of(Channel.TELEGRAM, "4711"))
    assert known == english
