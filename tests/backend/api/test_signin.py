"""Signing in: who gets in, who waits, and what a stranger's page cannot do."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.web import Application

from backend.api.guard import AUTH
from backend.api.keys import SETTINGS
from backend.desks import accounts, signin
from backend.desks.context import AppContext, ContextSource
from backend.desks.tries import SignInOrigin
from config.sections import PeopleSettings, WebSettings
from config.settings import Settings
from hotline.clock import FixedClock
from tests.backend.api.conftest import PASSWORD, Browser, SignIn
from tests.fakes.quick import quick_passwords

New = Callable[[], Browser]


async def test_somebody_signs_in_and_is_known(sign_in: SignIn) -> None:
    browser = await sign_in("water1")
    me = await browser.get("/api/me")
    assert (me["person"], me["post"], me["department"]) == ("water1", "department", "water")
    assert me["department_name"] == "自来水公司"
    assert me["csrf"] == browser.csrf


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(sign_in: SignIn) -> None:
    browser = await sign_in("acceptor1")
    async with browser.client.post(
        "/api/login", json={"username": "acceptor1", "password": PASSWORD}
    ) as response:
        cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


async def test_over_https_the_cookie_is_bound_to_this_host(
    app: Application, office: AppContext, sign_in: SignIn
) -> None:
    browser = await sign_in("acceptor1")
    settings = app[SETTINGS]
    object.__setattr__(settings, "web", replace(settings.web, secure_cookies=True))
    async with browser.client.post(
        "/api/login", json={"username": "acceptor1", "password": PASSWORD}
    ) as response:
        cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-hotline_session=")
    assert "Secure" in cookie


async def test_only_hashes_of_secrets_are_in_the_database(
    sign_in: SignIn, office: AppContext
) -> None:
    browser = await sign_in("acceptor1")
    secret = browser.secret
    async with office.store.connect() as connection:
        rows = await connection.exec_driver_sql("SELECT token_hash FROM session")
        assert [row[0] for row in rows] != [secret]


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("acceptor1", "wrong"),
        ("nobody", PASSWORD),
        ("", ""),
        ("acceptor1' --", "x"),
        ("acceptor1\x00", PASSWORD),
        ("\ud83d", PASSWORD),
    ],
)
async def test_a_wrong_login_says_nothing_about_what_was_wrong(
    sign_in: SignIn, browser: New, username: str, password: str
) -> None:
    await sign_in("acceptor1")
    status, body = await browser().ask(
        "POST", "/api/login", json={"username": username, "password": password}
    )
    assert (status, body["code"]) in ((401, "bad_login"), (400, "invalid"))
    assert "acceptor1" not in body["message"]


async def test_after_repeated_failures_an_account_waits(
    sign_in: SignIn, browser: New, clock: FixedClock
) -> None:
    await sign_in("acceptor1")
    wrong = {"username": "acceptor1", "password": "wrong"}
    right = {"username": "acceptor1", "password": PASSWORD}
    for _ in range(5):
        assert (await browser().ask("POST", "/api/login", json=wrong))[0] == 401
    status, body = await browser().ask("POST", "/api/login", json=right)
    assert (status, body["code"]) == (429, "too_many_tries")
    assert 0 < body["retry_after"] <= 60
    clock.move(timedelta(seconds=61))
    assert (await browser().ask("POST", "/api/login", json=right))[0] == 200
    assert (await browser().ask("POST", "/api/login", json=wrong))[0] == 401


async def test_many_guesses_at_once_count_as_many(sign_in: SignIn, browser: New) -> None:
    await sign_in("acceptor1")
    one = browser()
    wrong = {"username": "acceptor1", "password": "wrong"}
    answers = await asyncio.gather(*(one.ask("POST", "/api/login", json=wrong) for _ in range(12)))
    assert sorted(status for status, _ in answers) == [401] * 5 + [429] * 7


async def test_signing_in_gives_a_fresh_cookie_and_ends_the_old_one(
    sign_in: SignIn, browser: New
) -> None:
    fixed = browser()
    fixed.secret = "chosen-by-an-attacker"
    await sign_in("acceptor1")
    await fixed.login("acceptor1")
    first = fixed.secret
    assert first != "chosen-by-an-attacker"
    await fixed.login("acceptor1")
    thief = browser()
    thief.secret = first
    assert (await thief.ask("GET", "/api/me"))[0] == 401


async def test_a_session_ends_by_signing_out_and_by_time(
    sign_in: SignIn, browser: New, clock: FixedClock
) -> None:
    one = await sign_in("acceptor1")
    secret = one.secret
    await one.post("/api/logout")
    copy = browser()
    copy.secret = secret
    assert (await copy.ask("GET", "/api/me"))[0] == 401
    two = await sign_in("acceptor1")
    clock.move(timedelta(hours=11))
    await two.get("/api/me")
    clock.move(timedelta(hours=11))
    await two.get("/api/me")
    clock.move(timedelta(hours=13))
    assert (await two.ask("GET", "/api/me"))[0] == 401


async def test_l8_a_session_ends_however_busy_it_is(sign_in: SignIn, clock: FixedClock) -> None:
    browser = await sign_in("acceptor1")
    for _ in range(23):
        clock.move(timedelta(hours=1))
        await browser.get("/api/me")
    clock.move(timedelta(hours=1))
    assert (await browser.ask("GET", "/api/me"))[0] == 401


async def test_who_has_left_the_city_is_not_signed_in(
    sign_in: SignIn, app: Application, office: AppContext
) -> None:
    browser = await sign_in("acceptor1")
    staff = dict(office.city.organisation.people)
    del staff["acceptor1"]
    organisation = replace(office.city.organisation, people=staff)
    later = replace(office, city=replace(office.city, organisation=organisation))
    auth = replace(app[AUTH], source=ContextSource(later))
    secret = browser.secret
    assert await signin.find(auth, secret) is None


ORIGINS = [
    ("https://12345.example", "12345.example", "https://12345.example", 200),
    ("https://12345.example", "127.0.0.1:8080", "https://12345.example", 200),
    ("https://12345.example/", "12345.example", "https://12345.example:443", 200),
    ("https://12345.example", "12345.example", "http://12345.example", 403),
    ("https://12345.example", "12345.example", "https://12345.example:8443", 403),
    ("https://12345.example", "127.0.0.1:8080", "http://127.0.0.1:8080", 403),
    ("https://12345.example", "evil.example", "https://12345.example", 403),
    ("https://12345.example", "evil.example", "https://evil.example", 403),
    ("", "evil.example", "http://evil.example", 403),
    ("", "evil.example", None, 403),
    ("", "127.0.0.1:9", "http://127.0.0.1:9", 200),
    ("", "127.0.0.1:9", "https://127.0.0.1:9", 403),
    ("", "[::1]:9", "http://[::1]:9", 200),
    ("", "127.0.0.1.evil.example", "http://127.0.0.1.evil.example", 403),
    ("", "[bad", "http://[bad", 403),
]


@pytest.mark.parametrize(("public", "host", "origin", "status"), ORIGINS)
async def test_l5_only_the_origin_that_people_use_is_ours(
    app: Application, sign_in: SignIn, public: str, host: str, origin: str | None, status: int
) -> None:
    browser = await sign_in("acceptor1")
    settings = app[SETTINGS]
    headers = {"Host": host, "X-CSRF-Token": browser.csrf, "Content-Type": "application/json"}
    headers["Cookie"] = f"{'__Host-' if public else ''}hotline_session={browser.secret}"
    headers |= {"Origin": origin} if origin else {}
    object.__setattr__(settings, "web", replace(settings.web, public_url=public))
    async with browser.client.post(
        "/api/me", data=b'{"language": "en"}', headers=headers
    ) as response:
        assert response.status == status, await response.text()


@pytest.mark.parametrize(
    ("web", "secure"),
    [
        (WebSettings(public_url="https://12345.example"), True),
        (WebSettings(public_url="HTTPS://12345.example"), True),
        (WebSettings(secure_cookies=True), True),
        (WebSettings(public_url="http://10.0.0.1:8080"), False),
    ],
)
def test_l11_cookies_are_secure_where_people_come_by_https(web: WebSettings, secure: bool) -> None:
    assert Settings(web=web).secure_cookies is secure


FOREIGN: list[tuple[dict[str, str], str]] = [
    ({"Origin": "https://evil.example"}, "bad_origin"),
    ({"Origin": "null"}, "bad_origin"),
    ({"Origin": "http://127.0.0.1:1"}, "bad_origin"),
    ({"Origin": "http://[bad"}, "bad_origin"),
    ({"X-CSRF-Token": ""}, "old_page"),
    ({"X-CSRF-Token": "guess"}, "old_page"),
    ({"X-CSRF-Token": "schlüssel"}, "old_page"),
]


async def test_a_strangers_page_changes_nothing(sign_in: SignIn) -> None:
    browser = await sign_in("acceptor1")
    for headers, code in FOREIGN:
        status, body = await browser.ask(
            "POST", "/api/me", json={"language": "en"}, headers=headers
        )
        assert (status, body["code"]) == (403, code), headers
    assert (await browser.get("/api/me"))["language"] == "zh_CN"


async def test_a_strangers_page_signs_nobody_in(sign_in: SignIn, browser: New) -> None:
    await sign_in("acceptor1")
    typed = {"username": "acceptor1", "password": PASSWORD}
    status, body = await browser().ask(
        "POST", "/api/login", json=typed, headers={"Origin": "https://evil.example"}
    )
    assert (status, body["code"]) == (403, "bad_origin")
    status, _ = await browser().ask(
        "POST",
        "/api/login",
        data='{"username":"acceptor1"}',
        headers={"Content-Type": "text/plain"},
    )
    assert status == 400


async def test_a_language_is_remembered(sign_in: SignIn) -> None:
    browser = await sign_in("acceptor1")
    assert (await browser.post("/api/me", {"language": "en"}))["language"] == "en"
    _, body = await browser.ask("GET", "/api/cases/00000000", headers={"Accept-Language": "zh-CN"})
    assert body["message"].startswith("There is no such case")
    status, body = await browser.ask("POST", "/api/me", json={"language": "tlh"})
    assert (status, body["field"]) == (400, "language")


BROKEN: list[tuple[Any, int]] = [
    (b"{", 400),
    (b"[]", 400),
    (b"null", 400),
    (b'{"username": 1, "password": "x"}', 400),
    (b'{"username": "x"}', 400),
    (b"\xff\xfe", 400),
    (b'{"a":' * 5000, 400),
    (b" " * 300_000, 413),
]


async def test_a_broken_body_is_refused_in_words(browser: New) -> None:
    one = browser()
    for body, status in BROKEN:
        got, answer = await one.ask(
            "POST", "/api/login", data=body, headers={"Content-Type": "application/json"}
        )
        assert got == status, body[:40]
        assert answer["message"]


async def test_a_city_gets_its_accounts_once(office: AppContext, clock: FixedClock) -> None:
    some = list(office.city.organisation.people)[:3]
    passwords = quick_passwords()
    given = await accounts.load_people(
        office.store, clock, some, passwords, PeopleSettings(password_length=12), "zh_CN"
    )
    again = await accounts.load_people(
        office.store, clock, some, passwords, PeopleSettings(password_length=12), "zh_CN"
    )
    assert [username for username, _ in given] == some
    assert again == []
    auth = signin.AuthService(ContextSource(office), passwords, PeopleSettings(), WebSettings())
    username, password = given[0]
    entered = await signin.sign_in(auth, username, password, SignInOrigin("10.0.0.1"))
    assert entered.actor.person == username
    fresh = await accounts.reset_password(
        office.store, clock, passwords, PeopleSettings(), username
    )
    assert await signin.find(auth, entered.cookie) is None
    assert (
        await signin.sign_in(auth, username, fresh, SignInOrigin("10.0.0.1"))
    ).username == username
    passwords.close()
