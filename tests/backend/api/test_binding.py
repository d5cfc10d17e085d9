"""Chats bound to people: by a code once, and taken away for good."""

import asyncio
from datetime import timedelta

import pytest

from backend.desks import accounts, binding, executor, notices
from backend.desks.context import AppContext
from backend.store import cases, chats, outbox
from config.sections import PeopleSettings
from hotline.channel import Channel
from hotline.clock import FixedClock
from hotline.errors import Conflict, Invalid, NotFound, Unavailable
from hotline.notice import Notice, NoticeTask, Outcome, Settled
from tests.backend.api.conftest import SignIn, actor, make_case
from tests.cities import MONDAY
from tests.fakes.quick import quick_passwords
from tests.posts import Post

pytestmark = pytest.mark.slow

LATER = timedelta(days=400)
PEOPLE = ("water1", "water2", "gas1")


async def holder(office: AppContext, address: str) -> str | None:
    known = await binding.actor_of(office, Channel.TELEGRAM, address)
    return known.person if known else None


async def bound(office: AppContext, person: str, address: str) -> str:
    """Bind a chat by a code of the administrator; gives the code."""
    code, _ = await binding.make_code(office, 30, person, actor(office, "admin"))
    await binding.bind(office, code, Channel.TELEGRAM, address, "en")
    return code


async def told(office: AppContext, address: str) -> list[NoticeTask]:
    return await notices.lease(office, [Channel.TELEGRAM], address, 10)


async def test_a_chat_is_bound_by_a_code_once(office: AppContext) -> None:
    admin = actor(office, "admin")
    code, _ = await binding.make_code(office, 30, "collector01", admin)
    bound = await binding.bind(office, code.upper(), Channel.TELEGRAM, "7", "en")
    assert (bound.person, bound.post) == ("collector01", Post.COLLECTOR)
    again = await binding.bind(office, code, Channel.TELEGRAM, "7", "en")
    assert again.person == "collector01"
    with pytest.raises(Invalid) as refused:
        await binding.bind(office, code, Channel.TELEGRAM, "8", "en")
    assert refused.value.code == "bad_code"
    known = await binding.actor_of(office, Channel.TELEGRAM, "7")
    assert known is not None
    assert known.person == "collector01"
    assert await binding.actor_of(office, Channel.TELEGRAM, "8") is None


async def test_kind_1_a_code_is_read_in_full_width_and_with_anything_between(
    office: AppContext,
) -> None:
    admin = actor(office, "admin")
    for at, person in enumerate(("collector01", "water1")):
        code, _ = await binding.make_code(office, 30, person, admin)
        wide = "".join(chr(ord(one) + 0xFEE0) if one.isascii() else one for one in code)
        typed = (wide.upper(), f"\u200b {wide[:4]}－{wide[4:]}\n")[at]
        bound = await binding.bind(office, typed, Channel.TELEGRAM, f"9{at}", "zh_CN")
        assert bound.person == person


async def test_a_code_runs_out_and_a_newer_one_replaces_it(
    office: AppContext, clock: FixedClock
) -> None:
    admin = actor(office, "admin")
    old, _ = await binding.make_code(office, 30, "water1", admin)
    new, _ = await binding.make_code(office, 30, "water1", admin)
    with pytest.raises(Invalid):
        await binding.bind(office, old, Channel.TELEGRAM, "7", "en")
    clock.move(timedelta(minutes=31))
    with pytest.raises(Invalid):
        await binding.bind(office, new, Channel.TELEGRAM, "7", "en")


async def test_a_person_has_one_chat_of_a_channel(office: AppContext) -> None:
    admin = actor(office, "admin")
    for address in ("7", "8"):
        code, _ = await binding.make_code(office, 30, "water1", admin)
        await binding.bind(office, code, Channel.TELEGRAM, address, "en")
    code, _ = await binding.make_code(office, 30, "water2", admin)
    await binding.bind(office, code, Channel.TELEGRAM, "8", "zh_CN")
    async with office.store.connect() as connection:
        bound = await chats.chats_of(connection, ["water1", "water2"])
    assert [(chat.person, chat.address) for chat in bound] == [("water2", "8")]


