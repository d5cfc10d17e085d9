"""Chats are bound by codes, opened with all that a message needs, and keep what was begun."""

from datetime import timedelta

import pytest

from hotline.channel import Channel
from hotline.contract import ChatOwner
from hotline.errors import Forbidden, Invalid
from tests.contract.acts import (
    CITIZEN,
    FAR,
    NO_CASE,
    OTHER,
    POINT,
    WATER,
    dispatched,
    photo,
    refused,
    seat,
)
from tests.contract.side import CODE_MINUTES, Side

CELL = "330299001001001"


async def test_a_code_binds_a_chat_to_its_person(side: Side) -> None:
    actor = await side.bots.bind(await side.code("water1"), *WATER, "zh_CN")
    assert actor == ChatOwner("water1", "卢浩然", "专业部门", "Department")
    assert (await side.bots.open_chat(WATER)).actor == actor


async def test_a_code_is_used_once(side: Side) -> None:
    code = await side.code("water1")
    await side.bots.bind(code, *WATER, "zh_CN")
    with refused(Invalid, "bad_code", "code"):
        await side.bots.bind(code, *OTHER, "zh_CN")
    assert (await side.bots.open_chat(OTHER)).actor is None


async def test_a_chat_that_hands_in_its_code_twice_is_told_the_same(side: Side) -> None:
    code = await side.code("water1")
    first = await side.bots.bind(code, *WATER, "zh_CN")
    assert await side.bots.bind(code, *WATER, "zh_CN") == first


async def test_a_code_is_read_as_people_type_it(side: Side) -> None:
    code = (await side.code("water1")).upper()
    actor = await side.bots.bind(f" {code[:4]}-{code[4:]} ", *WATER, "zh_CN")
    assert actor.person == "water1"


@pytest.mark.parametrize("code", ["", "no such code", "井盖"])
async def test_what_is_no_code_binds_nothing(side: Side, code: str) -> None:
    with refused(Invalid, "bad_code", "code"):
        await side.bots.bind(code, *WATER, "zh_CN")


async def test_a_code_is_good_for_a_while(side: Side) -> None:
    code = await side.code("water1")
    side.clock.move(timedelta(minutes=CODE_MINUTES))
    with refused(Invalid, "bad_code", "code"):
        await side.bots.bind(code, *WATER, "zh_CN")


async def test_a_newer_code_makes_the_older_worthless(side: Side) -> None:
    older = await side.code("water1")
    await side.code("water1")
    with refused(Invalid, "bad_code", "code"):
        await side.bots.bind(older, *WATER, "zh_CN")


async def test_a_person_has_one_chat_of_a_channel_and_the_former_is_told(side: Side) -> None:
    await side.bots.bind(await side.code("water1"), *OTHER, "en")
    await seat(side, WATER, "water1")
    assert (await side.bots.open_chat(OTHER)).actor is None
    (told,) = await side.bots.lease_notices([Channel.TELEGRAM])
    assert (told.address, told.template, told.language) == (OTHER[1], "bot.unbound", "en")
    assert (told.number, told.stage, told.person) == ("", "", None)


async def test_a_chat_that_is_bound_anew_is_the_new_persons(side: Side) -> None:
    await seat(side, WATER, "water1")
    await seat(side, WATER, "gas1")
    actor = (await side.bots.open_chat(WATER)).actor
    assert actor is not None
    assert actor.person == "gas1"
    assert await side.bots.lease_notices([Channel.TELEGRAM]) == []


async def test_a_citizens_chat_opens_with_nothing(side: Side) -> None:
    opened = await side.bots.open_chat(CITIZEN)
    assert (opened.draft, opened.actor, opened.card, opened.photos) == (None, None, None, ())


async def test_a_terminal_says_whose_it_is(side: Side) -> None:
    chief = (await side.bots.open_chat((Channel.TERMINAL, "terminal:chief1"))).actor
    first = (await side.bots.open_chat((Channel.TERMINAL, "terminal:acceptor"))).actor
    nobody = (await side.bots.open_chat((Channel.TERMINAL, "terminal:citizen"))).actor
    assert (chief and chief.post_name, first and first.post_name) == ("值班长", "受理员")
    assert nobody is None


