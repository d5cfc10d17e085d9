"""The live feed: in order, once, to whom it concerns, and honest about what was missed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError
from aiohttp.web import Application

from backend.api import feed as routes_feed
from backend.api.feed import HUB
from backend.api.guard import AUTH
from backend.api.listeners import LISTENERS, QUEUE, RELOAD, Listener
from backend.desks import accounts, aside, casework, telephone
from backend.desks.context import AppContext, ContextSource
from backend.desks.queues import TRANSCRIPTS
from backend.store import feed
from config.sections import PeopleSettings
from hotline.call import CallRing, FailedTranscript
from hotline.case.tally import Viewer
from hotline.clock import FixedClock
from hotline.errors import Unavailable
from hotline.health import Ref
from hotline.rights.scopes import Everything, InAreas
from tests.backend.api.conftest import Browser, SignIn, actor, make_case, publish, walk
from tests.backend.desks.test_spoken_report import SOUND, spoken
from tests.cities import MONDAY
from tests.fakes.quick import quick_passwords

Socket = ClientWebSocketResponse


@asynccontextmanager
async def listening(browser: Browser, seen: int = 0) -> AsyncIterator[Any]:
    """A console's socket, after its first word."""
    path, origin = f"/api/feed?from={seen}", {"Origin": browser.origin}
    async with browser.client.ws_connect(path, headers=origin) as socket:
        first = await heard(socket)
        yield socket, first


async def heard(socket: Socket) -> dict[str, Any]:
    """The next word of the feed."""
    message: dict[str, Any] = await socket.receive_json(timeout=5)
    return message