async def test_one_code_at_two_chats_at_once_binds_one(office: AppContext) -> None:
    admin = actor(office, "admin")
    code, _ = await binding.make_code(office, 30, "water1", admin)
    answers = await asyncio.gather(
        *(binding.bind(office, code, Channel.TELEGRAM, str(at), "en") for at in range(6)),
        return_exceptions=True,
    )
    assert sum(not isinstance(answer, BaseException) for answer in answers) == 1


async def test_two_codes_at_one_chat_at_once_bind_it_once(office: AppContext) -> None:
    admin = actor(office, "admin")
    codes = [(await binding.make_code(office, 30, who, admin))[0] for who in PEOPLE]
    answers = await asyncio.gather(
        *(binding.bind(office, code, Channel.TELEGRAM, "7", "en") for code in codes),
        return_exceptions=True,
    )
    failed = [one for one in answers if isinstance(one, BaseException)]
    assert all(isinstance(one, Conflict) for one in failed)
    async with office.store.connect() as connection:
        assert len(await chats.chats_of(connection)) == 1


async def test_codes_are_made_for_oneself_or_by_an_administrator(sign_in: SignIn) -> None:
    own = await sign_in("collector01")
    made = await own.post("/api/people/collector01/code")
    assert len(made["code"]) == 8
    assert (await own.ask("POST", "/api/people/collector02/code"))[0] == 404
    admin = await sign_in("admin")
    await admin.post("/api/people/collector02/code")
    assert (await admin.ask("POST", "/api/people/nobody/code"))[0] == 404


@pytest.mark.parametrize("later", [timedelta(0), LATER])
async def test_h4_a_used_code_never_brings_a_chat_back(
    office: AppContext, clock: FixedClock, later: timedelta
) -> None:
    first = await bound(office, "water1", "111")
    await bound(office, "water1", "222")
    clock.move(later)
    with pytest.raises(Invalid) as refused:
        await binding.bind(office, first, Channel.TELEGRAM, "111", "en")
    assert refused.value.code == "bad_code"
    assert await holder(office, "222") == "water1"
    assert await holder(office, "111") is None


async def test_h4_a_chat_that_was_given_on_does_not_come_back(office: AppContext) -> None:
    first = await bound(office, "water1", "111")
    await bound(office, "gas1", "111")
    with pytest.raises(Invalid):
        await binding.bind(office, first, Channel.TELEGRAM, "111", "en")
    assert await holder(office, "111") == "gas1"


async def test_h4_a_repeated_code_changes_nothing(office: AppContext, clock: FixedClock) -> None:
    code = await bound(office, "water1", "111")
    async with office.store.connect() as connection:
        before = list(await connection.exec_driver_sql("SELECT * FROM chat"))
    clock.move(LATER)
    again = await binding.bind(office, code, Channel.TELEGRAM, "111", "zh_CN")
    async with office.store.connect() as connection:
        after = list(await connection.exec_driver_sql("SELECT * FROM chat"))
    assert again.person == "water1"
    assert before == after
    assert await told(office, "111") == []


@pytest.mark.parametrize("who", ["water1", "admin"])
async def test_h4_a_chat_is_taken_away_by_its_person_or_an_administrator(
    office: AppContext, sign_in: SignIn, who: str
) -> None:
    code = await bound(office, "water1", "111222333")
    waiting, _ = await binding.make_code(office, 30, "water1", actor(office, "water1"))
    browser = await sign_in(who)
    (chat,) = await browser.get("/api/people/water1/chats")
    assert chat["channel"] == "telegram"
    assert "222" not in chat["address_masked"]
    await browser.post("/api/people/water1/chats/telegram/unbind")
    assert await browser.get("/api/people/water1/chats") == []
    for dead in (code, waiting):
        with pytest.raises(Invalid):
            await binding.bind(office, dead, Channel.TELEGRAM, "111222333", "en")
    (notice,) = await told(office, "111222333")
    assert (notice.template, notice.number, notice.stage) == ("bot.unbound", "", "")
    for channel in ("telegram", "terminal", "pigeon"):
        path = f"/api/people/water1/chats/{channel}/unbind"
        status, body = await browser.ask("POST", path)
        assert (status, body["code"]) == (404, "no_chat")


