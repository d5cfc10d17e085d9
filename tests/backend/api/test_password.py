"""Changing one's own password: by who knows the old one, and everybody else is out."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hotline.clock import FixedClock
from tests.backend.api.conftest import PASSWORD, Browser, SignIn
from tests.backend.api.test_audit import read, told

pytestmark = pytest.mark.slow

New = Callable[[], Browser]
FRESH = "海曙-qmzt-7193"
PATH = "/api/me/password"


async def change(browser: Browser, old: str = PASSWORD, new: str = FRESH) -> tuple[int, Any]:
    return await browser.ask("POST", PATH, json={"old": old, "new": new})


async def enter(browser: Browser, password: str) -> int:
    typed = {"username": "acceptor1", "password": password}
    return (await browser.ask("POST", "/api/login", json=typed))[0]


async def test_l12_who_changes_the_password_stays_and_all_other_sessions_end(
    sign_in: SignIn, browser: New
) -> None:
    mine, other, foreign = [await sign_in(one) for one in ("acceptor1", "acceptor1", "gas1")]
    feed = await other.client.ws_connect("/api/feed", headers={"Origin": other.origin})
    await feed.receive_json(timeout=10)
    assert await change(mine) == (200, {"ended": 1})
    await mine.get("/api/me")
    await foreign.get("/api/me")
    assert (await other.ask("GET", "/api/me"))[0] == 401
    async with asyncio.timeout(10):
        while not feed.closed:
            await feed.receive()
    assert [await enter(browser(), one) for one in (PASSWORD, FRESH)] == [401, 200]


async def test_l12_a_wrong_old_password_is_a_try_in_the_sliding_window(
    sign_in: SignIn, browser: New, clock: FixedClock
) -> None:
    mine = await sign_in("acceptor1")
    for _ in range(5):
        status, body = await change(mine, old="a wrong one")
        assert (status, body["code"], body["field"]) == (400, "wrong_password", "old")
    status, body = await change(mine)
    assert (status, body["code"]) == (429, "too_many_tries")
    # What is guessed here counts at the connector as well.
    assert await enter(browser(), PASSWORD) == 429
    await mine.get("/api/me")
    clock.move(timedelta(seconds=61))
    assert (await change(mine))[0] == 200


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("", "short_password"),
        ("kx7m-p3vq-9", "short_password"),
        ("路灯坏了" * 65, "long_password"),
        ("aaaaaaaaaaaa", "plain_password"),
        ("azazazazazaz", "plain_password"),
        ("123456789012", "plain_password"),
        ("abcdefghijklmn", "plain_password"),
        ("my-Acceptor1-pw", "plain_password"),
        (PASSWORD, "same_password"),
    ],
)
async def test_l12_a_new_password_that_is_easily_guessed_is_refused_by_its_field(
    sign_in: SignIn, browser: New, new: str, code: str
) -> None:
    mine = await sign_in("acceptor1")
    status, body = await change(mine, new=new)
    assert (status, body["code"], body["field"]) == (400, code, "new")
    assert body["message"]
    assert await enter(browser(), PASSWORD) == 200


async def test_l12_a_password_is_changed_once_by_two_at_once(sign_in: SignIn, browser: New) -> None:
    one, two = await sign_in("acceptor1"), await sign_in("acceptor1")
    answers = await asyncio.gather(change(one), change(two, new=FRESH + "-2"))
    assert sorted(status for status, _ in answers)[0] == 200
    assert sorted(status for status, _ in answers)[1] in (400, 401)
    entered = [await enter(browser(), password) for password in (FRESH, FRESH + "-2")]
    assert sorted(entered) == [200, 401]


async def test_l12_changes_and_refusals_are_in_the_audit(sign_in: SignIn) -> None:
    mine = await sign_in("acceptor1")
    await change(mine, old="a wrong one")
    await change(mine)
    assert told(await read(sign_in)) == [
        ("password_changed", "acceptor1", ""),
        ("password_refused", "acceptor1", ""),
    ]


async def test_l12_the_rule_is_told_before_anything_is_typed(sign_in: SignIn) -> None:
    assert (await (await sign_in("admin")).get("/api/meta"))["password_least"] == 12


async def test_l12_a_strangers_page_changes_no_password(sign_in: SignIn, browser: New) -> None:
    mine = await sign_in("acceptor1")
    for headers in ({"Origin": "https://evil.example"}, {"X-CSRF-Token": "guess"}):
        typed = {"old": PASSWORD, "new": FRESH}
        assert (await mine.ask("POST", PATH, json=typed, headers=headers))[0] == 403
    assert (await browser().ask("POST", PATH, json={"old": PASSWORD, "new": FRESH}))[0] == 401
    assert await enter(browser(), PASSWORD) == 200