async def test_a_new_case_comes_to_every_console_at_once(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    one, two = await sign_in("acceptor1"), await sign_in("dispatcher1")
    async with listening(one) as (first, hello), listening(two) as (second, _):
        assert (hello["kind"], hello["seq"]) == ("hello", 0)
        number = await make_case(office)
        await publish(app)
        for socket in (first, second):
            news = await heard(socket)
            assert (news["kind"], news["number"], news["seq"]) == ("case", number, news["seq"])
            assert news["row"]["stage"] == "reported"


async def test_a_console_goes_on_where_it_stopped(
    app: Application, office: AppContext, clock: FixedClock, sign_in: SignIn
) -> None:
    browser = await sign_in("acceptor1")
    numbers = [await make_case(office, str(key)) for key in range(3)]
    await publish(app)
    seen = (await browser.get("/api/meta"))["feed"]
    async with listening(browser, seen) as (socket, hello):
        assert hello["seq"] == seen
    later = []
    for key in range(3, 6):
        clock.move(timedelta(seconds=1))
        later.append(await make_case(office, str(key)))
    await publish(app)
    async with listening(browser, seen) as (socket, hello):
        news = [await heard(socket) for _ in later]
    assert [one["number"] for one in news] == later
    assert [one["seq"] for one in news] == [seen + 1, seen + 2, seen + 3]
    assert set(later).isdisjoint(numbers)


async def test_what_happens_while_it_catches_up_comes_once(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    browser = await sign_in("acceptor1")
    await make_case(office, "1")
    await publish(app)
    last = (await browser.get("/api/meta"))["feed"]

    async def storm() -> None:
        for key in range(2, 20):
            await make_case(office, str(key))
            await publish(app)

    seen: list[int] = []
    raging = asyncio.create_task(storm())
    async with listening(browser, last) as (socket, _):
        while len(seen) < 18:
            seen.append((await heard(socket))["seq"])
    await raging
    assert seen == list(range(last + 1, last + 19))


@pytest.mark.parametrize("seen", [10**6, 999_999_999])
async def test_a_number_that_is_not_ours_makes_it_read_again(
    app: Application, office: AppContext, sign_in: SignIn, seen: int
) -> None:
    browser = await sign_in("acceptor1")
    await make_case(office)
    await publish(app)
    async with listening(browser, seen) as (socket, first):
        assert first["kind"] == "reload"
        assert (await socket.receive(timeout=5)).type is WSMsgType.CLOSE


async def test_too_much_missed_makes_it_read_again(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    browser = await sign_in("acceptor1")
    await make_case(office)
    await publish(app)
    seen = (await browser.get("/api/meta"))["feed"]
    async with office.store.connect() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO feed SELECT s, gen_random_uuid(), 'call', 'x', now() "
            f"FROM generate_series({seen + 1}, {seen + 600}) AS s"
        )
    async with listening(browser, seen) as (_, first):
        assert first["kind"] == "reload"
    async with office.store.connect() as connection:
        await connection.exec_driver_sql(f"DELETE FROM feed WHERE seq < {seen + 300}")
    async with listening(browser, seen) as (_, first):
        assert first["kind"] == "reload"


async def test_a_department_hears_of_its_own_cases_only(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    water, light = await sign_in("water1"), await sign_in("lighting1")
    async with listening(water) as (mine, _), listening(light) as (other, _):
        await telephone.ring(office, CallRing("call-1", "13800138000", MONDAY))
        number = await make_case(office)
        await walk(app, number, "file")
        await publish(app)
        await walk(app, number, "dispatch")
        await publish(app)
        news = await heard(mine)
        assert (news["number"], news["row"]["stage"]) == (number, "handling")
        why, dispatcher = {"return_reason": "not_ours"}, actor(office, "dispatcher1")
        by = actor(office, "water2")
        await casework.act(office, number, "send_back", by, key="back-1", given=why)
        await publish(app)
        assert (await heard(mine))["row"]["stage"] == "return_asked"
        await casework.act(office, number, "approve_return", dispatcher, key="agreed")
        await publish(app)
        gone = await heard(mine)
        assert (gone["number"], gone["row"]) == (number, None)
        with pytest.raises(TimeoutError):
            await other.receive(timeout=0.2)


async def test_a_collector_hears_of_a_task(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    browser = await sign_in("collector01")
    async with listening(browser) as (socket, _):
        number = await make_case(office)
        await walk(app, number, "ask_verify")
        await publish(app)
        assert (await heard(socket))["row"]["number"] == number


async def test_a_call_and_a_notice_come_without_what_they_hide(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    browser = await sign_in("acceptor1")
    async with listening(browser) as (socket, _):
        await telephone.ring(office, CallRing("call-1", "13800138000", MONDAY))
        await publish(app)
        news = await heard(socket)
        assert (news["kind"], news["call"], news["row"]) == ("call", "call-1", None)
        assert "13800138000" not in str(news)


async def test_a_recording_that_is_given_up_or_brought_back_changes_its_call(
    app: Application, office: AppContext, clock: FixedClock, sign_in: SignIn
) -> None:
    """The case itself is told of with each step only: its page rereads a version that it shows not.

    So an open page went on saying that the words are to come, or that they were given up.
    """
    number, sound = await spoken(office), SOUND
    await publish(app)
    browser = await sign_in("acceptor1")
    seen = (await browser.get("/api/meta"))["feed"]
    async with listening(browser, seen) as (socket, _):
        for wait in (*TRANSCRIPTS.patience.waits, 0):
            assert len(await telephone.transcript_tasks(office, 5)) == 1
            await telephone.transcript_failed(office, FailedTranscript(number, sound, "no file"))
            clock.move(timedelta(seconds=wait))
        await publish(app)
        news = {(one["kind"], one["call"]) for one in (await heard(socket), await heard(socket))}
        assert news == {("call", "h1-100-0"), ("health", None)}
        await aside.bring_back(office, Ref(TRANSCRIPTS.name, f"{number}/{sound}"))
        await publish(app)
        news = {(one["kind"], one["call"]) for one in (await heard(socket), await heard(socket))}
        assert news == {("call", "h1-100-0"), ("health", None)}


async def test_a_strangers_page_cannot_listen(sign_in: SignIn) -> None:
    browser = await sign_in("acceptor1")
    for origin in ("https://evil.example", "null"):
        with pytest.raises(WSServerHandshakeError) as refused:
            await browser.client.ws_connect("/api/feed", headers={"Origin": origin})
        assert refused.value.status == 403


async def test_signing_out_ends_the_feed(app: Application, sign_in: SignIn) -> None:
    browser = await sign_in("acceptor1")
    async with listening(browser) as (socket, _):
        await browser.post("/api/logout")
        assert (await socket.receive(timeout=5)).type is WSMsgType.CLOSE
    assert not app[LISTENERS]


async def test_a_console_that_talks_is_not_heard(app: Application, sign_in: SignIn) -> None:
    browser = await sign_in("acceptor1")
    async with listening(browser) as (socket, _):
        await socket.send_str("hello?")
        await socket.send_str("x" * 5000)
        assert (await socket.receive(timeout=5)).type in (WSMsgType.CLOSE, WSMsgType.CLOSED)


async def test_a_slow_console_is_told_to_read_again() -> None:
    listener = Listener(Everything(), "csrf", Viewer(Everything()))
    for seq in range(QUEUE + 1):
        listener.put(seq, b"x")
    assert listener.queue.get_nowait() == (0, RELOAD)
    assert listener.queue.get_nowait() is None


async def test_a_feed_that_cannot_be_read_makes_everybody_read_again(
    app: Application, office: AppContext, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await sign_in("acceptor1")
    async with listening(browser) as (socket, _):
        await make_case(office)
        async with office.store.connect() as connection:
            await feed.number(connection)
            items = await feed.after(connection, 0, 10)
        monkeypatch.setattr("backend.queries.feed_messages.views.feed_rows", away)
        await app[HUB].publish(items)
        assert (await heard(socket))["kind"] == "reload"


async def away(*_: object) -> dict[str, Any]:
    """A database that has just gone away."""
    raise Unavailable("the database is away")


async def is_over(socket: Socket) -> bool:
    """Whether the feed ends without another word."""
    message = await socket.receive(timeout=5)
    return message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING)


async def test_m3_a_feed_ends_with_its_session_however_that_ended(
    app: Application, office: AppContext, sign_in: SignIn, clock: FixedClock
) -> None:
    reset, idle, stays = [await sign_in(name) for name in ("acceptor1", "chief1", "dispatcher1")]
    async with listening(reset) as (one, _), listening(idle) as (two, _), listening(stays) as three:
        passwords = quick_passwords()
        await accounts.reset_password(office.store, clock, passwords, PeopleSettings(), "acceptor1")
        passwords.close()
        await app[HUB].look_again(app[AUTH])
        assert await is_over(one)
        clock.move(timedelta(hours=11))
        await stays.get("/api/me")
        clock.move(timedelta(hours=2))
        await app[HUB].look_again(app[AUTH])
        assert await is_over(two)
        number = await make_case(office)
        await publish(app)
        assert (await heard(three[0]))["number"] == number


async def test_m3_a_feed_ends_when_its_person_has_left_the_city(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    browser = await sign_in("acceptor1")
    staff = dict(office.city.organisation.people)
    del staff["acceptor1"]
    organisation = replace(office.city.organisation, people=staff)
    later = replace(office, city=replace(office.city, organisation=organisation))
    async with listening(browser) as (socket, _):
        await app[HUB].look_again(replace(app[AUTH], source=ContextSource(later)))
        assert await is_over(socket)


async def test_m3_signing_in_as_somebody_else_ends_the_feed_of_before(sign_in: SignIn) -> None:
    await sign_in("water1")
    browser = await sign_in("acceptor1")
    async with listening(browser) as (socket, _):
        await browser.login("water1")
        assert await is_over(socket)


async def test_a_line_on_which_nothing_comes_says_that_it_lives(
    app: Application, office: AppContext, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a console cannot tell a quiet office from a line that is dead."""
    monkeypatch.setattr(routes_feed, "ALIVE_S", 0.02)
    browser = await sign_in("acceptor1")
    async with listening(browser) as (socket, _):
        quiet = [await heard(socket) for _ in range(3)]
        assert {one["kind"] for one in quiet} <= {"alive", "counts"}
        assert "alive" in {one["kind"] for one in quiet}
        number = await make_case(office)
        await publish(app)
        while (news := await heard(socket))["kind"] in ("alive", "counts"):
            pass
    assert (news["kind"], news["number"]) == ("case", number)


async def test_a_post_that_ends_takes_its_feed_along(
    app: Application, office: AppContext, sign_in: SignIn, clock: FixedClock
) -> None:
    browser = await sign_in("acceptor1")
    async with listening(browser) as (socket, _):
        hub = app[HUB]
        await hub.look_again(app[AUTH])
        (listener,) = hub.listeners
        # As if another post had held when the console joined.
        listener.viewer = replace(listener.viewer, scope=InAreas(("330298",)))
        await hub.look_again(app[AUTH])
        assert (await socket.receive_json(timeout=5))["kind"] == "reload"
        assert (await socket.receive(timeout=5)).type in (WSMsgType.CLOSE, WSMsgType.CLOSED)