async def test_h4_nobody_else_sees_or_takes_a_chat(office: AppContext, sign_in: SignIn) -> None:
    await bound(office, "water1", "111")
    for who in ("water2", "dispatcher1", "chief1"):
        browser = await sign_in(who)
        for method, path in (("GET", "chats"), ("POST", "chats/telegram/unbind")):
            status, body = await browser.ask(method, f"/api/people/water1/{path}")
            assert (status, body["code"]) == (404, "no_person")
    assert await holder(office, "111") == "water1"


async def test_h4_the_old_chat_is_told_and_gets_no_more_tasks(office: AppContext) -> None:
    await bound(office, "water1", "111")
    number = await make_case(office)
    async with office.store.append(MONDAY) as writes:
        case = await cases.load(writes.connection, number)
        where = (Channel.TELEGRAM, "111", "task.handle", "en", MONDAY)
        outbox.add(writes, Notice(case.id, "task", case.id, *where, person="water1"))
    await bound(office, "water1", "222")
    assert [one.template for one in await told(office, "111")] == ["bot.unbound"]
    assert await told(office, "222") == []


async def test_h4_a_new_password_takes_the_chats_and_codes_away(
    office: AppContext, sign_in: SignIn, clock: FixedClock
) -> None:
    await sign_in("water1")
    code = await bound(office, "water1", "111")
    waiting, _ = await binding.make_code(office, 30, "water1", actor(office, "water1"))
    passwords = quick_passwords()
    await accounts.reset_password(office.store, clock, passwords, PeopleSettings(), "water1")
    passwords.close()
    assert await holder(office, "111") is None
    assert [one.template for one in await told(office, "111")] == ["bot.unbound"]
    for dead in (code, waiting):
        with pytest.raises(Invalid):
            await binding.bind(office, dead, Channel.TELEGRAM, "111", "en")


async def test_a_notice_about_no_case_is_listed_and_settled(
    office: AppContext, sign_in: SignIn
) -> None:
    await bound(office, "water1", "111")
    await binding.unbind(office, "water1", Channel.TELEGRAM, actor(office, "admin"))
    (task,) = await told(office, "111")
    await notices.settle(office, Settled(task.id, Outcome.FAILED, "the chat is gone"))
    browser = await sign_in("chief1")
    (row,) = (await browser.get("/api/notices?state=failed"))["items"]
    assert row["number"] is None
    with pytest.raises(NotFound):
        await binding.unbind(office, "water1", Channel.TELEGRAM, actor(office, "admin"))


async def test_a_clock_that_went_a_year_ahead_and_back_holds_up_no_notice(
    office: AppContext, clock: FixedClock
) -> None:
    await bound(office, "collector01", "7")
    await bound(office, "collector01", "8")
    clock.move(timedelta(days=366))
    held = await told(office, "7")
    assert held
    clock.move(timedelta(days=-366) + timedelta(minutes=5))
    await executor.right_clocks(office)
    assert [one.id for one in await told(office, "7")] == [one.id for one in held]
    assert await told(office, "7") == []


async def test_a_chat_that_two_people_bind_at_once_goes_to_the_later_one(
    office: AppContext,
) -> None:
    codes = [await binding.make_code(office, 30, one, actor(office, "admin")) for one in PEOPLE]
    ways = [binding.bind(office, code, Channel.TELEGRAM, "7", "en") for code, _ in codes[:2]]
    one, other = await asyncio.gather(*ways)
    assert {one.person, other.person} == set(PEOPLE[:2])
    assert await holder(office, "7") in PEOPLE[:2]
    for code, _ in codes[:2]:
        with pytest.raises(Invalid):
            await binding.bind(office, code, Channel.TELEGRAM, "8", "en")


async def test_what_cannot_be_written_down_is_not_done(
    office: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _ = await binding.make_code(office, 30, "water1", actor(office, "admin"))

    async def broken(*_: object, **__: object) -> None:
        raise Unavailable("the audit is away")

    with monkeypatch.context() as context:
        context.setattr(binding, "record", broken)
        with pytest.raises(Unavailable):
            await binding.bind(office, code, Channel.TELEGRAM, "7", "en")
    assert await holder(office, "7") is None
    await binding.bind(office, code, Channel.TELEGRAM, "7", "en")
    assert await holder(office, "7") == "water1"