DRAFT = {"report": {"text": "路灯不亮", "photos": ["a"], "at": None, "n": 1.5}, "work": []}


async def test_a_draft_comes_back_as_it_was_kept(side: Side) -> None:
    await side.bots.save_draft(CITIZEN, DRAFT)
    assert (await side.bots.open_chat(CITIZEN)).draft == DRAFT
    assert (await side.bots.open_chat(OTHER)).draft is None


async def test_the_last_draft_counts(side: Side) -> None:
    await side.bots.save_draft(CITIZEN, DRAFT)
    await side.bots.save_draft(CITIZEN, {})
    assert (await side.bots.open_chat(CITIZEN)).draft == {}


async def test_what_was_begun_in_a_chat_is_not_shown_to_whom_it_belongs_next(side: Side) -> None:
    await seat(side, OTHER, "water1")
    await side.bots.save_draft(OTHER, DRAFT)
    assert (await side.bots.open_chat(OTHER)).draft == DRAFT
    await seat(side, OTHER, "gas1")
    assert (await side.bots.open_chat(OTHER)).draft is None


async def test_a_draft_of_no_proper_chat_is_refused_by_its_field(side: Side) -> None:
    with refused(Invalid, "invalid", "address"):
        await side.bots.save_draft((Channel.TELEGRAM, "0f" * 3_000), DRAFT)


async def test_a_chat_opens_with_the_case_that_its_message_names(side: Side) -> None:
    number = await dispatched(side)
    await seat(side, WATER, "water1")
    opened = await side.bots.open_chat(WATER, number)
    assert opened.card == await side.bots.card(number, WATER)


@pytest.mark.parametrize("named", [NO_CASE, "", "x", "9" * 60])
async def test_a_case_that_is_not_there_opens_no_card(side: Side, named: str) -> None:
    await seat(side, WATER, "water1")
    assert (await side.bots.open_chat(WATER, named)).card is None


async def test_a_case_that_is_not_the_persons_opens_no_card(side: Side) -> None:
    number = await dispatched(side)
    await seat(side, WATER, "gas1")
    assert (await side.bots.open_chat(WATER, number)).card is None
    assert (await side.bots.open_chat(CITIZEN, number)).card is None


async def test_a_bad_photo_spoils_none_of_its_album(side: Side) -> None:
    bodies = [photo("red"), b"no photo", b"", photo("blue")]
    taken = (await side.bots.open_chat(CITIZEN, photos=bodies)).photos
    assert [one.file is not None for one in taken] == [True, False, False, True]
    assert [one.refused for one in taken] == ["", "bad_media", "empty_photo", ""]


# --- what words mean


async def test_words_are_understood_with_classes_in_both_languages(side: Side) -> None:
    seen = await side.bots.understand("供水井盖没了", None)
    first = seen.classes[0]
    assert (first.code, first.name) == ("01001", "供水井盖异常")
    assert first.name_en == "Water supply manhole cover fault"
    scores = [one.score for one in seen.classes]
    assert scores == sorted(scores, reverse=True)
    assert (seen.in_scope, seen.unsure, seen.outside) == (True, False, False)


async def test_a_position_in_the_city_is_the_place(side: Side) -> None:
    seen = await side.bots.understand("井盖没了", POINT)
    assert seen.place is not None
    assert (seen.place.cell, seen.place.point) == (CELL, POINT)
    assert seen.place.text


async def test_a_position_outside_the_city_is_not_used_and_told_of(side: Side) -> None:
    seen = await side.bots.understand("井盖没了", FAR)
    assert seen.outside
    assert seen.place is None


async def test_m11_nobodys_chat_may_ask_for_no_case(side: Side) -> None:
    number = await dispatched(side)
    with refused(Forbidden, "not_bound"):
        await side.bots.tasks(CITIZEN)
    with refused(Forbidden, "not_bound"):
        await side.bots.card(number, CITIZEN)
    with refused(Forbidden, "not_bound"):
        await side.bots.act(number, "accept", CITIZEN, key="k")
