"""Who holds several posts works in one of them at a time: on the console, in chats, everywhere."""

from typing import Any

import pytest
from aiohttp.web import Application
from sqlalchemy import func, select

from backend.api.feed import HUB
from backend.desks import binding, cards, chat, seating
from backend.desks.context import AppContext
from backend.store.audit import AuditRow
from hotline.channel import Channel
from hotline.room.seat import SeatState
from tests.backend.api.conftest import Browser, SignIn, make_case
from tests.backend.api.test_feed import listening

ACCEPTOR, DISPATCHER = "acceptor", "dispatcher"
WORDS = {"given": {"collector": "collector01"}}


async def choose(browser: Browser, post: str) -> dict[str, Any]:
    status, told = await browser.ask("POST", "/api/me/post", json={"post": post})
    assert status == 200, told
    return dict(told)


async def waits(browser: Browser) -> list[str]:
    return list((await browser.get("/api/meta"))["waits"]["stages"])


async def test_the_post_that_one_works_in_counts_wherever_one_is_signed_in(
    sign_in: SignIn, office: AppContext
) -> None:
    here, there = await sign_in("deputy"), await sign_in("deputy")
    me = await here.get("/api/me")
    assert me["post"] == ACCEPTOR
    assert [one["id"] for one in me["posts"]] == [ACCEPTOR, DISPATCHER]
    assert "case.dispatch" not in me["permissions"]
    before = await waits(there)
    told = await choose(here, DISPATCHER)
    assert (told["post"], told["csrf"]) == (DISPATCHER, me["csrf"])
    me = await there.get("/api/me")
    assert me["post"] == DISPATCHER
    assert "case.accept" not in me["permissions"]
    assert await waits(there) != before
    number = await make_case(office)
    page = await there.get(f"/api/cases/{number}")
    move = {"action": "ask_verify", "version": page["case"]["version"], "key": "press-once"}
    status, told = await there.ask("POST", f"/api/cases/{number}/act", json=move | WORDS)
    assert (status, told["code"]) == (403, "other_post")
    assert "“受理员”岗位可以" in told["message"]
    await there.ask("POST", "/api/me", json={"language": "en"})
    _, told = await there.ask("POST", f"/api/cases/{number}/act", json=move | WORDS)
    assert "Acceptor" in told["message"]
    await choose(there, ACCEPTOR)
    status, _ = await here.ask("POST", f"/api/cases/{number}/act", json=move | WORDS)
    assert status == 200


async def test_it_counts_for_ones_chats_too(sign_in: SignIn, office: AppContext) -> None:
    deputy = await sign_in("deputy")
    await choose(deputy, DISPATCHER)
    by = office.city.organisation.person("deputy").actor()
    code, _ = await binding.make_code(office, 5, "deputy", by)
    bound = await binding.bind(office, code, Channel.TELEGRAM, "77", "zh_CN")
    assert bound.post == DISPATCHER
    found = await chat.actor_of(office, Channel.TELEGRAM, "77")
    assert found is not None
    assert (found.post, found.rights.may("case.accept")) == (DISPATCHER, False)
    terminal = await chat.actor_of(office, Channel.TERMINAL, "terminal:deputy")
    assert terminal is not None
    assert terminal.post == DISPATCHER


async def test_a_chat_is_told_which_other_post_could_act_on_a_case(
    sign_in: SignIn, office: AppContext
) -> None:
    await choose(await sign_in("deputy"), DISPATCHER)
    number = await make_case(office)
    address = "terminal:deputy"
    actor = await chat.actor_of(office, Channel.TERMINAL, address)
    opened = await cards.opened(office, Channel.TERMINAL, address, actor, number)
    assert opened.card is None or "file" not in opened.card.actions
    (other,) = opened.other_posts
    assert (other.name, "file" in other.actions) == ("受理员", True)
    opened = await cards.opened(office, Channel.TERMINAL, address, actor, "00000000")
    assert opened.other_posts == ()
    alone = await chat.actor_of(office, Channel.TERMINAL, "terminal:acceptor1")
    assert (await cards.opened(office, Channel.TERMINAL, "x", alone, number)).other_posts == ()


@pytest.mark.parametrize("post", ["leader", "", "x" * 5_000, "Acceptor"])
async def test_a_post_that_one_does_not_hold_is_refused(
    sign_in: SignIn, office: AppContext, post: str
) -> None:
    deputy = await sign_in("deputy")
    status, told = await deputy.ask("POST", "/api/me/post", json={"post": post})
    assert (status, told["code"], told["field"]) == (400, "not_your_post", "post")
    assert (await deputy.get("/api/me"))["post"] == ACCEPTOR
    async with office.store.connect() as connection:
        chosen = select(func.count()).where(AuditRow.what == "post_chosen")
        assert (await connection.execute(chosen)).scalar_one() == 0


async def test_choosing_is_written_down_once(sign_in: SignIn, office: AppContext) -> None:
    deputy = await sign_in("deputy")
    for _ in range(3):
        await choose(deputy, DISPATCHER)
    async with office.store.connect() as connection:
        told = select(AuditRow.person, AuditRow.subject).where(AuditRow.what == "post_chosen")
        assert [tuple(one) for one in await connection.execute(told)] == [("deputy", DISPATCHER)]


async def test_an_open_console_reads_everything_again(sign_in: SignIn) -> None:
    deputy, other = await sign_in("deputy"), await sign_in("acceptor1")
    async with listening(deputy) as (mine, _), listening(other) as (theirs, _):
        await choose(deputy, DISPATCHER)
        told = [(await mine.receive_json(timeout=5))["kind"] for _ in range(1)]
        assert told[-1] == "reload"
        assert len(deputy.client.app[HUB].listeners) >= 1
        assert not theirs.closed


async def test_a_console_that_was_drawn_before_the_choice_reads_again(
    app: Application, sign_in: SignIn
) -> None:
    deputy = await sign_in("deputy")
    drawn = (await deputy.get("/api/me"))["acting"]
    await choose(deputy, DISPATCHER)
    now = (await deputy.get("/api/me"))["acting"]
    for said, words in ((drawn, ["hello", "reload"]), (now, ["hello"]), ("", ["hello"])):
        path = f"/api/feed?from=0&acting={said}"
        async with deputy.client.ws_connect(path, headers={"Origin": deputy.origin}) as socket:
            told = [(await socket.receive_json(timeout=5))["kind"] for _ in words]
            assert told == words
            assert all(one.queue.empty() for one in app[HUB].listeners)


async def test_who_takes_no_calls_in_the_other_post_leaves_their_seat(
    sign_in: SignIn, office: AppContext
) -> None:
    deputy = await sign_in("deputy")
    actor = office.city.organisation.person("deputy").actor()
    await seating.go_online(office, actor)
    assert await seating.leave_absent(office) == 0
    await choose(deputy, DISPATCHER)
    seat = await seating.mine(office, actor)
    assert seat is not None
    assert seat.state is SeatState.OFF
